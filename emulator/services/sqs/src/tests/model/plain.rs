//! A queue and its dead-letter queue so simple that they are plainly right: lists in the order of
//! arrival, searched from the beginning every time.

use kernel::time::Timestamp;
use sha2::{Digest, Sha256};

use super::command::{Draft, Kind, Settings, Which};

const DEDUPLICATION_S: u64 = 300;
const VISIBILITY_MAX_S: u64 = 43_200;

pub(super) struct Plain {
    pub(super) now: Timestamp,
    pub(super) kind: Kind,
    dead: Queue,
    orders: Queue,
    /// Of both queues, since the World's answers to them come in one order.
    pub(super) polls: Vec<Poll>,
    /// Polls that were answered.
    pub(super) answered: Vec<(u64, Which, Vec<Message>)>,
    pub(super) task: Option<Task>,
    arrivals: usize,
}

#[derive(Default)]
pub(super) struct Queue {
    pub(super) messages: Vec<Message>,
    sent: Vec<Sent>,
    purged: Option<Timestamp>,
    /// Groups that were sent to the end of the line of groups, when, and as how many-th event.
    sent_back: Vec<(String, Turn)>,
}

/// Since when something waits; of two since the same moment, which began earlier.
type Turn = (Timestamp, usize);

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    /// Which arrival in a queue this is; a message that moves arrives again.
    pub(super) arrival: usize,
    /// Not known of one that was moved back, until it is received.
    pub(super) id: Option<String>,
    /// Not known of one that was moved, until it is received.
    pub(super) sequence_number: Option<String>,
    pub(super) body: String,
    pub(super) group: String,
    pub(super) deduplication: Option<String>,
    pub(super) sent: Timestamp,
    pub(super) available_at: Timestamp,
    pub(super) first_received: Option<Timestamp>,
    last_received: Option<Timestamp>,
    pub(super) receives: u32,
    receives_elsewhere: u32,
    pub(super) from_orders: bool,
}

/// A message that counts against duplicates, whether it is still there or not.
struct Sent {
    deduplication: String,
    group: String,
    at: Timestamp,
    id: String,
    sequence_number: String,
}

pub(super) struct Poll {
    pub(super) call: u64,
    pub(super) from: Which,
    pub(super) until: Timestamp,
    pub(super) max: usize,
    pub(super) visibility_s: Option<u64>,
}

pub(super) struct Task {
    pub(super) status: &'static str,
    pub(super) to_move: usize,
    pub(super) moved: usize,
    to_orders: bool,
    per_s: Option<u32>,
    next: Timestamp,
}

/// A receipt handle: which receive of which arrival it is of.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    pub(super) text: String,
    pub(super) from: Which,
    pub(super) arrival: usize,
    pub(super) receive: u32,
}

/// What a handle can do now.
enum Power {
    /// No handle of this queue.
    Invalid,
    /// The message has gone.
    Gone,
    /// Of a receive that is over.
    Over(usize),
    Live(usize),
}

pub(super) type Refusal = &'static str;

impl Plain {
    pub(super) fn new(kind: Kind, now: Timestamp) -> Self {
        Self {
            now,
            kind,
            dead: Queue::default(),
            orders: Queue::default(),
            polls: Vec::new(),
            answered: Vec::new(),
            task: None,
            arrivals: 0,
        }
    }

    pub(super) fn queue(&mut self, which: Which) -> &mut Queue {
        match which {
            Which::Dead => &mut self.dead,
            Which::Orders => &mut self.orders,
        }
    }

    fn queue_of(&self, which: Which) -> &Queue {
        match which {
            Which::Dead => &self.dead,
            Which::Orders => &self.orders,
        }
    }

    fn retention_s(&self, which: Which) -> u64 {
        match which {
            Which::Dead => self.kind.dead_retention_s,
            Which::Orders => self.kind.settings.retention_s,
        }
    }

    /// The queue's own attributes; the dead-letter queue has the defaults.
    pub(super) fn delay_s(&self, which: Which) -> u64 {
        if which == Which::Dead { 0 } else { self.kind.settings.delay_s }
    }

