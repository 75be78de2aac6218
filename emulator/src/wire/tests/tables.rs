//! The tables themselves.

use super::super::Service;
use super::super::model::Model;

const SERVICES: [Service; 3] = [Service::S3, Service::Sqs, Service::Lambda];

#[test]
fn every_operation_of_the_three_services_has_a_row() {
    let rows = SERVICES
        .map(|service| format!("{}: {}", service.as_str(), Model::of(service).operations.len()));
    assert_eq!(rows, ["s3: 113", "sqs: 23", "lambda: 85"]);
}

#[test]
fn every_pattern_can_be_checked() {
    let mut count = 0;
    for service in SERVICES {
        for pattern in Model::of(service).shapes().filter_map(|shape| shape.pattern.as_ref()) {
            assert!(pattern.machine().is_some(), "{}", pattern.text());
            count += 1;
        }
    }
    assert_eq!(count, 78);
}

#[test]
fn every_answer_with_elements_has_a_root() {
    let s3 = Model::of(Service::S3);
    for operation in &s3.operations {
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
