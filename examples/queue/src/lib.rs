//! What the services share: the queue, and how they are asked to stop.

use std::io;

use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use tokio::signal::unix::{SignalKind, signal};

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

/// Listens for Ctrl-C and SIGTERM from now on; the future that it returns waits for one of them.
///
/// A service that then returns from `main`, instead of being killed, still delivers its last spans.
/// Call this before you tell anybody that the service is ready: from then on it may be asked to
/// stop.
///
/// # Errors
/// If the process cannot listen for signals.
pub fn stopped() -> io::Result<impl Future<Output = ()>> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use std::process::{Command, id};

    #[tokio::test]
    async fn a_signal_before_the_first_poll_counts() {
        for name in ["-INT", "-TERM"] {
            let stopped = super::stopped().unwrap();
            // Without a handler this ends the test.
            assert!(
                Command::new("kill").args([name, &id().to_string()]).status().unwrap().success()
            );
            stopped.await;
        }
    }
}
