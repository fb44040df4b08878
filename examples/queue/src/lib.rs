//! What the services share: the queue.

use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;

/// Which queue, at which server. Region and credentials come from where the AWS SDK looks for them.
#[derive(Clone, Debug, clap::Args)]
pub struct Queue {
    /// The server, where it is not AWS itself.
    #[arg(long, env = "SQS_ENDPOINT_URL")]
    pub endpoint: Option<String>,

    /// The name of the queue, which is made if there is none.
    #[arg(long, env = "QUEUE_NAME", default_value = "orders")]
    pub queue: String,
}

impl Queue {
    /// A client whose calls are traced, and the queue's URL.
    ///
    /// # Errors
    /// If there is no queue and none can be made.
    pub async fn open(&self) -> anyhow::Result<(Client, String)> {
        let mut config = aws_config::defaults(BehaviorVersion::latest());
        if let Some(endpoint) = &self.endpoint {
            config = config.endpoint_url(endpoint);
        }
        let config = config.load().await;

        // A span and metrics for each call, and the trace's context in each message.
        let sqs = otelier::aws::client!(aws_sdk_sqs, &config);

        let queue = sqs.create_queue().queue_name(&self.queue).send().await?;
        Ok((sqs, queue.queue_url.unwrap_or_default()))
    }
}
