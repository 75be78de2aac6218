//! What a service is on the wire: one [`Descriptor`] each. Routing, protocols, signatures, limits and words
//! of refusal follow from it; who reads bytes knows no service by its name.

use crate::error::{self, ApiError, Row};

/// What the wire must know of a service. All of it is constant.
#[derive(Debug)]
pub struct Descriptor {
    /// In ARNs, before an operation (`sqs:SendMessage`) and in lists of services: `sqs`.
    pub name: &'static str,
    /// For people: `SQS`.
    pub title: &'static str,
    /// The table of its operations and shapes, made from AWS's model. A function with a static: in
    /// a constant it would stand in the program once for each place that has one.
    pub model: fn() -> &'static str,
    /// For which service its callers sign: the third part of a credential's scope.
    pub signing_names: &'static [&'static str],
    /// The first label of its host name: `sqs` of `sqs.us-east-1.amazonaws.com`.
    pub host_labels: &'static [&'static str],
    /// The label of an old host name, before which the region may stand: `us-east-1.queue.amazonaws.com`.
    pub old_host_label: Option<&'static str>,
    /// What `X-Amz-Target` begins with, up to the dot.
    pub target_prefix: Option<&'static str>,
    /// The protocols it speaks, the usual one of each kind first.
    pub protocols: &'static [Protocol],
    /// What of it the path and the host name.
    pub addressing: Addressing,
    /// How inputs are held against AWS's model before the service sees them.
    pub validation: Validation,
    /// By what its answers are known to AWS's support.
    pub answer_ids: AnswerIds,
    /// What stands before `#` in the `__type` of its refusals in JSON; nothing where the code stands alone.
    pub error_namespace: Option<&'static str>,
    /// `<Detail/>` stands in its refusals in the Query protocol.
    pub error_has_detail: bool,
    /// Who may call, and how it is proven.
    pub credentials: Credentials,
    /// What bodies it takes.
    pub bodies: Bodies,
    /// Members of its answers that name a place of this emulator: who gets one may fetch what is there,
    /// for a while.
    pub download_members: &'static [Member],
    /// Operations that make secrets: their payload is randomness, drawn outside.
    pub operations_with_secrets: &'static [&'static str],
    /// The operation that shows what an instance has written: its payload is that text, as whoever runs instances has it.
    pub console: Option<Console>,
    /// Operations whose plain inputs in JSON 1.0 are read without the tables.
    pub quick_operations: &'static [&'static str],
    /// Headers that are no parameters of an operation, and that it refuses all the same.
    pub refused_headers: &'static [RefusedHeader],
    /// What it says where nobody gets as far as an operation.
    pub refusals: Refusals,
}

/// An operation that shows what an instance has written.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    /// Its name.
    pub operation: &'static str,
    /// The member of its input that names the instance.
    pub instance: &'static str,
}

/// A header that some operations refuse to which it means nothing.
#[derive(Debug, Clone, Copy)]
pub struct RefusedHeader {
    /// Its name, in lower case.
    pub name: &'static str,
    /// Whether an operation refuses it.
    pub refused_by: fn(operation: &str) -> bool,
    /// What is said, by its value.
    pub refusal: fn(value: &str) -> ApiError,
}

impl Descriptor {
    /// Whether it speaks this protocol.
    #[must_use]
    pub fn speaks(&self, protocol: Protocol) -> bool {
        self.protocols.contains(&protocol)
    }

    /// Whether it takes forms.
    #[must_use]
    pub fn speaks_query(&self) -> bool {
        self.speaks(Protocol::AwsQuery) || self.speaks(Protocol::Ec2Query)
    }

    /// How long a body may be that is held in memory, in bytes.
    #[must_use]
    pub fn body_limit_bytes(&self, operation: &str) -> usize {
        let larger = self.bodies.larger.iter().find(|(name, _)| *name == operation);
        larger.map_or(self.bodies.limit_bytes, |(_, limit_bytes)| *limit_bytes)
    }
}

