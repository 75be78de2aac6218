//! The arrows that close circles.

use crate::Part;

/// An arrow within a room that closes a circle.
#[derive(Debug, Clone, Copy)]
pub struct Upward {
    /// The package.
    pub room: &'static str,
    /// Who knows.
    pub from: &'static str,
    /// Who knows him, too, perhaps by others.
    pub to: &'static str,
    /// Why that is so.
    pub reason: &'static str,
}

impl Upward {
    /// Whether it is the arrow between these.
    #[must_use]
    pub fn is(&self, from: &Part, to: &Part) -> bool {
        from.room == self.room
            && to.room == self.room
            && from.name == self.from
            && to.name == self.to
    }
}

const fn upward(room: &'static str, [from, to]: [&'static str; 2], reason: &'static str) -> Upward {
    Upward { room, from, to, reason }
}

/// What there is of them. With these away, no circle is left.
pub const UPWARD: &[Upward] = &[
    upward(
        "cloudless",
        ["http", "control"],
        "one port: the server hands over `/_cloudless`, whose answers are about it",
    ),
    upward(
        "cloudless-core",
        ["services", "world"],
        "the table writes dispatch, and dispatch is the World's",
    ),
    upward(
        "cloudless-core",
        ["seat", "services"],
        "what a service says becomes the World's, whose sums the table writes",
    ),
    upward(
        "cloudless-core",
        ["seat", "world"],
        "a service works on what all share, and that is the World's",
    ),
    upward(
        "cloudless-core",
        ["step", "services"],
        "the table writes the sums, and a step is made of them",
    ),
    upward(
        "cloudless-s3",
        ["record", "multipart"],
        "uploads are stored; their types are beside operations",
    ),
    upward("shop", ["form", "accounts"], "a form is taken from whom it was given to: `Visitor`"),
    upward(
        "shop",
        ["mail", "accounts"],
        "the mailbox is a page; the outbox forgets sessions in passing",
    ),
    upward("shop", ["page", "accounts"], "every page says who is signed in: `Visitor`"),
];
