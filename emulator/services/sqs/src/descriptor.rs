//! What SQS is on the wire.

use kernel::descriptor::{
    Addressing, AnswerIds, Bodies, Credentials, Descriptor, Protocol, Public, Refusals,
    SignatureRules, Validation,
};

use crate::{error as errors, limits};

/// SQS.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "sqs",
    title: "SQS",
    model: || {
        static MODEL: &str = include_str!("../../../models/sqs.json");
        MODEL
    },
    signing_names: &["sqs"],
    host_labels: &["sqs"],
    old_host_label: Some("queue"),
    target_prefix: Some("AmazonSQS"),
    protocols: &[Protocol::AwsJson10, Protocol::AwsJson11, Protocol::AwsQuery],
    addressing: Addressing::ResourceUrl {
        member: "QueueUrl",
        not_of_one: &["CreateQueue", "ListQueues"],
    },
    validation: Validation::FirstMissing {
        refusal: &errors::MISSING_PARAMETER,
        left_to_service: &["QueueUrl", "QueueName", "Attributes"],
    },
    answer_ids: AnswerIds::Request,
    error_namespace: Some("com.amazonaws.sqs"),
    error_has_detail: true,
    credentials: Credentials {
        rules: SignatureRules::V4,
        public: Public::WhatPoliciesLet,
        in_url: true,
    },
    bodies: Bodies::up_to(limits::REQUEST_SIZE_BYTES_MAX),
    download_members: &[],
    operations_with_secrets: &[],
    console: None,
    quick_operations: &["SendMessage", "ReceiveMessage", "DeleteMessage"],
    refused_headers: &[],
    refusals: Refusals { access_denied: &errors::ACCESS_DENIED, ..Refusals::COMMON },
};