/// A way to put an operation into HTTP: <https://smithy.io/2.0/aws/protocols/index.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Paths, headers and XML: S3.
    RestXml,
    /// Paths, headers and JSON: Lambda.
    RestJson,
    /// `X-Amz-Target` and JSON: SQS as current SDKs speak it.
    AwsJson10,
    /// As `AwsJson10` with another media type.
    AwsJson11,
    /// Form in, XML out: SQS as SDKs spoke it until 2023.
    AwsQuery,
    /// Form in, JSON out: as `AwsQuery`, to a client that prefers JSON (API Gateway's integrations).
    AwsQueryJson,
    /// Form in, XML out, both in EC2's own way.
    /// <https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html>
    Ec2Query,
    /// The operation in the path, CBOR in and out: CloudWatch as current SDKs speak it.
    /// <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
    RpcV2Cbor,
}

/// What of a service the path and the host name.
#[derive(Debug, Clone, Copy)]
pub enum Addressing {
    /// Nothing: all calls go to `/`.
    Root,
    /// The operation: `/2015-03-31/functions/{FunctionName}`.
    Paths,
    /// One resource, `/123456789012/orders`, or none. A call that names no service in any way is for the
    /// one service whose resources have URLs.
    ResourceUrl {
        /// The member that the URL stands for.
        member: &'static str,
        /// Operations that are about no one resource.
        not_of_one: &'static [&'static str],
    },
    /// A bucket, in the path or in the host, and an object: `/photos/a.jpg`, `photos.s3.localhost`.
    /// Whatever names no other service is for the one that has buckets.
    Bucket {
        /// The label of host names under which buckets are websites: `photos.s3-website.localhost`.
        website_label: &'static str,
        /// Labels of AWS's host names under which there is something else than buckets, or all of them at
        /// once: `s3-accesspoint`. They are refused by name.
        other_labels: &'static [&'static str],
        /// Operations on a bucket that are about nothing but its objects.
        about_objects: &'static [&'static str],
        /// Operations of directory buckets, of which there are none here: what would name one means nothing.
        of_directories: &'static [&'static str],
        /// Refuses what of a query string no operation means.
        refuse: fn(&Target<'_>) -> Result<(), ApiError>,
        /// Whether what is asked of an object is answered by its bucket, whatever the key: `/photos/a.jpg?policy`.
        is_of_bucket: fn(&Target<'_>) -> bool,
    },
}

/// What a request for a bucket or an object is about, where its query string says more.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// `GET`
    pub method: &'a str,
    /// It is about an object, or would be.
    pub has_key: bool,
    /// What the query string says, decoded, in its order.
    pub parameters: &'a [(String, String)],
}

impl Target<'_> {
    /// What the query string says of this; the first where it says several.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// How inputs are held against AWS's model before the service sees them.
#[derive(Debug, Clone, Copy)]
pub enum Validation {
    /// Not at all, beyond what the protocol itself demands.
    Protocol,
    /// Needed members; the first that is missing is refused.
    FirstMissing {
        /// With this.
        refusal: &'static Row,
        /// Members of which the service says itself what is wrong.
        left_to_service: &'static [&'static str],
    },
    /// Needed members, lengths, ranges, patterns and enums; all complaints in one refusal.
    Constraints {
        /// With this.
        refusal: &'static Row,
        /// Whether it says which text does not fit a pattern.
        tells_patterned: bool,
        /// Operations that say themselves what is wrong with their inputs.
        left_to_service: &'static [&'static str],
    },
}

/// By what an answer is known to AWS's support.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerIds {
    /// `x-amzn-requestid`
    Request,
    /// `x-amz-request-id`, `x-amz-id-2` and the server's name.
    RequestAndHost {
        /// `Server`
        server: &'static str,
    },
}

/// Who may call a service, and how it is proven.
#[derive(Debug, Clone, Copy)]
pub struct Credentials {
    /// How signatures are made, verified and refused.
    pub rules: SignatureRules,
    /// What who does not sign may do.
    pub public: Public,
    /// Whether credentials may stand in the URL. Where they may not, nobody looks at them there.
    pub in_url: bool,
}

/// How signatures are made, verified and refused: by the names that botocore has for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureRules {
    /// `v4`: all services but one.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>
    V4,
    /// `s3v4`: paths are encoded once, the body's hash stands in the head, a signature covers all that
    /// matters whether it is verified or not; the older version still counts.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>
    S3v4,
}

impl SignatureRules {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::V4, Self::S3v4];
}

