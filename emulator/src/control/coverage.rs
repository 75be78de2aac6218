//! What of S3 there is: each operation and parameter of AWS's model, as the code itself says it. Written down
//! in `docs/coverage.md`, told at `GET /_cloudless/coverage`.

use cloudless_core::coverage::Reading;
use cloudless_core::{Service, s3};
use serde_json::{Value, json};

use crate::wire;

/// What becomes of an operation or of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Works,
    StoredOnly,
    Accepted,
    NotImplemented,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::StoredOnly => "stored only",
            Self::Accepted => "accepted",
            Self::NotImplemented => "not implemented",
        }
    }
}

struct Row {
    operation: &'static str,
    status: Status,
    parameters: Vec<(&'static str, Status)>,
}

fn rows() -> impl Iterator<Item = Row> {
    wire::inputs(Service::S3).map(|(operation, members)| {
        let status = if !s3::Request::OPERATIONS.contains(&operation) {
            Status::NotImplemented
        } else if s3::STORED_ONLY.contains(&operation) {
            Status::StoredOnly
        } else {
            Status::Works
        };
        let parameter = |(name, is_bytes)| {
            let reading = s3::Request::reading(operation, name);
            let status = match reading {
                None => Status::NotImplemented,
                Some(_) if is_bytes => Status::Works,
                Some(Reading::Read) => status,
                Some(Reading::Ignored) => Status::Accepted,
                Some(Reading::Refused) => Status::NotImplemented,
            };
            (name, status)
        };
        Row { operation, status, parameters: members.into_iter().map(parameter).collect() }
    })
}

/// The table, as `GET /_cloudless/coverage` tells it.
pub(super) fn told() -> Value {
    let operations: Value = rows()
        .map(|row| {
            let parameters: Value = row
                .parameters
                .iter()
                .map(|(name, status)| ((*name).to_owned(), json!(status.as_str())))
                .collect();
            let told = json!({ "status": row.status.as_str(), "parameters": parameters });
            (row.operation.to_owned(), told)
        })
        .collect();
    json!({ "s3": operations })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{Row, Status, rows};

    const HEAD: &str = "# What of S3 there is

Each operation of AWS's model of S3, and its parameters. Written by a test
(`WRITE_COVERAGE=1 cargo test -p cloudless --lib coverage`), not by hand; `GET /_cloudless/coverage` tells the same.

- **works**: as on AWS; [s3.md](s3.md) says where we differ.
- **stored only**: validated, kept and given back, and nothing comes of it.
- **accepted**: taken; what it asks for is done before S3 is asked (checksums, digests), or has no meaning here.
- **not implemented**: refused with `NotImplemented`, which names it.

| Operation | | Parameters |
|---|---|---|
";

    fn names(row: &Row, status: Status) -> String {
        let with = row.parameters.iter().filter(|(_, of)| *of == status);
        with.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    fn document() -> String {
        let mut document = HEAD.to_owned();
        for row in rows() {
            let mut parameters = Vec::new();
            if row.status != Status::NotImplemented {
                for status in [row.status, Status::Accepted, Status::NotImplemented] {
                    let names = names(&row, status);
                    if !names.is_empty() {
                        let status = status.as_str();
                        parameters.push(format!("{status}: {names}"));
                    }
                }
            }
            let status = row.status.as_str();
            let _ =
                writeln!(document, "| {} | {status} | {} |", row.operation, parameters.join("; "));
        }
        let count = |status| rows().filter(|row| row.status == status).count();
        let _ = writeln!(
            document,
            "\n{} operations work, {} are stored only, {} are not implemented.",
            count(Status::Works),
            count(Status::StoredOnly),
            count(Status::NotImplemented),
        );
        document
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
