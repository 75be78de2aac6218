//! What the cloud says of a run: metrics, the group's activities, and its time. The emulator and AWS are asked alike, by
//! the SDK; only the emulator's time may run faster.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, HistoryItemType, Metric, MetricDataQuery, MetricStat, Statistic,
};
use aws_sdk_lambda::types::ScalingConfig;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use serde::{Deserialize, Serialize};

use crate::act::Mark;
use crate::asked::{ASKED, Asked, Of};

/// The queue between the two functions, as the shop and `infra/` name it.
const QUEUE: &str = "image-resized";
/// The alarm that watches it, where a load wants one.
const ALARM: &str = "image-resized-is-old";
/// A minute of the cloud.
const PERIOD_S: u64 = 60;

/// A cloud that can be asked.
#[derive(Clone)]
pub struct Cloud {
    metrics: aws_sdk_cloudwatch::Client,
    scaling: aws_sdk_autoscaling::Client,
    functions: aws_sdk_lambda::Client,
    /// Of the emulator.
    endpoint: Option<String>,
    /// What group, balancer, target group and database are called.
    name: String,
}

/// A line of numbers: moments in seconds since the epoch, by the cloud's time.
pub type Points = Vec<(u64, f64)>;

/// What the cloud says of a span of time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Told {
    /// By the keys of [`ASKED`].
    pub series: BTreeMap<String, Points>,
    /// What the group did, the earliest first.
    pub activities: Vec<Activity>,
}

/// One thing that a group did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    pub at_s: u64,
    pub description: String,
    pub cause: String,
}

/// The emulator's time.
#[derive(Debug, Deserialize)]
struct Clock {
    now_ms: u64,
    speed: u32,
}

/// How many instances a group has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    pub min: i32,
    pub desired: i32,
    pub in_service: usize,
    pub all: usize,
}

