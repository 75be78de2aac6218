//! What is said in the query of a control. What a control does not know is refused by its name, and
//! nothing is said twice.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use cloudless_core::Timestamp;
use http::Method;

use super::{CONTROLS, Control, Parameter};

/// The parameters of a query, decoded.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// What is said to the control of that path. A path that is no control's takes anything: it will be
    /// refused itself.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn read(query: &str, method: &Method, path: &str) -> Result<Self, String> {
        let mut said: Vec<(String, String)> = Vec::new();
        let known = known(method, path);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            // How a client of AWS says which operation it thinks this is, and how it signs.
            if name == "x-id" || name.starts_with("X-Amz-") {
                continue;
            }
            if let Some(known) = &known
                && !known.iter().any(|it| it.name == name)
            {
                return Err(unknown(&name, known));
            }
            if said.iter().any(|(said, _)| *said == name) {
                return Err(format!("the parameter {name} is there twice"));
            }
            said.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(said))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(said, _)| said == name).map(|(_, value)| value.as_str())
    }

    /// Whether any of these is said.
    pub fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.get(name).is_some())
    }

    /// What `name` says, where it is said.
    ///
    /// # Errors
    /// It is not what it should be: `what`.
    pub fn read_as<T: FromStr>(&self, name: &str, what: impl Display) -> Result<Option<T>, String> {
        let read = |value: &str| value.parse().map_err(|_| format!("{name} is {what}"));
        self.get(name).map(read).transpose()
    }

    /// Seconds.
    ///
    /// # Errors
    /// It is no number of seconds.
    pub fn duration(&self, name: &str) -> Result<Option<Duration>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let seconds = value.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
        seconds.map(Some).ok_or_else(|| format!("{name} is a number of seconds"))
    }

    /// A moment.
    ///
    /// # Errors
    /// It is none.
    pub fn moment(&self, name: &str) -> Result<Option<Timestamp>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let moment = Timestamp::parse(value);
        moment.map(Some).ok_or_else(|| {
            format!("{name} is a moment: milliseconds since 1970, or 2026-11-23T12:00:00Z")
        })
    }
}

/// What can be said to the control of that path; nothing where there is none.
fn known(method: &Method, path: &str) -> Option<Vec<&'static Parameter>> {
    let is_it = |control: &&Control| {
        let (base, rest) = match control.path.find(['?', '[', '{']) {
            Some(end) => control.path.split_at(end),
            None => (control.path, ""),
        };
        let fits = match rest.starts_with('{') {
            true => path.strip_prefix(base).is_some_and(|name| !name.is_empty()),
            false => path == base.trim_end_matches('/'),
        };
        control.method == method.as_str() && fits
    };
    let mut controls = CONTROLS.iter().filter(is_it).peekable();
    controls.peek()?;
    Some(controls.flat_map(|control| control.parameters).collect())
}

fn unknown(name: &str, known: &[&Parameter]) -> String {
    let names: Vec<_> = known.iter().map(|it| it.name).collect();
    match names.is_empty() {
        true => format!("there is no parameter {name}: none is taken here"),
        false => format!("there is no parameter {name}; there are {}", names.join(", ")),
    }
}
