//! Who may, from where.

use insta::{assert_json_snapshot, assert_snapshot};
use kernel::call::Caller;
use serde_json::{Value, json};

use super::super::Preflight;
use super::harness::{Cloud, account, refusal};

fn public_read() -> Value {
    let statement = json!({
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::photos/*",
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    json!({ "Bucket": "photos", "Policy": policy.to_string() })
}

#[test]
fn the_public_reads_once_the_block_is_lifted_and_a_policy_says_so() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "a", 1, json!({}));
    let bucket = json!({ "Bucket": "photos" });
    let object = |key: &str| json!({ "Bucket": "photos", "Key": key });
    let mut answers = vec![
        cloud.call("GetPublicAccessBlock", bucket.clone()),
        cloud.call("PutBucketPolicy", public_read()),
        cloud.call("DeletePublicAccessBlock", bucket.clone()),
        cloud.call("GetPublicAccessBlock", bucket.clone()),
        cloud.call("PutBucketPolicy", public_read()),
        cloud.call("GetBucketPolicyStatus", bucket.clone()),
    ];
    cloud.caller = Caller::Anonymous;
    answers.push(cloud.call("HeadObject", object("a")));
    // Whoever may not list does not learn what is there.
    answers.push(cloud.call("GetObject", object("b")));
    answers.push(cloud.call("ListObjectsV2", bucket.clone()));
    answers.push(cloud.call("DeleteObject", object("a")));
    cloud.caller = account("000000000000");
    let block = json!({ "RestrictPublicBuckets": true });
    let restrict = json!({ "Bucket": "photos", "PublicAccessBlockConfiguration": block });
    answers.push(cloud.call("PutPublicAccessBlock", restrict));
    cloud.caller = Caller::Anonymous;
    answers.push(cloud.call("GetObject", object("a")));
    assert_json_snapshot!(answers, @r#"
    [
      {
        "PublicAccessBlockConfiguration": {
          "BlockPublicAcls": true,
          "IgnorePublicAcls": true,
          "BlockPublicPolicy": true,
          "RestrictPublicBuckets": true
        }
      },
      {
        "Error": {
          "Code": "AccessDenied",
          "Message": "User: arn:aws:iam::000000000000:root is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::photos\" because public policies are blocked by the BlockPublicPolicy block public access setting."
        },
        "Status": 403
      },
      {},
      {
        "Error": {
          "Code": "NoSuchPublicAccessBlockConfiguration",
          "Message": "The public access block configuration was not found",
          "BucketName": "photos"
        },
        "Status": 404
      },
      {},
      {
        "PolicyStatus": {
          "IsPublic": true
        }
      },
      {
        "AcceptRanges": "bytes",
        "LastModified": 1795461120,
        "ContentLength": 1,
        "ETag": "\"01010101010101010101010101010101\"",
        "ContentType": "binary/octet-stream",
        "ServerSideEncryption": "AES256",
        "Metadata": {}
      },
      {
        "Error": {
          "Code": "AccessDenied",
          "Message": "Access Denied"
        },
        "Status": 403
      },
      {
        "Error": {
          "Code": "AccessDenied",
          "Message": "Access Denied"
        },
        "Status": 403
      },
      {
        "Error": {
          "Code": "AccessDenied",
          "Message": "Access Denied"
        },
        "Status": 403
      },
      {},
      {
        "Error": {
          "Code": "AccessDenied",
          "Message": "Access Denied"
        },
        "Status": 403
      }
    ]
    "#);
}

#[test]
fn a_denial_holds_for_the_owner_too_who_can_take_it_back() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let deny = json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"],
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": deny }).to_string();
    let elsewhere = policy.replace("photos", "others");
    let bucket = json!({ "Bucket": "photos" });
    let answers = [
        cloud.call("PutBucketPolicy", json!({ "Bucket": "photos", "Policy": elsewhere })),
        cloud.call("PutBucketPolicy", json!({ "Bucket": "photos", "Policy": "no policy" })),
        cloud.call("PutBucketPolicy", json!({ "Bucket": "photos", "Policy": policy })),
        cloud.put("photos", "a", 1, json!({})),
        cloud.call("DeleteBucketPolicy", bucket.clone()),
        cloud.put("photos", "a", 1, json!({})),
        cloud.call("GetBucketPolicy", bucket),
    ];
    assert_json_snapshot!(answers, @r#"
    [
      {
        "Error": {
          "Code": "MalformedPolicy",
          "Message": "Policy has invalid resource"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "MalformedPolicy",
          "Message": "Policies must be valid JSON and the first byte must be '{'"
        },
        "Status": 400
      },
      {},
      {
        "Error": {
          "Code": "AccessDenied",
          "Message": "Access Denied"
        },
        "Status": 403
      },
      {},
      {
        "ETag": "\"02020202020202020202020202020202\"",
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "AES256"
      },
      {
        "Error": {
          "Code": "NoSuchBucketPolicy",
          "Message": "The bucket policy does not exist",
          "BucketName": "photos"
        },
        "Status": 404
      }
    ]
    "#);
}

#[test]
fn a_browser_is_told_what_the_first_fitting_rule_says() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let ask = |cloud: &Cloud, origin, method, headers| {
        let asked = Preflight { bucket: "photos", is_object: true, origin, method, headers };
        match cloud.s3.preflight(asked) {
            Ok(answer) => json!(answer),
            Err(refused) => refusal(&refused),
        }
    };
    let mut answers = vec![ask(&cloud, Some("https://shop.example"), Some("PUT"), None)];
    let rules = json!([
        {
            "AllowedOrigins": ["https://*.example"], "AllowedMethods": ["GET", "PUT"],
            "AllowedHeaders": ["x-AMZ-*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3000,
        },
        { "AllowedOrigins": ["*"], "AllowedMethods": ["GET"] },
    ]);
    let configuration = json!({ "CORSRules": rules });
    cloud.call("PutBucketCors", json!({ "Bucket": "photos", "CORSConfiguration": configuration }));
    let shop = Some("https://shop.example");
    answers.extend([
        ask(&cloud, shop, Some("PUT"), Some("X-Amz-Date,x-amz-acl")),
        ask(&cloud, shop, Some("PUT"), Some("authorization")),
        ask(&cloud, Some("https://other.test"), Some("GET"), None),
        ask(&cloud, Some("https://other.test"), Some("PUT"), None),
        ask(&cloud, None, Some("GET"), None),
        ask(&cloud, shop, None, None),
    ]);
    for rule in [
        json!({ "AllowedOrigins": ["*"], "AllowedMethods": ["MYMETHOD"] }),
        json!({ "AllowedOrigins": ["*.*"], "AllowedMethods": ["GET"] }),
        json!({ "AllowedOrigins": ["*"] }),
    ] {
        let configuration = json!({ "CORSRules": [rule] });
        let input = json!({ "Bucket": "photos", "CORSConfiguration": configuration });
        answers.push(cloud.call("PutBucketCors", input));
    }
    answers.push(cloud.call("GetBucketCors", json!({ "Bucket": "photos" })));
    answers.push(cloud.call("DeleteBucketCors", json!({ "Bucket": "photos" })));
    answers.push(cloud.call("GetBucketCors", json!({ "Bucket": "photos" })));
    assert_json_snapshot!(answers, @r#"
    [
      {
        "Error": {
          "Code": "AccessForbidden",
          "Message": "CORSResponse: CORS is not enabled for this bucket.",
          "Method": "PUT",
          "ResourceType": "BUCKET"
        },
        "Status": 403
      },
      {
        "allow_origin": "https://shop.example",
        "allow_credentials": true,
        "allow_methods": "GET, PUT",
        "allow_headers": "x-amz-date, x-amz-acl",
        "expose_headers": "ETag",
        "max_age_s": 3000
      },
      {
        "Error": {
          "Code": "AccessForbidden",
          "Message": "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
          "Method": "PUT",
          "ResourceType": "OBJECT"
        },
        "Status": 403
      },
      {
        "allow_origin": "*",
        "allow_credentials": false,
        "allow_methods": "GET",
        "allow_headers": null,
        "expose_headers": null,
        "max_age_s": null
      },
      {
        "Error": {
          "Code": "AccessForbidden",
          "Message": "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
          "Method": "PUT",
          "ResourceType": "OBJECT"
        },
        "Status": 403
      },
      {
        "Error": {
          "Code": "BadRequest",
          "Message": "Insufficient information. Origin request header needed."
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "BadRequest",
          "Message": "Invalid Access-Control-Request-Method: null"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidRequest",
          "Message": "Found unsupported HTTP method in CORS config. Unsupported method is MYMETHOD"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidRequest",
          "Message": "AllowedOrigin \"*.*\" can not have more than one wildcard."
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "MalformedXML",
          "Message": "The XML you provided was not well-formed or did not validate against our published schema"
        },
        "Status": 400
      },
      {
        "CORSRules": [
          {
            "AllowedHeaders": [
              "x-AMZ-*"
            ],
            "AllowedMethods": [
              "GET",
              "PUT"
            ],
            "AllowedOrigins": [
              "https://*.example"
            ],
            "ExposeHeaders": [
              "ETag"
            ],
            "MaxAgeSeconds": 3000
          },
          {
            "AllowedMethods": [
              "GET"
            ],
            "AllowedOrigins": [
              "*"
            ]
          }
        ]
      },
      {},
      {
        "Error": {
          "Code": "NoSuchCORSConfiguration",
          "Message": "The CORS configuration does not exist",
          "BucketName": "photos"
        },
        "Status": 404
      }
    ]
    "#);
}

#[test]
fn tags_and_ownership_are_kept_and_taken_away() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "a", 1, json!({}));
    let bucket = json!({ "Bucket": "photos" });
    let object = json!({ "Bucket": "photos", "Key": "a" });
    let tags = json!({ "TagSet": [{ "Key": "k", "Value": "v" }] });
    let twice = json!({ "TagSet": [{ "Key": "k", "Value": "v" }, { "Key": "k", "Value": "w" }] });
    let many: Vec<Value> =
        (0..11).map(|at| json!({ "Key": at.to_string(), "Value": "" })).collect();
    let rules = json!({ "Rules": [{ "ObjectOwnership": "ObjectWriter" }] });
    let answers = [
        cloud.call("GetBucketTagging", bucket.clone()),
        cloud.call("PutBucketTagging", json!({ "Bucket": "photos", "Tagging": tags })),
        cloud.call("GetBucketTagging", bucket.clone()),
        cloud.call("DeleteBucketTagging", bucket.clone()),
        cloud.call("GetBucketTagging", bucket.clone()),
        cloud.call("PutObjectTagging", json!({ "Bucket": "photos", "Key": "a", "Tagging": tags })),
        cloud.call("PutObjectTagging", json!({ "Bucket": "photos", "Key": "a", "Tagging": twice })),
        cloud.call(
            "PutObjectTagging",
            json!({ "Bucket": "photos", "Key": "a", "Tagging": { "TagSet": many } }),
        ),
        cloud.call("GetObjectTagging", object.clone()),
        cloud.call("DeleteObjectTagging", object.clone()),
        cloud.call("GetObjectTagging", object),
        cloud.call("GetBucketOwnershipControls", bucket.clone()),
        cloud.call(
            "PutBucketOwnershipControls",
            json!({ "Bucket": "photos", "OwnershipControls": rules }),
        ),
        cloud.put("photos", "a", 1, json!({ "ACL": "private" })),
        cloud.call("DeleteBucketOwnershipControls", bucket.clone()),
        cloud.call("GetBucketOwnershipControls", bucket),
    ];
    assert_json_snapshot!(answers, @r#"
    [
      {
        "Error": {
          "Code": "NoSuchTagSet",
          "Message": "The TagSet does not exist",
          "BucketName": "photos"
        },
        "Status": 404
      },
      {},
      {
        "TagSet": [
          {
            "Key": "k",
            "Value": "v"
          }
        ]
      },
      {},
      {
        "Error": {
          "Code": "NoSuchTagSet",
          "Message": "The TagSet does not exist",
          "BucketName": "photos"
        },
        "Status": 404
      },
      {},
      {
        "Error": {
          "Code": "InvalidTag",
          "Message": "Cannot provide multiple Tags with the same key",
          "TagKey": "k"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "BadRequest",
          "Message": "Object tags cannot be greater than 10"
        },
        "Status": 400
      },
      {
        "TagSet": [
          {
            "Key": "k",
            "Value": "v"
          }
        ]
      },
      {},
      {
        "TagSet": []
      },
      {
        "OwnershipControls": {
          "Rules": [
            {
              "ObjectOwnership": "BucketOwnerEnforced"
            }
          ]
        }
      },
      {},
      {
        "ETag": "\"02020202020202020202020202020202\"",
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "AES256"
      },
      {},
      {
        "Error": {
          "Code": "OwnershipControlsNotFoundError",
          "Message": "The bucket ownership controls were not found",
          "BucketName": "photos"
        },
        "Status": 404
      }
    ]
    "#);
}

/// Who does not sign has no buckets, and learns little.
#[test]
fn who_does_not_sign_gets_no_bucket_and_is_not_told_what_an_account_is() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let expecting = json!({ "Bucket": "photos", "ExpectedBucketOwner": "nobody" });
    let mut answers = vec![cloud.call("ListObjects", expecting.clone())];
    cloud.caller = Caller::Anonymous;
    answers.push(cloud.call("ListObjects", expecting));
    answers.push(cloud.call("CreateBucket", json!({ "Bucket": "films" })));
    let told: Vec<_> =
        answers.iter().map(|it| format!("{} {}", it["Status"], it["Error"])).collect();
    assert_snapshot!(told.join("\n"), @r#"
    400 {"Code":"InvalidBucketOwnerAWSAccountID","Message":"The value of the expected bucket owner parameter must be an AWS Account ID... [nobody]"}
    403 {"Code":"AccessDenied","Message":"Access Denied"}
    403 {"Code":"AccessDenied","Message":"Anonymous users cannot invoke this API. Please authenticate."}
    "#);
}

/// A tag of AWS is refused in other words for each that can have tags; an ownership in the words of a
/// header, or of a document.
#[test]
fn what_no_tag_and_no_ownership_can_be_is_refused_for_each() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "a", 1, json!({}));
    let mut told = Vec::new();
    for (key, value) in [("aws:k", "v"), ("", "v"), ("k$", "v"), ("k", "v$")] {
        let tags = json!([{ "Key": key, "Value": value }]);
        let set = json!({ "TagSet": tags });
        let of_bucket = json!({ "Bucket": "photos", "Tagging": set });
        let of_object = json!({ "Bucket": "photos", "Key": "a", "Tagging": set });
        let new = json!({ "Bucket": "films", "CreateBucketConfiguration": { "Tags": tags } });
        for (operation, input) in [
            ("PutBucketTagging", of_bucket),
            ("PutObjectTagging", of_object),
            ("CreateBucket", new),
        ] {
            told.push(format!("{operation}: {}", cloud.call(operation, input)["Error"]));
        }
    }
    for ownership in ["Anybody", ""] {
        let rules = json!({ "Rules": [{ "ObjectOwnership": ownership }] });
        let put = json!({ "Bucket": "photos", "OwnershipControls": rules });
        told.push(cloud.call("PutBucketOwnershipControls", put)["Error"].to_string());
        let new = json!({ "Bucket": "films", "ObjectOwnership": ownership });
        told.push(cloud.call("CreateBucket", new)["Error"].to_string());
    }
    assert_snapshot!(told.join("\n"), @r#"
    PutBucketTagging: {"Code":"InvalidTag","Message":"System tags cannot be added/updated by requester","TagKey":"aws:k"}
    PutObjectTagging: {"Code":"InvalidTag","Message":"Your TagKey cannot be prefixed with aws:","TagKey":"aws:k"}
    CreateBucket: {"Code":"InvalidTag","Message":"User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. Remove \"aws:\" from your tag keys and try again."}
    PutBucketTagging: {"Code":"InvalidTag","Message":"The TagKey you have provided is invalid","TagKey":""}
    PutObjectTagging: {"Code":"InvalidTag","Message":"The TagKey you have provided is invalid","TagKey":""}
    CreateBucket: {"Code":"InvalidTag","Message":"The TagKey you have provided is invalid","TagKey":""}
    PutBucketTagging: {"Code":"InvalidTag","Message":"The TagKey you have provided is invalid","TagKey":"k$"}
    PutObjectTagging: {"Code":"InvalidTag","Message":"The TagKey you have provided is invalid","TagKey":"k$"}
    CreateBucket: {"Code":"InvalidTag","Message":"The TagKey you have provided is invalid","TagKey":"k$"}
    PutBucketTagging: {"Code":"InvalidTag","Message":"The TagValue you have provided is invalid","TagKey":"k","TagValue":"v$"}
    PutObjectTagging: {"Code":"InvalidTag","Message":"The TagValue you have provided is invalid","TagKey":"k","TagValue":"v$"}
    CreateBucket: {"Code":"InvalidTag","Message":"The TagValue you have provided is invalid","TagKey":"k","TagValue":"v$"}
    {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    {"Code":"InvalidArgument","Message":"Invalid x-amz-object-ownership header: Anybody","ArgumentName":"x-amz-object-ownership"}
    {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    {"Code":"InvalidArgument","Message":"Invalid x-amz-object-ownership header: ","ArgumentName":"x-amz-object-ownership"}
    "#);
}

#[test]
fn a_policy_names_actions_that_there_are_and_what_they_are_done_with() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let mut told = Vec::new();
    for (actions, resources) in [
        ("s3:GetObjects", &["arn:aws:s3:::photos/*"][..]),
        ("sqs:SendMessage", &["arn:aws:s3:::photos"]),
        ("s3:GetObject", &["arn:aws:s3:::photos"]),
        ("s3:ListBucket", &["arn:aws:s3:::photos/*"]),
        ("s3:ListAllMyBuckets", &["arn:aws:s3:::photos"]),
        ("s3:GetObject", &["arn:aws:s3:::films/*"]),
        ("s3:GetObject", &["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"]),
        ("s3:getobject", &["arn:aws:s3:::photos*"]),
        ("s3:Get*", &["arn:aws:s3:::photos/*"]),
        ("s3:List?ucket", &["arn:aws:s3:::photos"]),
        ("*", &["arn:aws:s3:::photos/*"]),
    ] {
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": "000000000000" },
            "Action": actions,
            "Resource": resources,
        }] });
        let input = json!({ "Bucket": "photos", "Policy": policy.to_string() });
        let answer = cloud.call("PutBucketPolicy", input);
        told.push(format!("{actions} {resources:?}: {}", answer["Error"]["Message"]));
    }
    assert_snapshot!(told.join("\n"), @r#"
    s3:GetObjects ["arn:aws:s3:::photos/*"]: "Policy has invalid action"
    sqs:SendMessage ["arn:aws:s3:::photos"]: "Policy has invalid action"
    s3:GetObject ["arn:aws:s3:::photos"]: "Action does not apply to any resource(s) in statement"
    s3:ListBucket ["arn:aws:s3:::photos/*"]: "Action does not apply to any resource(s) in statement"
    s3:ListAllMyBuckets ["arn:aws:s3:::photos"]: "Action does not apply to any resource(s) in statement"
    s3:GetObject ["arn:aws:s3:::films/*"]: "Policy has invalid resource"
    s3:GetObject ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"]: null
    s3:getobject ["arn:aws:s3:::photos*"]: null
    s3:Get* ["arn:aws:s3:::photos/*"]: null
    s3:List?ucket ["arn:aws:s3:::photos"]: null
    * ["arn:aws:s3:::photos/*"]: null
    "#);
}
