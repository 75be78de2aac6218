//! A cloud of its own for each test: `cargo run -p cloudless --example embed_in_a_test`.

use aws_sdk_sqs::Client;
use cloudless::Emulator;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let sqs = Client::new(&emulator.sdk_config());
    let queue = sqs.create_queue().queue_name("orders").send().await?;
    let url = queue.queue_url().unwrap_or_default();
    sqs.send_message().queue_url(url).message_body("a bowl").send().await?;
    let received = sqs.receive_message().queue_url(url).send().await?;
    assert_eq!(received.messages()[0].body(), Some("a bowl"));
    println!("received {:?} from {url}", received.messages()[0].body().unwrap_or_default());
    emulator.stop().await;
    Ok(())
}
