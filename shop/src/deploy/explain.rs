//! What is said before, and at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::artifact::Artifact;
use super::plan::{From, Plan};
use super::{price, template};

/// Types of resources by what they are for; each type of the template is in one of them.
pub(super) const GROUPS: [(&str, &str, &[&str]); 9] = [
    (
        "network",
        "VPC in three zones, a public and a private subnet in each, no NAT gateway",
        &[
            "AWS::EC2::VPC",
            "AWS::EC2::InternetGateway",
            "AWS::EC2::VPCGatewayAttachment",
            "AWS::EC2::Subnet",
            "AWS::EC2::RouteTable",
            "AWS::EC2::Route",
            "AWS::EC2::SubnetRouteTableAssociation",
        ],
    ),
    (
        "access",
        "security groups, a role for each function and one for the instances, generated secrets",
        &[
            "AWS::EC2::SecurityGroup",
            "AWS::IAM::Role",
            "AWS::IAM::InstanceProfile",
            "AWS::SecretsManager::Secret",
            "AWS::Lambda::Permission",
            "AWS::S3::BucketPolicy",
        ],
    ),
    (
        "database",
        "PostgreSQL 17, encrypted, seven days of backups, reachable from shop and function only",
        &["AWS::RDS::DBInstance", "AWS::RDS::DBSubnetGroup"],
    ),
    ("pictures", "bucket whose pictures everybody may read", &["AWS::S3::Bucket"]),
    ("queues", "between the functions, its dead letters, failed uploads", &["AWS::SQS::Queue"]),
    (
        "functions",
        "resize-image, update-product, and the mapping of the queue",
        &["AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"],
    ),
    (
        "balancer",
        "HTTP in; HTTPS and a redirect where a certificate is given",
        &[
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::Listener",
        ],
    ),
    (
        "instances",
        "launch template, auto-scaling group, policies (of which the parameters choose)",
        &[
            "AWS::EC2::LaunchTemplate",
            "AWS::AutoScaling::AutoScalingGroup",
            "AWS::AutoScaling::ScalingPolicy",
        ],
    ),
    (
        "watching",
        "logs for 30 days, alarms, dashboard, a topic where an address is given",
        &[
            "AWS::Logs::LogGroup",
            "AWS::CloudWatch::Alarm",
            "AWS::CloudWatch::Dashboard",
            "AWS::SNS::Topic",
        ],
    ),
];

/// What will be there, with which parameters, and at what price.
pub(super) fn explanation(plan: &Plan) -> String {
    let resources = template::resources();
    let mut text = format!("Stack {} in {}", plan.stack, plan.account.region);
    if !plan.account.caller.is_empty() {
        let _ = write!(text, ", account {}, as {}", plan.account.id, plan.account.caller);
    }
    let _ = write!(text, "\n\nWhat it has ({} resources at most):\n", resources.len());
    for (name, what, types) in GROUPS {
        let count = resources.iter().filter(|(_, kind)| types.contains(kind)).count();
        let _ = writeln!(text, "  {name:<10} {count:>3}  {what}");
    }
    text.push_str("\nParameters:\n");
    for parameter in &plan.parameters {
        let from = match parameter.from {
            From::Given => "",
            From::Kept => "  (as it is)",
            From::Default => "  (default)",
        };
        let value = if parameter.value.is_empty() { "-" } else { &parameter.value };
        let _ = writeln!(text, "  {:<16} {value}{from}", parameter.name);
    }
    if plan.value("CertificateArn").is_empty() {
        text.push_str(
            "\nWithout a certificate pages and passwords travel unencrypted: good for a look, not for a\n\
             shop. --set CertificateArn=… --set DomainName=… changes that.\n",
        );
    }
    text.push_str(&costs(plan));
    text
}

fn costs(plan: &Plan) -> String {
    let mut text = format!(
        "\nWhat a month costs with as few instances as there may be, in US dollars (list prices of\n\
         us-east-1, mid-2026, without free tiers and taxes; for {} see aws.amazon.com/pricing):\n",
        plan.account.region,
    );
    let mut total = 0.0;
    let mut is_known = true;
    for line in price::lines(plan) {
        let (unit_price, month) = match (line.unit_price_usd, line.month_usd()) {
            (Some(price), Some(month)) => (price.to_string(), format!("{month:.2}")),
            _ => ("?".to_owned(), "?".to_owned()),
        };
        total += line.month_usd().unwrap_or_default();
        is_known &= line.unit_price_usd.is_some();
        let _ = writeln!(
            text,
            "  {:<28} {:>6} {:<9} x {unit_price:<7} {month:>7}",
            line.what, line.quantity, line.unit,
        );
    }
    let least = if is_known { "together" } else { "together, at least" };
    let _ = writeln!(text, "  {least:<55} {total:>7.2}");
    text.push_str("and by use:\n");
    for (what, price) in price::BY_USE {
        let _ = writeln!(text, "  {what:<20} {price}");
    }
    text
}

/// What a run that is not dry would call.
pub(super) fn calls(plan: &Plan, exists: bool, zips: &[&Artifact]) -> String {
    let bucket = &plan.deployment_bucket;
    let mut text =
        String::from("Nothing was made. Without --dry-run, after a question, these are called:\n");
    let _ =
        writeln!(text, "  s3:CreateBucket, s3:PutPublicAccessBlock  {bucket}, if it is missing");
    for zip in zips {
        let _ = writeln!(
            text,
            "  s3:PutObject  {} ({} KiB), if it is missing",
            zip.key,
            zip.size_kib()
        );
    }
    let kind = if exists { "UPDATE" } else { "CREATE" };
    let _ = write!(
        text,
        "  s3:PutObject  {}\n  cloudformation:ValidateTemplate\n  \
         cloudformation:CreateChangeSet  {kind} {}\n  cloudformation:ExecuteChangeSet  and \
         DescribeStackEvents until it is done (a first time takes about 15 minutes)",
        Artifact::template().key,
        plan.stack,
    );
    text
}

/// Where things are, and how the manager gets in.
pub(super) fn outputs(plan: &Plan, outputs: &BTreeMap<String, String>) -> String {
    let mut text = String::from("\n");
    for (name, value) in outputs {
        let _ = writeln!(text, "  {name:<20} {value}");
    }
    if let (Some(secret), Some(url)) = (outputs.get("ManagerSecret"), outputs.get("ShopUrl")) {
        let user = outputs.get("ManagerUser").map_or("manager", String::as_str);
        let _ = write!(
            text,
            "\nThe manager signs in at {url}accounts/login/manager as {user}, with this password:\n  \
             aws secretsmanager get-secret-value --region {} --query SecretString --output text \\\n    \
             --secret-id {secret}\nThere are no other accounts, and no sample ones.",
            plan.account.region,
        );
    }
    let domain = plan.value("DomainName");
    if let Some(name) = outputs.get("BalancerName").filter(|_| !domain.is_empty()) {
        let _ = write!(text, "\nPoint {domain} there by a CNAME: {name}");
    }
    text
}
