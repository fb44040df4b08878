//! The clients with what Otelier has for them.

use aws_sdk_sqs::types::Message;
use aws_types::SdkConfig;

/// A client of SQS.
pub(crate) fn sqs(config: &SdkConfig) -> aws_sdk_sqs::Client {
    otelier::aws::client!(aws_sdk_sqs, config)
}

/// A client of SNS.
pub(crate) fn sns(config: &SdkConfig) -> aws_sdk_sns::Client {
    otelier::aws::client!(aws_sdk_sns, config)
}

/// A client of DynamoDB.
pub(crate) fn dynamodb(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    otelier::aws::client!(aws_sdk_dynamodb, config)
}

/// A client that the SDK makes itself, as for the credentials that a call needs.
pub(crate) fn of_the_sdk(config: &SdkConfig) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(config)
}

/// Works on a message.
pub(crate) async fn process<T>(message: &Message, work: impl Future<Output = T>) -> T {
    let message = otelier::aws::sqs::scoped(message).get(0).expect("a message");
    message.process(|_| work).await
}
