//! A browser's upload: a form with a file. Its fields come first and say everything, who signed it
//! included; then the file is streamed like any other object.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use cloudless_core::call::{Origin, Payload};
use cloudless_core::error::{self, ACCESS_DENIED, ApiError, Row};
use cloudless_core::s3::error::{ENTITY_TOO_LARGE, INVALID_ARGUMENT, PRECONDITION_FAILED};
use cloudless_core::s3::limits::FORM_FIELDS_SIZE_BYTES_MAX;
use cloudless_core::s3::{Form, PostPolicy, SizeRange};
use cloudless_core::{Caller, Request as CoreRequest};
use http::request::Parts;
use http::{Response, header};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;

use super::access_log::Watch;
use super::auth::FormCredentials;
use super::body::RequestBody;
use super::credentials::Identity;
use super::declared::{Declared, not_implemented};
use super::guard::MustBeProven;
use super::multipart::{self, Malformed, Piece};
use super::pace::PacedBody;
use super::{Http, ResponseBody, full, upload};
use crate::wire::{self, Posted};

static MALFORMED_POST_REQUEST: Row = Row::sender(
    "MalformedPOSTRequest",
    400,
    "The body of your POST request is not well-formed multipart/form-data.",
);
static FIELDS_TOO_LONG: Row = Row::sender(
    "MaxPostPreDataLengthExceeded",
    400,
    "Your POST request fields preceeding the upload file was too large.",
);

/// The operation.
pub(super) const POST_OBJECT: &str = "PostObject";

/// A form whose fields are here, and whose file is to come.
struct Posting {
    form: Form,
    file: FileBody,
}

fn content_type(parts: &Parts) -> &str {
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    content_type.and_then(|it| it.to_str().ok()).unwrap_or_default()
}

/// Whether the body is a form as browsers send files in.
fn is_form(parts: &Parts) -> bool {
    let media_type = content_type(parts).split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("multipart/form-data")
}

impl Http {
    pub(super) async fn post_object(
        &self,
        parts: &Parts,
        body: RequestBody,
        source_ip: Arc<str>,
        route: &wire::Route,
        request_id: &str,
    ) -> Result<Response<ResponseBody>, ApiError> {
        // A form says inside who signed it.
        if is_form(parts) && parts.headers.contains_key(header::AUTHORIZATION) {
            return Err(not_implemented("Authorization"));
        }
        let envelope = &route.envelope;
        let bucket = route.bucket.as_deref().unwrap_or_default();
        let Posting { form, mut file } = self.read_fields(parts, body, route).await?;
        let key = form.key()?;
        Watch::note_key(parts, key);
        let (identity, sizes) = self.judge(parts, &form, bucket)?;
        let request = decode(route, key, &form)?;
        self.admit_form(parts, &identity, &source_ip, &request)?;
        let declared = Declared::of_form(|name| form.get(name))?;
        file.sizes = sizes;
        let staged =
            upload::stage(&declared, None, file, self.engine.blobs(), envelope.descriptor(), None)
                .await?;
        sizes.check(staged.blob().size_bytes)?;
        let request = request.with_payload(Payload::Blob(staged.blob().clone()));
        let failure = request.failure();
        let answer = self.call(parts, identity, source_ip, request, Some(staged)).await?;
        let mut response = self.encode(parts, envelope, answer, request_id, failure).await;
        let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok());
        let etag = etag.unwrap_or_default().to_owned();
        let posted = Posted { bucket_url: &self.url_of(parts, bucket), bucket, key, etag: &etag };
        let (redirect, status) = (form.success_redirect(), form.success_status());
        let (status, document) =
            wire::answer_form(response.headers_mut(), &posted, redirect, status);
        *response.status_mut() = status;
        *response.body_mut() = full(document);
        Ok(response)
    }

    /// Takes in all that comes before the file.
    async fn read_fields(
        &self,
        parts: &Parts,
        body: RequestBody,
        route: &wire::Route,
    ) -> Result<Posting, ApiError> {
        let content_type = content_type(parts);
        if !is_form(parts) {
            return Err(PRECONDITION_FAILED.with(
                "Condition",
                "Bucket POST must be of the enclosure-type multipart/form-data",
            ));
        }
        let mut form = multipart::Form::new(content_type, FORM_FIELDS_SIZE_BYTES_MAX)
            .ok_or_else(|| ApiError::from(&MALFORMED_POST_REQUEST))?;
        let length_bytes = Declared::form_length_bytes(parts)?;
        let limit_bytes = route.envelope.descriptor().bodies.streamed_limit_bytes;
        // Twice, for what may follow the file.
        if length_bytes > limit_bytes + 2 * FORM_FIELDS_SIZE_BYTES_MAX as u64 {
            return Err(ENTITY_TOO_LARGE
                .with("ProposedSize", length_bytes.to_string())
                .with("MaxSizeAllowed", limit_bytes.to_string()));
        }
        let mut body = PacedBody::new(body, route.envelope.service, self.limits.body_stall, None);
        let mut fields = Vec::new();
        loop {
            match form.next().map_err(misformed)? {
                Some(Piece::Field { name, value }) => fields.push((name, value)),
                Some(Piece::File { filename }) => {
                    let file = FileBody { body, form, sizes: SizeRange::ANY, size_bytes: 0 };
                    return Ok(Posting { form: Form::new(fields, filename.as_deref()), file });
                }
                Some(Piece::Data(_) | Piece::End) => return Err((&MALFORMED_POST_REQUEST).into()),
                None => match body.frame().await.transpose().map_err(ApiError::from)? {
                    Some(frame) => form.feed(frame.data_ref().map_or(&b""[..], |data| data)),
                    None => return Err((&MALFORMED_POST_REQUEST).into()),
                },
            }
        }
    }

    /// Who sends a form, and how large its file may be. A form without a signature is anybody's.
    fn judge(
        &self,
        parts: &Parts,
        form: &Form,
        bucket: &str,
    ) -> Result<(Identity, SizeRange), ApiError> {
        let credentials = FormCredentials::read(form)?;
        if let Some(credentials) = &credentials {
            let secret = self.secret_of(credentials.access_key_id);
            // Where any key will do, a page of anybody could sign with one.
            if parts.extensions.get::<MustBeProven>().is_some() && secret.is_none() {
                return Err(ACCESS_DENIED.says(
                    "The form of a page of another origin must be signed by a key that is configured here. If the page is yours: a CORS rule of the bucket lets it in, or --allow-origin",
                ));
            }
            if !self.keys.is_empty() || secret.is_some() {
                credentials.verify(secret.as_deref())?;
            }
        }
        let sizes = match form.policy() {
            // A policy that nobody signed is nobody's.
            Some(_) if credentials.is_none() => return Err((&ACCESS_DENIED).into()),
            Some(policy) => {
                PostPolicy::parse(policy)?.check(form, bucket, self.engine.clock().now())?
            }
            None => SizeRange::ANY,
        };
        let identity = match credentials {
            Some(FormCredentials { access_key_id, region, .. }) => {
                let token = || form.get("x-amz-security-token").map(str::to_owned);
                let rules = cloudless_core::descriptor::SignatureRules::S3v4;
                self.holder_of(access_key_id, region, token, rules)?
            }
            None => Identity {
                caller: Caller::Anonymous,
                region: cloudless_core::names::Region::default(),
                cause: None,
            },
        };
        Ok((identity, sizes))
    }

    /// Refuses a form for its fields, before its file is taken.
    fn admit_form(
        &self,
        parts: &Parts,
        identity: &Identity,
        source_ip: &Arc<str>,
        request: &CoreRequest,
    ) -> Result<(), ApiError> {
        let origin: Origin = self.origin(parts, identity, source_ip);
        let now = self.engine.clock().now();
        self.engine.with_world(|world| world.admit(now, &origin, request)).map(drop)
    }

    /// Where a bucket is for whoever asked, without a slash at its end.
    fn url_of(&self, parts: &Parts, bucket: &str) -> String {
        let endpoint = self.endpoint_of(parts);
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        match host.and_then(|host| self.hosts.bucket(host)) {
            Some(_) => endpoint,
            None => format!("{endpoint}/{bucket}"),
        }
    }
}

