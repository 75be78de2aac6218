//! What can happen to a World, and how often each of it does.

use proptest::prelude::*;

/// Few names, so that things meet.
pub const QUEUES: [&str; 4] = ["orders", "uploads", "failed", "steps.fifo"];
pub const FUNCTIONS: [&str; 2] = ["resize-image", "update-product"];
pub const KEYS: [&str; 3] = ["upload/a.jpg", "upload/b.jpg", "resized/a.jpg"];

/// Something that happens to a World.
#[derive(Debug, Clone)]
pub enum Happening {
    Object(ToObjects),
    Message(ToMessages),
    Function(ToFunctions),
    Time(ToTime),
    AssumeRole,
    Disconnect,
    Restart,
}

/// What happens to a bucket and what is in it.
#[derive(Debug, Clone)]
pub enum ToObjects {
    Put {
        key: usize,
    },
    Delete {
        key: usize,
    },
    SetVersioning {
        status: &'static str,
    },
    /// Whether requests are in a log, and the delivery of that log in another.
    SetLogging {
        enabled: bool,
    },
    /// The answer to the last call has left.
    Answered {
        key: usize,
    },
}

/// What happens to queues and what is in them.
#[derive(Debug, Clone)]
pub enum ToMessages {
    Send {
        queue: usize,
        delay_s: u64,
        group: usize,
    },
    Receive {
        queue: usize,
        max: u64,
        wait_s: u64,
        visibility_s: Option<u64>,
    },
    /// Of what was last received anywhere: the receipt may be stale by now.
    Delete,
    ChangeVisibility {
        timeout_s: u64,
    },
    SetVisibility {
        queue: usize,
        timeout_s: u64,
    },
    Tag {
        queue: usize,
        value: u8,
    },
    /// Of what nobody could process, back to where it came from.
    MoveBack {
        messages_per_second: Option<u64>,
    },
    /// Reads, maybe before what is due by now was done.
    Look {
        queue: usize,
    },
}

/// What happens to functions, their mappings and their environments.
#[derive(Debug, Clone)]
pub enum ToFunctions {
    Invoke {
        function: usize,
        kind: usize,
    },
    End {
        which: prop::sample::Index,
        ending: Ending,
    },
    /// Environments that are made from now on are ready at once, or not before they have ended.
    Readiness {
        at_once: bool,
    },
    EnableMapping {
        which: usize,
        enabled: bool,
    },
    Delete {
        function: usize,
    },
    Create {
        function: usize,
    },
    /// How often it may run at once; as often as it likes where nothing is said.
    Reserve {
        function: usize,
        concurrency: Option<u64>,
    },
}

/// How time goes on.
#[derive(Debug, Clone)]
pub enum ToTime {
    Pass { ms: u64 },
    PassToDeadline,
}

/// How an invocation ends.
#[derive(Debug, Clone)]
pub enum Ending {
    Well,
    Failed,
    Crashed,
    /// Names every n-th message as failed.
    Partly(usize),
    Nonsense,
}

fn to_objects() -> impl Strategy<Value = ToObjects> {
    let key = 0..KEYS.len();
    prop_oneof![
        4 => key.clone().prop_map(|key| ToObjects::Put { key }),
        1 => key.clone().prop_map(|key| ToObjects::Delete { key }),
        1 => prop::sample::select(vec!["Enabled", "Suspended"])
            .prop_map(|status| ToObjects::SetVersioning { status }),
        1 => any::<bool>().prop_map(|enabled| ToObjects::SetLogging { enabled }),
        2 => key.prop_map(|key| ToObjects::Answered { key }),
    ]
}

fn to_messages() -> impl Strategy<Value = ToMessages> {
    let queue = 0..QUEUES.len();
    let receive = (queue.clone(), 1..10_u64, 0..3_u64, prop::option::of(0..40_u64));
    prop_oneof![
        // Where none is left, a FIFO queue's message is over before it is processed: for ever.
        1 => (queue.clone(), 1..40_u64)
            .prop_map(|(queue, timeout_s)| ToMessages::SetVisibility { queue, timeout_s }),
        1 => (queue.clone(), 0..3_u8).prop_map(|(queue, value)| ToMessages::Tag { queue, value }),
        1 => prop::option::of(1..3_u64)
            .prop_map(|messages_per_second| ToMessages::MoveBack { messages_per_second }),
        2 => queue.clone().prop_map(|queue| ToMessages::Look { queue }),
        6 => (queue, 0..3_u64, 0..3_usize)
            .prop_map(|(queue, delay_s, group)| ToMessages::Send { queue, delay_s, group }),
        4 => receive.prop_map(|(queue, max, wait_s, visibility_s)| ToMessages::Receive {
            queue, max, wait_s: wait_s * 5, visibility_s,
        }),
        2 => Just(ToMessages::Delete),
        1 => (0..60_u64).prop_map(|timeout_s| ToMessages::ChangeVisibility { timeout_s }),
    ]
}

fn to_functions() -> impl Strategy<Value = ToFunctions> {
    let function = 0..FUNCTIONS.len();
    let ending = prop_oneof![
        4 => Just(Ending::Well),
        2 => Just(Ending::Failed),
        1 => Just(Ending::Crashed),
        2 => (1..3_usize).prop_map(Ending::Partly),
        1 => Just(Ending::Nonsense),
    ];
    prop_oneof![
        2 => (function.clone(), 0..3_usize)
            .prop_map(|(function, kind)| ToFunctions::Invoke { function, kind }),
        6 => (any::<prop::sample::Index>(), ending)
            .prop_map(|(which, ending)| ToFunctions::End { which, ending }),
        1 => any::<bool>().prop_map(|at_once| ToFunctions::Readiness { at_once }),
        1 => (0..3_usize, any::<bool>())
            .prop_map(|(which, enabled)| ToFunctions::EnableMapping { which, enabled }),
        1 => function.clone().prop_map(|function| ToFunctions::Delete { function }),
        2 => function.clone().prop_map(|function| ToFunctions::Create { function }),
        1 => (function, prop::option::of(0..3_u64))
            .prop_map(|(function, concurrency)| ToFunctions::Reserve { function, concurrency }),
    ]
}

fn to_time() -> impl Strategy<Value = ToTime> {
    prop_oneof![(0..90_000_u64).prop_map(|ms| ToTime::Pass { ms }), Just(ToTime::PassToDeadline)]
}

/// A history of a World.
pub fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let happening = prop_oneof![
        9 => to_objects().prop_map(Happening::Object),
        18 => to_messages().prop_map(Happening::Message),
        13 => to_functions().prop_map(Happening::Function),
        6 => to_time().prop_map(Happening::Time),
        1 => Just(Happening::AssumeRole),
        1 => Just(Happening::Disconnect),
        1 => Just(Happening::Restart),
    ];
    prop::collection::vec(happening, 1..60)
}
