//! Ten minutes in no time: `cargo run -p cloudless --example virtual_clock`.

use std::time::Duration;

use aws_sdk_sqs::Client;
use cloudless::{Emulator, clock::Clock, core::Timestamp};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let noon = Timestamp::from_ms(1_795_435_200_000);
    let emulator = Emulator::builder().clock(Clock::frozen(noon)).start().await?;
    let sqs = Client::new(&emulator.sdk_config());
    let queue = sqs.create_queue().queue_name("orders").send().await?;
    let url = queue.queue_url().unwrap_or_default();
    let send = sqs.send_message().queue_url(url).delay_seconds(600);
    send.message_body("in ten minutes").send().await?;

    for minutes in [9, 1] {
        let now = emulator.advance(Duration::from_secs(minutes * 60)).await?;
        let received = sqs.receive_message().queue_url(url).send().await?;
        let bodies: Vec<_> = received.messages().iter().filter_map(|it| it.body()).collect();
        println!("{}: {bodies:?}", now.iso8601_ms());
    }
    emulator.stop().await;
    Ok(())
}
