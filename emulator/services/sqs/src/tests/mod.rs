//! Stories of queues, in the words of the API.

mod dead_letters;
mod fifo_queues;
mod harness;
mod messages;
mod metrics;
mod model;
mod move_tasks;
mod queues;
