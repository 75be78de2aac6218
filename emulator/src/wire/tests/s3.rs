//! S3: documents and headers, read and refused.

use serde_json::json;

use super::{answered, heard};

#[test]
fn headers_are_read_by_their_types() {
    insta::assert_snapshot!(heard(
        "PUT /b/k?X-Amz-Meta-From=url&x-amz-storage-class=STANDARD_IA&X-Amz-Signature=0
Content-Length: 900
x-amz-decoded-content-length: 5
Content-Encoding: aws-chunked,gzip
Expires: whenever
x-amz-meta-Kind: photo
x-amz-server-side-encryption-bucket-key-enabled: true
x-amz-object-lock-retain-until-date: 2027-01-02T03:04:05.678Z
x-unknown: 1"
    ), @r#"
    s3:PutObject over RestXml, body streams
    {
      "Bucket": "b",
      "ContentEncoding": "gzip",
      "ContentLength": 5,
      "Expires": "whenever",
      "Key": "k",
      "Metadata": {
        "kind": "photo",
        "from": "url"
      },
      "StorageClass": "STANDARD_IA",
      "BucketKeyEnabled": true,
      "ObjectLockRetainUntilDate": 1798859045.678
    }
    "#);
}

#[test]
fn conditions_that_cannot_be_read_are_no_conditions() {
    insta::assert_snapshot!(heard(
        "GET /b/k?response-expires=Thu,%2001%20Jan%201970%2000:00:10%20GMT
If-Modified-Since: yesterday
If-Unmodified-Since: Sunday, 06-Nov-94 08:49:37 GMT
Range: bytes=0-"
    ), @r#"
    s3:GetObject over RestXml
    {
      "Bucket": "b",
      "IfUnmodifiedSince": 784111777,
      "Key": "k",
      "Range": "bytes=0-",
      "ResponseExpires": 10
    }
    "#);
}

#[test]
fn values_of_the_wrong_kind_are_invalid_arguments() {
    let refused = [
        heard("GET /b?list-type=2&max-keys=many"),
        heard("PUT /b/k?partNumber=x&uploadId=u"),
        heard("GET /b/k?attributes"),
    ];
    insta::assert_snapshot!(refused.join("\n\n"), @r#"
    400 Bad Request
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <Error>
    <Code>InvalidArgument</Code>
    <Message>Provided max-keys not an integer or within integer range</Message>
    <ArgumentName>max-keys</ArgumentName>
    <ArgumentValue>many</ArgumentValue>
    <RequestId>ID</RequestId>
    <HostId>Y2xvdWRsZXNzL0lE</HostId>
    </Error>

    400 Bad Request
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <Error>
    <Code>InvalidArgument</Code>
    <Message>Part number must be an integer between 1 and 10000, inclusive</Message>
    <ArgumentName>partNumber</ArgumentName>
    <ArgumentValue>x</ArgumentValue>
    <RequestId>ID</RequestId>
    <HostId>Y2xvdWRsZXNzL0lE</HostId>
    </Error>

    400 Bad Request
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <Error>
    <Code>InvalidRequest</Code>
    <Message>The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty</Message>
    <RequestId>ID</RequestId>
    <HostId>Y2xvdWRsZXNzL0lE</HostId>
    </Error>
    "#);
}

#[test]
fn what_is_not_delivered_is_said_in_a_header_of_ours() {
    let output = json!({ "x-cloudless-undelivered": "arn:aws:sns:us-east-1:0:t, EventBridge" });
    let put = "PUT /b?notification\n\n<NotificationConfiguration/>";
    insta::assert_snapshot!(answered(put, output), @"
    200 OK
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    x-cloudless-undelivered: arn:aws:sns:us-east-1:0:t, EventBridge
    ");
}

#[test]
fn documents_are_checked_against_the_model() {
    let put = |document: &str| heard(format!("PUT /b?versioning\n\n{document}"));
    insta::assert_snapshot!(put("<?xml version='1.0'?><!-- c --><a:VersioningConfiguration xmlns:a='x'><a:Status>Ena<![CDATA[bled]]></a:Status><Unknown/></a:VersioningConfiguration>"), @r#"
    s3:PutBucketVersioning over RestXml
    {
      "Bucket": "b",
      "VersioningConfiguration": {
        "Status": "Enabled"
      }
    }
    "#);
    insta::assert_snapshot!(put(""), @r#"
    400 Bad Request
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <Error>
    <Code>MissingRequestBodyError</Code>
    <Message>Request Body is empty</Message>
    <RequestId>ID</RequestId>
    <HostId>Y2xvdWRsZXNzL0lE</HostId>
    </Error>
    "#);
    let malformed = put("<VersioningConfiguration><Status>");
    insta::assert_snapshot!(malformed, @r#"
    400 Bad Request
    x-amz-id-2: Y2xvdWRsZXNzL0lE
    x-amz-request-id: ID
    server: AmazonS3
    content-type: application/xml

    <?xml version="1.0" encoding="UTF-8"?>
    <Error>
    <Code>MalformedXML</Code>
    <Message>The XML you provided was not well-formed or did not validate against our published schema</Message>
    <RequestId>ID</RequestId>
    <HostId>Y2xvdWRsZXNzL0lE</HostId>
    </Error>
    "#);
    for document in [
        "not xml",
        "<Wrong/>",
        "<VersioningConfiguration/><Another/>",
        "<VersioningConfiguration><Status>&unknown;</Status></VersioningConfiguration>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><VersioningConfiguration/>",
        &"<VersioningConfiguration>".repeat(1000),
        "\u{0}",
    ] {
        assert_eq!(put(document), malformed, "{document}");
    }
    assert_eq!(
        heard(
            "PUT /b?notification\n\n<NotificationConfiguration><QueueConfiguration><Queue>q</Queue></QueueConfiguration></NotificationConfiguration>"
        ),
        malformed
    );
    assert_eq!(heard("POST /b?delete\n\n<Delete/>"), malformed);
}

#[test]
fn empty_elements_are_not_missing_ones() {
    insta::assert_snapshot!(heard(
        "PUT /b?lifecycle\n\n<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><Prefix/></Filter><Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>"
    ), @r#"
    s3:PutBucketLifecycleConfiguration over RestXml
    {
      "Bucket": "b",
      "LifecycleConfiguration": {
        "Rules": [
          {
            "Filter": {
              "Prefix": ""
            },
            "Status": "Enabled",
            "Expiration": {
              "Date": 1893456000
            }
          }
        ]
      }
    }
    "#);
    insta::assert_snapshot!(heard("PUT /b?tagging\n\n<Tagging><TagSet/></Tagging>"), @r#"
    s3:PutBucketTagging over RestXml
    {
      "Bucket": "b",
      "Tagging": {
        "TagSet": []
      }
    }
    "#);
}

/// S3 says that its schema was not kept to.
#[test]
fn what_is_to_be_deleted_is_read_strictly() {
    let told = [
        "<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet></Delete>",
        "<Delete><Object><Key>a</Key><Size>1</Size></Object></Delete>",
        "<Delete><Object><Key>a</Key><Colour>red</Colour></Object></Delete>",
        "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>",
        "<Delete><Object><Key>a<b/></Key></Object></Delete>",
        "<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet><Quiet>true</Quiet></Delete>",
        "<Delete><Object><Key>a</Key></Object><Colour>red</Colour></Delete>",
    ]
    .map(|document| {
        let heard = heard(format!("POST /b/any-key?delete\nContent-MD5: x\n\n{document}"));
        let is_heard = heard.starts_with("s3:DeleteObjects");
        let says = if is_heard { "heard" } else { heard.lines().nth(8).unwrap_or_default() };
        format!("{document} => {says}")
    });
    insta::assert_snapshot!(told.join("\n"), @"
    <Delete><Object><Key>a</Key></Object><Quiet>true</Quiet></Delete> => heard
    <Delete><Object><Key>a</Key><Size>1</Size></Object></Delete> => heard
    <Delete><Object><Key>a</Key><Colour>red</Colour></Object></Delete> => <Code>MalformedXML</Code>
    <Delete><Object><Key>a</Key><Key>b</Key></Object></Delete> => <Code>MalformedXML</Code>
    <Delete><Object><Key>a<b/></Key></Object></Delete> => <Code>MalformedXML</Code>
    <Delete><Object><Key>a</Key></Object><Quiet>true</Quiet><Quiet>true</Quiet></Delete> => <Code>MalformedXML</Code>
    <Delete><Object><Key>a</Key></Object><Colour>red</Colour></Delete> => <Code>MalformedXML</Code>
    ");
}

/// There are no directory buckets here: what would name one of their operations means nothing.
#[test]
fn what_means_nothing_here_is_ignored() {
    let told = [
        "GET /b?session",
        "PUT /b/k?renameObject",
        "GET /b?list-type=2&fetch-owner=True",
        "GET /b?list-type=2&fetch-owner=true",
    ];
    insta::assert_snapshot!(told.map(heard).join("\n\n"), @r#"
    s3:ListObjects over RestXml
    {
      "Bucket": "b"
    }

    s3:PutObject over RestXml, body streams
    {
      "Bucket": "b",
      "Key": "k"
    }

    s3:ListObjectsV2 over RestXml
    {
      "Bucket": "b",
      "FetchOwner": false
    }

    s3:ListObjectsV2 over RestXml
    {
      "Bucket": "b",
      "FetchOwner": true
    }
    "#);
}
