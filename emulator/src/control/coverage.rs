//! What there is of each service: each operation and parameter of AWS's model, as the code itself says it.
//! Written down in `docs/coverage.md`, told at `GET /_cloudless/coverage`.

use cloudless_core::Service;
use cloudless_core::coverage::Reading;
use serde_json::{Value, json};

use crate::wire;

/// What becomes of an operation or of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Works,
    StoredOnly,
    Accepted,
    Refused,
    NotImplemented,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::StoredOnly => "stored only",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::NotImplemented => "not implemented",
        }
    }
}

struct Row {
    operation: &'static str,
    status: Status,
    parameters: Vec<(&'static str, Status)>,
}

fn rows(service: Service) -> impl Iterator<Item = Row> {
    let is_stored_only = move |name: &str| service.stored_only().contains(&name);
    wire::inputs(service).map(move |(operation, members)| {
        let status = if !service.operations().contains(&operation) {
            Status::NotImplemented
        } else if is_stored_only(operation) {
            Status::StoredOnly
        } else {
            Status::Works
        };
        let parameter = |(name, is_bytes)| {
            let status = match service.reading(operation, name) {
                None => Status::NotImplemented,
                Some(_) if is_bytes || is_taken_out(service, operation, name) => Status::Works,
                Some(Reading::Read) if is_stored_only(&format!("{operation}.{name}")) => {
                    Status::StoredOnly
                }
                Some(Reading::Read) => status,
                Some(Reading::Ignored) => Status::Accepted,
                Some(Reading::ForOthers) => Status::Refused,
                Some(Reading::Refused) => Status::NotImplemented,
            };
            (name, status)
        };
        Row { operation, status, parameters: members.into_iter().map(parameter).collect() }
    })
}

/// Whether a member is taken out of the JSON before the service reads it.
fn is_taken_out(service: Service, operation: &str, name: &str) -> bool {
    let members = service.descriptor().bodies.members;
    members.iter().any(|it| it.member.operation == operation && *it.member.path == [name])
}

/// The table, as `GET /_cloudless/coverage` tells it.
pub(super) fn told() -> Value {
    let services = Service::ALL.into_iter();
    services.map(|service| (service.as_str().to_owned(), told_of(service))).collect()
}

fn told_of(service: Service) -> Value {
    let operations = rows(service).map(|row| {
        let parameters: Value = row
            .parameters
            .iter()
            .map(|(name, status)| ((*name).to_owned(), json!(status.as_str())))
            .collect();
        let told = json!({ "status": row.status.as_str(), "parameters": parameters });
        (row.operation.to_owned(), told)
    });
    operations.collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use cloudless_core::Service;

    use super::{Row, Status, rows};

    const HEAD: &str = "# What there is of each service

Each operation of AWS's models, and its parameters. Written by a test
(`WRITE_COVERAGE=1 cargo test -p cloudless --lib coverage`), not by hand; `GET /_cloudless/coverage` tells the same.

- **works**: as on AWS; the pages of the services say where we differ.
- **stored only**: validated, kept and given back, and nothing comes of it.
- **accepted**: taken; what it asks for is done before the service is asked (checksums, digests), or has no meaning here.
- **refused**: in AWS's words, because it is for something that is not here.
- **not implemented**: refused with `NotImplemented`, which names it.
";

    const TABLE: &str = "\n| Operation | | Parameters |\n|---|---|---|\n";

    fn names(row: &Row, status: Status) -> String {
        let with = row.parameters.iter().filter(|(_, of)| *of == status);
        with.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    fn document() -> String {
        let mut document = HEAD.to_owned();
        for service in Service::ALL {
            let _ = write!(document, "\n## {}\n{TABLE}", service.descriptor().title);
            for row in rows(service) {
                document += &line(&row);
            }
            let count = |status| rows(service).filter(|row| row.status == status).count();
            let _ = writeln!(
                document,
                "\n{} operations work, {} are stored only, {} are not implemented.",
                count(Status::Works),
                count(Status::StoredOnly),
                count(Status::NotImplemented),
            );
        }
        document
    }

    fn line(row: &Row) -> String {
        let mut parameters = Vec::new();
        if row.status != Status::NotImplemented {
            for status in [
                Status::Works,
                Status::StoredOnly,
                Status::Accepted,
                Status::Refused,
                Status::NotImplemented,
            ] {
                let names = names(row, status);
                if !names.is_empty() {
                    parameters.push(format!("{}: {names}", status.as_str()));
                }
            }
        }
        format!("| {} | {} | {} |\n", row.operation, row.status.as_str(), parameters.join("; "))
    }

    #[test]
    fn the_document_says_what_the_code_does() -> std::io::Result<()> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/coverage.md");
        if std::env::var_os("WRITE_COVERAGE").is_some() {
            std::fs::write(path, document())?;
        }
        let is_current = std::fs::read_to_string(path)? == document();
        assert!(is_current, "WRITE_COVERAGE=1 cargo test -p cloudless --lib coverage");
        Ok(())
    }
}
