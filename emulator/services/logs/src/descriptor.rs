//! What CloudWatch Logs is on the wire.

use kernel::descriptor::{
    Addressing, AnswerIds, Bodies, Credentials, Descriptor, Protocol, Public, Refusals,
    SignatureRules, Validation,
};

use crate::{error as errors, limits};

/// CloudWatch Logs.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "logs",
    title: "CloudWatch Logs",
    model: || {
        static MODEL: &str = include_str!("../../../models/logs.json");
        MODEL
    },
    signing_names: &["logs"],
    host_labels: &["logs"],
    old_host_label: None,
    target_prefix: Some("Logs_20140328"),
    protocols: &[Protocol::AwsJson11, Protocol::AwsJson10],
    addressing: Addressing::Root,
    validation: Validation::Constraints {
        refusal: &errors::INVALID_PARAMETER,
        tells_patterned: false,
        left_to_service: &[],
    },
    answer_ids: AnswerIds::Request,
    error_namespace: None,
    error_has_detail: false,
    credentials: Credentials { rules: SignatureRules::V4, public: Public::Nothing, in_url: true },
    bodies: Bodies::up_to(limits::REQUEST_SIZE_BYTES_MAX),
    download_members: &[],
    operations_with_secrets: &[],
    console: None,
    quick_operations: &[],
    refused_headers: &[],
    refusals: Refusals { access_denied: &errors::ACCESS_DENIED, ..Refusals::COMMON },
};
