//! The part of a trace that somebody asks for, page by page.

use super::{CauseId, Event, Trace};
use crate::arn::Arn;
use crate::time::Timestamp;

/// Which events are asked for: those that are all of this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// This one and everything that it led to, in the order of a tree; without it, all, in the order of
    /// time.
    pub cause: Option<CauseId>,
    /// Of this service: `s3`, `sqs`, `lambda`, `sts`, `cloudless`.
    pub service: Option<String>,
    /// About this resource, by name or ARN: a queue, a function, a bucket with all that is in it, an
    /// object.
    pub resource: Option<String>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'a> {
    /// Each with its depth in the tree that was asked for; 0 where none was.
    pub events: Vec<(usize, &'a Event)>,
    /// The last of them, where more follow: the next page begins after it.
    pub next: Option<CauseId>,
}

/// The event after which a page was to begin is not in the tree that was asked for, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownToken;

impl Wanted {
    /// Whether the event is one of them, as far as it alone says so.
    fn is(&self, event: &Event) -> bool {
        let service = |service: &String| {
            event.what.split_once(':').is_some_and(|(it, _)| it == service.as_str())
        };
        self.service.as_ref().is_none_or(service)
            && self.resource.as_ref().is_none_or(|it| is_about(&event.subject, it))
            && self.since.is_none_or(|since| event.at >= since)
            && self.until.is_none_or(|until| event.at < until)
    }
}

/// Whether a subject is of a resource: it is its name, its ARN, or lies in it.
fn is_about(subject: &str, resource: &str) -> bool {
    let name = match Arn::parse(resource) {
        Some(Arn::Queue(queue)) => queue.name.to_string(),
        Some(Arn::Function(function)) => function.name.to_string(),
        Some(Arn::Bucket(_)) | None => {
            resource.strip_prefix("arn:aws:s3:::").unwrap_or(resource).to_owned()
        }
    };
    let is_it = |subject: &str| {
        let rest = subject.strip_prefix(name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match Arn::parse(subject) {
        Some(Arn::Function(function)) => is_it(function.name.as_str()),
        _ => is_it(subject),
    }
}

impl Trace {
    /// At most `max` of the events that are wanted, those that come after `after`.
    ///
    /// # Errors
    /// `after` is no event of the tree.
    pub fn page(
        &self,
        wanted: &Wanted,
        after: Option<CauseId>,
        max: usize,
    ) -> Result<Page<'_>, UnknownToken> {
        let events: Vec<(usize, &Event)> = match wanted.cause {
            None => {
                let later = |event: &&Event| after.is_none_or(|after| event.id > after);
                let found = self.events().filter(later).filter(|event| wanted.is(event));
                found.take(max.saturating_add(1)).map(|event| (0, event)).collect()
            }
            Some(root) => {
                let tree = self.tree(root);
                let begin = match after {
                    None => 0,
                    Some(after) => {
                        let found = tree.iter().position(|(_, event)| event.id == after);
                        found.ok_or(UnknownToken)? + 1
                    }
                };
                let found = tree.into_iter().skip(begin).filter(|(_, event)| wanted.is(event));
                found.take(max.saturating_add(1)).collect()
            }
        };
        let mut events = events;
        let more = events.len() > max;
        events.truncate(max);
        let last = events.last().map(|(_, event)| event.id);
        Ok(Page { events, next: last.filter(|_| more) })
    }
}
