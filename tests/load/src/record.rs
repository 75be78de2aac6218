//! What every request did: a line of a JTL file for each, and numbers that stay small however long it takes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// The longest time that is told apart.
const LONGEST_US: u64 = 600_000_000;
/// Kinds of failures that are kept by their words.
const FAILURES_MAX: usize = 50;

/// One request, as whoever made it saw it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What was asked for, in words: `product`.
    pub label: &'static str,
    pub path: String,
    pub status: Option<u16>,
    /// When it was sent.
    pub at: SystemTime,
    /// Until its answer began.
    pub latency: Duration,
    /// Until its answer was read.
    pub elapsed: Duration,
    pub bytes: usize,
    /// Who asked.
    pub user: usize,
    /// What was wrong with the answer.
    pub failure: Option<String>,
}

/// What became of an order that the shop has confirmed to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// Where its page is.
    pub path: String,
    pub number: String,
    pub total: String,
    pub email: String,
}

/// Numbers of all requests of a kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub label: String,
    pub count: u64,
    pub errors: u64,
    pub bytes: u64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// What happened within a minute of the cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// Its beginning, in seconds of the cloud since the load began.
    pub from_s: u64,
    pub users: usize,
    pub requests: u64,
    pub errors: u64,
    pub p50_ms: f64,
    pub p95_ms: f64,
}

/// Gathers what requests did. It is asked from many tasks at once.
pub struct Recorder {
    began: Instant,
    speed: u32,
    users: AtomicUsize,
    next_user: AtomicUsize,
    gathered: Mutex<Gathered>,
}

struct Gathered {
    file: csv::Writer<File>,
    by_label: BTreeMap<&'static str, Tally>,
    all: Tally,
    slices: Vec<(usize, Tally)>,
    lately: Tally,
    failures: BTreeMap<String, u64>,
    orders: Vec<Confirmed>,
    kinds: BTreeMap<String, usize>,
}

#[derive(Clone)]
struct Tally {
    times_us: Histogram<u64>,
    errors: u64,
    bytes: u64,
}

impl Tally {
    fn new() -> Result<Self> {
        Ok(Self { times_us: Histogram::new_with_bounds(1, LONGEST_US, 3)?, errors: 0, bytes: 0 })
    }

    fn add(&mut self, sample: &Sample) {
        let micros = u64::try_from(sample.elapsed.as_micros()).unwrap_or(LONGEST_US);
        self.times_us.saturating_record(micros.max(1));
        self.errors += u64::from(sample.failure.is_some());
        self.bytes += sample.bytes as u64;
    }

    fn ms(&self, quantile: f64) -> f64 {
        if self.times_us.is_empty() {
            0.0
        } else {
            self.times_us.value_at_quantile(quantile) as f64 / 1_000.0
        }
    }

    fn line(&self, label: &str) -> Line {
        Line {
            label: label.to_owned(),
            count: self.times_us.len(),
            errors: self.errors,
            bytes: self.bytes,
            p50_ms: self.ms(0.5),
            p95_ms: self.ms(0.95),
            p99_ms: self.ms(0.99),
            max_ms: self.times_us.max() as f64 / 1_000.0,
        }
    }
}

