//! What holds for any request and any value of the models' shapes.

use bytes::Bytes;
use http::Request;
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::super::model::{Kind, Location, Model, Shape};
use super::super::xml::Element;
use super::super::{Envelope, Protocol, Service, cbor, json, xml_shape};
use super::{called, request};
use crate::wire::{Hosts, decode, encode, encode_error, route};

/// Values of a shape, all of them from one number.
struct Sampler(u64);

impl Sampler {
    fn next(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn text(&mut self) -> String {
        const PARTS: [&str; 8] = ["a", "<b>", "&", "\"'", " \r\n\t", "ü€", "=+%.", "]]>"];
        (0..self.next(4)).map(|_| PARTS[self.next(PARTS.len())]).collect()
    }

    fn value(&mut self, model: &Model, shape: &Shape) -> Value {
        match &shape.kind {
            Kind::Structure { members, .. } => {
                let mut object = Map::new();
                for member in members.iter().filter(|member| member.location == Location::Body) {
                    if member.required || self.next(2) == 0 {
                        object.insert(
                            member.name.to_owned(),
                            self.value(model, model.shape(member.shape)),
                        );
                    }
                }
                Value::Object(object)
            }
            Kind::List { item, .. } => {
                (0..=self.next(3)).map(|_| self.value(model, model.shape(*item))).collect()
            }
            Kind::Map { value, .. } => {
                let entries = (0..=self.next(3))
                    .map(|at| (format!("k{at}"), self.value(model, model.shape(*value))));
                Value::Object(entries.collect())
            }
            Kind::String => Value::from(self.text()),
            Kind::Blob => Value::from(["", "AP8Q", "aGk="][self.next(3)]),
            Kind::Boolean => Value::from(self.next(2) == 0),
            Kind::Integer | Kind::Long => Value::from(self.next(1000)),
            Kind::Double => Value::from(0.5),
            Kind::Timestamp(_) => Value::from(self.next(2_000_000_000)),
        }
    }
}

/// The form that an SDK of the Query days made of a value.
fn form(
    model: &Model,
    shape: &Shape,
    value: &Value,
    prefix: &str,
    form: &mut url::form_urlencoded::Serializer<'_, String>,
) {
    let join =
        |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
    match (&shape.kind, value) {
        (Kind::Structure { members, .. }, _) => {
            for member in members {
                if let Some(value) = value.get(member.name) {
                    let shape = model.shape(member.shape);
                    let name = match &shape.kind {
                        Kind::List { item_name, .. } if !member.flattened => {
                            format!("{}.{item_name}", member.wire_name)
                        }
                        Kind::Map { .. } if !member.flattened => {
                            format!("{}.entry", member.wire_name)
                        }
                        _ => member.wire_name.to_owned(),
                    };
                    self::form(model, shape, value, &join(&name), form);
                }
            }
        }
        (Kind::List { item, .. }, Value::Array(items)) => {
            for (at, value) in items.iter().enumerate() {
                self::form(model, model.shape(*item), value, &join(&(at + 1).to_string()), form);
            }
        }
        (Kind::Map { key_name, value: of, value_name, .. }, Value::Object(entries)) => {
            for (at, (key, value)) in entries.iter().enumerate() {
                let entry = join(&(at + 1).to_string());
                form.append_pair(&format!("{entry}.{key_name}"), key);
                self::form(model, model.shape(*of), value, &format!("{entry}.{value_name}"), form);
            }
        }
        (_, Value::String(text)) => _ = form.append_pair(prefix, text),
        _ => _ = form.append_pair(prefix, &value.to_string()),
    }
}

fn without_empty(value: Value) -> Value {
    let is_said = |value: &Value| match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    };
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, without_empty(value)))
            .filter(|(_, value)| is_said(value))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_empty).filter(is_said).collect(),
        other => other,
    }
}

