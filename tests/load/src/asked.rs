//! Which metrics a report needs: a row each.

/// What a metric is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Group,
    Balancer,
    Targets,
    TargetsOfBalancer,
    Database,
    Queue,
}

/// A metric, a statistic of it, and how a chart tells it.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Its name in results, and in a query.
    pub key: &'static str,
    pub label: &'static str,
    pub unit: &'static str,
    pub namespace: &'static str,
    pub metric: &'static str,
    pub stat: &'static str,
    pub of: Of,
}

const EC2: &str = "AWS/EC2";
const ELB: &str = "AWS/ApplicationELB";
const ASG: &str = "AWS/AutoScaling";
const RDS: &str = "AWS/RDS";
const SQS: &str = "AWS/SQS";

macro_rules! asked {
    ($($key:ident: $label:literal, $unit:literal, $namespace:expr, $metric:literal, $stat:literal, $of:ident;)*) => {
        /// Every metric that is asked for.
        pub const ASKED: &[Asked] = &[$(Asked {
            key: stringify!($key),
            label: $label,
            unit: $unit,
            namespace: $namespace,
            metric: $metric,
            stat: $stat,
            of: Of::$of,
        }),*];
    };
}

asked! {
    cpu: "all instances, average", "Percent", EC2, "CPUUtilization", "Average", Group;
    cpu_max: "the busiest", "Percent", EC2, "CPUUtilization", "Maximum", Group;
    memory: "memory in use", "Percent", "CWAgent", "mem_used_percent", "Average", Group;
    network_in: "in, all instances", "Bytes", EC2, "NetworkIn", "Sum", Group;
    network_out: "out, all instances", "Bytes", EC2, "NetworkOut", "Sum", Group;
    desired: "desired", "Count", ASG, "GroupDesiredCapacity", "Maximum", Group;
    in_service: "in service", "Count", ASG, "GroupInServiceInstances", "Maximum", Group;
    pending: "pending", "Count", ASG, "GroupPendingInstances", "Maximum", Group;
    terminating: "terminating", "Count", ASG, "GroupTerminatingInstances", "Maximum", Group;
    healthy: "healthy at the balancer", "Count", ELB, "HealthyHostCount", "Maximum", TargetsOfBalancer;
    unhealthy: "unhealthy at the balancer", "Count", ELB, "UnHealthyHostCount", "Maximum", TargetsOfBalancer;
    requests: "all", "Count", ELB, "RequestCount", "Sum", Balancer;
    per_target: "a target", "Count", ELB, "RequestCountPerTarget", "Sum", Targets;
    response_p50: "half of them", "Seconds", ELB, "TargetResponseTime", "p50", Balancer;
    response_p95: "95 %", "Seconds", ELB, "TargetResponseTime", "p95", Balancer;
    target_5xx: "of the shop, 5XX", "Count", ELB, "HTTPCode_Target_5XX_Count", "Sum", Balancer;
    elb_5xx: "of the balancer, 5XX", "Count", ELB, "HTTPCode_ELB_5XX_Count", "Sum", Balancer;
    database_cpu: "CPU", "Percent", RDS, "CPUUtilization", "Average", Database;
    connections: "connections", "Count", RDS, "DatabaseConnections", "Maximum", Database;
    reads: "reads", "Count/Second", RDS, "ReadIOPS", "Average", Database;
    writes: "writes", "Count/Second", RDS, "WriteIOPS", "Average", Database;
    read_latency: "a read", "Seconds", RDS, "ReadLatency", "Average", Database;
    write_latency: "a write", "Seconds", RDS, "WriteLatency", "Average", Database;
    queue_sent: "sent, a minute", "Count", SQS, "NumberOfMessagesSent", "Sum", Queue;
    queue_visible: "waiting", "Count", SQS, "ApproximateNumberOfMessagesVisible", "Maximum", Queue;
    queue_in_flight: "in flight", "Count", SQS, "ApproximateNumberOfMessagesNotVisible", "Maximum", Queue;
    queue_age: "age of the oldest", "Seconds", SQS, "ApproximateAgeOfOldestMessage", "Maximum", Queue;
}

/// The row of that key.
#[must_use]
pub fn asked(key: &str) -> Option<&'static Asked> {
    ASKED.iter().find(|asked| asked.key == key)
}