impl Recorder {
    /// Begins now, and writes every request into this file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(file: &Path, speed: u32) -> Result<Self> {
        let mut writer =
            csv::Writer::from_path(file).with_context(|| format!("{}", file.display()))?;
        writer.write_record(JTL)?;
        let gathered = Gathered {
            file: writer,
            by_label: BTreeMap::new(),
            all: Tally::new()?,
            slices: Vec::new(),
            lately: Tally::new()?,
            failures: BTreeMap::new(),
            orders: Vec::new(),
            kinds: BTreeMap::new(),
        };
        Ok(Self {
            began: Instant::now(),
            speed,
            users: AtomicUsize::new(0),
            next_user: AtomicUsize::new(0),
            gathered: Mutex::new(gathered),
        })
    }

    /// Somebody of this kind came; who it is.
    pub fn arrived(&self, kind: &str) -> usize {
        self.users.fetch_add(1, Ordering::Relaxed);
        *self.lock().kinds.entry(kind.to_owned()).or_default() += 1;
        self.next_user.fetch_add(1, Ordering::Relaxed)
    }

    /// Somebody left.
    pub fn left(&self) {
        self.users.fetch_sub(1, Ordering::Relaxed);
    }

    /// Users who are here.
    #[must_use]
    pub fn users(&self) -> usize {
        self.users.load(Ordering::Relaxed)
    }

    /// How many seconds of the cloud have passed.
    #[must_use]
    pub fn cloud_s(&self) -> u64 {
        (self.began.elapsed() * self.speed).as_secs()
    }

    /// Keeps what a request did.
    pub fn add(&self, sample: &Sample) {
        let (users, slice) = (self.users(), self.cloud_s() / 60);
        let mut gathered = self.lock();
        // A full disk must not end the load: what is missing in the file is in the numbers.
        let _ = gathered.file.write_record(jtl(sample, users));
        let Gathered { by_label, all, slices, lately, failures, .. } = &mut *gathered;
        if let Some(failure) = &sample.failure {
            let words = format!("{}: {failure}", sample.label);
            let is_kept = failures.len() < FAILURES_MAX || failures.contains_key(&words);
            let words = if is_kept { words } else { "others".to_owned() };
            *failures.entry(words).or_default() += 1;
        }
        while slices.len() <= usize::try_from(slice).unwrap_or_default() {
            match Tally::new() {
                Ok(tally) => slices.push((0, tally)),
                Err(_) => return,
            }
        }
        if let Some((most, tally)) = slices.last_mut() {
            *most = users.max(*most);
            tally.add(sample);
        }
        count(by_label, sample);
        all.add(sample);
        lately.add(sample);
    }

    /// Keeps how long something took that is no request. It is among the kinds, and not among all requests.
    pub fn add_wait(&self, sample: &Sample) {
        count(&mut self.lock().by_label, sample);
    }

    /// Keeps what a customer was told of an order.
    pub fn confirmed(&self, order: Confirmed) {
        self.lock().orders.push(order);
    }

    /// The orders that were confirmed.
    #[must_use]
    pub fn orders(&self) -> Vec<Confirmed> {
        self.lock().orders.clone()
    }

    /// What happened since this was last asked.
    #[must_use]
    pub fn lately(&self) -> Line {
        let mut gathered = self.lock();
        let line = gathered.lately.line("lately");
        gathered.lately.times_us.reset();
        (gathered.lately.errors, gathered.lately.bytes) = (0, 0);
        line
    }

    /// All of it: each kind of request, and all together last.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let gathered = self.lock();
        let mut lines: Vec<Line> =
            gathered.by_label.iter().map(|(label, tally)| tally.line(label)).collect();
        lines.push(gathered.all.line("all"));
        lines
    }

    /// Minute by minute of the cloud.
    #[must_use]
    pub fn slices(&self) -> Vec<Slice> {
        let gathered = self.lock();
        let slices = gathered.slices.iter().enumerate();
        slices
            .map(|(minute, (users, tally))| Slice {
                from_s: minute as u64 * 60,
                users: *users,
                requests: tally.times_us.len(),
                errors: tally.errors,
                p50_ms: tally.ms(0.5),
                p95_ms: tally.ms(0.95),
            })
            .collect()
    }

    /// How many users of each kind there were.
    #[must_use]
    pub fn kinds(&self) -> BTreeMap<String, usize> {
        self.lock().kinds.clone()
    }

    /// What went wrong, in words, and how often.
    #[must_use]
    pub fn failures(&self) -> BTreeMap<String, u64> {
        self.lock().failures.clone()
    }

    /// Writes what the file lacks.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn flush(&self) -> Result<()> {
        self.lock().file.flush().context("the JTL file")
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(by_label: &mut BTreeMap<&'static str, Tally>, sample: &Sample) {
    match by_label.entry(sample.label) {
        Entry::Occupied(mut tally) => tally.get_mut().add(sample),
        Entry::Vacant(vacant) => {
            if let Ok(tally) = Tally::new() {
                vacant.insert(tally).add(sample);
            }
        }
    }
}