/// What the core hears of a request, or what is refused.
fn tried(text: &[u8]) -> Result<(&'static str, Value), String> {
    let (parts, body) = request(text);
    let routed = route(&parts, &Hosts::default()).map_err(|refused| refused.error.to_string())?;
    let call = decode(&routed, &parts, &body).map_err(|error| error.to_string())?;
    Ok((call.operation, call.input))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqs_hears_the_same_in_json_and_in_query(seed: u64, at in 0_usize..23) {
        let model = Model::of(Service::Sqs);
        let operation = &model.operations[at];
        let shape = model.shape(operation.input.unwrap());
        let mut input = Sampler(seed).value(model, shape);
        if let (Some(_), Some(object)) = (shape.member("QueueUrl"), input.as_object_mut()) {
            object.insert("QueueUrl".to_owned(), Value::from("http://localhost/0/q"));
        }
        let json = format!("POST /\nX-Amz-Target: AmazonSQS.{}\n\n{input}", operation.name);
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.append_pair("Action", operation.name);
        form(model, shape, &input, "", &mut text);
        let query = format!("POST /\nContent-Type: application/x-www-form-urlencoded\n\n{}", text.finish());
        let (json, query) = (called(json.as_bytes()), called(query.as_bytes()));
        prop_assert_eq!(&json.input, &input);
        prop_assert_eq!(json.operation, query.operation);
        prop_assert_eq!(json.input, query.input);
    }

    /// What is refused in one of them is refused in all, in the same words.
    #[test]
    fn cloudwatch_hears_the_same_in_cbor_in_json_and_in_query(seed: u64, at in 0_usize..59) {
        let model = Model::of(Service::CloudWatch);
        let operation = &model.operations[at];
        let Some(shape) = operation.input.map(|input| model.shape(input)) else { return Ok(()) };
        // A form cannot say that a structure is there and empty.
        let input = without_empty(Sampler(seed).value(model, shape));
        let json = format!("POST /\nX-Amz-Target: GraniteServiceVersion20100801.{}\n\n{input}", operation.name);
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.append_pair("Action", operation.name);
        form(model, shape, &input, "", &mut text);
        let query = format!("POST /\nHost: monitoring.localhost\nContent-Type: application/x-www-form-urlencoded\n\n{}", text.finish());
        let head = format!("POST /service/GraniteServiceVersion20100801/operation/{}\nSmithy-Protocol: rpc-v2-cbor\n\n", operation.name);
        let cbor = [head.as_bytes(), &cbor::document(model, shape, &input)].concat();
        let [json, query, cbor] = [json.as_bytes(), query.as_bytes(), &cbor].map(tried);
        prop_assert_eq!(&json, &cbor);
        prop_assert_eq!(&json, &query);
        if let Ok((_, heard)) = json {
            prop_assert_eq!(heard, input);
        }
    }

    #[test]
    fn cloudwatch_says_the_same_in_cbor_in_json_and_in_query(seed: u64, at in 0_usize..59) {
        let model = Model::of(Service::CloudWatch);
        let operation = &model.operations[at];
        let Some(shape) = operation.output.map(|output| model.shape(output)) else { return Ok(()) };
        let output = Sampler(seed).value(model, shape);
        let said = |protocol| {
            let envelope = Envelope { service: Service::CloudWatch, protocol, operation: Some(operation), is_head: false };
            encode(&envelope, &output, None, "ID").into_body()
        };
        let json: Value = serde_json::from_slice(&said(Protocol::AwsJson10)).unwrap();
        let cbor = cbor::parse(&said(Protocol::RpcV2Cbor)).unwrap();
        prop_assert_eq!(json::conform(model, shape, json).unwrap(), output.clone());
        prop_assert_eq!(json::conform(model, shape, cbor).unwrap(), output.clone());
        let query = Element::parse(&said(Protocol::AwsQuery)).unwrap();
        let result = query.named(operation.root).next().unwrap();
        // A structure in which nothing is said and one that is absent look alike.
        let read = xml_shape::read(model, shape, result).unwrap();
        prop_assert_eq!(without_empty(read), without_empty(output.clone()));
    }

    #[test]
    fn no_cbor_is_too_strange(
        bytes in prop::collection::vec(any::<u8>(), 0..64), nested in 0_usize..2_000,
        of in prop::sample::select(vec![0x81_u8, 0x9f, 0xa1, 0xbf, 0xc1, 0x5f, 0x7f]),
    ) {
        let head = b"POST /service/GraniteServiceVersion20100801/operation/PutMetricData\nSmithy-Protocol: rpc-v2-cbor\n\n";
        drop(tried(&[head, &*bytes].concat()));
        drop(tried(&[head, &*vec![of; nested]].concat()));
    }

    #[test]
    fn a_document_read_again_is_what_was_written(seed: u64, at in 0_usize..113) {
        let model = Model::of(Service::S3);
        let operation = &model.operations[at];
        let shape = operation.output.map(|output| model.shape(output));
        let is_document = |shape: &&Shape| shape.payload().is_none() && shape.body().next().is_some() && operation.name != "GetBucketLocation";
        // GetBucketNotification is deprecated: its `Event` and `Events` share one element.
        let shape = shape.filter(|_| !operation.deprecated);
        if let Some(shape) = shape.filter(is_document) {
            let output = Sampler(seed).value(model, shape);
            let envelope = Envelope { service: Service::S3, protocol: Protocol::RestXml, operation: Some(operation), is_head: false };
            let document = encode(&envelope, &output, None, "ID").into_body();
            let element = Element::parse(&document).unwrap();
            prop_assert_eq!(xml_shape::read(model, shape, &element).unwrap(), output);
        }
    }

    #[test]
    fn no_request_is_too_strange(
        method in prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"]),
        path in "(/[a-z0-9%.+:-]{0,12}){0,4}/?",
        query in prop::collection::vec(prop::sample::select(vec![
            "acl", "delete", "notification=", "lifecycle", "tagging", "list-type=2", "uploadId=u", "partNumber=%zz", "max-keys=-1",
            "Action=SendMessage", "Action=SetQueueAttributes&Attribute.1=x", "Action=ReceiveMessage&AttributeName.99999999999=x",
            "X-Amz-Credential=/////", "X-Amz-Credential=%ff", "=", "&", "versioning",
        ]), 0..3),
        headers in prop::collection::vec(prop::sample::select(vec![
            ("host", "a.s3.localhost"), ("host", ".."), ("host", ":"), ("host", "s3"), ("host", ".localhost"), ("host", "amazonaws.com"),
            ("content-type", "application/x-www-form-urlencoded"), ("content-type", ";"), ("x-amz-target", "AmazonSQS.SendMessage"),
            ("x-amz-target", "."), ("authorization", "AWS4-HMAC-SHA256 Credential="), ("authorization", "Credential=a/b/lambda/c"),
            ("authorization", "Credential=a/sqs/c"), ("authorization", "Credential=a/s3/c"), ("x-amz-copy-source", "/"), ("x-amz-meta-", ""),
        ]), 0..4),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..64),
            "(<[A-Za-z!?/ ]{0,8}>|[a-z&;#x]{0,6}|<!\\[CDATA\\[|<Delete><Object><Key>|</Delete>){0,12}".prop_map(String::into_bytes),
            "[\\[{]{0,200}[\"a-zA-Z:,0-9.e-]{0,40}[\\]}]{0,200}".prop_map(String::into_bytes),
            "([A-Za-z]{1,8}(\\.[0-9]{1,12})?(\\.[A-Za-z]{1,5})?=[a-z%+]{0,4}&){0,12}".prop_map(String::into_bytes),
        ],
    ) {
        let uri = format!("{}?{}", if path.is_empty() { "/" } else { &path }, query.join("&"));
        let mut builder = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        let Ok(request) = builder.body(()) else { return Ok(()) };
        let parts = request.into_parts().0;
        let (envelope, error) = match route(&parts, &Hosts::default()) {
            Err(refused) => (refused.envelope, refused.error),
            Ok(route) => match decode(&route, &parts, &Bytes::from(body)) {
                Ok(call) => {
                    let answer = encode(&call.envelope, &call.input, call.payload, "ID");
                    prop_assert!(answer.status().as_u16() >= 200);
                    return Ok(());
                }
                Err(error) => (route.envelope, error),
            },
        };
        prop_assert!(encode_error(&envelope, &error, "ID").status().as_u16() >= 400);
    }
}
