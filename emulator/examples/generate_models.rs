//! Writes `emulator/models/*.json`, the tables that drive the wire codec, from AWS's own service models.
//!
//! AWS publishes the models inside its Python package. Two versions are needed, because SQS left the
//! Query protocol in the newer one and took the Query names with it:
//!
//! ```text
//! pip download --no-deps botocore==1.43.0 botocore==1.29.165   # one at a time
//! unzip each wheel, gunzip botocore/data/{s3,sqs,sts,lambda,ec2,…}/*/service-2.json.gz
//! cargo run -p cloudless --example generate_models -- NEW/botocore/data OLD/botocore/data
//! ```
//!
//! A further argument is the name of a service that has no table yet, as AWS's package has it. All tables
//! that there are already are made, too.
//!
//! A table keeps what the codec reads and nothing else: no documentation, no endpoint rules. One
//! operation or shape stands on one line, so that the difference between two versions can be read.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [new, old, more @ ..] = arguments.as_slice() else {
        bail!("usage: generate_models BOTOCORE_DATA BOTOCORE_1_29_165_DATA [SERVICE]…");
    };
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut services: BTreeSet<String> = more.iter().cloned().collect();
    for table in std::fs::read_dir(&out)? {
        let table = table?.path();
        services.extend(table.file_stem().and_then(OsStr::to_str).map(str::to_owned));
    }
    for service in services {
        let mut model = read(new, &service)?;
        match service.as_str() {
            "s3" => correct_s3(&mut model)?,
            "lambda" => correct_lambda(&mut model)?,
            "ec2" => correct_ec2(&mut model)?,
            _ => {}
        }
        if model["metadata"].get("awsQueryCompatible").is_some() {
            add_query_names(&mut model, &read(old, &service)?)?;
        } else if model["metadata"]["protocol"] == "query" {
            wrap_results(&mut model)?;
        }
        write(&out.join(&service).with_extension("json"), &service, &model)?;
    }
    Ok(())
}

