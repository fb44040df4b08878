//! Fulfils orders: takes them from SQS, records that in MongoDB and has them shipped.
//!
//! ```text
//! OTEL_SERVICE_NAME=shop-worker OTELIER_SQS_PARENT=producer \
//!     cargo run --package shop --bin shop-worker
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

use std::pin::pin;
use std::time::Duration;

use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
use aws_sdk_sqs::types::Message;
use clap::Parser;
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};
use otelier::aws::sqs::scoped;
use reqwest::Url;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde::Serialize;
use shop::{Order, Queue};
use tokio::time::sleep;
use tracing::{error, info, warn};

/// How long to wait before SQS is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// The code of MongoDB for a document whose id there is already.
const DUPLICATE_KEY: i32 = 11000;

#[derive(Parser)]
#[command(
    about = "Fulfils orders: takes them from SQS, records that in MongoDB and has them shipped"
)]
struct Args {
    /// What the database and the queue are named after. Shops of different names do not see each
    /// other.
    #[arg(long, env = "SHOP_NAME", default_value = "shop")]
    name: String,

    /// The SQS server; AWS's own if not given.
    #[arg(long, env)]
    sqs_endpoint_url: Option<String>,

    /// The MongoDB server.
    #[arg(long, env, hide_env_values = true, default_value = "mongodb://localhost:27017")]
    mongodb_uri: String,

    /// Who ships what is ordered.
    #[arg(long, env = "SHIPMENTS_URL", default_value = "http://localhost:8083/shipments")]
    shipments_url: Url,
}

struct Worker {
    queue: Queue,
    fulfilments: Collection<Fulfilment>,
    http: ClientWithMiddleware,
    shipments_url: Url,
}

/// An order's document.
#[derive(Serialize)]
struct Fulfilment {
    #[serde(rename = "_id")]
    order: u64,
    article: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();

    // Reads the OTEL_* variables, and has `tracing` write lines and send log records. What is
    // dropped at the end of `main` delivers the last of them.
    let _otel = otelier::tracing::init()?;

    let mut options = ClientOptions::parse(&args.mongodb_uri).await?;
    // An order that cannot be fulfilled now comes again: better than to wait long for a server.
    options.server_selection_timeout = Some(Duration::from_secs(2));
    // A span and metrics for each command.
    let mongo = Client::with_options(otelier::mongodb::instrument(options))?;

    // A span, metrics and the trace's context in the headers, for each request.
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otelier::reqwest::OtelMiddleware::new())
        .build();

    let queue = Queue::new(format!("{}-orders", args.name), args.sqs_endpoint_url.as_deref()).await;
    let stopped = otelier::shutdown_signal();
    match queue.url().await {
        Ok(url) => println!("listening on {url}"),
        Err(error) => warn!(%error, "no queue yet"),
    }
    let fulfilments = mongo.database(&args.name).collection("fulfilments");
    let worker = Worker { queue, fulfilments, http, shipments_url: args.shipments_url };
    worker.run(stopped).await;
    Ok(())
}

impl Worker {
    /// Stops between two orders, not in the middle of one.
    async fn run(&self, stopped: impl Future<Output = ()>) {
        let mut stopped = pin!(stopped);
        loop {
            let received = tokio::select! {
                received = self.queue.receive() => received,
                () = &mut stopped => return,
            };
            match received {
                Ok(received) => self.fulfil_all(&received).await,
                Err(error) => {
                    warn!(%error, "no queue");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn fulfil_all(&self, received: &ReceiveMessageOutput) {
        for message in scoped(received) {
            // The message's own span: in it is what is done, and on it what goes wrong.
            if let Err(error) = message.try_process(|message| self.fulfil(message)).await {
                error!(%error, "not fulfilled, so it comes again");
            }
        }
    }

    async fn fulfil(&self, message: &Message) -> anyhow::Result<()> {
        let order: Order = serde_json::from_str(message.body().unwrap_or_default())?;
        self.record(&order).await?;
        let request = self.http.post(self.shipments_url.clone()).json(&order);
        request.send().await?.error_for_status()?;
        self.queue.delete(message).await?;
        info!(order.id, "order fulfilled");
        Ok(())
    }

    async fn record(&self, order: &Order) -> mongodb::error::Result<()> {
        let fulfilment = Fulfilment { order: order.id, article: order.article.clone() };
        match self.fulfilments.insert_one(fulfilment).await {
            // SQS delivers at least once, and an order that could not be shipped comes again too.
            Err(error) if is_duplicate(&error) => Ok(()),
            result => result.map(drop),
        }
    }
}

fn is_duplicate(error: &Error) -> bool {
    let ErrorKind::Write(WriteFailure::WriteError(error)) = &*error.kind else { return false };
    error.code == DUPLICATE_KEY
}
