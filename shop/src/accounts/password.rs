//! Passwords: argon2id, computed away from the threads that answer requests.

use std::sync::Arc;

use anyhow::Context;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Hashes and checks passwords, as many at a time as there are processors: argon2 takes 19 MiB
/// and some 20 ms each, and a crowd signing in must not take the shop down.
pub struct Passwords {
    slots: Arc<Semaphore>,
    /// The hash of a password nobody has: checked when the user is unknown, so that the answer
    /// takes as long as for a known one.
    nobody: String,
}

impl Passwords {
    pub fn new() -> anyhow::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            slots: Arc::new(Semaphore::new(processors)),
            nobody: hash(&hex::encode(rand::random::<[u8; 32]>()))?,
        })
    }

    /// The PHC string that `auth_user.password` keeps.
    pub async fn hash(&self, password: &str) -> anyhow::Result<String> {
        let password = password.to_owned();
        self.run(move || hash(&password)).await?
    }

    /// Whether `password` is the one that was hashed. Without a hash: no, after the same time.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> anyhow::Result<bool> {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let password = password.to_owned();
        let is_right = self
            .run(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
                })
            })
            .await?;
        Ok(is_right && is_known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let slot = Arc::clone(&self.slots).acquire_owned().await?;
        spawn_blocking(move || {
            let result = work();
            drop(slot);
            result
        })
        .await
        .context("the thread that checks passwords failed")
    }
}

fn hash(password: &str) -> anyhow::Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| anyhow::anyhow!("cannot hash a password: {error}"))
}
