//! Takes orders from a queue and packs them.
//!
//! ```text
//! OTEL_SERVICE_NAME=queue-worker cargo run --package queue --bin queue-worker
//! ```
//!
//! The spans of the work on an order belong to the trace of the poll that received it, with a span
//! link to the order's own trace. With `OTELIER_SQS_PARENT=producer` they belong to the order's
//! trace, with a span link to the poll.
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

use std::pin::pin;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::Message;
use clap::Parser;
use otelier::aws::sqs::scoped;
use otelier::opentelemetry::trace::{TraceContextExt, Tracer};
use otelier::opentelemetry::{KeyValue, global};
use tracing::{error, info};

#[derive(Parser)]
#[command(about = "Takes orders from a queue and packs them")]
struct Args {
    #[command(flatten)]
    queue: queue::Queue,

    /// How many seconds a poll waits for orders.
    #[arg(long, default_value = "2")]
    wait: i32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();

    // Reads the OTEL_* variables, and has `tracing` write lines and send log records. What is
    // dropped at the end of `main` delivers the last of them.
    let _otel = otelier::tracing::init()?;

    let (sqs, url) = args.queue.open().await?;
    let mut stopped = pin!(otelier::shutdown_signal());
    println!("listening on {url}");

    loop {
        // Stops between two polls: the messages of one that is given up would be hidden from
        // everybody for a while.
        let poll = consume(&sqs, &url, args.wait);
        let mut poll = pin!(poll);
        tokio::select! {
            outcome = &mut poll => report(outcome).await,
            () = &mut stopped => {
                report(poll.await).await;
                return Ok(());
            }
        }
    }
}

async fn consume(sqs: &Client, url: &str, wait: i32) -> anyhow::Result<()> {
    let call =
        sqs.receive_message().queue_url(url).max_number_of_messages(10).wait_time_seconds(wait);
    let received = call.send().await?;
    for message in scoped(&received) {
        message.try_process(|message| pack(sqs, url, message)).await?;
    }
    Ok(())
}

/// Under the message's `process` span.
async fn pack(sqs: &Client, url: &str, message: &Message) -> Result<(), aws_sdk_sqs::Error> {
    let order = message.body().unwrap_or_default();
    global::tracer("queue-worker").in_span("pack", |cx| {
        cx.span().set_attribute(KeyValue::new(
            "order.length",
            i64::try_from(order.len()).unwrap_or(i64::MAX),
        ));
        info!(order, "packed");
    });
    let handle = message.receipt_handle().unwrap_or_default();
    sqs.delete_message().queue_url(url).receipt_handle(handle).send().await?;
    Ok(())
}

async fn report(outcome: anyhow::Result<()>) {
    if let Err(error) = outcome {
        error!(%error, "no orders");
        // The queue may be back in a moment.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
