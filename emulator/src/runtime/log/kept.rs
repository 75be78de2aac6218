//! The lines that are remembered of all functions: so many of each, so many bytes in all.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cloudless_core::Timestamp;
use cloudless_core::arn::FunctionArn;
use cloudless_core::trace::CauseId;
use serde::Serialize;

use crate::runtime::limits::{LINES_BYTES_MAX, LINES_MAX, LOGGED_FUNCTIONS_MAX, LOGS_BYTES_MAX};

/// A line that a function logged, or Lambda for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its place among the lines of all functions.
    pub number: u64,
    /// When it was written, by the emulator's clock.
    pub at: Timestamp,
    /// The invocation in hand, as the trace calls it; nothing between two of them.
    pub cause: Option<CauseId>,
    /// What it says.
    pub line: String,
}

/// Which lines are asked for: those that are all of this.
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
}

/// A page of lines, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinesPage {
    /// Each with its function.
    pub lines: Vec<(FunctionArn, Line)>,
    /// The number of the last, where more follow: the next page begins after it.
    pub next: Option<u64>,
}

/// The recent lines of all functions.
#[derive(Default)]
pub(super) struct Kept {
    functions: BTreeMap<FunctionArn, Lines>,
    /// Those functions, the one started last at the end.
    order: VecDeque<FunctionArn>,
    size_bytes: usize,
    last_number: u64,
}

/// The recent lines of a function, oldest first.
#[derive(Default)]
struct Lines {
    lines: VecDeque<Line>,
    size_bytes: usize,
}

impl Line {
    fn size_bytes(&self) -> usize {
        size_of::<Self>() + self.line.capacity()
    }

    fn is(&self, wanted: &WantedLines) -> bool {
        let of = |causes: &BTreeSet<CauseId>| self.cause.is_some_and(|it| causes.contains(&it));
        wanted.causes.as_ref().is_none_or(of)
            && wanted.since.is_none_or(|since| self.at >= since)
            && wanted.until.is_none_or(|until| self.at < until)
    }
}

impl Lines {
    fn forget_oldest(&mut self) -> usize {
        let forgotten = self.lines.pop_front().map_or(0, |line| line.size_bytes());
        self.size_bytes -= forgotten;
        forgotten
    }
}

impl Kept {
    /// The function is started: its lines stay longer than those of functions that were not.
    pub(super) fn open(&mut self, function: &FunctionArn) {
        self.order.retain(|known| known != function);
        self.order.push_back(function.clone());
        self.functions.entry(function.clone()).or_default();
        if self.order.len() > LOGGED_FUNCTIONS_MAX
            && let Some(forgotten) = self.order.pop_front()
            && let Some(lines) = self.functions.remove(&forgotten)
        {
            self.size_bytes -= lines.size_bytes;
        }
    }

    pub(super) fn push(
        &mut self,
        function: &FunctionArn,
        at: Timestamp,
        cause: Option<CauseId>,
        line: String,
    ) {
        if !self.functions.contains_key(function) {
            self.open(function);
        }
        let Some(kept) = self.functions.get_mut(function) else { return };
        self.last_number += 1;
        let line = Line { number: self.last_number, at, cause, line };
        let size_bytes = line.size_bytes();
        self.size_bytes += size_bytes;
        kept.size_bytes += size_bytes;
        kept.lines.push_back(line);
        while kept.lines.len() > LINES_MAX || kept.size_bytes > LINES_BYTES_MAX {
            self.size_bytes -= kept.forget_oldest();
        }
        while self.size_bytes > LOGS_BYTES_MAX {
            let first = |lines: &Lines| lines.lines.front().map_or(u64::MAX, |line| line.number);
            let oldest = self.functions.values_mut().min_by_key(|lines| first(lines));
            let Some(oldest) = oldest else { return };
            self.size_bytes -= oldest.forget_oldest();
        }
    }

    /// The functions that were started, and are remembered.
    pub(super) fn functions(&self) -> impl Iterator<Item = &FunctionArn> {
        self.functions.keys()
    }

    /// What the function logged lately, oldest first.
    pub(super) fn lines(&self, function: &FunctionArn) -> impl Iterator<Item = &Line> {
        self.functions.get(function).into_iter().flat_map(|lines| &lines.lines)
    }