    fn visibility_s(&self, which: Which) -> u64 {
        if which == Which::Dead { 30 } else { self.kind.settings.visibility_s }
    }

    pub(super) fn wait_s(&self, which: Which) -> u64 {
        if which == Which::Dead { 0 } else { self.kind.settings.wait_s }
    }

    pub(super) fn set(&mut self, settings: Settings) {
        let delay_changes = settings.delay_s != self.kind.settings.delay_s;
        self.kind.settings = settings;
        if self.kind.fifo && delay_changes {
            for message in self.orders.messages.iter_mut().filter(|one| one.receives == 0) {
                let at = message.sent.after_s(settings.delay_s);
                if message.available_at > self.now || at > self.now {
                    message.available_at = at.max(self.now);
                }
            }
        }
    }

    /// The deduplication id that a message has, where it may be sent at all.
    pub(super) fn check(&self, draft: &Draft) -> Result<Option<String>, Refusal> {
        let body = format!("m{}", draft.body);
        match (self.kind.fifo, draft.deduplication) {
            (false, _) => Ok(None),
            (true, _) if draft.delay_s.is_some_and(|delay_s| delay_s > 0) => {
                Err("InvalidParameterValue")
            }
            (true, Some(id)) => Ok(Some(format!("id{id}"))),
            (true, None) if self.kind.by_content => {
                Ok(Some(hex::encode(Sha256::digest(body.as_bytes()))))
            }
            (true, None) => Err("InvalidParameterValue"),
        }
    }

    /// What the first message of these five minutes was answered with, where there is one.
    pub(super) fn duplicate(
        &mut self,
        to: Which,
        id: &str,
        group: &str,
    ) -> Option<(String, String)> {
        let (now, per_group) = (self.now, self.kind.per_group);
        let first = self.queue(to).sent.iter().find(|sent| {
            sent.deduplication == id
                && (!per_group || sent.group == group)
                && sent.at.after_s(DEDUPLICATION_S) > now
        })?;
        Some((first.id.clone(), first.sequence_number.clone()))
    }

    pub(super) fn send(
        &mut self,
        to: Which,
        draft: &Draft,
        deduplication: Option<String>,
        id: String,
        sequence_number: Option<String>,
    ) {
        let group = format!("g{}", draft.group);
        if let (Some(deduplication), Some(sequence_number)) = (&deduplication, &sequence_number) {
            let sent = Sent {
                deduplication: deduplication.clone(),
                group: group.clone(),
                at: self.now,
                id: id.clone(),
                sequence_number: sequence_number.clone(),
            };
            self.queue(to).sent.push(sent);
        }
        let own = if self.kind.fifo { None } else { draft.delay_s };
        let delay_s = own.unwrap_or(self.delay_s(to));
        self.arrive(
            to,
            Message {
                arrival: 0,
                id: Some(id),
                sequence_number,
                body: format!("m{}", draft.body),
                group,
                deduplication,
                sent: self.now,
                available_at: self.now.after_s(delay_s),
                first_received: None,
                last_received: None,
                receives: 0,
                receives_elsewhere: 0,
                from_orders: false,
            },
        );
    }

    fn arrive(&mut self, at: Which, message: Message) {
        self.arrivals += 1;
        let arrival = self.arrivals;
        self.queue(at).messages.push(Message { arrival, ..message });
    }

    /// What a receive must return, in this order. Those that were received too often move on.
    pub(super) fn receive(
        &mut self,
        from: Which,
        max: usize,
        visibility_s: Option<u64>,
    ) -> Vec<Message> {
        let until = self.now.after_s(visibility_s.unwrap_or(self.visibility_s(from)));
        let (now, receives_max) = (self.now, self.kind.receives_max);
        let mut taken: Vec<Message> = Vec::new();
        let mut dead = Vec::new();
        while taken.len() < max
            && let Some(at) = self.next(from, &taken)
        {
            let messages = &mut self.queue(from).messages;
            if from == Which::Orders && messages[at].receives == receives_max {
                dead.push(self.take_out(from, at));
                continue;
            }
            let message = &mut messages[at];
            message.receives += 1;
            message.available_at = until;
            message.first_received.get_or_insert(now);
            message.last_received = Some(now);
            taken.push(message.clone());
        }
        if until == now {
            taken.iter().for_each(|message| self.send_back(from, message.arrival));
        }
        if !dead.is_empty() {
            dead.into_iter().for_each(|message| self.bury(message));
            self.expire(Which::Dead);
            self.serve(Which::Dead);
        }
        taken
    }

