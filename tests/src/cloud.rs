//! The clouds that a story is told on, and the table of stories.

use std::io::Write as _;

use anyhow::Result;

/// Where a story takes place. The shop itself runs in the test's process on all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// The emulator in the test's process, with the functions beside it.
    Embedded,
    /// The emulator's image, with the functions as the zips that are shipped.
    Container,
    /// LocalStack's S3 and SQS, with `lambdas worker` in the test's process.
    LocalStack,
    /// S3 and SQS of AWS, by the default credential chain, with the worker likewise.
    Aws,
}

impl Cloud {
    /// As people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embedded => "the embedded emulator",
            Self::Container => "the emulator's container",
            Self::LocalStack => "LocalStack",
            Self::Aws => "AWS",
        }
    }

    /// Whether Cloudless is that cloud: with virtual time, a trace, and functions that it invokes.
    #[must_use]
    pub const fn is_cloudless(self) -> bool {
        matches!(self, Self::Embedded | Self::Container)
    }
}

/// Says, seen also of tests that pass, which story is told where.
pub(crate) fn told_on(cloud: Cloud) -> Result<()> {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("?");
    let story = name.rsplit("::").next().unwrap_or(name);
    // Not `eprintln!`: what that prints is shown of failed tests only.
    Ok(writeln!(std::io::stderr(), "story {story}: told on {}", cloud.name())?)
}

/// Makes a test of each story for each of the clouds: `localstack::upload::a_photo_is_shown`.
///
/// The cloud comes first in the names, so that the stories of one cloud run one after the other and
/// its server is started once.
///
/// ```text
/// stories! {
///     embedded Embedded { upload { a_photo_is_shown } }
///     localstack LocalStack { upload { a_photo_is_shown } }
/// }
/// ```
#[macro_export]
macro_rules! stories {
    ($($(#[$attribute:meta])* $module:ident $cloud:ident {
        $($subject:ident { $($story:ident),* $(,)? })*
    })*) => {
        $($(#[$attribute])* mod $module {
            $(mod $subject {
                $(#[tokio::test]
                async fn $story() -> anyhow::Result<()> {
                    super::super::$subject::$story($crate::Cloud::$cloud).await
                })*
            })*
        })*
    };
}
