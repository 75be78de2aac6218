//! What a query string makes of a bucket or an object, and what S3 refuses of it.

use insta::assert_snapshot;
use kernel::descriptor::Target;

/// What is said to `METHOD /bucket/key?query`.
fn told(request: &str) -> String {
    let (method, url) = request.split_once(' ').unwrap();
    let (path, query) = url.split_once('?').unwrap();
    let parameters: Vec<(String, String)> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let has_key = path.trim_start_matches('/').contains('/');
    let told =
        match crate::subresource::refuse(&Target { method, has_key, parameters: &parameters }) {
            Ok(()) => "goes on".to_owned(),
            Err(refused) => {
                let fields =
                    refused.fields().iter().map(|(name, value)| format!(" {name}={value}"));
                let fields: String = fields.collect();
                format!("{} {}: {}{fields}", refused.status(), refused.code(), refused.message())
            }
        };
    format!("{request} => {told}")
}

fn all_told(requests: &[&str]) -> String {
    requests.iter().map(|request| told(request)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_subresource_has_its_own_methods() {
    assert_snapshot!(all_told(&[
        "GET /photos?acl",
        "PUT /photos?acl",
        "DELETE /photos?acl",
        "HEAD /photos?versioning",
        "POST /photos?policy",
        "PUT /photos?versions",
        "GET /photos?delete",
        "POST /photos/a?delete",
        "PATCH /photos/a?tagging",
        "PUT /photos/a?uploadId=u",
        "PUT /photos/a?uploadId=u&partNumber=1",
        "GET /photos/a?uploadId=u&partNumber=1",
        "GET /photos?session",
    ]), @"
    GET /photos?acl => goes on
    PUT /photos?acl => goes on
    DELETE /photos?acl => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=DELETE ResourceType=ACL Allow=GET, PUT
    HEAD /photos?versioning => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=HEAD ResourceType=VERSIONING Allow=GET, PUT
    POST /photos?policy => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=POST ResourceType=BUCKETPOLICY Allow=DELETE, GET, PUT
    PUT /photos?versions => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=PUT ResourceType=BUCKETVERSIONS Allow=GET
    GET /photos?delete => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=GET ResourceType=MULTI_OBJECT_DELETE Allow=POST
    POST /photos/a?delete => goes on
    PATCH /photos/a?tagging => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=PATCH ResourceType=OBJECT_TAGGING Allow=DELETE, GET, PUT
    PUT /photos/a?uploadId=u => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=PUT ResourceType=UPLOAD Allow=DELETE, POST, GET
    PUT /photos/a?uploadId=u&partNumber=1 => goes on
    GET /photos/a?uploadId=u&partNumber=1 => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=GET ResourceType=PART Allow=PUT
    GET /photos?session => goes on
    ");
}

/// Of these AWS does not look at the key.
#[test]
fn what_is_the_buckets_is_answered_whatever_the_key() {
    let of_bucket = |request: &str| {
        let (method, url) = request.split_once(' ').unwrap();
        let name = url.split_once('?').unwrap().1.to_owned();
        let parameters = [(name, String::new())];
        let target = Target { method, has_key: true, parameters: &parameters };
        let of = if crate::subresource::is_of_bucket(&target) { "bucket" } else { "object" };
        format!("{} ({of})", told(request))
    };
    assert_snapshot!([
        "GET /photos/a?policy",
        "PUT /photos/a?versioning",
        "DELETE /photos/a?cors",
        "POST /photos/a?delete",
        "HEAD /photos/a?location",
        "POST /photos/a?website",
        "GET /photos/a?tagging",
        "GET /photos/a?encryption",
        "GET /photos/a?logging",
        "GET /photos/a?torrent",
    ].map(of_bucket).join("\n"), @"
    GET /photos/a?policy => goes on (bucket)
    PUT /photos/a?versioning => goes on (bucket)
    DELETE /photos/a?cors => goes on (bucket)
    POST /photos/a?delete => goes on (bucket)
    HEAD /photos/a?location => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=HEAD ResourceType=LOCATION Allow=GET (bucket)
    POST /photos/a?website => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=POST ResourceType=WEBSITE Allow=DELETE, GET, PUT (bucket)
    GET /photos/a?tagging => goes on (object)
    GET /photos/a?encryption => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=GET ResourceType=OBJECT_ENCRYPTION Allow=PUT (object)
    GET /photos/a?logging => 400 NoLoggingStatusForKey: There is no such thing as the ?logging sub-resource for a key (object)
    GET /photos/a?torrent => 405 MethodNotAllowed: The specified method is not allowed against this resource. Method=GET ResourceType=TORRENT (object)
    ");
}

#[test]
fn subresources_exclude_each_other() {
    assert_snapshot!(all_told(&[
        "GET /photos?versioning&acl",
        "GET /photos?uploads&uploadId=u",
        "GET /photos/a?tagging&partNumber=1",
        "GET /photos?partNumber=1",
        "GET /photos?uploadId=u",
        "POST /photos?restore",
        "GET /photos/a?uploads",
        "GET /photos/a?versions",
        "PUT /photos/a?partNumber=1",
        "GET /photos/a?policy&acl",
    ]), @"
    GET /photos?versioning&acl => 400 InvalidArgument: Conflicting query string parameters: acl, versioning ArgumentName=ResourceType ArgumentValue=acl
    GET /photos?uploads&uploadId=u => 400 InvalidArgument: Conflicting query string parameters: uploadId, uploads ArgumentName=ResourceType ArgumentValue=uploadId
    GET /photos/a?tagging&partNumber=1 => 400 InvalidArgument: Conflicting query string parameters: partNumber, tagging ArgumentName=ResourceType ArgumentValue=partNumber
    GET /photos?partNumber=1 => 400 InvalidRequest: Object must have a valid key name.
    GET /photos?uploadId=u => 400 InvalidRequest: A key must be specified
    POST /photos?restore => 400 UserKeyMustBeSpecified: User key must be specified.
    GET /photos/a?uploads => 400 InvalidRequest: Key is not expected for the GET method ?uploads subresource
    GET /photos/a?versions => 400 InvalidRequest: There is no such thing as the ?versions sub-resource for a key
    PUT /photos/a?partNumber=1 => 400 InvalidArgument: This operation does not accept partNumber without uploadId ArgumentName=partNumber ArgumentValue=1
    GET /photos/a?policy&acl => 400 InvalidArgument: Conflicting query string parameters: acl, policy ArgumentName=ResourceType ArgumentValue=acl
    ");
}

#[test]
fn parameters_of_another_operation_are_refused() {
    assert_snapshot!(all_told(&[
        "GET /photos?start-after=a",
        "GET /photos?list-type=1&continuation-token=",
        "GET /photos?list-type=2&marker=a",
        "GET /photos?list-type=2&start-after=a&prefix=b",
        "GET /photos?versionId=null",
        "GET /photos?acl&versionId=null",
        "DELETE /photos/a?versionId=",
        "GET /photos/a?uploadId=u&versionId=null",
        "GET /photos?website=1",
        "GET /photos/a?response-expires=x&response-etag=y",
        "GET /photos/a?policy&versionId=null",
        "GET /photos/a?website=1",
    ]), @"
    GET /photos?start-after=a => 400 InvalidArgument: startAfter only supported in REST.GET.BUCKET with list-type=2 ArgumentName=start-after
    GET /photos?list-type=1&continuation-token= => 400 InvalidArgument: continuation-token only supported in REST.GET.BUCKET with list-type=2 ArgumentName=continuation-token
    GET /photos?list-type=2&marker=a => 400 InvalidArgument: Marker unsupported with REST.GET.BUCKET in list-type=2 ArgumentName=marker
    GET /photos?list-type=2&start-after=a&prefix=b => goes on
    GET /photos?versionId=null => 400 InvalidArgument: This operation does not accept a version-id. ArgumentName=versionId ArgumentValue=null
    GET /photos?acl&versionId=null => 400 InvalidArgument: Invalid version id specified ArgumentName=versionId ArgumentValue=null
    DELETE /photos/a?versionId= => 400 InvalidArgument: Version id cannot be the empty string ArgumentName=versionId ArgumentValue=
    GET /photos/a?uploadId=u&versionId=null => 400 InvalidArgument: This operation does not accept a version-id. ArgumentName=versionId ArgumentValue=null
    GET /photos?website=1 => 400 InvalidArgument: The website parameter must not have a value ArgumentName=website ArgumentValue=1
    GET /photos/a?response-expires=x&response-etag=y => 400 InvalidArgument: response-etag is not in the set of overridable response headers. Please refer to the S3 API documentation for a complete list of overridable response headers. ArgumentName=response-etag ArgumentValue=y
    GET /photos/a?policy&versionId=null => 400 InvalidArgument: This operation does not accept a version-id. ArgumentName=versionId ArgumentValue=null
    GET /photos/a?website=1 => 400 InvalidArgument: The website parameter must not have a value ArgumentName=website ArgumentValue=1
    ");
}