    fn bury(&mut self, message: Message) {
        let sent = if self.kind.fifo { self.now } else { message.sent };
        let deduplication =
            if self.kind.fifo { message.id.clone() } else { message.deduplication.clone() };
        let receives_elsewhere = message.receives + message.receives_elsewhere;
        self.arrive(
            Which::Dead,
            Message {
                sequence_number: None,
                deduplication,
                sent,
                available_at: self.now,
                receives: 0,
                receives_elsewhere,
                from_orders: true,
                ..message
            },
        );
    }

    /// The next message that a receive which has taken these can take.
    fn next(&self, from: Which, taken: &[Message]) -> Option<usize> {
        let (now, fifo) = (self.now, self.kind.fifo);
        let messages = &self.queue_of(from).messages;
        let is_taken = |one: &Message| taken.iter().any(|taken| taken.arrival == one.arrival);
        let visible = |one: &Message| one.available_at <= now && !is_taken(one);
        if !fifo {
            // What is received in vain again and again waits for all others.
            let is_new = |one: &Message| visible(one) && one.receives < 3;
            return messages.iter().position(is_new).or_else(|| {
                let visible = (0..messages.len()).filter(|at| visible(&messages[*at]));
                visible.min_by_key(|at| messages[*at].available_at)
            });
        }
        let same_group = taken.last().and_then(|last| {
            let at = messages.iter().position(|one| one.arrival == last.arrival)?;
            let next = (at + 1..messages.len()).find(|next| messages[*next].group == last.group)?;
            visible(&messages[next]).then_some(next)
        });
        same_group.or_else(|| {
            let firsts = (0..messages.len()).filter(|at| {
                let one = &messages[*at];
                visible(one) && !messages[..*at].iter().any(|before| before.group == one.group)
            });
            firsts.min_by_key(|at| self.turn(from, &messages[*at]))
        })
    }

    /// Where a group stands in line by its first message: it waits since that can be received, or since
    /// it was sent back.
    fn turn(&self, of: Which, first: &Message) -> Turn {
        let sent_back =
            self.queue_of(of).sent_back.iter().filter(|(group, _)| *group == first.group);
        let own = (first.available_at, first.arrival);
        sent_back.map(|(_, turn)| *turn).fold(own, Turn::max)
    }

    /// The group of a message that came back goes behind the others, where the message is its first.
    fn send_back(&mut self, of: Which, arrival: usize) {
        self.arrivals += 1;
        let turn = (self.now, self.arrivals);
        let queue = self.queue(of);
        let Some(group) = queue.messages.iter().find(|one| one.arrival == arrival) else { return };
        let group = group.group.clone();
        if queue.messages.iter().find(|one| one.group == group).map(|one| one.arrival)
            == Some(arrival)
        {
            queue.sent_back.push((group, turn));
        }
    }

    /// Takes a message out. Where it held its group back, the group goes behind the others; where the
    /// group stood in line, it does not move forward.
    fn take_out(&mut self, of: Which, at: usize) -> Message {
        let now = self.now;
        let is_first = |queue: &Queue, at: usize| {
            !queue.messages[..at].iter().any(|one| one.group == queue.messages[at].group)
        };
        let was_first = is_first(self.queue(of), at);
        let before = self.turn(of, &self.queue_of(of).messages[at]);
        let message = self.queue(of).messages.remove(at);
        let queue = self.queue(of);
        let Some(next) = queue.messages.iter().position(|one| one.group == message.group) else {
            queue.sent_back.retain(|(group, _)| *group != message.group);
            return message;
        };
        let (next, is_visible) =
            (queue.messages[next].arrival, queue.messages[next].available_at <= now);
        if was_first && is_visible && message.available_at > now {
            self.send_back(of, next);
        } else if was_first && is_visible {
            queue.sent_back.push((message.group.clone(), before));
        }
        message
    }

