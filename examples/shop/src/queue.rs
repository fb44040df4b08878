//! The queue of orders, which the API puts them into and the worker takes them from.

use anyhow::Context as _;
use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
use aws_sdk_sqs::types::Message;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use tokio::sync::OnceCell;

use crate::Order;

/// How many seconds a call waits for orders when there are none.
const LONG_POLL: i32 = 20;

/// An SQS queue of orders.
#[derive(Debug)]
pub struct Queue {
    sqs: Client,
    name: String,
    url: OnceCell<String>,
}

impl Queue {
    /// The queue of this name, at AWS or at another `endpoint`. Credentials and region come from
    /// the environment.
    pub async fn new(name: String, endpoint: Option<&str>) -> Self {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
        if let Some(endpoint) = endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        // A span and metrics for each call, and the trace's context in each message.
        let sqs = otelier::aws::client!(aws_sdk_sqs, &loader.load().await);
        Self { sqs, name, url: OnceCell::new() }
    }

    /// The queue's URL. Creates the queue if there is none, which works as soon as SQS can be
    /// reached.
    ///
    /// # Errors
    ///
    /// Those of SQS.
    pub async fn url(&self) -> anyhow::Result<&str> {
        let create = async || {
            let created = self.sqs.create_queue().queue_name(&self.name).send().await?;
            created.queue_url.context("a queue without a URL")
        };
        Ok(self.url.get_or_try_init(create).await?)
    }

    /// Puts an order into the queue.
    ///
    /// # Errors
    ///
    /// Those of SQS.
    pub async fn send(&self, order: &Order) -> anyhow::Result<()> {
        let body = serde_json::to_string(order)?;
        self.sqs.send_message().queue_url(self.url().await?).message_body(body).send().await?;
        Ok(())
    }

    /// Waits a while for orders.
    ///
    /// # Errors
    ///
    /// Those of SQS.
    pub async fn receive(&self) -> anyhow::Result<ReceiveMessageOutput> {
        let call = self.sqs.receive_message().queue_url(self.url().await?);
        Ok(call.max_number_of_messages(10).wait_time_seconds(LONG_POLL).send().await?)
    }

    /// Takes out of the queue what is done. Without that it comes again.
    ///
    /// # Errors
    ///
    /// Those of SQS.
    pub async fn delete(&self, message: &Message) -> anyhow::Result<()> {
        let call = self.sqs.delete_message().queue_url(self.url().await?);
        call.set_receipt_handle(message.receipt_handle.clone()).send().await?;
        Ok(())
    }
}
