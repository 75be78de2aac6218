//! A running emulator as the beginning of another.

use cloudless_core::World;

use super::{EngineConfig, EngineHandle};
use crate::clock::Clock;
use crate::store::{Blobs, MemoryStore, Storage};

/// What an emulator was at a moment, for another one to begin with. It has a lease of the object bodies:
/// they stay for as long as it, or the emulator that is made of it, wants them.
pub struct Fork {
    world: World,
    blobs: Blobs,
}

impl EngineHandle {
    /// What is there now, also what is still on its way to the disk. Calls that wait and invocations
    /// that run stay here; those that must not be lost are begun anew in the other.
    #[must_use]
    pub fn fork(&self) -> Fork {
        // Under the lock is copied what must be of one moment. The World deletes no body meanwhile.
        let (world, blobs) = {
            let state = self.shared.state();
            (state.world.clone(), self.shared.blobs().fork(state.world.blobs()))
        };
        Fork { world: world.fork(), blobs }
    }
}

impl EngineConfig {
    /// Goes on from a fork, in memory. A clock that is behind it is moved to its moment.
    #[must_use]
    pub fn of_fork(fork: Fork, clock: Clock) -> Self {
        let storage = Storage { records: Box::new(MemoryStore), blobs: fork.blobs };
        Self { world: Some(Box::new(fork.world)), ..Self::new(storage, clock) }
    }
}

impl std::fmt::Debug for Fork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fork").field("now", &self.world.now()).finish_non_exhaustive()
    }
}
