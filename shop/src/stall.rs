//! Bodies that stop coming.

use std::error::Error as StdError;

use tower_http::timeout::TimeoutError;

use crate::error::Error;

/// [`Error::Stalled`], where that is what an error in reading a body goes back to.
pub fn error_of(error: &(dyn StdError + 'static)) -> Option<Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<TimeoutError>() {
            return Some(Error::Stalled);
        }
        cause = error.source();
    }
    None
}
