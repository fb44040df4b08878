//! Calls that are answered by a server of the program's own, or by nobody.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{ConfigBag, Credentials, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_types::SdkConfig;
use aws_types::sdk_config::Builder;

use super::server::{self, Answer};
use super::{Result, calls, config};
use crate::libraries;

calls! { Nothing:
    retried retried_in_vain not_understood html answered_late attempt_answered_late dropped
    nobody_listens no_url no_credentials credentials_from_a_call failed_by_an_interceptor
    two_clients
}

/// Each call has a server of its own.
struct Nothing;

const OK: Answer = Answer(200, r#"{"MessageId":"1","MD5OfMessageBody":"2"}"#);
const BUSY: Answer = Answer(503, "");

pub(super) async fn run(name: &str) -> Result {
    call(name, &Nothing).await
}

/// A configuration without delays between attempts.
fn at(url: &str) -> Builder {
    let fast = Duration::from_millis(1);
    let retries = RetryConfig::standard().with_initial_backoff(fast).with_max_backoff(fast);
    config::at(url).retry_config(retries)
}

fn client(config: &SdkConfig) -> Client {
    libraries::sqs(config)
}

/// Sends a message. Says whether it could be sent.
async fn send(client: &Client) -> bool {
    let send = client.send_message().queue_url("http://sqs.example/1/songs").message_body("hello");
    send.send().await.is_ok()
}

async fn retried(_: &Nothing) -> Result {
    let url = server::start(&[BUSY, BUSY, OK]).await?;
    assert!(send(&client(&at(&url).build())).await);
    Ok(())
}

async fn retried_in_vain(_: &Nothing) -> Result {
    let url = server::start(&[BUSY, BUSY, BUSY]).await?;
    assert!(!send(&client(&at(&url).build())).await);
    Ok(())
}

async fn not_understood(_: &Nothing) -> Result {
    let url = server::start(&[Answer(200, "{planted")]).await?;
    assert!(!send(&client(&at(&url).build())).await);
    Ok(())
}

async fn html(_: &Nothing) -> Result {
    let url = server::start(&[Answer(404, "<html>planted</html>")]).await?;
    assert!(!send(&client(&at(&url).build())).await);
    Ok(())
}

async fn answered_late(_: &Nothing) -> Result {
    let limit = TimeoutConfig::builder().operation_timeout(Duration::from_millis(50)).build();
    let config = at(&server::silent().await?).timeout_config(limit).build();
    assert!(!send(&client(&config)).await);
    Ok(())
}

async fn attempt_answered_late(_: &Nothing) -> Result {
    let limit = Duration::from_millis(50);
    let limit = TimeoutConfig::builder().operation_attempt_timeout(limit).build();
    let config = at(&server::silent().await?).timeout_config(limit).build();
    assert!(!send(&client(&config)).await);
    Ok(())
}

async fn dropped(_: &Nothing) -> Result {
    let client = client(&at(&server::silent().await?).build());
    let dropped = tokio::time::timeout(Duration::from_millis(50), send(&client)).await;
    dropped.expect_err("a timeout");
    Ok(())
}

async fn nobody_listens(_: &Nothing) -> Result {
    assert!(!send(&client(&at(&server::closed().await?).build())).await);
    Ok(())
}

async fn no_url(_: &Nothing) -> Result {
    assert!(!send(&client(&at("planted").build())).await);
    Ok(())
}

async fn no_credentials(_: &Nothing) -> Result {
    let none = SharedCredentialsProvider::new(Given { asked: None });
    let url = server::start(&[OK]).await?;
    assert!(!send(&client(&at(&url).credentials_provider(none).build())).await);
    Ok(())
}

async fn credentials_from_a_call(_: &Nothing) -> Result {
    let asked = at(&server::start(&[OK]).await?).build();
    let asked = Some(libraries::of_the_sdk(&asked));
    let given = SharedCredentialsProvider::new(Given { asked });
    let url = server::start(&[OK]).await?;
    assert!(send(&client(&at(&url).credentials_provider(given).build())).await);
    Ok(())
}

async fn failed_by_an_interceptor(_: &Nothing) -> Result {
    let client = client(&at(&server::start(&[OK]).await?).build());
    let send = client.send_message().queue_url("http://sqs.example/1/songs").message_body("hello");
    send.customize().interceptor(Fails).send().await.expect_err("it failed");
    Ok(())
}

async fn two_clients(_: &Nothing) -> Result {
    let (one, two) = (at(&server::start(&[OK, OK]).await?), at(&server::start(&[OK]).await?));
    let (one, two) = (client(&one.build()), client(&two.build()));
    let (first, second) = tokio::join!(send(&one), send(&two));
    assert!(first && second && send(&one.clone()).await);
    Ok(())
}

/// Gives credentials, or none.
#[derive(Debug)]
struct Given {
    /// What is asked for them. Without it there are none.
    asked: Option<Client>,
}

impl ProvideCredentials for Given {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let asked = self.asked.as_ref();
            let asked = asked.ok_or_else(|| CredentialsError::not_loaded("planted"))?;
            assert!(send(asked).await);
            Ok(Credentials::new("test", "planted", None, None, "test"))
        })
    }
}

/// Fails each call before it is sent.
#[derive(Debug)]
struct Fails;

impl Intercept for Fails {
    fn name(&self) -> &'static str {
        "Fails"
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        Err("planted".into())
    }
}
