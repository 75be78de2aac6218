//! One line per operation: from it come the typed request, the typed response, and both ways
//! between them and the operation's JSON shape.

/// Declares the operations of a service.
///
/// ```text
/// operations! { "sqs";
///     SendMessage(SendMessageInput) -> SendMessageOutput;
///     PutObject(PutObjectInput, body) -> PutObjectOutput;      // `body` takes the raw payload
///     GetObject(GetObjectInput) -> GetObjectOutput, body;      // `body` gives it
/// }
/// ```
///
/// Inputs derive `Deserialize` with `rename_all = "PascalCase", deny_unknown_fields`: a member that
/// AWS has and we do not is refused by name. A payload field is `#[serde(skip)]` and of type
/// [`Payload`](crate::call::Payload).
#[macro_export]
macro_rules! operations {
    ($service:literal; $( $operation:ident ( $input:ty $(, $taken:ident)? ) -> $output:ty $(, $given:ident)? ; )*) => {
        /// A request, decoded.
        #[derive(Debug, Clone)]
        pub enum Request {
            $(
                #[doc = concat!("`", stringify!($operation), "`")]
                $operation(Box<$input>),
            )*
        }

        /// What a request is answered with when it is not refused.
        #[derive(Debug, Clone)]
        pub enum Response {
            $(
                #[doc = concat!("`", stringify!($operation), "`")]
                $operation(Box<$output>),
            )*
        }

        impl Request {
            /// The typed request of an operation's JSON shape and its raw payload.
            ///
            /// # Errors
            /// `NotImplemented` names an operation or a parameter that we do not have; a value of
            /// the wrong type is refused with the operation's name.
            pub fn decode(
                operation: &str,
                input: serde_json::Value,
                payload: $crate::call::Payload,
            ) -> Result<Self, $crate::error::ApiError> {
                let _ = &payload;
                match operation {
                    $(
                        stringify!($operation) => {
                            let decoded: $input = $crate::operations::decode(operation, input)?;
                            $( let decoded = $crate::operations::with(decoded, |input: &mut $input| input.$taken = payload); )?
                            Ok(Self::$operation(Box::new(decoded)))
                        }
                    )*
                    _ => Err($crate::error::operation_not_implemented($service, operation)),
                }
            }

            /// The same with its raw payload, for a request that was decoded before that was there.
            #[must_use]
            pub fn with_payload(mut self, payload: $crate::call::Payload) -> Self {
                let _ = &payload;
                match &mut self {
                    $(
                        Self::$operation(input) => {
                            let _ = &input;
                            $( input.$taken = payload; )?
                        }
                    )*
                }
                self
            }

            /// The operation's name behind its service's: `sqs:SendMessage`.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$operation(_) => concat!($service, ":", stringify!($operation)), )*
                }
            }

            /// What an operation does with a member of its input; nothing where there is no such operation.
            #[must_use]
            pub fn reading(operation: &str, member: &str) -> Option<$crate::coverage::Reading> {
                match operation {
                    $( stringify!($operation) => {
                        Some($crate::coverage::reading::<$input>(member))
                    } )*
                    _ => None,
                }
            }

            /// Every operation there is.
            pub const OPERATIONS: &'static [&'static str] = &[$( stringify!($operation), )*];
        }

        impl Response {
            /// The raw payload, for an operation that gives one.
            #[must_use]
            pub fn payload(&self) -> Option<&$crate::call::Payload> {
                match self {
                    $(
                        Self::$operation(output) => {
                            let _ = output;
                            let given: &[&$crate::call::Payload] = &[$( &output.$given )?];
                            given.first().copied()
                        }
                    )*
                }
            }

            /// The operation's JSON shape as text: what a JSON protocol sends.
            #[must_use]
            pub fn to_json(&self) -> String {
                match self {
                    $( Self::$operation(output) => $crate::operations::to_json(&**output), )*
                }
            }

            /// The operation's JSON shape and its raw payload.
            #[must_use]
            pub fn encode(self) -> (serde_json::Value, $crate::call::Payload) {
                match self {
                    $(
                        Self::$operation(output) => {
                            let value = $crate::operations::encode(&*output);
                            (value, $crate::payload_of!(output $(, $given)?))
                        }
                    )*
                }
            }
        }
    };
}

/// The raw payload of an output: a field of it, where the operation has one.
#[doc(hidden)]
#[macro_export]
macro_rules! payload_of {
    ($output:ident) => {
        $crate::call::Payload::None
    };
    ($output:ident, $given:ident) => {
        $output.$given
    };
}

/// The member by which an output says the status of its answer, where the model knows one alone.
pub const STATUS: &str = "$status";

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{self, ApiError};

#[doc(hidden)]
pub fn decode<T: DeserializeOwned>(operation: &str, input: Value) -> Result<T, ApiError> {
    serde_json::from_value(input).map_err(|wrong| {
        let text = wrong.to_string();
        // serde names the member between the first pair of back ticks.
        match text.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
            Some(member) => error::parameter_not_implemented(operation, member),
            None => error::SERIALIZATION.says(format!("{operation}: {text}")),
        }
    })
}

#[doc(hidden)]
pub fn encode<T: Serialize>(output: &T) -> Value {
    // Outputs are plain structs with string keys: that cannot fail.
    serde_json::to_value(output).unwrap_or(Value::Null)
}

#[doc(hidden)]
pub fn to_json<T: Serialize>(output: &T) -> String {
    serde_json::to_string(output).unwrap_or_default()
}

#[doc(hidden)]
pub fn with<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}