fn decode(route: &wire::Route, key: &str, form: &Form) -> Result<CoreRequest, ApiError> {
    let mut metadata: Vec<(String, &str)> = Vec::new();
    for (name, value) in form.fields() {
        if let Some(name) = name.strip_prefix("x-amz-meta-") {
            metadata.push((name.to_owned(), value));
        }
    }
    let call = wire::decode_form(route, key, |name| form.get(name), metadata)?;
    let service = route.envelope.service;
    if !service.operations().contains(&call.operation) {
        return Err(error::operation_not_implemented(service.as_str(), call.operation));
    }
    service.decode(call.operation, call.input, Payload::None)
}

/// The file of a form, as it comes in.
struct FileBody {
    body: PacedBody<RequestBody>,
    form: multipart::Form,
    sizes: SizeRange,
    size_bytes: u64,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = ApiError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ApiError>>> {
        let this = &mut *self;
        loop {
            match this.form.next().map_err(misformed)? {
                Some(Piece::Data(data)) => {
                    this.size_bytes += data.len() as u64;
                    // What is too large is counted to its end, and not kept.
                    if this.size_bytes <= this.sizes.max_bytes {
                        return Poll::Ready(Some(Ok(Frame::data(data))));
                    }
                }
                Some(Piece::End) => {
                    let too_large = this.size_bytes > this.sizes.max_bytes;
                    let checked =
                        if too_large { this.sizes.check(this.size_bytes) } else { Ok(()) };
                    return Poll::Ready(checked.err().map(Err));
                }
                Some(Piece::Field { .. } | Piece::File { .. }) => {
                    return Poll::Ready(Some(Err((&MALFORMED_POST_REQUEST).into())));
                }
                None => match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                    Some(frame) => {
                        let frame = frame.map_err(ApiError::from)?;
                        this.form.feed(frame.data_ref().map_or(&b""[..], |data| data));
                    }
                    None => return Poll::Ready(Some(Err((&MALFORMED_POST_REQUEST).into()))),
                },
            }
        }
    }
}

fn misformed(malformed: Malformed) -> ApiError {
    match malformed {
        Malformed::Framing => (&MALFORMED_POST_REQUEST).into(),
        Malformed::Encoding => INVALID_ARGUMENT
            .says("Malformed Unicode code sequence in the field.")
            .with("ArgumentName", "formField"),
        Malformed::TooLong => FIELDS_TOO_LONG
            .with("MaxPostPreDataLengthBytes", FORM_FIELDS_SIZE_BYTES_MAX.to_string()),
        Malformed::Files(files) => INVALID_ARGUMENT
            .says("POST requires exactly one file upload per request.")
            .with("ArgumentName", "file")
            .with("ArgumentValue", files.to_string()),
    }
}