/// What who does not sign may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Public {
    /// Nothing: `MissingAuthenticationToken`.
    Nothing,
    /// What the policies of resources let everybody do.
    WhatPoliciesLet,
}

/// What bodies a service takes.
#[derive(Debug, Clone, Copy)]
pub struct Bodies {
    /// How long one may be that is held in memory, in bytes.
    pub limit_bytes: usize,
    /// Operations that take more, and how much, in bytes.
    pub larger: &'static [(&'static str, usize)],
    /// How long one may be that is streamed, in bytes.
    pub streamed_limit_bytes: u64,
    /// Its length must be said before it comes.
    pub needs_length: bool,
    /// Operations that are refused without an MD5 or a checksum of their document.
    pub needs_digest: &'static [&'static str],
    /// Operations that may need a copy of stored bytes: see
    /// [`Service::copying`](crate::service::Service::copying).
    pub copying: &'static [&'static str],
    /// Operations in whose head a checksum is not that of their document.
    pub checksums_elsewhere: &'static [&'static str],
    /// Operations whose refusal of an MD5 writes it in hexadecimal digits, not as it was sent.
    pub digests_in_hex: &'static [&'static str],
    /// Documents in XML, by their root, that are refused where they have an element which they should not have, or
    /// one too often. In others that is passed over.
    pub strict: &'static [&'static str],
    /// Documents in XML of which something of their own is said where they are none, by their root.
    pub malformed: &'static [(&'static str, &'static Row)],
    /// The service can refuse a request for its head alone, and is asked before a body is taken.
    pub admitted_by_head: bool,
    /// Members that are large bodies in base64, and become the payload of their request.
    pub members: &'static [BodyMember],
    /// How long a body may be that comes compressed (`Content-Encoding: gzip`), once it is not, in bytes;
    /// nothing where none may.
    pub unzipped_limit_bytes: Option<usize>,
}

impl Bodies {
    /// Small documents, and no more.
    #[must_use]
    pub const fn up_to(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            larger: &[],
            streamed_limit_bytes: 0,
            needs_length: false,
            needs_digest: &[],
            copying: &[],
            checksums_elsewhere: &[],
            digests_in_hex: &[],
            strict: &[],
            malformed: &[],
            admitted_by_head: false,
            members: &[],
            unzipped_limit_bytes: None,
        }
    }
}

/// A member of an operation's input or output.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Of which operation.
    pub operation: &'static str,
    /// Its name behind those of the structures that it is in: `Code`, `ZipFile`.
    pub path: &'static [&'static str],
}

/// A member that is a large body in base64.
#[derive(Debug, Clone, Copy)]
pub struct BodyMember {
    /// Which.
    pub member: Member,
    /// How large it may be, in bytes.
    pub limit_bytes: u64,
    /// It is a zip, whose files are smaller than this together, in bytes.
    pub unzipped_limit_bytes: u64,
    /// What is said of one that is not as it must be.
    pub refusal: fn(BodyFault) -> ApiError,
}

/// What is wrong with a body inside a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// It is no base64, or no zip.
    Unreadable,
    /// It is too large.
    TooLarge,
    /// What is in the zip is too large.
    UnzippedTooLarge,
}

/// What a service says where nobody gets as far as an operation.
#[derive(Debug, Clone, Copy)]
pub struct Refusals {
    /// It cannot do it, and nobody knows whether it did: 500.
    pub internal: fn() -> ApiError,
    /// A body is longer than it may be: by how many bytes that is, and for which operation.
    pub too_large: fn(usize, &str) -> ApiError,
    /// There is no room for the body now; somebody may try again.
    pub unavailable: &'static Row,
    /// The body has stopped coming.
    pub stalled: &'static Row,
    /// The caller may not do this.
    pub access_denied: &'static Row,
}

impl Refusals {
    /// What most services say.
    pub const COMMON: Self = Self {
        internal: || ApiError::from(&error::INTERNAL_FAILURE),
        too_large: |limit_bytes, _operation| {
            error::REQUEST_ENTITY_TOO_LARGE
                .says(format!("HTTP content length exceeded {limit_bytes} bytes."))
        },
        unavailable: &error::SERVICE_UNAVAILABLE,
        stalled: &error::REQUEST_TIMEOUT,
        access_denied: &error::ACCESS_DENIED_EXCEPTION,
    };
}
