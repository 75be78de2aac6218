//! What EC2 is on the wire.

use kernel::descriptor::{
    Addressing, AnswerIds, Bodies, Console, Credentials, Descriptor, Protocol, Public, Refusals,
    SignatureRules, Validation,
};

use crate::{error as errors, limits};

/// Elastic Compute Cloud.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "ec2",
    title: "EC2",
    model: || {
        static MODEL: &str = include_str!("../../../models/ec2.json");
        MODEL
    },
    signing_names: &["ec2"],
    host_labels: &["ec2"],
    old_host_label: None,
    target_prefix: None,
    protocols: &[Protocol::Ec2Query],
    addressing: Addressing::Root,
    validation: Validation::Protocol,
    answer_ids: AnswerIds::Request,
    error_namespace: None,
    error_has_detail: false,
    credentials: Credentials { rules: SignatureRules::V4, public: Public::Nothing, in_url: true },
    bodies: Bodies::up_to(limits::REQUEST_SIZE_BYTES_MAX),
    download_members: &[],
    operations_with_secrets: &["CreateKeyPair"],
    console: Some(Console { operation: "GetConsoleOutput", instance: "InstanceId" }),
    quick_operations: &[],
    refused_headers: &[],
    refusals: Refusals { access_denied: &errors::UNAUTHORIZED_OPERATION, ..Refusals::COMMON },
};
