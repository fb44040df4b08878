//! Creates the operations of an AWS client.

use std::sync::Arc;

use opentelemetry::{Context, KeyValue, StringValue};

use crate::kit::{FieldList, FromSettings, Instrumenter, Integration, OperationState, Providers};
use crate::masking::MaskingPolicy;
use crate::payload::PayloadSettings;
use crate::semconv::attribute;
use crate::semconv::messaging::MessagingSystem;
use crate::settings::Settings;

use super::attributes::CallAttributes;
use super::instruments::AwsInstruments;
use super::operation::{AwsOperation, Recording};
use super::request::{AwsDetails, AwsRequest, MessageBodies, MessagingRequest};
use super::span::CallSpan;

/// Creates an [`AwsOperation`] for each call of a client of the AWS SDK.
///
/// # What is emitted
///
/// | call | span | metrics |
/// |---|---|---|
/// | on messages | `{operation} {destination}`, PRODUCER if messages carry its context, else CLIENT | `messaging.client.operation.duration` (s), `messaging.client.{sent,consumed}.messages` ({message}) |
/// | to DynamoDB | `DynamoDB.{operation}`, CLIENT | `rpc.client.call.duration` (s), `db.client.operation.duration` (s) |
/// | any other | `{service}.{operation}`, CLIENT | `rpc.client.call.duration` (s) |
///
/// A call is one span, however often it is retried.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/>,
/// <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/#rpc-client>,
/// <https://opentelemetry.io/docs/specs/semconv/database/database-metrics/> and
/// <https://opentelemetry.io/docs/specs/semconv/messaging/sqs/>.
///
/// # Example
///
/// ```
/// use otelier_instrument::semconv::aws::{AwsClient, AwsOptions, AwsRequest};
/// use otelier_instrument::{Providers, scope};
///
/// let client = AwsClient::new(scope!(), Providers::default(), AwsOptions::default());
/// let mut request = AwsRequest::new("SQS", "ListQueues");
/// request.region = Some("eu-west-1");
/// let mut operation = client.start(&request);
/// operation.set_server("sqs.eu-west-1.amazonaws.com", 443);
/// operation.end();
/// ```
#[derive(Clone, Debug)]
pub struct AwsClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    instrumenter: Arc<Instrumenter<AwsInstruments>>,
    config: FromSettings<Config>,
}

#[derive(Debug)]
struct Config {
    filter_empty_polls: bool,
    masking: MaskingPolicy,
    sqs_payloads: PayloadSettings,
    sns_payloads: PayloadSettings,
}

/// How the attempts of a call are recorded.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttemptRecording {
    /// Only their number, as `http.request.resend_count`.
    None,
    /// Each attempt that failed and was retried is an event `otelier.aws.attempt_failed` of the
    /// call's span.
    #[default]
    Events,
    /// Each attempt is an HTTP client span, a child of the call's span. The exception is polls
    /// whose empty results are filtered: their failed attempts are events.
    Spans,
}

/// The choices made for one client. What is `None` is taken from the process-wide settings.
///
/// ```
/// use otelier_instrument::semconv::aws::{AttemptRecording, AwsOptions};
///
/// let mut options = AwsOptions::default();
/// options.attempts = AttemptRecording::Spans;
/// options.filter_empty_polls = Some(false);
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsOptions {
    /// How attempts are recorded.
    pub attempts: AttemptRecording,
    /// Whether an empty poll of a queue makes no span. A poll that its caller dropped before the
    /// response came counts as empty.
    pub filter_empty_polls: Option<bool>,
    /// Whether the bodies of messages are recorded: see [`payload`](crate::payload).
    pub capture_payloads: Option<bool>,
}

impl AwsClient {
    /// Creates operations of `integration`, for `providers`, with `options`.
    #[must_use]
    pub fn new(
        integration: impl Into<Integration>,
        providers: Providers,
        options: AwsOptions,
    ) -> Self {
        Self(Arc::new(Inner {
            instrumenter: Arc::new(Instrumenter::new(integration, providers)),
            config: FromSettings::new(move |settings| Config::new(options, settings)),
        }))
    }

    /// Whether any signal is enabled. If not, there is no need to describe a call.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.0.instrumenter.enabled()
    }

    /// Whether `test` holds for any field of the propagator; `false` if integrations are switched
    /// off.
    #[must_use]
    pub fn any_propagation_field(&self, mut test: impl FnMut(&str) -> bool) -> bool {
        let any =
            self.0.instrumenter.with_propagator(|propagator| propagator.fields().any(&mut test));
        any.unwrap_or_default()
    }

    /// `cx` as fields for a carrier. `None` if integrations are switched off, or if the propagator
    /// panicked: a part of a context may be worse than none.
    #[must_use]
    pub fn context_fields(&self, cx: &Context) -> Option<FieldList> {
        let mut fields = FieldList::default();
        self.0.instrumenter.inject(cx, &mut fields).then_some(fields)
    }

    /// Starts the operation of `request` as a child of the current context.
    ///
    /// If no signal is enabled, the operation is a no-op that passes the current context on. If
    /// empty polls are filtered, the span of a poll is created at its end, with the start time of
    /// the poll.
    pub fn start(&self, request: &AwsRequest<'_>) -> AwsOperation {
        let parent = Context::current();
        let instrumenter = &self.0.instrumenter;
        let signals = instrumenter.enabled_signals(&parent);
        if signals.is_empty() {
            return AwsOperation(OperationState::noop(parent, instrumenter));
        }
        let config = self.0.config.get();
        let call = CallAttributes::new(request, &config.masking);
        let span = match call.is_receive() && config.filter_empty_polls {
            true => CallSpan::defer(parent),
            false => CallSpan::start(&call, parent, signals.tracer(), &request.details),
        };
        if let AwsDetails::Messaging(messaging) = &request.details
            && span.is_recording()
            && let Some(body) = config.body(messaging)
        {
            span.set_attribute(KeyValue::new(attribute::MESSAGING_MESSAGE_BODY, body));
        }
        AwsOperation(OperationState::recorded(Recording::new(span, call), instrumenter))
    }
}

impl Config {
    fn new(options: AwsOptions, settings: &Settings) -> Self {
        let configured = || settings.properties("aws-sqs").bool("filter_empty_polls");
        let filter_empty_polls = options.filter_empty_polls.or_else(configured).unwrap_or(true);
        let payloads = |integration| {
            PayloadSettings::resolve(options.capture_payloads, &[integration, "aws"], settings)
        };
        Self {
            filter_empty_polls,
            masking: settings.masking.clone(),
            sqs_payloads: payloads("aws-sqs"),
            sns_payloads: payloads("aws-sns"),
        }
    }

    /// The bodies that are sent, as they are recorded: that of one message as it is, those of a
    /// batch as a JSON array.
    fn body(&self, request: &MessagingRequest<'_>) -> Option<StringValue> {
        let payloads = match request.system == MessagingSystem::AWS_SNS {
            true => &self.sns_payloads,
            false => &self.sqs_payloads,
        };
        match request.bodies {
            MessageBodies::None => None,
            MessageBodies::One(body) => payloads.text(body),
            MessageBodies::Batch { batch, each } => payloads.texts(|take| each(batch, take)),
        }
    }
}
