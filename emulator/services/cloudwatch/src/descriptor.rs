//! What CloudWatch is on the wire.

use kernel::descriptor::{
    Addressing, AnswerIds, Bodies, Credentials, Descriptor, Protocol, Public, Refusals,
    SignatureRules, Validation,
};

use crate::{error as errors, limits};

/// CloudWatch.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "cloudwatch",
    title: "CloudWatch",
    model: || {
        static MODEL: &str = include_str!("../../../models/cloudwatch.json");
        MODEL
    },
    signing_names: &["monitoring"],
    host_labels: &["monitoring", "cloudwatch"],
    old_host_label: None,
    target_prefix: Some("GraniteServiceVersion20100801"),
    protocols: &[Protocol::RpcV2Cbor, Protocol::AwsJson10, Protocol::AwsJson11, Protocol::AwsQuery],
    addressing: Addressing::Root,
    validation: Validation::Constraints {
        refusal: &errors::VALIDATION,
        tells_patterned: true,
        left_to_service: LEFT_TO_SERVICE,
    },
    answer_ids: AnswerIds::Request,
    error_namespace: Some("com.amazonaws.cloudwatch.v2010_08_01"),
    error_has_detail: false,
    credentials: Credentials { rules: SignatureRules::V4, public: Public::Nothing, in_url: true },
    bodies: Bodies {
        unzipped_limit_bytes: Some(limits::UNZIPPED_SIZE_BYTES_MAX),
        ..Bodies::up_to(limits::REQUEST_SIZE_BYTES_MAX)
    },
    download_members: &[],
    operations_with_secrets: &[],
    console: None,
    quick_operations: &[],
    refused_headers: &[],
    refusals: Refusals { access_denied: &errors::ACCESS_DENIED, ..Refusals::COMMON },
};

/// Operations whose model lists `InvalidParameterValue`: what is wrong with their inputs they say themselves.
const LEFT_TO_SERVICE: &[&str] = &[
    "DeleteDashboards",
    "DeleteInsightRules",
    "DisableInsightRules",
    "EnableInsightRules",
    "GetDashboard",
    "GetMetricStatistics",
    "ListDashboards",
    "ListMetrics",
    "ListTagsForResource",
    "PutDashboard",
    "PutInsightRule",
    "PutMetricData",
    "TagResource",
    "UntagResource",
];