    /// At most `max` of the lines that are wanted, those that come after `after`.
    pub(super) fn page(&self, wanted: &WantedLines, after: Option<u64>, max: usize) -> LinesPage {
        let asked = wanted.functions.as_ref();
        let of = |function: &FunctionArn| asked.is_none_or(|asked| asked.contains(function));
        let functions = self.functions.iter().filter(|(function, _)| of(function));
        let mut found: Vec<(&FunctionArn, &Line)> = functions
            .flat_map(|(function, lines)| lines.lines.iter().map(move |line| (function, line)))
            .filter(|(_, line)| after.is_none_or(|after| line.number > after) && line.is(wanted))
            .collect();
        found.sort_unstable_by_key(|(_, line)| line.number);
        let more = found.len() > max;
        found.truncate(max);
        let next = found.last().map(|(_, line)| line.number).filter(|_| more);
        let lines = found.into_iter().map(|(function, line)| (function.clone(), line.clone()));
        LinesPage { lines: lines.collect(), next }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail")]
    use cloudless_core::arn::Arn;

    use super::*;
    use crate::runtime::limits::LINE_BYTES_MAX;

    const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);

    fn function(name: &str) -> FunctionArn {
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{name}");
        let Some(Arn::Function(function)) = Arn::parse(&arn) else { panic!("{arn}") };
        function
    }

    fn counted(kept: &Kept) -> usize {
        let lines = kept.functions.values().flat_map(|lines| &lines.lines);
        lines.map(Line::size_bytes).sum()
    }

    #[test]
    fn so_much_is_remembered_of_a_function() {
        let (mut kept, chatty) = (Kept::default(), function("chatty"));
        for _ in 0..LINES_MAX {
            kept.push(&chatty, NOON, None, "x".repeat(LINE_BYTES_MAX));
        }
        assert_eq!(kept.lines(&chatty).count(), 63, "of 8 KiB and some");
        for at in 0..2 * LINES_MAX {
            kept.push(&chatty, NOON, None, at.to_string());
        }
        assert_eq!(kept.lines(&chatty).count(), LINES_MAX);
        assert_eq!(kept.lines(&chatty).next().unwrap().line, "1000");
        assert_eq!(kept.size_bytes, counted(&kept));
    }

    #[test]
    fn so_much_is_remembered_in_all_and_the_oldest_goes_first() {
        let mut kept = Kept::default();
        let names: Vec<_> = (0..60).map(|at| function(&format!("f{at}"))).collect();
        // Each has as much as one may have, and was deleted long ago, but for the last.
        for name in &names {
            for _ in 0..63 {
                kept.push(name, NOON, None, "x".repeat(LINE_BYTES_MAX));
            }
        }
        assert!(kept.size_bytes <= LOGS_BYTES_MAX);
        assert_eq!(kept.size_bytes, counted(&kept));
        let counts: Vec<_> = names.iter().map(|name| kept.lines(name).count()).collect();
        let (gone, left) = counts.split_at(27);
        assert!(gone.iter().all(|count| *count == 0), "{counts:?}");
        assert!(left[1..].iter().all(|count| *count == 63), "{counts:?}");

        for at in 0..LOGGED_FUNCTIONS_MAX {
            kept.open(&function(&format!("other{at}")));
        }
        assert_eq!((kept.functions().count(), kept.size_bytes), (LOGGED_FUNCTIONS_MAX, 0));
        // One that is forgotten and still runs is not lost.
        kept.push(&names[0], NOON, None, "here I am".into());
        assert_eq!(kept.lines(&names[0]).count(), 1);
        assert_eq!(kept.functions().count(), LOGGED_FUNCTIONS_MAX);
    }

    #[test]
    fn pages_go_through_the_lines_of_all_functions_in_the_order_of_writing() {
        let mut kept = Kept::default();
        for at in 0..6 {
            let name = function(["resize", "update"][at % 2]);
            let cause = Some(CauseId(10 + at as u64 / 2));
            kept.push(&name, NOON.after_s(at as u64), cause, format!("line {at}"));
        }
        let functions = Some(BTreeSet::from([function("resize")]));
        let resize = WantedLines { functions, ..WantedLines::default() };
        let causes = Some(BTreeSet::from([CauseId(11)]));
        let of_one = WantedLines { causes, ..WantedLines::default() };
        let (since, until) = (Some(NOON.after_s(2)), Some(NOON.after_s(5)));
        let between = WantedLines { since, until, ..WantedLines::default() };
        let mut told = Vec::new();
        for wanted in [WantedLines::default(), resize, of_one, between] {
            let (mut after, mut pages) = (None, Vec::new());
            loop {
                let page = kept.page(&wanted, after, 2);
                let lines =
                    page.lines.iter().map(|(it, line)| format!("{} {}", it.name, line.line));
                pages.push(lines.collect::<Vec<_>>().join(", "));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            told.push(pages.join(" | "));
        }
        insta::assert_snapshot!(told.join("\n"), @r"
        resize line 0, update line 1 | resize line 2, update line 3 | resize line 4, update line 5
        resize line 0, resize line 2 | resize line 4
        resize line 2, update line 3
        resize line 2, update line 3 | resize line 4
        ");
    }
}
