//! When objects of the class that finds their tier by itself are archived:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering.html>. Kept; nothing is
//! archived.

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::named::{Named, operations};
use super::{Configuration, Status, malformed};
use crate::limits;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct IntelligentTieringConfiguration {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    status: Status,
    tierings: Vec<Tiering>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tiering {
    days: i64,
    access_tier: AccessTier,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum AccessTier {
    ArchiveAccess,
    DeepArchiveAccess,
}

impl Configuration for IntelligentTieringConfiguration {
    const NAME: &'static str = "IntelligentTiering";
}

impl Named for IntelligentTieringConfiguration {
    const MEMBER: &'static str = "IntelligentTieringConfiguration";

    fn id(&self) -> &str {
        &self.id
    }

    fn other_id() -> ApiError {
        malformed()
    }

    fn check(&self) -> Result<(), ApiError> {
        self.filter.as_ref().map_or(Ok(()), Filter::check)?;
        match self.tierings[..] {
            [] => return Err(malformed()),
            [_] => {}
            [one, other] if one.access_tier != other.access_tier => {}
            [..] => return Err(malformed()),
        }
        self.tierings.iter().try_for_each(|tiering| tiering.check())
    }
}

impl Tiering {
    fn check(self) -> Result<(), ApiError> {
        let least = match self.access_tier {
            AccessTier::ArchiveAccess => limits::ARCHIVE_ACCESS_DAYS_MIN,
            AccessTier::DeepArchiveAccess => limits::DEEP_ARCHIVE_ACCESS_DAYS_MIN,
        };
        if (least..=limits::TIERING_DAYS_MAX).contains(&self.days) {
            return Ok(());
        }
        Err(crate::error::INVALID_ARGUMENT
            .says("Invalid Argument")
            .with("ArgumentName", "Days")
            .with("ArgumentValue", self.days.to_string()))
    }
}

operations!(
    IntelligentTieringConfiguration,
    PutBucketIntelligentTieringConfigurationInput,
    put_bucket_intelligent_tiering_configuration,
    get_bucket_intelligent_tiering_configuration,
    delete_bucket_intelligent_tiering_configuration,
    list_bucket_intelligent_tiering_configurations
);
