//! What Lambda is on the wire.

use kernel::descriptor::{
    Addressing, AnswerIds, Bodies, BodyFault, BodyMember, Credentials, Descriptor, Member,
    Protocol, Public, Refusals, SignatureRules, Validation,
};
use kernel::error::ApiError;

use crate::error::UserError as _;
use crate::{error as errors, limits};

/// Lambda.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "lambda",
    title: "Lambda",
    model: || {
        static MODEL: &str = include_str!("../../../models/lambda.json");
        MODEL
    },
    signing_names: &["lambda"],
    host_labels: &["lambda"],
    old_host_label: None,
    target_prefix: None,
    protocols: &[Protocol::RestJson],
    addressing: Addressing::Paths,
    validation: Validation::Constraints {
        refusal: &errors::VALIDATION,
        tells_patterned: true,
        left_to_service: &[],
    },
    answer_ids: AnswerIds::Request,
    error_namespace: None,
    error_has_detail: false,
    credentials: Credentials { rules: SignatureRules::V4, public: Public::Nothing, in_url: false },
    bodies: Bodies {
        larger: &[
            ("CreateFunction", limits::CODE_REQUEST_SIZE_BYTES_MAX),
            ("UpdateFunctionCode", limits::CODE_REQUEST_SIZE_BYTES_MAX),
            ("PublishLayerVersion", limits::CODE_REQUEST_SIZE_BYTES_MAX),
        ],
        members: &[
            code_of(Member { operation: "CreateFunction", path: &["Code", "ZipFile"] }),
            code_of(Member { operation: "UpdateFunctionCode", path: &["ZipFile"] }),
            code_of(Member { operation: "PublishLayerVersion", path: &["Content", "ZipFile"] }),
        ],
        ..Bodies::up_to(limits::SYNCHRONOUS_PAYLOAD_SAID_BYTES)
    },
    download_members: &[
        Member { operation: "GetFunction", path: &["Code", "Location"] },
        Member { operation: "PublishLayerVersion", path: &["Content", "Location"] },
        Member { operation: "GetLayerVersion", path: &["Content", "Location"] },
        Member { operation: "GetLayerVersionByArn", path: &["Content", "Location"] },
    ],
    operations_with_secrets: &[],
    console: None,
    quick_operations: &[],
    refused_headers: &[],
    refusals: Refusals {
        internal: || errors::SERVICE.with("Type", "Service"),
        too_large: |limit_bytes, operation| {
            // By the name that Invoke has inside of AWS.
            let operation = if operation == "Invoke" { "InvokeFunction" } else { operation };
            errors::REQUEST_ENTITY_TOO_LARGE.says(format!(
                "Request must be smaller than {limit_bytes} bytes for the {operation} operation"
            ))
        },
        access_denied: &errors::ACCESS_DENIED,
        ..Refusals::COMMON
    },
};

/// What is checked, kept and given back, and nothing comes of it: `docs/lambda.md` says why.
pub(crate) const STORED_ONLY: &[&str] = &[
    "CreateCodeSigningConfig",
    "UpdateCodeSigningConfig",
    "GetCodeSigningConfig",
    "DeleteCodeSigningConfig",
    "ListCodeSigningConfigs",
    "ListFunctionsByCodeSigningConfig",
    "PutFunctionCodeSigningConfig",
    "GetFunctionCodeSigningConfig",
    "DeleteFunctionCodeSigningConfig",
    "PutRuntimeManagementConfig",
    "GetRuntimeManagementConfig",
    "CreateFunction.Architectures",
    "CreateFunction.CodeSigningConfigArn",
    "CreateFunction.FileSystemConfigs",
    "CreateFunction.KMSKeyArn",
    "CreateFunction.SnapStart",
    "CreateFunction.TracingConfig",
    "CreateFunction.VpcConfig",
    "UpdateFunctionCode.Architectures",
    "UpdateFunctionConfiguration.FileSystemConfigs",
    "UpdateFunctionConfiguration.KMSKeyArn",
    "UpdateFunctionConfiguration.SnapStart",
    "UpdateFunctionConfiguration.TracingConfig",
    "UpdateFunctionConfiguration.VpcConfig",
    "CreateEventSourceMapping.KMSKeyArn",
    "UpdateEventSourceMapping.KMSKeyArn",
];

/// A function's code, as it comes inside a request.
const fn code_of(member: Member) -> BodyMember {
    BodyMember {
        member,
        limit_bytes: limits::ZIP_SIZE_BYTES_MAX,
        unzipped_limit_bytes: limits::UNZIPPED_SIZE_BYTES_MAX,
        refusal: refuse_code,
    }
}

fn refuse_code(fault: BodyFault) -> ApiError {
    match fault {
        BodyFault::Unreadable => errors::INVALID_PARAMETER_VALUE.user(
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        BodyFault::TooLarge => errors::REQUEST_ENTITY_TOO_LARGE
            .says(format!("Zipped size must be smaller than {} bytes", limits::ZIP_SIZE_BYTES_MAX)),
        BodyFault::UnzippedTooLarge => errors::INVALID_PARAMETER_VALUE.user(format!(
            "Unzipped size must be smaller than {} bytes",
            limits::UNZIPPED_SIZE_BYTES_MAX
        )),
    }
}
