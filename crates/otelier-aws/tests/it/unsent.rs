//! Calls that fail before a request is sent, each by what was missing.

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Provided;
use aws_sdk_sqs::config::{
    BehaviorVersion, ConfigBag, Intercept, ProvideCredentials, Region, RuntimeComponents,
    SharedCredentialsProvider,
};
use aws_sdk_sqs::error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_types::SdkConfig;
use otelier_testing::{Capture, ExpectedSpan, assert_tree, assert_trees, span};

use crate::support::{Service, interceptor, json};

/// A span of a call that went nowhere.
fn unsent() -> ExpectedSpan {
    span("SQS.ListQueues")
        .client()
        .scope("otelier-aws")
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "SQS")
        .attr("rpc.method", "ListQueues")
}

/// The call fails the same with telemetry and without.
async fn fail(config: impl Fn(&Service) -> SdkConfig) -> Capture {
    let (capture, service) = (Capture::new(), Service::new(|_, _| json("{}")));
    let config = config(&service);
    let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor(&capture));
    let traced = sqs.list_queues().send().await.unwrap_err();
    let bare = aws_sdk_sqs::Client::new(&config).list_queues().send().await.unwrap_err();
    assert_eq!(format!("{traced:?}"), format!("{bare:?}"));
    assert_eq!(service.seen().len(), 0);
    assert_eq!(capture.open_spans(), 0);
    capture
}

#[tokio::test]
async fn without_a_region() {
    let capture = fail(|service| service.config().into_builder().region(None).build()).await;
    assert_tree(&capture.spans(), unsent().error("dispatch_failure"));
}

#[tokio::test]
async fn without_an_http_client_unless_the_sdk_has_one() {
    let (capture, service) = (Capture::new(), Service::new(|_, _| json("{}")));
    let mut config = service.listen().await.into_builder();
    config.set_http_client(None);
    let config = config.build();

    let bare = aws_sdk_sqs::Client::new(&config).list_queues().send().await;
    let by_hand = otelier_aws::instrument!(
        aws_sdk_sqs::Config::new(&config).to_builder(),
        interceptor(&capture)
    );
    for sqs in [
        otelier_aws::client!(aws_sdk_sqs, &config, interceptor(&capture)),
        aws_sdk_sqs::Client::from_conf(by_hand.build()),
    ] {
        let traced = sqs.list_queues().send().await;
        assert_eq!(format!("{traced:?}"), format!("{bare:?}"));
        let [span] = &capture.take_spans()[..] else { panic!("one span") };
        let error = bare.is_err().then(|| "dispatch_failure".into());
        assert_eq!(span.attribute("error.type"), error.as_ref());
    }
}

#[tokio::test]
async fn without_credentials() {
    let capture = fail(|service| {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .http_client(SharedHttpClient::new(service.clone()))
            .build()
    })
    .await;
    assert_tree(
        &capture.spans(),
        unsent().attr("cloud.region", "eu-west-1").error("dispatch_failure"),
    );
}

#[tokio::test]
async fn with_credentials_that_cannot_be_had() {
    #[derive(Debug)]
    struct Failing;

    impl ProvideCredentials for Failing {
        fn provide_credentials<'a>(&'a self) -> Provided<'a>
        where
            Self: 'a,
        {
            Provided::ready(Err(CredentialsError::not_loaded("a secret")))
        }
    }

    let capture = fail(|service| {
        let credentials = SharedCredentialsProvider::new(Failing);
        service.config().into_builder().credentials_provider(credentials).build()
    })
    .await;
    assert_tree(
        &capture.spans(),
        unsent().attr("cloud.region", "eu-west-1").error("credentials_error"),
    );
}

#[tokio::test]
async fn by_an_interceptor_of_the_users() {
    #[derive(Debug)]
    struct Refusing;

    impl Intercept for Refusing {
        fn name(&self) -> &'static str {
            "Refusing"
        }

        fn read_before_transmit(
            &self,
            _context: &BeforeTransmitInterceptorContextRef<'_>,
            _components: &RuntimeComponents,
            _cfg: &mut ConfigBag,
        ) -> Result<(), BoxError> {
            Err("refused".into())
        }
    }

    let capture = Capture::new();
    let config = Service::new(|_, _| json("{}")).config();
    let builder = aws_sdk_sqs::config::Builder::from(&config).interceptor(Refusing);
    let config = otelier_aws::instrument!(builder, interceptor(&capture)).build();
    aws_sdk_sqs::Client::from_conf(config).list_queues().send().await.unwrap_err();

    let refused = unsent()
        .attr("cloud.region", "eu-west-1")
        .attr("server.address", "sqs.eu-west-1.amazonaws.com")
        .attr("server.port", 443);
    assert_tree(&capture.spans(), refused.error("interceptor_error"));
}

#[tokio::test]
async fn without_what_the_operation_needs() {
    let capture = Capture::new();
    let config = Service::new(|_, _| json("{}")).config();
    let s3 = otelier_aws::client!(aws_sdk_s3, &config, interceptor(&capture));
    // What the request is made of: the SDK finds out when it makes it.
    s3.get_object_tagging().bucket("b").key("").send().await.unwrap_err();
    let [made] = &capture.take_spans()[..] else { panic!("one span") };
    assert_eq!(made.attribute("error.type"), Some(&"construction_failure".into()));

    // What the endpoint depends on: the SDK finds out before it makes a call of it.
    s3.delete_object().key("k").send().await.unwrap_err();
    assert_trees(&capture.spans(), []);
}
