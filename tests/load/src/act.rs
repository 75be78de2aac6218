//! What is done to the pipeline while a load lasts, at moments of the cloud's time: so experiments show what a queue is
//! for.

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::back_office::BackOffice;
use crate::cloud::Cloud;

/// Something that is done once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The queue's function gets no messages any more.
    Disable,
    /// It gets them again.
    Enable,
    /// So many of the function run at once, at most.
    AtMost(i32),
    /// Managers upload so many pictures, as fast as they can.
    Upload(usize),
    /// An alarm watches how old the oldest message is, in seconds.
    Watch(u32),
}

/// An act, and how many seconds of the cloud after the first user it is done.
pub type Planned = (u64, Act);

/// A moment at which something was done or happened, for charts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub at_s: u64,
    pub label: String,
}

/// Who does them.
pub struct Stage<'a> {
    pub cloud: &'a Cloud,
    pub back_office: &'a BackOffice,
    pub picture: &'a [u8],
}

impl Stage<'_> {
    /// Does all that is planned, and marks when it was.
    ///
    /// # Errors
    /// The cloud or the shop refuses one.
    pub async fn perform(
        &self,
        from_s: u64,
        planned: &[Planned],
        marks: &mut Vec<Mark>,
    ) -> Result<()> {
        for (after_s, act) in planned {
            self.cloud.wait_until(from_s + after_s).await?;
            let at_s = self.cloud.now_s().await?;
            self.one(*act).await.with_context(|| act.says())?;
            marks.push(Mark { at_s, label: act.says() });
        }
        Ok(())
    }

    async fn one(&self, act: Act) -> Result<()> {
        match act {
            Act::Disable => self.cloud.consume(Some(false), None).await,
            Act::Enable => self.cloud.consume(Some(true), None).await,
            Act::AtMost(count) => self.cloud.consume(None, Some(count)).await,
            Act::Upload(count) => self.back_office.upload(count, self.picture).await,
            Act::Watch(age_s) => self.cloud.watch(age_s).await,
        }
    }
}

impl Act {
    fn says(self) -> String {
        match self {
            Self::Disable => "update-product is off".to_owned(),
            Self::Enable => "it is on again".to_owned(),
            Self::AtMost(count) => format!("{count} at once"),
            Self::Upload(count) => format!("{count} pictures"),
            Self::Watch(age_s) => format!("watched: {age_s} s"),
        }
    }
}

/// Whether all that is planned is within the load.
///
/// # Errors
/// Something is planned after its end.
pub fn fits(planned: &[Planned], duration_s: u64) -> Result<()> {
    let last_s = planned.iter().map(|(after_s, _)| *after_s).max().unwrap_or_default();
    ensure!(last_s < duration_s, "this experiment needs --duration-s {} or more", last_s + 60);
    Ok(())
}
