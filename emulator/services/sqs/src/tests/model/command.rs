//! What can happen to a queue and its dead-letter queue.

use proptest::prelude::*;

/// The two queues, in the order in which the World lets things happen to them in one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Dead,
    Orders,
}

/// What the two queues are like.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) fifo: bool,
    /// `ContentBasedDeduplication`
    pub(super) by_content: bool,
    /// `DeduplicationScope` is the group.
    pub(super) per_group: bool,
    pub(super) receives_max: u32,
    pub(super) settings: Settings,
    pub(super) dead_retention_s: u64,
}

/// Attributes that change on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) delay_s: u64,
    pub(super) visibility_s: u64,
    pub(super) retention_s: u64,
    pub(super) wait_s: u64,
}

/// A message to be sent. Few bodies, groups and ids, so that they meet.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) body: u8,
    pub(super) group: u8,
    pub(super) deduplication: Option<u8>,
    pub(super) delay_s: Option<u64>,
}

/// A receipt handle that somebody has: the last but so many, or none that was ever given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Held {
    Given { ago: usize },
    Garbage,
}

#[derive(Debug, Clone)]
pub(super) enum Command {
    Send { to: Which, draft: Draft },
    SendBatch { to: Which, drafts: Vec<Draft> },
    Receive { from: Which, max: usize, visibility_s: Option<u64>, wait_s: Option<u64> },
    Delete { from: Which, held: Held },
    DeleteBatch { from: Which, held: Vec<Held> },
    ChangeVisibility { of: Which, held: Held, timeout_s: u64 },
    ChangeVisibilityBatch { of: Which, held: Vec<(Held, u64)> },
    Set { settings: Settings },
    Purge { which: Which },
    StartMove { to_orders: bool, per_s: Option<u32> },
    CancelMove,
    Disconnect { poll: usize },
    Advance { ms: u64 },
    Restart,
}

pub(super) fn kind(fifo: bool) -> impl Strategy<Value = Kind> {
    let retention_s = prop_oneof![3 => Just(60_u64), 1 => Just(120), 2 => Just(345_600)];
    (any::<bool>(), any::<bool>(), 1..4_u32, settings(), retention_s).prop_map(
        move |(by_content, per_group, receives_max, settings, dead_retention_s)| Kind {
            fifo,
            by_content: fifo && by_content,
            per_group: fifo && per_group,
            receives_max,
            settings,
            dead_retention_s,
        },
    )
}

pub(super) fn commands() -> impl Strategy<Value = Vec<Command>> {
    prop::collection::vec(command(), 1..40)
}

fn command() -> impl Strategy<Value = Command> {
    let batch = || prop::collection::vec(draft(), 1..=5);
    let handles = || prop::collection::vec(held(), 1..=5);
    let changes = || prop::collection::vec((held(), timeout_s()), 1..=5);
    let wait_s = prop_oneof![2 => Just(None), 1 => Just(Some(0)), 4 => (5..=20_u64).prop_map(Some)];
    let visibility_s = prop_oneof![1 => Just(None), 3 => timeout_s().prop_map(Some)];
    let receive = (which(), 1..=10_usize, visibility_s, wait_s).prop_map(
        |(from, max, visibility_s, wait_s)| Command::Receive { from, max, visibility_s, wait_s },
    );
    let rate = prop_oneof![2 => Just(None), 1 => Just(Some(1)), 1 => Just(Some(3))];
    prop_oneof![
        8 => (which(), draft()).prop_map(|(to, draft)| Command::Send { to, draft }),
        3 => (which(), batch()).prop_map(|(to, drafts)| Command::SendBatch { to, drafts }),
        12 => receive,
        6 => (which(), held()).prop_map(|(from, held)| Command::Delete { from, held }),
        2 => (which(), handles()).prop_map(|(from, held)| Command::DeleteBatch { from, held }),
        6 => (which(), held(), timeout_s())
            .prop_map(|(of, held, timeout_s)| Command::ChangeVisibility { of, held, timeout_s }),
        2 => (which(), changes())
            .prop_map(|(of, held)| Command::ChangeVisibilityBatch { of, held }),
        1 => settings().prop_map(|settings| Command::Set { settings }),
        1 => which().prop_map(|which| Command::Purge { which }),
        2 => (any::<bool>(), rate)
            .prop_map(|(to_orders, per_s)| Command::StartMove { to_orders, per_s }),
        1 => Just(Command::CancelMove),
        1 => (0..3_usize).prop_map(|poll| Command::Disconnect { poll }),
        10 => pause_ms().prop_map(|ms| Command::Advance { ms }),
        2 => Just(Command::Restart),
    ]
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![4 => Just(Which::Orders), 1 => Just(Which::Dead)]
}

fn held() -> impl Strategy<Value = Held> {
    prop_oneof![20 => (0..6_usize).prop_map(|ago| Held::Given { ago }), 1 => Just(Held::Garbage)]
}

fn draft() -> impl Strategy<Value = Draft> {
    let delay_s =
        prop_oneof![3 => Just(None), 2 => (0..4_u64).prop_map(Some), 1 => Just(Some(900))];
    (0..5_u8, 0..3_u8, prop::option::of(0..6_u8), delay_s).prop_map(
        |(body, group, deduplication, delay_s)| Draft { body, group, deduplication, delay_s },
    )
}

/// Visibility timeouts: none, a few seconds, the longest, and one too long.
fn timeout_s() -> impl Strategy<Value = u64> {
    prop_oneof![5 => Just(0_u64), 10 => 1..10_u64, 1 => Just(43_200), 1 => Just(43_201)]
}

fn settings() -> impl Strategy<Value = Settings> {
    let delay_s = prop_oneof![3 => Just(0_u64), 1 => 1..5_u64];
    let retention_s = prop_oneof![3 => Just(60_u64), 1 => Just(120), 2 => Just(345_600)];
    let wait_s = prop_oneof![4 => Just(0_u64), 1 => Just(5)];
    (delay_s, 0..30_u64, retention_s, wait_s).prop_map(
        |(delay_s, visibility_s, retention_s, wait_s)| Settings {
            delay_s,
            visibility_s,
            retention_s,
            wait_s,
        },
    )
}

/// A moment, some seconds, and around the limits: retention, deduplication, twelve hours, days.
fn pause_ms() -> impl Strategy<Value = u64> {
    prop_oneof![
        2 => 1..1_000_u64,
        12 => (1..20_u64).prop_map(|s| s * 1_000),
        3 => (55..65_u64).prop_map(|s| s * 1_000),
        4 => (299..=301_u64).prop_map(|s| s * 1_000),
        1 => (43_190..=43_200_u64).prop_map(|s| s * 1_000),
        1 => (340_000..350_000_u64).prop_map(|s| s * 1_000),
    ]
}
