//! Whether the pipeline is idle: what is still to be done, and what only waits for time to pass.

use kernel::arn::QueueArn;
use kernel::time::Timestamp;
use lambda::{Capacity, Taking};

use super::World;
use super::checks::{RECEIVE, consume};
use crate::services::Service;

impl World {
    /// What keeps the pipeline from being idle, by name: running invocations, retries that are due,
    /// messages that an enabled mapping will take. Nothing where all is quiet. What only waits for
    /// time to pass (a retry in one minute, a message in flight) is in [`World::waiting`].
    #[must_use]
    pub fn outstanding(&self) -> Vec<String> {
        let sqs = &self.services.sqs.service;
        let mut outstanding = self.services.outstanding();
        outstanding.extend(self.mapped().filter_map(|(queue, capacity)| {
            let visible = sqs.visible(&queue).unwrap_or(0);
            let takes = match capacity {
                Capacity::None => false,
                Capacity::UpTo(_) => visible > 0,
                Capacity::Full(batch_size) => visible >= batch_size,
            };
            takes.then(|| format!("{visible} messages of {} are to be processed", queue.name))
        }));
        outstanding
    }

    /// What waits for time to pass before the pipeline is truly done, by name: scheduled retries,
    /// batching windows, messages of mapped queues that are delayed or in flight after a failure.
    #[must_use]
    pub fn waiting(&self) -> Vec<String> {
        let mut waiting = self.services.waiting();
        waiting.extend(self.mapped().filter_map(|(queue, _)| {
            let hidden = self.services.sqs.service.hidden(&queue).unwrap_or(0);
            (hidden > 0)
                .then(|| format!("{hidden} messages of {} are delayed or in flight", queue.name))
        }));
        waiting
    }

    /// When the pipeline changes by itself: as [`World::next_deadline`], but for what is only measured and
    /// watched.
    #[must_use]
    pub fn next_change(&self) -> Option<Timestamp> {
        self.services.next_deadline_beside(Service::CloudWatch)
    }

    fn mapped(&self) -> impl Iterator<Item = (QueueArn, Capacity)> {
        let (lambda, sqs) = (&self.services.lambda.service, &self.services.sqs.service);
        let enabled = lambda.mappings().filter(|mapping| mapping.enabled);
        enabled.filter_map(|mapping| {
            let Taking { queue, capacity, .. } = lambda.taking(&mapping.id)?;
            // A queue that does not let the mapping's function in waits for somebody else.
            let role = lambda.execution_role(&mapping.function);
            consume(sqs, &queue, &mapping.function, role, RECEIVE).ok()?;
            Some((queue, capacity))
        })
    }
}