    fn power(&mut self, of: Which, handle: Option<&Handle>) -> Power {
        let now = self.now;
        let Some(handle) = handle.filter(|handle| handle.from == of) else { return Power::Invalid };
        let messages = &self.queue(of).messages;
        match messages.iter().position(|message| message.arrival == handle.arrival) {
            None => Power::Gone,
            Some(at) => {
                let message = &messages[at];
                let live = message.receives == handle.receive && message.available_at > now;
                if live { Power::Live(at) } else { Power::Over(at) }
            }
        }
    }

    pub(super) fn delete(&mut self, from: Which, handle: Option<&Handle>) -> Result<(), Refusal> {
        match self.power(from, handle) {
            Power::Invalid => Err("ReceiptHandleIsInvalid"),
            Power::Over(_) if self.kind.fifo => Err("InvalidParameterValue"),
            Power::Gone => Ok(()),
            Power::Over(at) | Power::Live(at) => {
                self.take_out(from, at);
                Ok(())
            }
        }
    }

    pub(super) fn change_visibility(
        &mut self,
        of: Which,
        handle: Option<&Handle>,
        timeout_s: u64,
    ) -> Result<(), Refusal> {
        let until = self.now.after_s(timeout_s);
        let at = match self.power(of, handle) {
            Power::Invalid => return Err("ReceiptHandleIsInvalid"),
            _ if timeout_s > VISIBILITY_MAX_S => return Err("InvalidParameterValue"),
            Power::Gone => return Err("InvalidParameterValue"),
            Power::Over(_) if self.kind.fifo => return Err("InvalidParameterValue"),
            Power::Over(at) | Power::Live(at) => at,
        };
        let now = self.now;
        let message = &mut self.queue(of).messages[at];
        if message.available_at <= now {
            return Ok(());
        }
        if message.last_received.is_some_and(|at| until > at.after_s(VISIBILITY_MAX_S)) {
            return Err("InvalidParameterValue");
        }
        message.available_at = until;
        let arrival = message.arrival;
        if until == now {
            self.send_back(of, arrival);
        }
        Ok(())
    }

    pub(super) fn purge(&mut self, which: Which) -> Result<(), Refusal> {
        let now = self.now;
        let queue = self.queue(which);
        if queue.purged.is_some_and(|at| at.after_s(60) > now) {
            return Err("AWS.SimpleQueueService.PurgeQueueInProgress");
        }
        queue.messages.clear();
        queue.sent.clear();
        queue.sent_back.clear();
        queue.purged = Some(now);
        Ok(())
    }

    pub(super) fn start_move(
        &mut self,
        to_orders: bool,
        per_s: Option<u32>,
    ) -> Result<(), Refusal> {
        if self.task.as_ref().is_some_and(|task| task.status == "RUNNING") {
            return Err("InvalidParameterValue");
        }
        let now = self.now;
        let to_move = self.dead.messages.iter().filter(|one| one.available_at <= now).count();
        let next = pause_ms(now, per_s);
        self.task = Some(Task { status: "RUNNING", to_move, moved: 0, to_orders, per_s, next });
        Ok(())
    }

    pub(super) fn cancel_move(&mut self) -> Result<usize, Refusal> {
        match &mut self.task {
            Some(task) if task.status == "RUNNING" => {
                task.status = "CANCELLED";
                Ok(task.moved)
            }
            _ => Err("AWS.SimpleQueueService.UnsupportedOperation"),
        }
    }

