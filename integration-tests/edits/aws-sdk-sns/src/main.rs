//! Publishes a message to a topic that a queue is subscribed to, and receives it.

use std::env;
use std::error::Error;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_types::SdkConfig;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(env::var("SQS_ENDPOINT_URL")?)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "test", "test", None, None, "test",
        )))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build();
    let (sns, sqs) = (aws_sdk_sns::Client::new(&config), aws_sdk_sqs::Client::new(&config));

    let topic = sns.create_topic().name("songs").send().await?;
    let topic = topic.topic_arn().ok_or("an ARN")?;
    let queue = sqs.create_queue().queue_name("songs").send().await?;
    let queue = queue.queue_url().ok_or("a URL")?;
    let endpoint = topic.replace(":sns:", ":sqs:");
    sns.subscribe().topic_arn(topic).protocol("sqs").endpoint(endpoint).send().await?;
    sns.publish().topic_arn(topic).message("one").send().await?;
    let received = sqs.receive_message().queue_url(queue).send().await?;
    assert_eq!(received.messages().len(), 1);
    sqs.delete_queue().queue_url(queue).send().await?;
    sns.delete_topic().topic_arn(topic).send().await?;
    Ok(())
}
