//! A quick way in for what is called most: bodies in JSON that need no second look.

use serde::Deserialize;

use super::{DeleteMessageInput, ReceiveMessageInput, Request, SendMessageInput};

impl Request {
    /// The request that a JSON body is, where it holds exactly what the operation takes and nothing
    /// with parts of its own. Nothing where it may be a mistake, or where there is no quick way:
    /// then the model of the wire is asked, which knows what to say.
    #[must_use]
    pub fn quick(operation: &str, body: &[u8]) -> Option<Self> {
        match operation {
            "SendMessage" => {
                let input: SendMessageInput = read(body)?;
                let plain = input.message_attributes.is_none()
                    && input.message_system_attributes.is_none()
                    && is_integer(input.delay_seconds);
                let complete = !input.queue_url.is_empty() && !input.message_body.text().is_empty();
                (plain && complete).then(|| Self::SendMessage(Box::new(input)))
            }
            "ReceiveMessage" => {
                let input: ReceiveMessageInput = read(body)?;
                let numbers = [
                    input.max_number_of_messages,
                    input.visibility_timeout,
                    input.wait_time_seconds,
                ];
                let plain = numbers.into_iter().all(is_integer);
                (plain && !input.queue_url.is_empty())
                    .then(|| Self::ReceiveMessage(Box::new(input)))
            }
            "DeleteMessage" => {
                let input: DeleteMessageInput = read(body)?;
                let complete = !input.queue_url.is_empty() && !input.receipt_handle.is_empty();
                complete.then(|| Self::DeleteMessage(Box::new(input)))
            }
            _ => None,
        }
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    // serde would take the members in a list, too, in their order.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(body).ok())?
}

/// Whether it is an integer as AWS's models have them, of 32 bits.
fn is_integer(number: Option<i64>) -> bool {
    number.is_none_or(|number| i32::try_from(number).is_ok())
}

#[cfg(test)]
mod tests {
    use super::Request;

    /// What may be a mistake, or is not as the core has it, takes the way on which somebody says so.
    #[test]
    fn only_what_is_plainly_right_takes_the_quick_way() {
        let bodies = [
            ("SendMessage", r#"{"QueueUrl":"q","MessageBody":"x","DelaySeconds":900}"#),
            ("SendMessage", r#"{"QueueUrl":"q","MessageBody":"x","MessageAttributes":null}"#),
            ("SendMessage", r#"{"QueueUrl":"q","MessageBody":"x","MessageAttributes":{}}"#),
            ("SendMessage", r#"{"QueueUrl":"q","MessageBody":""}"#),
            ("SendMessage", r#"{"MessageBody":"x"}"#),
            ("SendMessage", r#"{"QueueUrl":"q","MessageBody":"x","DelaySeconds":3000000000}"#),
            ("SendMessage", r#"{"QueueUrl":"q","MessageBody":1}"#),
            ("SendMessage", r#"{"QueueUrl":"q","MessageBody":"x","Unknown":1}"#),
            ("SendMessage", r#"{"QueueUrl":"q","QueueUrl":"r","MessageBody":"x"}"#),
            (
                "ReceiveMessage",
                r#"{"QueueUrl":"q","MaxNumberOfMessages":10,"AttributeNames":["All"]}"#,
            ),
            ("ReceiveMessage", r#"{"QueueUrl":"q","AttributeNames":[null]}"#),
            ("ReceiveMessage", r#"{"QueueUrl":"q","WaitTimeSeconds":"20"}"#),
            ("DeleteMessage", r#"{"QueueUrl":"q","ReceiptHandle":"h"}"#),
            ("DeleteMessage", r#"{"QueueUrl":"q"}"#),
            ("PurgeQueue", r#"{"QueueUrl":"q"}"#),
            ("SendMessage", "{"),
            ("DeleteMessage", r#"["q","h"]"#),
            ("SendMessage", r#" ["q","x",null,null,null,null,null]"#),
        ];
        let told = bodies.map(|(operation, body)| {
            let quick = Request::quick(operation, body.as_bytes()).is_some();
            format!("{} {operation} {body}", if quick { "quick" } else { "slow " })
        });
        insta::assert_snapshot!(told.join("\n"), @r#"
        quick SendMessage {"QueueUrl":"q","MessageBody":"x","DelaySeconds":900}
        quick SendMessage {"QueueUrl":"q","MessageBody":"x","MessageAttributes":null}
        slow  SendMessage {"QueueUrl":"q","MessageBody":"x","MessageAttributes":{}}
        slow  SendMessage {"QueueUrl":"q","MessageBody":""}
        slow  SendMessage {"MessageBody":"x"}
        slow  SendMessage {"QueueUrl":"q","MessageBody":"x","DelaySeconds":3000000000}
        slow  SendMessage {"QueueUrl":"q","MessageBody":1}
        slow  SendMessage {"QueueUrl":"q","MessageBody":"x","Unknown":1}
        slow  SendMessage {"QueueUrl":"q","QueueUrl":"r","MessageBody":"x"}
        quick ReceiveMessage {"QueueUrl":"q","MaxNumberOfMessages":10,"AttributeNames":["All"]}
        slow  ReceiveMessage {"QueueUrl":"q","AttributeNames":[null]}
        slow  ReceiveMessage {"QueueUrl":"q","WaitTimeSeconds":"20"}
        quick DeleteMessage {"QueueUrl":"q","ReceiptHandle":"h"}
        slow  DeleteMessage {"QueueUrl":"q"}
        slow  PurgeQueue {"QueueUrl":"q"}
        slow  SendMessage {
        slow  DeleteMessage ["q","h"]
        slow  SendMessage  ["q","x",null,null,null,null,null]
        "#);
    }
}
