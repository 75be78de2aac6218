//! What Elastic Load Balancing is on the wire.

use kernel::descriptor::{
    Addressing, AnswerIds, Bodies, Credentials, Descriptor, Protocol, Public, Refusals,
    SignatureRules, Validation,
};

use crate::{error as errors, limits};

/// Elastic Load Balancing.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "elasticloadbalancing",
    title: "Elastic Load Balancing",
    model: || {
        static MODEL: &str = include_str!("../../../models/elbv2.json");
        MODEL
    },
    signing_names: &["elasticloadbalancing"],
    host_labels: &["elasticloadbalancing"],
    old_host_label: None,
    target_prefix: None,
    protocols: &[Protocol::AwsQuery],
    addressing: Addressing::Root,
    validation: Validation::Constraints {
        refusal: &errors::VALIDATION,
        tells_patterned: true,
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
