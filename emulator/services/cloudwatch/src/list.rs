//! Which metrics there are.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::{INVALID_PARAMETER_VALUE, invalid};
use crate::key::{Dimension, MetricKey};
use crate::limits::{LISTED_METRICS, LISTED_S, RECENTLY_ACTIVE_S};
use crate::{CloudWatch, Cx, page};

impl CloudWatch {
    pub(crate) fn list_metrics(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &ListMetricsInput,
    ) -> Result<ListMetricsOutput, ApiError> {
        let lately_s = match input.recently_active.as_deref() {
            None => LISTED_S,
            Some("PT3H") => RECENTLY_ACTIVE_S,
            Some(other) => return Err(invalid(other, "RecentlyActive")),
        };
        let other_account = |account: &&String| **account != *origin.account.as_str();
        if input.owning_account.as_ref().filter(other_account).is_some() {
            return Ok(ListMetricsOutput::default());
        }
        let since_s = cx.now.as_s().saturating_sub(lately_s);
        let namespace = input.namespace.as_deref();
        let all = self.shelf.of_place(&origin.account, &origin.region, namespace);
        let wanted = all.filter(|metric| metric.last_s() >= since_s && input.wants(&metric.key));
        let place = |metric: &&crate::shelf::Metric| place_of(&metric.key);
        let token = input.next_token.as_deref();
        let page = page::of(wanted, token, LISTED_METRICS, place, &input.scope(origin));
        let page = page.ok_or_else(|| {
            INVALID_PARAMETER_VALUE.says("Request parameter NextToken is invalid")
        })?;
        let metrics: Vec<Metric> = page.items.iter().map(|it| Metric::from(&*it.key)).collect();
        let owners = || metrics.iter().map(|_| origin.account.to_string()).collect();
        Ok(ListMetricsOutput {
            owning_accounts: input.include_linked_accounts.unwrap_or(false).then(owners),
            metrics,
            next_token: page.next_token,
        })
    }
}

/// Where a metric stands in the list: the order of its parts.
fn place_of(key: &MetricKey) -> String {
    let mut place = format!("{}\0{}", key.namespace, key.name);
    for (name, value) in &key.dimensions {
        place.push_str(&format!("\0{name}\0{value}"));
    }
    place
}

impl ListMetricsInput {
    fn wants(&self, metric: &MetricKey) -> bool {
        let has = |filter: &DimensionFilter| {
            metric.dimensions.iter().any(|(name, value)| {
                **name == *filter.name
                    && filter.value.as_ref().is_none_or(|wanted| *wanted == **value)
            })
        };
        self.metric_name.as_ref().is_none_or(|name| *name == *metric.name)
            && self.dimensions.iter().all(has)
    }

    fn scope(&self, origin: &Origin) -> String {
        let filters = self.dimensions.iter().map(|it| format!("{}={:?}", it.name, it.value));
        format!(
            "{} {} {:?} {:?} {}",
            origin.account,
            origin.region,
            self.namespace,
            self.metric_name,
            filters.collect::<Vec<_>>().join(",")
        )
        .replace('\n', " ")
    }
}

/// Input of `ListMetrics`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListMetricsInput {
    /// Of one namespace.
    pub namespace: Option<String>,
    /// Of one name.
    pub metric_name: Option<String>,
    /// With these dimensions, among others.
    #[serde(default)]
    pub dimensions: Vec<DimensionFilter>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// `PT3H`: with points of the last three hours.
    pub recently_active: Option<String>,
    /// Accounts are not linked here: it is about the caller's.
    pub include_linked_accounts: Option<bool>,
    /// Of this account.
    pub owning_account: Option<String>,
}

/// A dimension that is to be there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DimensionFilter {
    /// Its name.
    pub name: String,
    /// Its value; any, unless told.
    pub value: Option<String>,
}

/// A metric, as requests and answers have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Metric {
    /// Its namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_name: Option<String>,
    /// Its dimensions.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
}

impl From<&MetricKey> for Metric {
    fn from(key: &MetricKey) -> Self {
        Self {
            namespace: Some(key.namespace.to_string()),
            metric_name: Some(key.name.to_string()),
            dimensions: key.described(),
        }
    }
}

/// Output of `ListMetrics`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMetricsOutput {
    /// A page of them.
    pub metrics: Vec<Metric>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// Whose they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owning_accounts: Option<Vec<String>>,
}
