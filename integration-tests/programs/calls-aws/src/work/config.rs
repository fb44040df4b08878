//! How all clients are made.

use std::env;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, IdentityCache, Region};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_types::SdkConfig;
use aws_types::sdk_config::Builder;

use super::Result;

/// Clients of the server that stands for AWS.
pub(super) fn of_server() -> Result<SdkConfig> {
    let url = env::var("SQS_ENDPOINT_URL").map_err(|_| "SQS_ENDPOINT_URL is not set")?;
    Ok(at(&url).build())
}

/// Clients of the server at `url`.
pub(super) fn at(url: &str) -> Builder {
    let credentials = Credentials::new("test", "planted", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .identity_cache(IdentityCache::lazy().build())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
}

/// A name that no other run has.
pub(super) fn name() -> String {
    format!("calls-aws-{}", std::process::id())
}
