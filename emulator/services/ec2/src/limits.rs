//! Limits of EC2, each with its source.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>

/// A request, in bytes. Ours.
pub const REQUEST_SIZE_BYTES_MAX: usize = 1024 * 1024;
/// Values of all filters of a call.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>
pub const FILTER_VALUES_MAX: usize = 200;
/// The fewest that may be asked for at once.
pub const PAGE_MIN: i64 = 5;
/// The most that come at once.
pub const PAGE_MAX: usize = 1000;
/// Tags of a thing. <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>
pub const TAGS_MAX: usize = 50;
/// A tag's key, in characters.
pub const TAG_KEY_LENGTH_MAX: usize = 128;
/// A tag's value, in characters.
pub const TAG_VALUE_LENGTH_MAX: usize = 256;
/// Things that are tagged in one call.
pub const TAGGED_MAX: usize = 1000;
/// Networks of an account in a region. AWS begins with 5 and raises it for whoever asks; here nobody can be
/// asked, so it is what may be had.
pub const VPCS_MAX: usize = 100;
/// Routes of a table: AWS begins with 50 and raises it to this.
pub const ROUTES_MAX: usize = 1000;
/// Rules of a security group, in and out each.
pub const RULES_MAX: usize = 60;
/// A security group's name and description, in characters.
pub const GROUP_NAME_LENGTH_MAX: usize = 255;
/// Addresses of an account in a region. AWS begins with 5 and raises it for whoever asks.
pub const ADDRESSES_MAX: usize = 100;
/// What an instance is given to begin with, in bytes, decoded.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
pub const USER_DATA_SIZE_BYTES_MAX: usize = 16 * 1024;
/// What is shown of what an instance has written, in bytes: the last of it.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html>
pub const CONSOLE_BYTES_MAX: usize = 64 * 1024;
/// Instances of one call, and of an account in a region. Ours: a laptop.
pub const INSTANCES_MAX: usize = 1000;
/// Versions of a launch template.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html>
pub const TEMPLATE_VERSIONS_MAX: usize = 10_000;
/// How long a simulated instance takes to begin and to end, in seconds. Ours.
pub const SIMULATED_CHANGE_S: u64 = 10;
/// How long an instance that has ended is still shown, in seconds: AWS says about an hour.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html>
pub const TERMINATED_SHOWN_S: u64 = 3600;
/// How long the status checks of an instance that runs are still initializing, in seconds. Ours: AWS says
/// that it takes a few minutes.
pub const INITIALIZING_S: u64 = 120;