impl Cloud {
    /// An emulator's, whose keys are anybody's.
    ///
    /// # Errors
    /// None yet.
    pub fn emulated(endpoint: String, name: String) -> Result<Self> {
        let keys = Credentials::from_keys("test", "test", None);
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&endpoint)
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .http_client(Builder::new().build_http())
            .build();
        Ok(Self::of(&config, Some(endpoint), name))
    }

    /// AWS, by the default credential chain.
    pub async fn aws(name: String) -> Self {
        let tls = Provider::Rustls(CryptoMode::Ring);
        let http = Builder::new().tls_provider(tls).build_https();
        let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
        Self::of(&config, None, name)
    }

    fn of(config: &SdkConfig, endpoint: Option<String>, name: String) -> Self {
        Self {
            metrics: aws_sdk_cloudwatch::Client::new(config),
            scaling: aws_sdk_autoscaling::Client::new(config),
            functions: aws_sdk_lambda::Client::new(config),
            endpoint,
            name,
        }
    }

    /// What time it is there, in seconds since the epoch.
    ///
    /// # Errors
    /// The emulator does not answer.
    pub async fn now_s(&self) -> Result<u64> {
        match self.clock().await? {
            Some(clock) => Ok(clock.now_ms / 1_000),
            None => Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs()),
        }
    }

    /// How many seconds pass there in one.
    ///
    /// # Errors
    /// The emulator does not answer.
    pub async fn speed(&self) -> Result<u32> {
        Ok(self.clock().await?.map_or(1, |clock| clock.speed))
    }

    /// The emulator's; nothing on AWS.
    async fn clock(&self) -> Result<Option<Clock>> {
        let Some(endpoint) = &self.endpoint else { return Ok(None) };
        let client = reqwest::Client::builder().no_proxy().build()?;
        let told = client.get(format!("{endpoint}/_cloudless/clock")).send().await?.text().await?;
        let clock = serde_json::from_str(&told).context("the emulator tells no time")?;
        Ok(Some(clock))
    }

    /// How many instances the group has.
    ///
    /// # Errors
    /// There is no such group, or the cloud does not answer.
    pub async fn group(&self) -> Result<Group> {
        let asked = self.scaling.describe_auto_scaling_groups();
        let told = asked.auto_scaling_group_names(&self.name).send().await?;
        let group = told.auto_scaling_groups().first();
        let group = group.with_context(|| format!("there is no group {}", self.name))?;
        let state = |state: &str| {
            let states = group.instances().iter().filter_map(|it| it.lifecycle_state());
            states.filter(|it| it.as_str() == state).count()
        };
        Ok(Group {
            min: group.min_size().unwrap_or_default(),
            desired: group.desired_capacity().unwrap_or_default(),
            in_service: state("InService"),
            all: group.instances().len(),
        })
    }

    /// All that is asked of a span of time.
    ///
    /// # Errors
    /// The cloud does not answer.
    pub async fn told(&self, from_s: u64, until_s: u64) -> Result<Told> {
        let balancer = self.dimension("LoadBalancer", &format!("app/{}/", self.name)).await?;
        let targets = self.dimension("TargetGroup", &format!("targetgroup/{}/", self.name)).await?;
        let dimensions = |of: Of| {
            let one =
                |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
            Some(match of {
                Of::Group => vec![one("AutoScalingGroupName", &self.name)],
                Of::Balancer => vec![one("LoadBalancer", balancer.as_deref()?)],
                Of::Targets => vec![one("TargetGroup", targets.as_deref()?)],
                Of::TargetsOfBalancer => vec![
                    one("TargetGroup", targets.as_deref()?),
                    one("LoadBalancer", balancer.as_deref()?),
                ],
                Of::Database => vec![one("DBInstanceIdentifier", &self.name)],
                Of::Queue => vec![one("QueueName", QUEUE)],
            })
        };
        let queries = ASKED.iter().filter_map(|asked| Some(query(asked, dimensions(asked.of)?)));
        let mut told = Told { activities: self.activities(from_s).await?, ..Told::default() };
        let mut pages = self
            .metrics
            .get_metric_data()
            .start_time(at(from_s))
            .end_time(at(until_s))
            .scan_by(aws_sdk_cloudwatch::types::ScanBy::TimestampAscending)
            .set_metric_data_queries(Some(queries.collect()))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for result in page?.metric_data_results() {
                let (Some(id), times) = (result.id(), result.timestamps()) else { continue };
                let points = times.iter().zip(result.values());
                let points = points
                    .map(|(at, value)| (u64::try_from(at.secs()).unwrap_or_default(), *value));
                told.series.entry(id.to_owned()).or_default().extend(points);
            }
        }
        Ok(told)
    }

    /// The value of a dimension of the balancer's metrics that begins so: it ends in an id that nobody knows before.
    async fn dimension(&self, name: &str, start: &str) -> Result<Option<String>> {
        let mut pages = self
            .metrics
            .list_metrics()
            .namespace("AWS/ApplicationELB")
            .metric_name("RequestCountPerTarget")
            .into_paginator()
            .send();
        let mut found = None;
        while let Some(page) = pages.next().await {
            for metric in page?.metrics() {
                let of = metric.dimensions().iter().find(|it| it.name() == Some(name));
                let value = of.and_then(Dimension::value).filter(|it| it.starts_with(start));
                found = value.map(ToOwned::to_owned).or(found);
            }
        }
        Ok(found)
    }

    async fn activities(&self, from_s: u64) -> Result<Vec<Activity>> {
        let asked = self.scaling.describe_scaling_activities().auto_scaling_group_name(&self.name);
        let mut pages = asked.into_paginator().send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            for activity in page?.activities() {
                let at = activity.start_time().map_or(0, DateTime::secs);
                all.push(Activity {
                    at_s: u64::try_from(at).unwrap_or_default(),
                    description: activity.description().unwrap_or_default().to_owned(),
                    cause: activity.cause().unwrap_or_default().to_owned(),
                });
            }
        }
        all.retain(|activity| activity.at_s >= from_s);
        all.sort_by_key(|activity| activity.at_s);
        Ok(all)
    }

    /// Whether the queue's function gets its messages, and how many of it run at once at most.
    ///
    /// # Errors
    /// There is no such mapping, or it is refused.
    pub async fn consume(&self, enabled: Option<bool>, at_most: Option<i32>) -> Result<()> {
        let mut pages = self.functions.list_event_source_mappings().into_paginator().send();
        let mut found = None;
        while let Some(page) = pages.next().await {
            let of_queue = |arn: &str| arn.rsplit(':').next() == Some(QUEUE);
            let page = page?;
            let mut mappings = page.event_source_mappings().iter();
            let mapping = mappings.find(|it| it.event_source_arn().is_some_and(of_queue));
            found = mapping.and_then(|it| it.uuid().map(ToOwned::to_owned)).or(found);
        }
        let uuid = found.with_context(|| format!("nothing takes messages from {QUEUE}"))?;
        let most = at_most.map(|most| ScalingConfig::builder().maximum_concurrency(most).build());
        let update = self.functions.update_event_source_mapping().uuid(uuid);
        update.set_enabled(enabled).set_scaling_config(most).send().await?;
        Ok(())
    }

    /// Has an alarm watch the age of the queue's oldest message: over this, minute by minute.
    ///
    /// # Errors
    /// It is refused.
    pub async fn watch(&self, age_s: u32) -> Result<()> {
        let queue = Dimension::builder().name("QueueName").value(QUEUE).build();
        let period = i32::try_from(PERIOD_S).unwrap_or(60);
        let alarm = self.metrics.put_metric_alarm().alarm_name(ALARM).dimensions(queue);
        let alarm = alarm.namespace("AWS/SQS").metric_name("ApproximateAgeOfOldestMessage");
        let alarm = alarm.statistic(Statistic::Maximum).period(period).evaluation_periods(1);
        let over = ComparisonOperator::GreaterThanThreshold;
        alarm.comparison_operator(over).threshold(age_s.into()).send().await?;
        Ok(())
    }

    /// When that alarm was raised and was over, the earliest first.
    ///
    /// # Errors
    /// The cloud does not answer.
    pub async fn alarmed(&self, from_s: u64) -> Result<Vec<Mark>> {
        let history =
            self.metrics.describe_alarm_history().alarm_name(ALARM).start_date(at(from_s));
        let mut pages =
            history.history_item_type(HistoryItemType::StateUpdate).into_paginator().send();
        let mut marks = Vec::new();
        while let Some(page) = pages.next().await {
            for item in page?.alarm_history_items() {
                let summary = item.history_summary().unwrap_or_default();
                let label = match summary.rsplit(' ').next() {
                    Some("ALARM") => "alarm",
                    Some("OK") => "no alarm",
                    _ => continue,
                };
                let at_s = item.timestamp().map_or(0, DateTime::secs);
                let at_s = u64::try_from(at_s).unwrap_or_default();
                marks.push(Mark { at_s, label: label.to_owned() });
            }
        }
        marks.sort_by_key(|mark| mark.at_s);
        // That there was none before the first says nothing.
        Ok(marks.into_iter().skip_while(|mark| mark.label != "alarm").collect())
    }

    /// Returns when the cloud's time is past this moment.
    ///
    /// # Errors
    /// The emulator does not answer.
    pub async fn wait_until(&self, at_s: u64) -> Result<()> {
        while self.now_s().await? < at_s {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }
}

fn at(seconds: u64) -> DateTime {
    DateTime::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn query(asked: &Asked, dimensions: Vec<Dimension>) -> MetricDataQuery {
    let metric = Metric::builder()
        .namespace(asked.namespace)
        .metric_name(asked.metric)
        .set_dimensions(Some(dimensions))
        .build();
    let period = i32::try_from(PERIOD_S).unwrap_or(60);
    let stat = MetricStat::builder().metric(metric).period(period).stat(asked.stat).build();
    MetricDataQuery::builder().id(asked.key).metric_stat(stat).return_data(true).build()
}