    /// The running task moves as many messages as its rate lets it in one go.
    fn move_on(&mut self) {
        let Some(mut task) = self.task.take() else { return };
        if task.status == "RUNNING" && task.next <= self.now {
            for _ in 0..task.per_s.map_or(1_000, |_| 1).min(task.to_move - task.moved) {
                let Some(at) = self.next(Which::Dead, &[]) else {
                    task.status = "COMPLETED";
                    break;
                };
                if !task.to_orders && !self.dead.messages[at].from_orders {
                    task.status = "FAILED";
                    break;
                }
                let message = self.take_out(Which::Dead, at);
                task.moved += 1;
                let available_at = self.now.after_s(self.delay_s(Which::Orders));
                self.arrive(
                    Which::Orders,
                    Message {
                        id: None,
                        sequence_number: None,
                        sent: self.now,
                        available_at,
                        first_received: None,
                        last_received: None,
                        receives: 0,
                        receives_elsewhere: 0,
                        from_orders: false,
                        ..message
                    },
                );
            }
            if task.status == "RUNNING" && task.moved == task.to_move {
                task.status = "COMPLETED";
            }
            task.next = pause_ms(self.now, task.per_s);
        }
        self.task = Some(task);
        self.serve(Which::Orders);
    }

    fn expire(&mut self, which: Which) {
        let (now, retention_s) = (self.now, self.retention_s(which));
        let is_old = |message: &Message| message.sent.after_s(retention_s) <= now;
        while let Some(at) = self.queue_of(which).messages.iter().position(is_old) {
            self.take_out(which, at);
        }
    }

    /// Polls get what there is, who waits longest first.
    pub(super) fn serve(&mut self, which: Which) {
        while let Some(at) = self.polls.iter().position(|poll| poll.from == which) {
            let (call, max, visibility_s) =
                (self.polls[at].call, self.polls[at].max, self.polls[at].visibility_s);
            let messages = self.receive(which, max, visibility_s);
            if messages.is_empty() {
                break;
            }
            self.polls.retain(|poll| poll.call != call);
            self.answered.push((call, which, messages));
        }
    }

    /// What happens in a queue at this moment.
    pub(super) fn pass(&mut self, which: Which) {
        self.expire(which);
        self.serve(which);
        let now = self.now;
        while let Some(at) =
            self.polls.iter().position(|poll| poll.from == which && poll.until <= now)
        {
            self.answered.push((self.polls.remove(at).call, which, Vec::new()));
        }
    }

    /// Lets time pass, moment by moment.
    pub(super) fn advance(&mut self, end: Timestamp) {
        while let Some(at) = self.next_moment().filter(|at| *at <= end) {
            self.now = at;
            self.pass(Which::Dead);
            self.pass(Which::Orders);
            self.move_on();
        }
        self.now = end;
    }

    fn next_moment(&self) -> Option<Timestamp> {
        let of_queue = |queue: &Queue, retention_s: u64| {
            let of_message = |one: &Message| [one.available_at, one.sent.after_s(retention_s)];
            queue.messages.iter().flat_map(of_message).collect::<Vec<_>>()
        };
        let task = self.task.as_ref().filter(|task| task.status == "RUNNING");
        of_queue(&self.dead, self.retention_s(Which::Dead))
            .into_iter()
            .chain(of_queue(&self.orders, self.retention_s(Which::Orders)))
            .chain(self.polls.iter().map(|poll| poll.until))
            .chain(task.map(|task| task.next))
            .filter(|at| *at > self.now)
            .min()
    }

    pub(super) fn counts(&mut self, which: Which) -> String {
        let now = self.now;
        let messages = &self.queue(which).messages;
        let count =
            |counts: &dyn Fn(&Message) -> bool| messages.iter().filter(|one| counts(one)).count();
        format!(
            "{} visible, {} in flight, {} delayed",
            count(&|one| one.available_at <= now),
            count(&|one| one.available_at > now && one.receives > 0),
            count(&|one| one.available_at > now && one.receives == 0),
        )
    }
}

impl Message {
    /// `ApproximateReceiveCount`
    pub(super) fn receive_count(&self) -> u32 {
        self.receives + self.receives_elsewhere
    }
}

fn pause_ms(now: Timestamp, per_s: Option<u32>) -> Timestamp {
    let pause_ms = per_s.map_or(1, |per_s| 1_000_u64.div_ceil(u64::from(per_s)));
    Timestamp::from_ms(now.as_ms() + pause_ms)
}
