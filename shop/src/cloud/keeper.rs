//! A cloud that may forget everything, and somebody who makes it again.

use std::time::Duration;

use anyhow::Result;
use aws_config::SdkConfig;
use tokio::sync::Mutex;

use super::{Plan, provision};

/// Between two attempts to provision.
const PAUSE: Duration = Duration::from_secs(2);

/// Makes what a plan names, as often as it is gone: emulators that keep nothing forget it at a
/// restart.
#[derive(Debug)]
pub struct Keeper {
    sdk: SdkConfig,
    plan: Plan,
    /// Held while something is made.
    one_at_a_time: Mutex<()>,
}

impl Keeper {
    #[must_use]
    pub fn new(sdk: SdkConfig, plan: Plan) -> Self {
        Self { sdk, plan, one_at_a_time: Mutex::new(()) }
    }

    /// Makes what is not there.
    ///
    /// # Errors
    /// As [`provision`].
    pub async fn provision(&self) -> Result<()> {
        let _turn = self.one_at_a_time.lock().await;
        provision(&self.sdk, &self.plan, |done| tracing::info!("{done}")).await
    }

    /// Makes everything as soon as the cloud answers, however late that is. Says once what it waits
    /// for.
    pub async fn provision_patiently(&self) {
        let mut said = false;
        while let Err(error) = self.provision().await {
            if !said {
                tracing::warn!("not provisioned yet, trying again until it is: {error:#}");
                said = true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        if said {
            tracing::warn!("provisioned now");
        }
    }
}
