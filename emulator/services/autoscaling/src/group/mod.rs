//! Groups: what users make of them and ask of them.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-groups.html>

mod create;
mod delete;
mod describe;
mod filter;
mod update;

pub use create::CreateAutoScalingGroupInput;
pub use delete::DeleteAutoScalingGroupInput;
pub use describe::{
    DescribeAutoScalingGroupsInput, DescribeAutoScalingGroupsOutput,
    DescribeAutoScalingInstancesInput, DescribeAutoScalingInstancesOutput,
};
use filter::matches_tags;
pub use update::{SetDesiredCapacityInput, UpdateAutoScalingGroupInput};
