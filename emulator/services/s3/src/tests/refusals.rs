//! Refusals that clients are known to look at, in the words that AWS has for them.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::Cloud;
use crate::Preflight;

/// What is said to each of these calls on the bucket `photos`.
fn all_told(cloud: &mut Cloud, calls: &[(&str, Value)]) -> String {
    let mut told = Vec::new();
    for (operation, input) in calls {
        let mut whole = json!({ "Bucket": "photos" });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        told.push(format!("{operation} {input}: {}", cloud.call(operation, whole)));
    }
    told.join("\n")
}

#[test]
fn tags_of_what_is_not_there_are_refused_in_their_own_way() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.call(
        "PutBucketVersioning",
        json!({ "Bucket": "photos", "VersioningConfiguration": { "Status": "Enabled" } }),
    );
    cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "gone" }));
    assert_snapshot!(all_told(&mut cloud, &[
        ("GetObjectTagging", json!({ "Key": "nothing" })),
        ("GetObjectTagging", json!({ "Key": "gone" })),
        ("DeleteObjectTagging", json!({ "Key": "nothing" })),
        ("GetObject", json!({ "Key": "k".repeat(1025) })),
    ]).replace(&"k".repeat(1025), "<long>"), @r#"
    GetObjectTagging {"Key":"nothing"}: {"Error":{"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"photos/nothing"},"Status":404}
    GetObjectTagging {"Key":"gone"}: {"Error":{"Code":"MethodNotAllowed","Message":"The specified method is not allowed against this resource.","Method":"GET","ResourceType":"DeleteMarker","Allow":"DELETE","Last-Modified":"Mon, 23 Nov 2026 19:12:00 GMT","x-amz-delete-marker":"true","x-amz-version-id":"iyqwxI6yXMGRCi3siQJcwe1SLlEaq3Xc"},"Status":405}
    DeleteObjectTagging {"Key":"nothing"}: {"Error":{"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"nothing"},"Status":404}
    GetObject {"Key":"<long>"}: {"Error":{"Code":"KeyTooLongError","Message":"Your key is too long","Size":"1025","MaxSizeAllowed":"1024"},"Status":400}
    "#);
}

#[test]
fn a_page_and_its_parameters_are_read_as_aws_reads_them() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "a b", 1, json!({}));
    assert_snapshot!(all_told(&mut cloud, &[
        ("ListObjectsV2", json!({ "MaxKeys": 1001, "EncodingType": "URL" })),
        ("ListObjectVersions", json!({ "MaxKeys": -1 })),
        ("ListObjectVersions", json!({ "MaxKeys": 0, "Delimiter": "" })),
        ("ListBucketMetricsConfigurations", json!({ "ContinuationToken": "x" })),
        ("GetObjectAttributes", json!({ "Key": "a b", "ObjectAttributes": ["ObjectSize", "", ""] })),
        ("GetObjectAttributes", json!({ "Key": "a b", "ObjectAttributes": ["", ""] })),
        ("GetObjectAttributes", json!({ "Key": "a b", "ObjectAttributes": ["", "ETag"] })),
        ("HeadObject", json!({ "Key": "a b", "ChecksumMode": "DISABLED" })),
    ]), @r#"
    ListObjectsV2 {"MaxKeys":1001,"EncodingType":"URL"}: {"IsTruncated":false,"KeyCount":1,"Name":"photos","Prefix":"","MaxKeys":1001,"EncodingType":"URL","Contents":[{"Key":"a+b","LastModified":1795461120,"ETag":"\"01010101010101010101010101010101\"","ChecksumAlgorithm":["CRC64NVME"],"ChecksumType":"FULL_OBJECT","Size":1,"StorageClass":"STANDARD"}]}
    ListObjectVersions {"MaxKeys":-1}: {"Error":{"Code":"InvalidArgument","Message":"max-keys cannot be negative","ArgumentName":"max-keys"},"Status":400}
    ListObjectVersions {"MaxKeys":0,"Delimiter":""}: {"IsTruncated":false,"KeyMarker":"","VersionIdMarker":"","Name":"photos","Prefix":"","Delimiter":"","MaxKeys":0}
    ListBucketMetricsConfigurations {"ContinuationToken":"x"}: {"Error":{"Code":"MalformedContinuationToken","Message":"The continuation-token you provided invalid."},"Status":400}
    GetObjectAttributes {"Key":"a b","ObjectAttributes":["ObjectSize","",""]}: {"LastModified":1795461120,"ObjectSize":1}
    GetObjectAttributes {"Key":"a b","ObjectAttributes":["",""]}: {"Error":{"Code":"InvalidRequest","Message":"The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"},"Status":400}
    GetObjectAttributes {"Key":"a b","ObjectAttributes":["","ETag"]}: {"Error":{"Code":"InvalidArgument","Message":"Invalid attribute name specified.","ArgumentName":"x-amz-object-attributes","ArgumentValue":""},"Status":400}
    HeadObject {"Key":"a b","ChecksumMode":"DISABLED"}: {"Error":{"Code":"InvalidRequest","Message":"Value for x-amz-checksum-mode header is invalid."},"Status":400}
    "#);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let rule = |header: &str| {
        json!({ "CORSConfiguration": { "CORSRules": [
            { "AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": [header] }
        ] } })
    };
    assert_snapshot!(all_told(&mut cloud, &[
        ("DeleteObjects", json!({ "Delete": { "Objects": [{ "Key": "" }] } })),
        ("DeleteObjects", json!({ "Delete": { "Objects": [{ "Key": "a", "Size": 1 }] } })),
        ("PutBucketCors", rule("two words")),
        ("PutBucketCors", rule("x-amz-*")),
        ("CreateBucket", json!({ "Bucket": "films", "CreateBucketConfiguration": { "LocationConstraint": "" } })),
        ("CreateBucket", json!({ "Bucket": "films", "GrantRead": "id=0123" })),
        ("CreateBucket", json!({ "Bucket": "films-000000000000-us-east-1-an" })),
        ("CreateBucket", json!({ "Bucket": "films-000000000000-us-east-1-an", "BucketNamespace": "global" })),
        ("CreateBucket", json!({ "Bucket": "films-111122223333-us-east-1-an", "BucketNamespace": "account-regional" })),
        ("CreateBucket", json!({ "Bucket": "films-000000000000-eu-west-1-an", "BucketNamespace": "account-regional" })),
        ("CreateBucket", json!({ "Bucket": "films-000000000000-us-east-1-an", "BucketNamespace": "account-regional" })),
    ]), @r#"
    DeleteObjects {"Delete":{"Objects":[{"Key":""}]}}: {"Error":{"Code":"UserKeyMustBeSpecified","Message":"User key must be specified."},"Status":400}
    DeleteObjects {"Delete":{"Objects":[{"Key":"a","Size":1}]}}: {"Error":{"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"},"Status":400}
    PutBucketCors {"CORSConfiguration":{"CORSRules":[{"AllowedMethods":["GET"],"AllowedOrigins":["*"],"AllowedHeaders":["two words"]}]}}: {"Error":{"Code":"InvalidRequest","Message":"AllowedHeader \"two words\" contains invalid character."},"Status":400}
    PutBucketCors {"CORSConfiguration":{"CORSRules":[{"AllowedMethods":["GET"],"AllowedOrigins":["*"],"AllowedHeaders":["x-amz-*"]}]}}: {}
    CreateBucket {"Bucket":"films","CreateBucketConfiguration":{"LocationConstraint":""}}: {"Error":{"Code":"InvalidLocationConstraint","Message":"The specified location-constraint is not valid","LocationConstraint":""},"Status":400}
    CreateBucket {"Bucket":"films","GrantRead":"id=0123"}: {"Error":{"Code":"InvalidBucketAclWithObjectOwnership","Message":"Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"},"Status":400}
    CreateBucket {"Bucket":"films-000000000000-us-east-1-an"}: {"Error":{"Code":"MissingNamespaceHeader","Message":"The requested bucket is an account-regional namespace bucket, but your request is missing the required x-amz-bucket-namespace header.","Header":"x-amz-bucket-namespace"},"Status":400}
    CreateBucket {"Bucket":"films-000000000000-us-east-1-an","BucketNamespace":"global"}: {"Error":{"Code":"InvalidNamespaceHeader","Message":"The requested bucket is an account-regional namespace bucket, but the provided x-amz-bucket-namespace header value is global. If you want to create an account-regional namespace bucket, set your x-amz-bucket-namespace header to account-regional.","Header":"global","HeaderValue":"films-000000000000-us-east-1-an"},"Status":400}
    CreateBucket {"Bucket":"films-111122223333-us-east-1-an","BucketNamespace":"account-regional"}: {"Error":{"Code":"InvalidBucketNamespace","Message":"The requested bucket is an account-regional namespace bucket, but the requested AWS Account ID '111122223333' does not match the caller's AWS Account ID '000000000000'. Specify the caller's AWS Account ID in the bucket name.","BucketNamespace":"films-111122223333-us-east-1-an"},"Status":400}
    CreateBucket {"Bucket":"films-000000000000-eu-west-1-an","BucketNamespace":"account-regional"}: {"Error":{"Code":"InvalidBucketNamespace","Message":"The requested bucket is an account-regional namespace bucket, but the requested region 'eu-west-1' does not match the current region 'us-east-1'. Specify the targeted region in the bucket name.","BucketNamespace":"films-000000000000-eu-west-1-an"},"Status":400}
    CreateBucket {"Bucket":"films-000000000000-us-east-1-an","BucketNamespace":"account-regional"}: {"Location":"/films-000000000000-us-east-1-an","BucketArn":"arn:aws:s3:::films-000000000000-us-east-1-an"}
    "#);
}

#[test]
fn a_preflight_names_a_method_that_there_is() {
    let cloud = Cloud::new().with_bucket("photos");
    let told: Vec<_> = [
        (Some(""), Some("GET")),
        (Some("http://a.example"), Some("put")),
        (Some("http://a.example"), Some("")),
        (Some("http://a.example"), Some("PATCH")),
    ]
    .into_iter()
    .map(|(origin, method)| {
        let asked = Preflight { bucket: "photos", is_object: true, origin, method, headers: None };
        let refused = cloud.s3.preflight(asked).unwrap_err();
        format!("{origin:?} {method:?}: {} {:?}", refused.message(), refused.fields())
    })
    .collect();
    assert_snapshot!(told.join("\n"), @r#"
    Some("") Some("GET"): Insufficient information. Origin request header needed. []
    Some("http://a.example") Some("put"): Invalid Access-Control-Request-Method: put []
    Some("http://a.example") Some(""): CORSResponse: CORS is not enabled for this bucket. [("Method", "OPTIONS"), ("ResourceType", "BUCKET")]
    Some("http://a.example") Some("PATCH"): CORSResponse: CORS is not enabled for this bucket. [("Method", "PATCH"), ("ResourceType", "BUCKET")]
    "#);
}

#[test]
fn a_bucket_says_whether_its_tags_count_and_has_no_tables_of_its_objects() {
    let mut cloud = Cloud::new().with_bucket("photos");
    assert_snapshot!(all_told(&mut cloud, &[
        ("GetBucketAbac", json!({})),
        ("PutBucketAbac", json!({ "AbacStatus": { "Status": "On" } })),
        ("PutBucketAbac", json!({ "AbacStatus": {} })),
        ("PutBucketAbac", json!({ "AbacStatus": { "Status": "Enabled" } })),
        ("GetBucketAbac", json!({})),
        ("GetBucketMetadataConfiguration", json!({})),
        ("GetBucketMetadataTableConfiguration", json!({})),
    ]), @r#"
    GetBucketAbac {}: {"AbacStatus":{"Status":"Disabled"}}
    PutBucketAbac {"AbacStatus":{"Status":"On"}}: {"Error":{"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"},"Status":400}
    PutBucketAbac {"AbacStatus":{}}: {"Error":{"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"},"Status":400}
    PutBucketAbac {"AbacStatus":{"Status":"Enabled"}}: {}
    GetBucketAbac {}: {"AbacStatus":{"Status":"Enabled"}}
    GetBucketMetadataConfiguration {}: {"Error":{"Code":"MetadataConfigurationNotFound","Message":"The metadata configuration was not found","BucketName":"photos"},"Status":404}
    GetBucketMetadataTableConfiguration {}: {"Error":{"Code":"V1APIsNotAllowed","Message":"The V1 GetBucketMetadataTableConfiguration API operation isn't available for this account. Use the corresponding V2 GetBucketMetadataConfiguration API operation instead.","Method":"GET"},"Status":405}
    "#);
}
