//! What an instance runs: the program that its image names, with what its user data says in its environment.

use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A program and its arguments: `shop serve`, or with a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The first word is the program.
    words: Vec<String>,
}

impl Program {
    /// Reads a command line: words with spaces between them; quotes hold words together. No shell reads it.
    ///
    /// # Errors
    /// There is no word, or a quote does not end.
    pub fn parse(line: &str) -> Result<Self, String> {
        let words = words(line).ok_or_else(|| format!("a quote in {line} does not end"))?;
        match words.is_empty() {
            true => Err("there is no program: write 'shop serve', for example".to_owned()),
            false => Ok(Self { words }),
        }
    }

    /// Reads an image with its program: `ami-0123='some program'`.
    ///
    /// # Errors
    /// There is no image, or the program is none.
    pub fn of_image(text: &str) -> Result<(String, Self), String> {
        let (id, program) = text.split_once('=').ok_or("write ami-0123='some program'")?;
        Ok((id.to_owned(), Self::parse(program)?))
    }

    /// The program and its arguments.
    pub(super) fn command(&self) -> (&str, &[String]) {
        let (program, arguments) =
            self.words.split_first().map_or(("", &[][..]), |(one, rest)| (one.as_str(), rest));
        (program, arguments)
    }
}

fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(end), it) if it == end => quote = None,
            (Some(_), it) => word.get_or_insert_default().push(it),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, it) if it.is_whitespace() => words.extend(word.take()),
            (None, it) => word.get_or_insert_default().push(it),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// What user data says that we do, and what it says besides.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UserData {
    /// `NAME=value`, as a shell assigns.
    pub variables: BTreeMap<String, String>,
    /// Lines that a computer of AWS's would run.
    pub not_run: Vec<String>,
}

/// Reads user data: assignments of a shell count, with what was assigned before in them; nothing else is run.
pub(super) fn user_data(bytes: &[u8]) -> UserData {
    let text = String::from_utf8_lossy(bytes);
    let mut said = UserData::default();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let assigned = line.strip_prefix("export ").unwrap_or(line);
        let assignments = words_of_assignments(assigned);
        match assignments {
            Some(assignments) => {
                for (name, value) in assignments {
                    let value = filled(&value, &said.variables);
                    said.variables.insert(name, value);
                }
            }
            None => said.not_run.push(line.to_owned()),
        }
    }
    said
}

/// The assignments that a line consists of; nothing where there is anything else in it.
fn words_of_assignments(line: &str) -> Option<Vec<(String, String)>> {
    let words = words(line)?;
    let assignments = words.iter().map(|word| {
        let (name, value) = word.split_once('=')?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit());
        let is_plain = !value.contains(['`', ';', '|', '&', '<', '>']) && !value.contains("$(");
        (is_name && is_plain).then(|| (name.to_owned(), value.to_owned()))
    });
    assignments.collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
}

/// `$NAME` and `${NAME}` stand for what was assigned.
fn filled(value: &str, variables: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (name, after) = match rest.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
            Some((name, after)) => (name, after),
            None => {
                let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
                let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        filled.push_str(variables.get(name).map_or("", String::as_str));
        rest = after;
    }
    filled + rest
}

/// Everything that says it listens on all addresses of its computer listens on the instance's own: of each port
/// that is named so, the place that it has here.
pub(super) fn on_own_address(text: &str, places: &mut dyn FnMut(u16) -> SocketAddr) -> String {
    let mut changed = String::new();
    let mut rest = text;
    while let Some((at, prefix)) = any_address(rest) {
        let after = &rest[at + prefix.len()..];
        let end = after.find(|it: char| !it.is_ascii_digit()).unwrap_or(after.len());
        // In 10.0.0.0:80 it stands for nothing.
        let is_whole = !rest[..at].ends_with(|it: char| it.is_ascii_digit() || it == '.');
        let port = after[..end].parse::<u16>().ok().filter(|port| *port > 0 && is_whole);
        changed.push_str(&rest[..at]);
        match port {
            Some(port) => changed.push_str(&places(port).to_string()),
            None => changed.push_str(&rest[at..at + prefix.len() + end]),
        }
        rest = &after[end..];
    }
    changed + rest
}

/// Where all addresses are named first, and how.
fn any_address(text: &str) -> Option<(usize, &'static str)> {
    ["0.0.0.0:", "[::]:"].into_iter().filter_map(|it| Some((text.find(it)?, it))).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_words() {
        let told = |line: &str| format!("{:?}", Program::parse(line).map(|it| it.words));
        let all = ["shop serve", "  './my shop' --name \"a b\" ''", "shop 'serve", " "];
        insta::assert_snapshot!(all.map(told).join("\n"), @r#"
        Ok(["shop", "serve"])
        Ok(["./my shop", "--name", "a b", ""])
        Err("a quote in shop 'serve does not end")
        Err("there is no program: write 'shop serve', for example")
        "#);
    }

    #[test]
    fn user_data_assigns_and_runs_nothing() {
        let script = b"#!/bin/bash\n\
            set -e\n\
            # a comment\n\
            export AWS_REGION=us-east-1 STAGE='a b'\n\
            HOST=db.internal\n\
            DATABASE_URL=\"postgres://shop@${HOST}:5432/shop\"\n\
            TOKEN=$(curl http://169.254.169.254/)\n\
            docker run shop\n\
            LISTEN=0.0.0.0:80\n";
        insta::assert_debug_snapshot!(user_data(script), @r#"
        UserData {
            variables: {
                "AWS_REGION": "us-east-1",
                "DATABASE_URL": "postgres://shop@db.internal:5432/shop",
                "HOST": "db.internal",
                "LISTEN": "0.0.0.0:80",
                "STAGE": "a b",
            },
            not_run: [
                "set -e",
                "TOKEN=$(curl http://169.254.169.254/)",
                "docker run shop",
            ],
        }
        "#);
    }

    #[test]
    fn who_listens_on_all_addresses_listens_on_the_instances_own() {
        let mut places = |port: u16| SocketAddr::from(([127, 0, 1, 23], port + 8_000));
        let text = "--listen 0.0.0.0:80 --also=[::]:443 --not 10.0.0.0:80 0.0.0.0:0 0.0.0.0:x";
        let told = on_own_address(text, &mut places);
        assert_eq!(
            told,
            "--listen 127.0.1.23:8080 --also=127.0.1.23:8443 --not 10.0.0.0:80 0.0.0.0:0 0.0.0.0:x"
        );
    }
}
