//! Room for bodies that are held in memory, shared by all connections. What does not fit waits, and is
//! told to come back after a while; whoever opens connections cannot make this process grow.

use std::time::Duration;

use cloudless_core::error::ApiError;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::wire::Service;

/// A body up to this size is small: all of STS's, nearly all of SQS's and Lambda's. One that does not say
/// its length counts as the largest that it may be.
const SMALL_MAX_BYTES: u32 = 1024 * 1024;

/// The room, in bytes. A quarter is for small bodies, so that no number of large ones holds them up.
#[derive(Debug)]
pub(super) struct Budget {
    small: Lane,
    large: Lane,
    wait: Duration,
}

#[derive(Debug)]
struct Lane {
    bytes: u32,
    free: Semaphore,
}

/// Room that a body takes until this is dropped.
#[derive(Debug)]
pub(super) struct Room<'a>(#[expect(dead_code, reason = "held")] Option<SemaphorePermit<'a>>);

impl Budget {
    pub(super) fn new(bytes: u32, wait: Duration) -> Self {
        let lane = |bytes: u32| Lane { bytes, free: Semaphore::new(bytes as usize) };
        Self { small: lane(bytes / 4), large: lane(bytes - bytes / 4), wait }
    }

    /// Room for a body of at most `bytes`. Who came first is served first; a body larger than all the
    /// room waits until it has it for itself.
    ///
    /// # Errors
    /// There was none for a while: 503 in the words of the service.
    pub(super) async fn room_for(
        &self,
        bytes: u64,
        service: Service,
    ) -> Result<Room<'_>, ApiError> {
        if bytes == 0 {
            return Ok(Room(None));
        }
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let lane = if bytes <= SMALL_MAX_BYTES { &self.small } else { &self.large };
        let bytes = bytes.min(lane.bytes);
        if let Ok(permit) = lane.free.try_acquire_many(bytes) {
            return Ok(Room(Some(permit)));
        }
        match tokio::time::timeout(self.wait, lane.free.acquire_many(bytes)).await {
            Ok(Ok(permit)) => Ok(Room(Some(permit))),
            // It is never closed.
            Ok(Err(_)) | Err(_) => Err(service.descriptor().refusals.unavailable.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail")]
    use futures_util::FutureExt as _;

    use super::*;

    const MIB: u64 = 1024 * 1024;
    /// What is not there at once comes when another one goes, or the test fails.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn large_bodies_wait_for_each_other_and_hold_up_no_small_one() {
        let budget = Budget::new(16 * MIB as u32, PATIENCE);
        let first = budget.room_for(10 * MIB, Service::Lambda).await.unwrap();
        let mut second = Box::pin(budget.room_for(10 * MIB, Service::Lambda));
        assert!(second.as_mut().now_or_never().is_none(), "both do not fit");
        // Small ones pass by whoever waits.
        let small = budget.room_for(1000, Service::Sqs).now_or_never().unwrap();
        assert!(small.is_ok());
        drop(first);
        let second = second.await.unwrap();
        drop(second);
        // What exceeds all has all.
        assert!(budget.room_for(500 * MIB, Service::Lambda).await.is_ok());
    }

    #[tokio::test]
    async fn who_finds_no_room_is_told_to_come_back_in_the_words_of_the_service() {
        let budget = Budget::new(16 * MIB as u32, Duration::ZERO);
        let _all = budget.room_for(12 * MIB, Service::Lambda).await.unwrap();
        let mut told = Vec::new();
        for service in [Service::S3, Service::Lambda] {
            let refused = budget.room_for(2 * MIB, service).await.unwrap_err();
            told.push(format!("{} {refused}", refused.status()));
        }
        insta::assert_snapshot!(told.join("\n"), @"
        503 SlowDown: Please reduce your request rate.
        503 ServiceUnavailableException: The request has failed due to a temporary failure of the server.
        ");
    }
}
