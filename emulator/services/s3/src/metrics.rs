//! What CloudWatch is told of buckets: of requests, where a bucket has a metrics configuration, and each day
//! how much is stored.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html>

mod requests;
mod storage;

use kernel::fact::{Fact, Facts};
use kernel::time::Timestamp;

use super::{Request, S3, Stored};
use requests::Requests;
use storage::Storage;

/// What is counted, and what was.
#[derive(Debug, Clone, Default)]
pub(super) struct Meters {
    requests: Requests,
    storage: Storage,
}

impl S3 {
    /// States what requests came to since the last minute was over, and at midnight what is stored.
    pub(super) fn state_facts(&self, at: Timestamp, facts: &mut Vec<Fact>) {
        self.state_requests(at, facts);
        self.state_storage(at, facts);
    }

    /// What was counted was told. Says when there is something to be told though nothing may happen.
    pub(super) fn begin_minute(&mut self, at: Timestamp) -> Option<Timestamp> {
        self.meters.requests.begin_minute();
        self.begin_day(at)
    }
}

/// Facts about a bucket.
fn facts<'a>(
    stored: &'a Stored,
    (dimension, value): (&'static str, &str),
    at: Timestamp,
    out: &'a mut Vec<Fact>,
) -> Facts<'a> {
    let bucket = &stored.bucket;
    let dimensions =
        vec![("BucketName".into(), bucket.name.to_string()), (dimension.into(), value.to_owned())];
    let (account, region) = (&bucket.owner, &bucket.region);
    Facts { account, region, namespace: "AWS/S3", dimensions, at, out }
}

/// The bucket whose metrics configurations a request may change.
pub(super) fn configured(request: &Request) -> Option<String> {
    match request {
        Request::PutBucketMetricsConfiguration(input) => Some(input.bucket.clone()),
        Request::DeleteBucketMetricsConfiguration(input) => Some(input.bucket.clone()),
        Request::DeleteBucket(input) => Some(input.bucket.clone()),
        _ => None,
    }
}

/// Whether a request may change what is stored, or whose configuration is asked about.
pub(super) const fn may_change(request: &Request) -> bool {
    !matches!(
        request,
        Request::GetObject(_)
            | Request::HeadObject(_)
            | Request::HeadBucket(_)
            | Request::ListBuckets(_)
            | Request::ListObjects(_)
            | Request::ListObjectsV2(_)
    )
}
