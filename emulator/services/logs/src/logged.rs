//! What functions log: Lambda writes it into a stream for each execution environment, and makes stream and group
//! where they are not there.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>

use std::collections::BTreeSet;

use kernel::arn::FunctionArn;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use crate::group::{Group, GroupKey};
use crate::limits::{GROUPS_MAX, STREAMS_MAX};
use crate::{Cx, Logs, Record};

/// What an execution environment has written since the last time.
#[derive(Debug, Clone)]
pub struct Logged {
    /// The function, without version or alias.
    pub function: FunctionArn,
    /// The group's name: `/aws/lambda/name` unless the function's configuration says another.
    pub group: String,
    /// The stream's name.
    pub stream: String,
    /// The invocation in hand, as the trace calls it.
    pub cause: Option<CauseId>,
    /// Each with its moment, in the order in which they were written.
    pub lines: Vec<(Timestamp, String)>,
}

/// A line that a function logged, or Lambda for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionLine<'a> {
    /// Its place among the events of all groups.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The invocation in hand, as the trace calls it.
    pub cause: Option<CauseId>,
    /// Whose it is.
    pub function: &'a FunctionArn,
    /// What it says, without a line feed at its end.
    pub line: &'a str,
}

/// Which lines of functions are asked for: those that are all of this.
#[derive(Debug, Clone, Default)]
pub struct WantedLines {
    /// Of these functions.
    pub functions: Option<BTreeSet<FunctionArn>>,
    /// Of these invocations.
    pub causes: Option<BTreeSet<CauseId>>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Those that come behind this one.
    pub after: Option<u64>,
}

impl Logs {
    /// Keeps what a function has written.
    pub fn logged(&mut self, cx: &mut Cx<'_>, logged: &Logged) {
        let FunctionArn { account, region, .. } = &logged.function;
        let name = logged.group.as_str().into();
        let key = GroupKey { account: account.clone(), region: region.clone(), name };
        if !self.groups.contains_key(&key) {
            if self.groups.len() >= GROUPS_MAX {
                return;
            }
            let group = Group::new(key.clone(), cx.now, "STANDARD".to_owned());
            cx.put(|| Record::group(&group));
            self.groups.insert(key.clone(), group);
        }
        if self.streams.len() >= STREAMS_MAX {
            self.forget_empty_stream(cx);
        }
        let function = Some(logged.function.clone());
        let Some(stream) = self.open_stream(cx, &key, &logged.stream, function) else { return };
        // Lines of the future there are none, and their moments never go back.
        let mut last = 0;
        let mut lines: Vec<(u64, &str)> = Vec::with_capacity(logged.lines.len());
        for (at, line) in &logged.lines {
            last = at.as_ms().max(last);
            if !line.is_empty() {
                lines.push((last, line));
            }
        }
        if let Some(batch) = self.append(cx, stream, logged.cause, lines.iter().copied()) {
            self.tell_subscribers(cx, &batch);
        }
    }

    /// The oldest stream without events goes.
    fn forget_empty_stream(&mut self, cx: &mut Cx<'_>) {
        let empty = self.streams.values().find(|stream| stream.batches.is_empty());
        let Some((number, key, name)) =
            empty.map(|it| (it.number, it.group.clone(), it.name.clone()))
        else {
            return;
        };
        if let Some(group) = self.groups.get_mut(&*key) {
            group.streams.remove(&name);
        }
        self.remove_stream(cx, number);
    }

    /// The lines that are wanted of all functions, in the order in which they came.
    pub fn function_lines<'a>(
        &'a self,
        wanted: &'a WantedLines,
    ) -> impl Iterator<Item = FunctionLine<'a>> {
        let first = wanted.after.map_or(0, |after| after.saturating_add(1));
        // The first that is wanted may be in the middle of a batch.
        let from = self.shelf.with_event(first).map_or(first, |batch| batch.number);
        let batches = self.shelf.batches.range(from..).map(|(_, batch)| batch);
        let of = |cause: Option<CauseId>| {
            wanted.causes.as_ref().is_none_or(|it| cause.is_some_and(|cause| it.contains(&cause)))
        };
        batches.filter(move |batch| of(batch.cause)).flat_map(move |batch| {
            let stream = self.streams.get(&batch.stream);
            let function = stream.and_then(|stream| stream.function.as_ref());
            let asked = wanted.functions.as_ref();
            let function =
                function.filter(|function| asked.is_none_or(|asked| asked.contains(*function)));
            let events = function.into_iter().flat_map(move |function| {
                batch.events().map(move |event| FunctionLine {
                    number: event.at.number,
                    at: Timestamp::from_ms(event.at.at_ms),
                    cause: batch.cause,
                    function,
                    line: event.message.trim_end_matches(['\r', '\n']),
                })
            });
            events.filter(move |line| {
                line.number >= first
                    && wanted.since.is_none_or(|since| line.at >= since)
                    && wanted.until.is_none_or(|until| line.at < until)
            })
        })
    }

    /// The last lines of a function, the oldest first: at most so many.
    #[must_use]
    pub fn last_lines(&self, function: &FunctionArn, max: usize) -> Vec<String> {
        let is_of = |stream: u64| {
            let stream = self.streams.get(&stream);
            stream.is_some_and(|stream| stream.function.as_ref() == Some(function))
        };
        let batches = self.shelf.batches.values().rev().filter(|batch| is_of(batch.stream));
        let lines = batches.flat_map(|batch| batch.events().rev());
        let lines = lines.take(max).map(|it| it.message.trim_end_matches(['\r', '\n']).to_owned());
        let mut lines: Vec<String> = lines.collect();
        lines.reverse();
        lines
    }

    /// The functions that logged something.
    #[must_use]
    pub fn functions(&self) -> BTreeSet<&FunctionArn> {
        self.streams.values().filter_map(|stream| stream.function.as_ref()).collect()
    }
}
