//! Sends a message through a queue. A call is made for the credentials of the first one.

mod http;

use std::env;
use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let given = client(SharedCredentialsProvider::new(credentials()))?;
    let client = client(SharedCredentialsProvider::new(ByCall(given)))?;
    let queue = client.create_queue().queue_name("songs").send().await?;
    let url = queue.queue_url().ok_or("a URL")?;
    client.send_message().queue_url(url).message_body("one").send().await?;
    let received = client.receive_message().queue_url(url).send().await?;
    assert_eq!(received.messages().len(), 1);
    client.delete_queue().queue_url(url).send().await?;
    Ok(())
}

fn credentials() -> Credentials {
    Credentials::new("test", "test", None, None, "test")
}

fn client(credentials: SharedCredentialsProvider) -> Result<Client, Box<dyn Error>> {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(env::var("SQS_ENDPOINT_URL")?)
        .credentials_provider(credentials)
        .http_client(http::Client)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()));
    Ok(Client::from_conf(config.build()))
}

/// Makes a call before it gives credentials, as those of STS and SSO do.
#[derive(Debug)]
struct ByCall(Client);

impl ProvideCredentials for ByCall {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let call = self.0.list_queues().send().await;
            call.map_err(CredentialsError::provider_error)?;
            Ok(credentials())
        })
    }
}
