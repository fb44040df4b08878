//! The clients as they are.

use aws_sdk_sqs::types::Message;
use aws_types::SdkConfig;

/// A client of SQS.
pub(crate) fn sqs(config: &SdkConfig) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(config)
}

/// A client of SNS.
pub(crate) fn sns(config: &SdkConfig) -> aws_sdk_sns::Client {
    aws_sdk_sns::Client::new(config)
}

/// A client of DynamoDB.
pub(crate) fn dynamodb(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(config)
}

/// A client that the SDK makes itself, as for the credentials that a call needs.
pub(crate) fn of_the_sdk(config: &SdkConfig) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(config)
}

/// Works on a message.
pub(crate) async fn process<T>(_: &Message, work: impl Future<Output = T>) -> T {
    work.await
}