/// The columns that JMeter writes unless told otherwise.
/// <https://jmeter.apache.org/usermanual/listeners.html#csvlogformat>
const JTL: [&str; 17] = [
    "timeStamp",
    "elapsed",
    "label",
    "responseCode",
    "responseMessage",
    "threadName",
    "dataType",
    "success",
    "failureMessage",
    "bytes",
    "sentBytes",
    "grpThreads",
    "allThreads",
    "URL",
    "Latency",
    "IdleTime",
    "Connect",
];

fn jtl(sample: &Sample, users: usize) -> [String; 17] {
    let at = sample.at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let ms = |duration: Duration| duration.as_millis().to_string();
    let failure = sample.failure.clone().unwrap_or_default();
    let code =
        sample.status.map_or_else(|| "Non HTTP response code".to_owned(), |it| it.to_string());
    let message = if failure.is_empty() { "OK".to_owned() } else { failure.clone() };
    let users = users.to_string();
    [
        ms(at),
        ms(sample.elapsed),
        sample.label.to_owned(),
        code,
        message,
        format!("users 1-{}", sample.user + 1),
        "text".to_owned(),
        failure.is_empty().to_string(),
        failure,
        sample.bytes.to_string(),
        "0".to_owned(),
        users.clone(),
        users,
        sample.path.clone(),
        ms(sample.latency),
        "0".to_owned(),
        "0".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(label: &'static str, ms: u64, failure: Option<&str>) -> Sample {
        Sample {
            label,
            path: "/".to_owned(),
            status: failure.is_none().then_some(200),
            at: UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            latency: Duration::from_millis(ms),
            elapsed: Duration::from_millis(ms),
            bytes: 100,
            user: 6,
            failure: failure.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn jmeter_reads_every_request_and_numbers_tell_them_apart() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("requests.jtl");
        let recorder = Recorder::begin(&file, 1)?;
        assert_eq!(recorder.arrived("visitor"), 0);
        for ms in 1..=100 {
            recorder.add(&sample("home", ms, None));
        }
        recorder.add(&sample("cart", 7, Some("refused, \"quoted\"")));
        recorder.flush()?;
        let written = std::fs::read_to_string(&file)?;
        let lines: Vec<&str> = written.lines().collect();
        insta::assert_snapshot!([lines[0], lines[1], lines[101]].join("\n"), @r#"
        timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect
        1700000000000,1,home,200,OK,users 1-7,text,true,,100,0,1,1,/,1,0,0
        1700000000000,7,cart,Non HTTP response code,"refused, ""quoted""",users 1-7,text,false,"refused, ""quoted""",100,0,1,1,/,7,0,0
        "#);
        insta::assert_debug_snapshot!(recorder.lines(), @r#"
        [
            Line {
                label: "cart",
                count: 1,
                errors: 1,
                bytes: 100,
                p50_ms: 7.003,
                p95_ms: 7.003,
                p99_ms: 7.003,
                max_ms: 7.003,
            },
            Line {
                label: "home",
                count: 100,
                errors: 0,
                bytes: 10000,
                p50_ms: 50.015,
                p95_ms: 95.039,
                p99_ms: 99.007,
                max_ms: 100.031,
            },
            Line {
                label: "all",
                count: 101,
                errors: 1,
                bytes: 10100,
                p50_ms: 50.015,
                p95_ms: 95.039,
                p99_ms: 99.007,
                max_ms: 100.031,
            },
        ]
        "#);
        insta::assert_debug_snapshot!(recorder.failures(), @r#"
        {
            "cart: refused, \"quoted\"": 1,
        }
        "#);
        assert_eq!(recorder.lately().count, 101);
        assert_eq!(recorder.lately().count, 0);
        Ok(())
    }
}
