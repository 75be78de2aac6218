//! What operations need, as services declare it.

use std::fmt::{self, Write};

/// The words in which a service says what its operations need.
pub trait Vocabulary: 'static {
    /// What an action is done with: a bucket, the queue that a URL names.
    type On: Copy + fmt::Display;
    /// Of which calls it is asked.
    type When: Copy + fmt::Display;
    /// A condition key that has a value beside those that every call has.
    type Key: Copy + fmt::Display;
}

/// One thing that an operation needs. The Service Authorization Reference is the source:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html>
pub struct Permission<V: Vocabulary> {
    /// `s3:GetObject`
    pub action: &'static str,
    /// With what.
    pub on: V::On,
    /// Of which calls; nothing where of all.
    pub when: Option<V::When>,
    /// What policies can ask of the call besides.
    pub keys: &'static [V::Key],
    /// Whom it is asked of.
    pub by: Who,
    /// Whether a call is refused without. Otherwise it passes, and it is noted that AWS would refuse it.
    pub is_enforced: bool,
}

/// Whom a permission is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Who calls.
    Caller,
    /// A function's execution role.
    Role,
    /// A service: `s3.amazonaws.com`.
    Service(&'static str),
}

/// An operation and all that it needs.
pub type Row<V> = (&'static str, &'static [Permission<V>]);

/// The rows of a service, to be read.
#[must_use]
pub fn table<V: Vocabulary>(service: &str, rows: &[Row<V>]) -> String {
    let mut text = String::new();
    // A `String` takes whatever is written.
    for (operation, permissions) in rows {
        let _ = writeln!(text, "{service}:{operation}");
        if permissions.is_empty() {
            text.push_str("    needs nothing\n");
        }
        for permission in *permissions {
            let _ = writeln!(text, "    {permission}");
        }
    }
    text
}

impl<V: Vocabulary> fmt::Display for Permission<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.on)?;
        match self.by {
            Who::Caller => {}
            Who::Role => f.write_str(" by the function's role")?,
            Who::Service(service) => write!(f, " by {service}")?,
        }
        if let Some(when) = self.when {
            write!(f, ", {when}")?;
        }
        if !self.keys.is_empty() {
            let keys: Vec<String> = self.keys.iter().map(ToString::to_string).collect();
            write!(f, " [{}]", keys.join(", "))?;
        }
        match self.is_enforced {
            true => Ok(()),
            false => f.write_str(" (noted, not enforced)"),
        }
    }
}

/// Declares what each operation of a service needs. A `Request` has to have been declared with
/// `operations!`; an operation without a row does not compile.
///
/// ```text
/// permissions! { S3, "s3";
///     GetObject: {
///         "s3:GetObject" on Object when WithoutVersion with EXISTING_TAGS;
///         noted "s3:GetObjectVersion" on Object when WithVersion with VERSION;
///     }
///     PutBucketNotificationConfiguration: {
///         "s3:PutBucketNotification" on Bucket;
///         "sqs:SendMessage" on Destination by Service("s3.amazonaws.com");
///     }
/// }
/// ```
///
/// `on`, `when` are of the service's `On` and `When`; `with` names a constant of its keys. What is
/// `noted` is not enforced.
#[macro_export]
macro_rules! permissions {
    ($vocabulary:ty;
        $( $operation:ident: { $(
            $($noted:ident)? $action:literal on $on:ident
                $(when $when:ident)? $(with $keys:ident)? $(by $who:expr)?;
        )* } )*
    ) => {
        impl Request {
            /// What the operation needs.
            #[must_use]
            pub const fn permissions(
                &self,
            ) -> &'static [$crate::access::Permission<$vocabulary>] {
                match self {
                    $( Self::$operation(_) => $crate::permissions!(@row $vocabulary; $(
                        $($noted)? $action on $on $(when $when)? $(with $keys)? $(by $who)?;
                    )*), )*
                }
            }

            /// What each operation needs.
            pub const PERMISSIONS: &'static [$crate::access::Row<$vocabulary>] = &[
                $( (stringify!($operation), $crate::permissions!(@row $vocabulary; $(
                    $($noted)? $action on $on $(when $when)? $(with $keys)? $(by $who)?;
                )*)), )*
            ];
        }
    };
    (@row $vocabulary:ty; $(
        $($noted:ident)? $action:literal on $on:ident
            $(when $when:ident)? $(with $keys:ident)? $(by $who:expr)?;
    )*) => {
        &[$( $crate::access::Permission::<$vocabulary> {
            action: $action,
            on: On::$on,
            when: $crate::permissions!(@option $(When::$when)?),
            keys: $crate::permissions!(@slice $($keys)?),
            by: $crate::permissions!(@who $($who)?),
            is_enforced: $crate::permissions!(@enforced $($noted)?),
        }, )*]
    };
    (@option) => { None };
    (@option $value:expr) => { Some($value) };
    (@slice) => { &[] };
    (@slice $keys:ident) => { $keys };
    (@who) => { $crate::access::Who::Caller };
    (@who $who:expr) => { $who };
    (@enforced) => { true };
    (@enforced noted) => { false };
}
