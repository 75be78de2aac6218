//! Which images have programs: a setting of whoever started the emulator, beside the records.

use std::collections::BTreeSet;
use std::sync::Arc;

/// The ids of images that name a program. Such an image is there in every account and region, as the account's own.
/// An instance of any other is simulated.
pub type Programs = Arc<BTreeSet<String>>;
