//! What environments leave under `/tmp` that ended in the middle of an invocation. Lambda resets such an
//! environment and begins anew in it, with `/tmp` as it was:
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown>.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloudless_core::arn::FunctionArn;
use cloudless_core::lambda::Deployment;

use super::cleaning;
use super::sight::Sight;

/// So many are kept at most, of all functions; the oldest goes first.
const KEPT_MAX: usize = 64;

/// What the next environment of a deployment finds.
pub(super) enum Left {
    /// A folder, which becomes its `/tmp`.
    Folder(PathBuf),
    /// All that the last one saw.
    Sight(Sight),
}

/// What the next environments of their deployments find as `/tmp`.
#[derive(Default)]
pub(super) struct LeftTmp {
    kept: Mutex<Vec<(Arc<Deployment>, Left)>>,
}

impl LeftTmp {
    /// Keeps what an environment saw, and its folder `tmp` where `/tmp` was one, under a name of its own in
    /// `work_dir`. Where that cannot be moved it is lost.
    pub async fn keep(
        &self,
        function: &Arc<Deployment>,
        sight: Sight,
        tmp: PathBuf,
        work_dir: &Path,
    ) {
        let left = if sight.growing().is_none() {
            Left::Sight(sight)
        } else {
            let place = work_dir.join("left-tmp").join(format!("{:016x}", rand::random::<u64>()));
            if tokio::fs::rename(&tmp, &place).await.is_err() {
                return;
            }
            Left::Folder(place)
        };
        let dropped = {
            let mut kept = self.kept();
            kept.push((Arc::clone(function), left));
            (kept.len() > KEPT_MAX).then(|| kept.remove(0))
        };
        if let Some((_, Left::Folder(place))) = dropped {
            let _ = tokio::task::spawn_blocking(move || cleaning::remove_dir_all(&place)).await;
        }
    }

    /// What the deployment's last environment left; a folder is moved to `tmp`.
    pub fn take(&self, function: &Deployment, tmp: &Path) -> Option<Left> {
        let found = {
            let mut kept = self.kept();
            let is_of = |(of, _): &(Arc<Deployment>, Left)| {
                of.arn == function.arn
                    && of.version == function.version
                    && of.revision_id == function.revision_id
            };
            kept.iter().position(is_of).map(|at| kept.remove(at))
        };
        match found?.1 {
            Left::Folder(place) => {
                fs::rename(&place, tmp).ok()?;
                Some(Left::Folder(tmp.to_owned()))
            }
            sight @ Left::Sight(_) => Some(sight),
        }
    }

    /// The function has changed or is gone: nothing of it is needed any more.
    pub fn retire(&self, function: &FunctionArn) {
        let gone: Vec<_> = self.kept().extract_if(.., |(of, _)| of.is_of(function)).collect();
        for (_, left) in gone {
            let Left::Folder(place) = left else { continue };
            let remove = move || drop(cleaning::remove_dir_all(&place));
            match tokio::runtime::Handle::try_current() {
                Ok(handle) => drop(handle.spawn_blocking(remove)),
                Err(_) => remove(),
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(Arc<Deployment>, Left)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