/// The newest version of a service's model.
fn read(data: &str, service: &str) -> Result<Value> {
    let folder = Path::new(data).join(service);
    let versions = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let versions = versions.map(|version| Ok(version?.path())).collect::<Result<BTreeSet<_>>>()?;
    let newest = versions.last().with_context(|| format!("{} is empty", folder.display()))?;
    let path = newest.join("service-2.json");
    let text = std::fs::read(&path)
        .with_context(|| format!("{} (is it still service-2.json.gz?)", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// The root element of an answer whose members are elements themselves. botocore's models leave the
/// names out because botocore does not look at them; other SDKs do. From the S3 API reference.
const S3_ROOTS: &[(&str, &str)] = &[
    ("CompleteMultipartUpload", "CompleteMultipartUploadResult"),
    ("CreateMultipartUpload", "InitiateMultipartUploadResult"),
    ("CreateSession", "CreateSessionResult"),
    ("DeleteObjects", "DeleteResult"),
    ("GetBucketAccelerateConfiguration", "AccelerateConfiguration"),
    ("GetBucketAcl", "AccessControlPolicy"),
    ("GetBucketCors", "CORSConfiguration"),
    ("GetBucketLifecycle", "LifecycleConfiguration"),
    ("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
    ("GetBucketLocation", "LocationConstraint"),
    ("GetBucketLogging", "BucketLoggingStatus"),
    ("GetBucketNotification", "NotificationConfiguration"),
    ("GetBucketNotificationConfiguration", "NotificationConfiguration"),
    ("GetBucketRequestPayment", "RequestPaymentConfiguration"),
    ("GetBucketTagging", "Tagging"),
    ("GetBucketVersioning", "VersioningConfiguration"),
    ("GetBucketWebsite", "WebsiteConfiguration"),
    ("GetObjectAcl", "AccessControlPolicy"),
    ("GetObjectAttributes", "GetObjectAttributesResponse"),
    ("GetObjectTagging", "Tagging"),
    ("ListBucketAnalyticsConfigurations", "ListBucketAnalyticsConfigurationsResult"),
    ("ListBucketIntelligentTieringConfigurations", "ListIntelligentTieringConfigurationsResult"),
    ("ListBucketInventoryConfigurations", "ListInventoryConfigurationsResult"),
    ("ListBucketMetricsConfigurations", "ListMetricsConfigurationsResult"),
    ("ListBuckets", "ListAllMyBucketsResult"),
    ("ListDirectoryBuckets", "ListAllMyDirectoryBucketsResult"),
    ("ListMultipartUploads", "ListMultipartUploadsResult"),
    ("ListObjectVersions", "ListVersionsResult"),
    ("ListObjects", "ListBucketResult"),
    ("ListObjectsV2", "ListBucketResult"),
    ("ListParts", "ListPartsResult"),
];

/// Where S3 answers otherwise than its model says, as recorded from AWS, or as its pages show (analytics, metrics,
/// tagging).
const S3_STATUSES: &[(&str, u16)] = &[
    ("PutBucketPolicy", 204),
    ("PutBucketTagging", 204),
    ("PutBucketAnalyticsConfiguration", 204),
    ("PutBucketInventoryConfiguration", 204),
    ("PutBucketIntelligentTieringConfiguration", 204),
    ("PutBucketMetricsConfiguration", 204),
];

/// In which order S3 writes elements, where the model has another; what is not named comes last.
const S3_ORDERS: [(&str, &str); 14] = [
    (
        "ListObjectsOutput",
        "Name Prefix Marker NextMarker MaxKeys Delimiter EncodingType IsTruncated Contents CommonPrefixes",
    ),
    (
        "ListObjectsV2Output",
        "Name Prefix StartAfter ContinuationToken NextContinuationToken KeyCount MaxKeys Delimiter EncodingType IsTruncated Contents CommonPrefixes",
    ),
    (
        "ListObjectVersionsOutput",
        "Name Prefix KeyMarker VersionIdMarker NextKeyMarker NextVersionIdMarker MaxKeys Delimiter EncodingType IsTruncated Versions DeleteMarkers CommonPrefixes",
    ),
    (
        "ListMultipartUploadsOutput",
        "Bucket KeyMarker UploadIdMarker NextKeyMarker NextUploadIdMarker Delimiter Prefix MaxUploads EncodingType IsTruncated Uploads CommonPrefixes",
    ),
    (
        "ListPartsOutput",
        "Bucket Key UploadId Initiator Owner StorageClass PartNumberMarker NextPartNumberMarker MaxParts IsTruncated",
    ),
    ("ListBucketsOutput", "Owner Buckets Prefix ContinuationToken"),
    ("Object", "Key LastModified ETag ChecksumAlgorithm ChecksumType Size Owner StorageClass"),
    (
        "ObjectVersion",
        "Key VersionId IsLatest LastModified ETag ChecksumAlgorithm ChecksumType Size Owner StorageClass",
    ),
    ("DeleteMarkerEntry", "Key VersionId IsLatest LastModified Owner"),
    ("MultipartUpload", "Key UploadId Initiator Owner StorageClass Initiated"),
    ("CopyObjectResult", "LastModified ETag"),
    ("CopyPartResult", "LastModified ETag"),
    ("LifecycleRule", "ID Filter Prefix Status Transitions Expiration"),
    ("ServerSideEncryptionRule", "BucketKeyEnabled ApplyServerSideEncryptionByDefault"),
];

fn correct_s3(model: &mut Value) -> Result<()> {
    model["metadata"]["xmlNamespace"] = json!("http://s3.amazonaws.com/doc/2006-03-01/");
    for (name, root) in S3_ROOTS {
        at(model, &["operations", name])?["root"] = json!(root);
    }
    for (name, status) in S3_STATUSES {
        at(model, &["operations", name, "http"])?["responseCode"] = json!(status);
    }
    // What these are about is the document, which the model says may be missing.
    for operation in [
        "PutBucketLifecycleConfiguration",
        "PutObjectLegalHold",
        "PutObjectLockConfiguration",
        "PutObjectRetention",
    ] {
        let shape = at(model, &["shapes", &format!("{operation}Request")])?;
        let document = shape["payload"].clone();
        shape["required"].as_array_mut().context("nothing is required")?.push(document);
    }
    for (name, order) in S3_ORDERS {
        let members = at(model, &["shapes", name, "members"])?;
        let mut rest = members.as_object().context("it has no members")?.clone();
        let mut ordered = Map::new();
        for member in order.split(' ') {
            let found = rest.shift_remove(member).with_context(|| format!("no {name}.{member}"))?;
            ordered.insert(member.to_owned(), found);
        }
        ordered.append(&mut rest);
        *members = Value::Object(ordered);
    }
    // S3 writes these two lists as one, in the order of the listing.
    for list in ["Versions", "DeleteMarkers"] {
        let list = at(model, &["shapes", "ListObjectVersionsOutput", "members", list])?;
        list["interleaved"] = json!(true);
    }
    // What only browsers send has pages in the API reference ("POST Object", "OPTIONS object") and no
    // place in the model. The form's fields are read while the body streams.
    let bucket = json!({"shape": "BucketName", "location": "uri", "locationName": "Bucket"});
    let key = json!({"shape": "ObjectKey", "location": "uri", "locationName": "Key"});
    let header =
        |name: &str| json!({"shape": "Origin", "location": "header", "locationName": name});
    model["shapes"]["Origin"] = json!({"type": "string"});
    model["shapes"]["PostObjectRequest"] = json!({
        "type": "structure", "required": ["Bucket"], "payload": "Body",
        "members": {"Bucket": bucket, "ContentType": header("Content-Type"), "Body": {"shape": "Body", "streaming": true}},
    });
    model["shapes"]["OptionsObjectRequest"] = json!({
        "type": "structure",
        "members": {
            "Bucket": bucket, "Key": key, "Origin": header("Origin"),
            "AccessControlRequestMethod": header("Access-Control-Request-Method"),
            "AccessControlRequestHeaders": header("Access-Control-Request-Headers"),
        },
    });
    for (name, method, uri) in
        [("PostObject", "POST", "/{Bucket}"), ("OptionsObject", "OPTIONS", "/{Bucket}/{Key+}")]
    {
        model["operations"][name] = json!({
            "name": name, "http": {"method": method, "requestUri": uri, "responseCode": if name == "PostObject" { 204 } else { 200 }},
            "input": {"shape": format!("{name}Request")},
        });
    }
    at(model, &["operations", "PostObject"])?["output"] = json!({"shape": "PutObjectOutput"});
    Ok(())
}

/// What Lambda checks and its published model leaves out or has otherwise, as recorded from AWS.
fn lambda_constraints() -> [(&'static str, Value); 3] {
    let text = |min: u32, max: u32, pattern: &str| json!({"type": "string", "min": min, "max": max, "pattern": pattern});
    [
        ("SubnetId", text(0, 1024, "subnet-[0-9a-z]*")),
        ("SecurityGroupId", text(0, 1024, "sg-[0-9a-zA-Z]*")),
        (
            "LayerVersionArn",
            text(
                1,
                2048,
                r"(arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)",
            ),
        ),
    ]
}

/// The runtimes that lists of layers may ask for, as AWS lists them.
const LAMBDA_LISTED_RUNTIMES: &str = "ruby3.5, ruby2.6, dotnetcore1.0, python3.7, nodejs8.10, nasa, ruby2.7, python2.7-greengrass, dotnetcore2.0, python3.8, java21, dotnet6, dotnetcore2.1, python3.9, java11, nodejs6.10, provided, dotnetcore3.1, dotnet8, java25, java17, nodejs, nodejs4.3, java8.al2, go1.x, dotnet10, nodejs20.x, go1.9, byol, nodejs10.x, provided.al2023, nodejs22.x, python3.10, java8, nodejs12.x, python3.11, nodejs24.x, nodejs8.x, python3.12, nodejs14.x, nodejs8.9, nodejs26.x, python3.13, python3.14, nodejs16.x, python3.15, provided.al2, nodejs4.3-edge, nodejs18.x, ruby3.2, python3.4, ruby3.3, ruby3.4, ruby2.5, python3.6, python2.7";
/// The runtimes that a layer may be for, and a function may have. Of the latter the service says itself what
/// is wrong.
const LAMBDA_RUNTIMES: &str = "nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2";

fn correct_lambda_runtimes(model: &mut Value) -> Result<()> {
    let list = |names: &str| json!(names.split(", ").collect::<Vec<_>>());
    at(model, &["shapes", "Runtime"])?["enum"] = list(LAMBDA_LISTED_RUNTIMES);
    let layers = at(model, &["shapes", "CompatibleRuntimes"])?;
    layers["member"]["shape"] = json!("String");
    layers["enum"] = list(LAMBDA_RUNTIMES);
    for request in ["CreateFunctionRequest", "UpdateFunctionConfigurationRequest"] {
        at(model, &["shapes", request, "members", "Runtime"])?["shape"] = json!("String");
    }
    let tagged = at(model, &["shapes", "TaggableResource"])?;
    let pattern = tagged["pattern"].as_str().context("what has tags has no pattern")?;
    tagged["pattern"] =
        json!(pattern.replace("|code-signing", "|layer:([a-zA-Z0-9-_]+)|code-signing"));
    Ok(())
}

fn correct_lambda(model: &mut Value) -> Result<()> {
    // AWS's own validation errors quote this newer form of the region's pattern.
    let region = "[a-z]{2}((-gov)|(-iso([a-z]?)))?";
    for (name, constraints) in lambda_constraints() {
        at(model, &["shapes"])?[name] = constraints;
    }
    for (name, shape) in at(model, &["shapes"])?.as_object_mut().into_iter().flatten() {
        if let Some(pattern) = shape.get("pattern").and_then(Value::as_str) {
            shape["pattern"] = json!(pattern.replace(region, &format!("(eusc-)?{region}")));
        }
        if let Some(values) = shape.get_mut("enum").and_then(Value::as_array_mut)
            // This one AWS lists as the model does.
            && name != "SnapStartApplyOn"
        {
            sort_as_java_does(values);
        }
    }
    correct_lambda_runtimes(model)
}

/// AWS's errors list the values of an enum in the order of a Java `HashSet` (with Java 7's spreading of
/// the hash): `[LATEST, AT_TIMESTAMP, TRIM_HORIZON]`, `[Terminate, Allow]`, `[x86_64, arm64]`.
fn sort_as_java_does(values: &mut [Value]) {
    // The set grows when it is three quarters full.
    let buckets =
        u32::try_from((values.len() * 4 / 3 + 1).next_power_of_two().max(16)).unwrap_or(u32::MAX);
    values.sort_by_key(|value| {
        let hash = value.as_str().unwrap_or_default().encode_utf16();
        let hash =
            hash.fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
        let hash = hash ^ (hash >> 20) ^ (hash >> 12);
        (hash ^ (hash >> 7) ^ (hash >> 4)) & (buckets - 1)
    });
}

/// The operations of EC2 whose shapes are kept: what this architecture needs of it. Of the other six hundred the
/// table has the names.
const EC2_OPERATIONS: &str = "
AllocateAddress AssociateAddress AssociateIamInstanceProfile AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress
AuthorizeSecurityGroupIngress CopyImage CreateDefaultSubnet CreateDefaultVpc CreateImage CreateInternetGateway CreateKeyPair
CreateLaunchTemplate CreateLaunchTemplateVersion CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateTags
CreateVpc DeleteInternetGateway DeleteKeyPair DeleteLaunchTemplate DeleteLaunchTemplateVersions DeleteRoute DeleteRouteTable
DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeregisterImage DescribeAccountAttributes DescribeAddresses
DescribeAvailabilityZones DescribeIamInstanceProfileAssociations DescribeImageAttribute DescribeImages DescribeInstanceAttribute
DescribeInstanceCreditSpecifications DescribeInstanceStatus DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInstances
DescribeInternetGateways DescribeKeyPairs DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeNetworkAcls
DescribeNetworkInterfaces DescribeRegions DescribeRouteTables DescribeSecurityGroupReferences DescribeSecurityGroupRules
DescribeSecurityGroups DescribeStaleSecurityGroups DescribeSubnets DescribeTags DescribeVolumes DescribeVpcAttribute DescribeVpcs
DetachInternetGateway DisassociateAddress DisassociateIamInstanceProfile DisassociateRouteTable GetConsoleOutput
GetLaunchTemplateData GetSecurityGroupsForVpc ImportKeyPair ModifyImageAttribute ModifyInstanceAttribute
ModifyInstanceMetadataOptions ModifyLaunchTemplate ModifySecurityGroupRules ModifySubnetAttribute ModifyVpcAttribute MonitorInstances
RebootInstances RegisterImage ReleaseAddress ReplaceIamInstanceProfileAssociation ReplaceRoute ReplaceRouteTableAssociation
ResetImageAttribute ResetInstanceAttribute RevokeSecurityGroupEgress RevokeSecurityGroupIngress RunInstances StartInstances
StopInstances TerminateInstances UnmonitorInstances UpdateSecurityGroupRuleDescriptionsEgress
UpdateSecurityGroupRuleDescriptionsIngress";

/// EC2 has a Query protocol of its own, whose forms have other names than its documents: that of the member with
/// its first letter in upper case, unless the model says another.
/// <https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html>
fn correct_ec2(model: &mut Value) -> Result<()> {
    for (name, operation) in at(model, &["operations"])?.as_object_mut().into_iter().flatten() {
        if !EC2_OPERATIONS.split_whitespace().any(|kept| kept == name) {
            let operation = operation.as_object_mut().context("an operation is an object")?;
            operation.retain(|key, _| !matches!(key.as_str(), "input" | "output" | "errors"));
        }
    }
    for (_, shape) in at(model, &["shapes"])?.as_object_mut().into_iter().flatten() {
        for (name, member) in shape["members"].as_object_mut().into_iter().flatten() {
            let document = member.get("locationName").and_then(Value::as_str).unwrap_or(name);
            let own = member.get("queryName").and_then(Value::as_str).map(str::to_owned);
            let mut letters = document.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            let upper = || first.into_iter().chain(letters).collect();
            member["queryName"] = json!(own.unwrap_or_else(upper));
        }
    }
    Ok(())
}

/// Names of the Query protocol that came after AWS had dropped it from the model.
const SQS_LATER_QUERY_NAMES: &[(&str, &str)] =
    &[("MessageSystemAttributeList", "MessageSystemAttributeName")];

/// The element that a result has in an answer of the Query protocol.
fn wrap_results(model: &mut Value) -> Result<()> {
    for (name, operation) in at(model, &["operations"])?.as_object_mut().into_iter().flatten() {
        operation["root"] = json!(format!("{name}Result"));
    }
    Ok(())
}

/// Lays the Query names of the old model over the new one, whose JSON names are the members' own.
fn add_query_names(new: &mut Value, old: &Value) -> Result<()> {
    new["metadata"]["xmlNamespace"] = old["metadata"]["xmlNamespace"].clone();
    wrap_results(new)?;
    for (name, shape) in at(new, &["shapes"])?.as_object_mut().into_iter().flatten() {
        if let Some((_, later)) = SQS_LATER_QUERY_NAMES.iter().find(|(shape, _)| shape == name) {
            shape["member"]["locationName"] = json!(later);
        }
        let Some(old) = old["shapes"].get(name) else { continue };
        for key in ["locationName", "error"] {
            if let Some(value) = old.get(key) {
                shape[key] = value.clone();
            }
        }
        for key in ["member", "key", "value"] {
            if let Some(value) = old.get(key).and_then(|of| of.get("locationName")) {
                shape[key]["locationName"] = value.clone();
            }
        }
        let members = shape.get_mut("members").and_then(Value::as_object_mut);
        for (member, of) in members.into_iter().flatten() {
            for key in ["locationName", "flattened"] {
                if let Some(value) = old["members"].get(member).and_then(|old| old.get(key)) {
                    of[key] = value.clone();
                }
            }
        }
    }
    Ok(())
}

fn write(path: &Path, service: &str, model: &Value) -> Result<()> {
    let metadata = json!({
        "service": service,
        "version": model["metadata"]["apiVersion"],
        "xmlNamespace": model["metadata"]["xmlNamespace"],
        "targetPrefix": model["metadata"]["targetPrefix"],
    });
    let mut reached = BTreeSet::new();
    let mut operations = Vec::new();
    for (name, operation) in objects(&model["operations"]) {
        let mut row = Map::new();
        row.insert("name".into(), json!(name));
        row.insert("method".into(), operation["http"]["method"].clone());
        row.insert("uri".into(), operation["http"]["requestUri"].clone());
        row.insert(
            "status".into(),
            operation["http"].get("responseCode").cloned().unwrap_or(json!(200)),
        );
        for key in ["input", "output"] {
            if let Some(shape) = operation.get(key).and_then(|of| of["shape"].as_str()) {
                reach(model, shape, &mut reached);
                row.insert(key.into(), json!(shape));
            }
        }
        let mut errors: Vec<&str> = operation["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|error| error["shape"].as_str())
            .collect();
        errors.sort_unstable();
        errors.iter().for_each(|error| reach(model, error, &mut reached));
        row.insert("errors".into(), json!(errors));
        for key in ["root", "deprecated"] {
            copy(operation, key, &mut row);
        }
        if let Some(root) = operation.get("input").and_then(|input| input.get("locationName")) {
            row.insert("inputRoot".into(), root.clone());
        }
        operations.push(Value::Object(row));
    }
    // Errors that no operation lists are errors all the same.
    for (name, shape) in objects(&model["shapes"]) {
        if shape.get("exception").is_some() {
            reach(model, name, &mut reached);
        }
    }
    let shapes = reached.iter().map(|name| shape_row(model, name)).collect::<Result<Vec<_>>>()?;
    let lines =
        |rows: &[Value]| rows.iter().map(|row| format!("  {row}")).collect::<Vec<_>>().join(",\n");
    let text = format!(
        "{{\n\"metadata\": {metadata},\n\"operations\": [\n{}\n],\n\"shapes\": [\n{}\n]\n}}\n",
        lines(&operations),
        lines(&shapes)
    );
    println!(
        "{}: {} operations, {} shapes, {} bytes",
        path.display(),
        operations.len(),
        shapes.len(),
        text.len()
    );
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

fn shape_row(model: &Value, name: &str) -> Result<Value> {
    let shape = &model["shapes"][name];
    let mut row = Map::new();
    row.insert("name".into(), json!(name));
    for key in [
        "type",
        "timestampFormat",
        "locationName",
        "flattened",
        "streaming",
        "sensitive",
        "eventstream",
        "min",
        "max",
        "pattern",
        "enum",
        "payload",
    ] {
        copy(shape, key, &mut row);
    }
    if let Some(error) = shape.get("error") {
        let mut of = Map::new();
        copy(error, "code", &mut of);
        copy(error, "httpStatusCode", &mut of);
        row.insert("error".into(), Value::Object(of));
    } else if shape.get("exception").is_some() {
        row.insert("error".into(), json!({}));
    }
    if let Some(namespace) = shape.get("xmlNamespace").filter(|of| of.get("prefix").is_some()) {
        row.insert("xmlNamespace".into(), namespace.clone());
    }
    for key in ["member", "key", "value"] {
        if let Some(of) = shape.get(key) {
            let target =
                of["shape"].as_str().with_context(|| format!("{name}.{key} has no shape"))?;
            row.insert(key.into(), json!(reference(model, target)));
            if let Some(location) = of.get("locationName") {
                row.insert(format!("{key}Name"), location.clone());
            }
        }
    }
    if shape["type"] == "structure" {
        let required: BTreeSet<&str> =
            shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut members = Vec::new();
        for (member, of) in objects(&shape["members"]) {
            let target =
                of["shape"].as_str().with_context(|| format!("{name}.{member} has no shape"))?;
            let mut field = Map::new();
            field.insert("name".into(), json!(member));
            field.insert("shape".into(), json!(reference(model, target)));
            for key in [
                "location",
                "locationName",
                "queryName",
                "flattened",
                "streaming",
                "xmlAttribute",
                "interleaved",
            ] {
                copy(of, key, &mut field);
            }
            if required.contains(member.as_str()) {
                field.insert("required".into(), json!(true));
            }
            members.push(Value::Object(field));
        }
        row.insert("members".into(), Value::Array(members));
    }
    Ok(Value::Object(row))
}

/// The name by which a table refers to a shape: a shape that says nothing but its type is its type.
fn reference(model: &Value, name: &str) -> String {
    let shape = &model["shapes"][name];
    match shape["type"].as_str() {
        Some(kind) if is_plain(shape) => kind.to_owned(),
        _ => name.to_owned(),
    }
}

fn is_plain(shape: &Value) -> bool {
    let scalar = !matches!(shape["type"].as_str(), Some("structure" | "list" | "map") | None);
    scalar
        && objects(shape).all(|(key, _)| {
            matches!(key.as_str(), "type" | "box" | "documentation" | "deprecated" | "synthetic")
        })
}

fn reach(model: &Value, name: &str, reached: &mut BTreeSet<String>) {
    let shape = &model["shapes"][name];
    if is_plain(shape) || !reached.insert(name.to_owned()) {
        return;
    }
    let members = objects(&shape["members"]).map(|(_, member)| member);
    for of in members.chain(["member", "key", "value"].iter().filter_map(|key| shape.get(*key))) {
        if let Some(target) = of["shape"].as_str() {
            reach(model, target, reached);
        }
    }
}

fn objects(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn copy(from: &Value, key: &str, to: &mut Map<String, Value>) {
    if let Some(value) = from.get(key).filter(|value| **value != json!(false)) {
        to.insert(key.to_owned(), value.clone());
    }
}

fn at<'a>(model: &'a mut Value, path: &[&str]) -> Result<&'a mut Value> {
    path.iter().try_fold(model, |value, key| {
        value.get_mut(*key).with_context(|| format!("the model has no {}", path.join(".")))
    })
}
