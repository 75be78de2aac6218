//! The tables themselves, and what services say of themselves.

use std::collections::BTreeMap;

use cloudless_core::Payload;
use cloudless_core::descriptor::{Addressing, Protocol};
use serde_json::json;

use super::super::Service;
use super::super::model::{Kind, Model, Shape};

/// Whatever a request says of the service that it is for leads to one.
#[test]
fn no_two_services_go_by_one_name() {
    let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for service in Service::ALL {
        let descriptor = service.descriptor();
        let mut names = vec![format!("service {}", descriptor.name)];
        names.extend(descriptor.signing_names.iter().map(|it| format!("credential {it}")));
        names.extend(descriptor.host_labels.iter().map(|it| format!("host {it}")));
        names.extend(descriptor.old_host_label.iter().map(|it| format!("host {it}")));
        names.extend(descriptor.target_prefix.iter().map(|it| format!("target {it}")));
        match descriptor.addressing {
            Addressing::Bucket { .. } => names.push("what is left".to_owned()),
            Addressing::ResourceUrl { .. } => names.push("who says nothing".to_owned()),
            Addressing::Paths | Addressing::Root => {}
        }
        for name in names {
            by_name.entry(name).or_default().push(descriptor.name);
        }
    }
    by_name.retain(|_, services| services.len() > 1);
    assert_eq!(by_name, BTreeMap::new());
}

/// A descriptor speaks of operations that the model has, and of protocols that go with its addressing.
#[test]
fn a_descriptor_fits_the_model_of_its_service() {
    for service in Service::ALL {
        let (descriptor, model) = (service.descriptor(), Model::of(service));
        assert_eq!(descriptor.target_prefix, model.target_prefix, "{service:?}");
        let (bodies, downloads) = (descriptor.bodies, descriptor.download_members.iter());
        let console = descriptor.console.map(|it| it.operation);
        let named =
            [descriptor.quick_operations, descriptor.operations_with_secrets, console.as_slice()];
        let addressed = match descriptor.addressing {
            Addressing::Bucket { about_objects, .. } => about_objects,
            Addressing::ResourceUrl { not_of_one, .. } => not_of_one,
            Addressing::Paths | Addressing::Root => &[],
        };
        let mut operations: Vec<&str> = named.concat();
        operations.extend(bodies.needs_digest.iter().chain(addressed));
        operations.extend(bodies.larger.iter().map(|(operation, _)| *operation));
        operations.extend(bodies.members.iter().map(|it| it.member.operation));
        operations.extend(downloads.map(|it| it.operation));
        operations.extend(service.operations());
        for operation in operations {
            assert!(model.operation(operation).is_some(), "{service:?} has no {operation}");
        }
        let is_rest = |it: &Protocol| matches!(it, Protocol::RestXml | Protocol::RestJson);
        let has_paths =
            matches!(descriptor.addressing, Addressing::Paths | Addressing::Bucket { .. });
        assert!(descriptor.protocols.iter().all(|it| is_rest(it) == has_paths), "{service:?}");
    }
}

/// Every shape of the inputs of the operations that a service has here.
fn input_shapes(service: Service) -> Vec<&'static Shape> {
    let model = Model::of(service);
    let operations = service.operations().iter().filter_map(|name| model.operation(name));
    let mut open: Vec<&Shape> =
        operations.filter_map(|it| it.input).map(|input| model.shape(input)).collect();
    let mut seen: Vec<&Shape> = Vec::new();
    while let Some(shape) = open.pop() {
        if seen.iter().any(|it| std::ptr::eq(*it, shape)) {
            continue;
        }
        seen.push(shape);
        match &shape.kind {
            Kind::Structure { members, .. } => {
                open.extend(members.iter().map(|member| model.shape(member.shape)));
            }
            Kind::List { item, .. } => open.push(model.shape(*item)),
            Kind::Map { key, value, .. } => open.extend([model.shape(*key), model.shape(*value)]),
            _ => {}
        }
    }
    seen
}

/// What the tables make of a parameter is what the service reads: a number is not read as a text.
#[test]
fn every_parameter_is_read_as_what_it_is() {
    let mut wrong = Vec::new();
    for service in Service::ALL {
        let model = Model::of(service);
        let inputs = service
            .operations()
            .iter()
            .filter_map(|name| Some((*name, model.shape(model.operation(name)?.input?))));
        for (operation, input) in inputs {
            let Kind::Structure { members, .. } = &input.kind else { continue };
            for member in members {
                let value = match model.shape(member.shape).kind {
                    Kind::String => json!("a"),
                    Kind::Boolean => json!(true),
                    Kind::Integer | Kind::Long => json!(1),
                    Kind::Double | Kind::Timestamp(_) => json!(1.0),
                    _ => continue,
                };
                let input = json!({ (member.name): value });
                let read = service.decode(operation, input, Payload::None);
                let refused = read.err().map(|error| error.message().to_owned());
                wrong.extend(refused.filter(|message| message.contains("invalid type")));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// One that cannot be built refuses nothing.
#[test]
fn every_pattern_of_an_input_can_be_checked() {
    for service in Service::ALL {
        for pattern in input_shapes(service).iter().filter_map(|shape| shape.pattern.as_ref()) {
            assert!(pattern.machine().is_some(), "{}", pattern.text());
        }
    }
}

#[test]
fn every_answer_with_elements_has_a_root() {
    let s3 = Model::of(Service::S3);
    // What is refused by name has no answer of its own.
    let is_here = |name| Service::S3.operations().contains(&name);
    for operation in s3.operations.iter().filter(|operation| is_here(operation.name)) {
        let Some(output) = operation.output.map(|output| s3.shape(output)) else { continue };
        if output.payload().is_none() && output.body().next().is_some() {
            assert!(!operation.root.is_empty(), "{}", operation.name);
        }
    }
}

#[test]
fn look_around_at_the_ends_is_understood() {
    let lambda = Model::of(Service::Lambda);
    let alias = lambda.shape_named("Alias").and_then(|shape| shape.pattern.as_ref()).unwrap();
    assert_eq!(
        ["live", "2024", "v2024", "a b"].map(|name| alias.matches(name)),
        [true, false, true, false]
    );
    let capacity = lambda
        .shapes()
        .filter_map(|shape| shape.pattern.as_ref())
        .find(|pattern| pattern.text().ends_with("(?<!\\.)"));
    assert_eq!(["a.b", "a.b."].map(|name| capacity.unwrap().matches(name)), [true, false]);
}

#[test]
fn letters_of_all_languages_are_letters() {
    let sts = Model::of(Service::Sts);
    let tag = sts.shape_named("tagKeyType").and_then(|shape| shape.pattern.as_ref()).unwrap();
    let keys = ["größe", "名前 2", "a\u{a0}b", "цвет@x", "a\tb", "a#b", "a→b", ""];
    assert_eq!(
        keys.map(|key| tag.matches(key)),
        [true, true, true, true, false, false, false, false]
    );
}
