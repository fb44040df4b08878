//! What starts the operations of an AWS client.

use std::sync::Arc;

use arrayvec::ArrayString;
use opentelemetry::metrics::{Histogram, Meter};
use opentelemetry::{Context, KeyValue, StringValue};

use crate::kit::ErrorType;
use crate::kit::FieldList;
use crate::kit::FromSettings;
use crate::kit::Providers;
use crate::kit::state::OperationState;
use crate::kit::value::shared;
use crate::kit::{Instrumenter, Instruments, Integration};
use crate::semconv::messaging::{MessagingFacts, MessagingInstruments, MessagingOperation, Server};
use crate::semconv::{attribute, metric};

use super::details::{AwsDetails, MessagingRequest};
use super::operation::{AwsOperation, Recording};

/// Starts an [`AwsOperation`] for each call of a client of the AWS SDK.
///
/// # What is emitted
///
/// For an operation on messages, a span named `{operation} {destination}` (PRODUCER where messages carry its context,
/// else CLIENT), the metric `messaging.client.operation.duration` (s) and the counters
/// `messaging.client.{sent,consumed}.messages` ({message}). For any other a CLIENT span named `{service}.{operation}`, and
/// the metric `rpc.client.call.duration` (s). A call is one span, however often it is tried.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/>,
/// <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/#rpc-client> and
/// <https://opentelemetry.io/docs/specs/semconv/messaging/sqs/>.
#[derive(Clone, Debug)]
pub struct AwsClient(Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) instrumenter: Instrumenter<AwsInstruments>,
    filter_empty_polls: FromSettings<bool>,
}

/// How the attempts that a call takes are recorded.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttemptRecording {
    /// Not at all but by their number.
    None,
    /// Each that failed and was followed by another is an event of the call's span.
    #[default]
    Events,
    /// Each is a span of its own, a child of the call's. Those of a poll whose span waits for its outcome are events.
    Spans,
}

/// The choices made on one client. What is `None` is taken from the process-wide settings.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsOptions {
    /// How attempts are recorded.
    pub attempts: AttemptRecording,
    /// Whether a poll of a queue that brought no message, or was given up while it waited for one, leaves no span.
    pub filter_empty_polls: Option<bool>,
}

/// What is known of a call before its request is made.
#[derive(Clone, Debug)]
pub struct AwsRequest<'a> {
    /// The service's name as the SDK has it: `SQS`.
    pub service: &'a str,
    /// The operation's name: `SendMessage`.
    pub operation: &'a str,
    /// The region.
    pub region: Option<&'a str>,
    /// What the service adds.
    pub details: AwsDetails<'a>,
}

impl AwsClient {
    /// A client of `integration` that sends telemetry to `providers`, as `options` say.
    #[must_use]
    pub fn new(
        integration: impl Into<Integration>,
        providers: Providers,
        options: AwsOptions,
    ) -> Self {
        Self(Arc::new(Inner {
            instrumenter: Instrumenter::new(integration, providers),
            filter_empty_polls: FromSettings::new(move |settings| {
                let configured =
                    || settings.properties("aws-sqs").bool("filter_empty_polls").unwrap_or(true);
                options.filter_empty_polls.unwrap_or_else(configured)
            }),
        }))
    }

    /// Whether operations record anything. Where not, there is no need to describe one.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.0.instrumenter.enabled()
    }

    /// The names of the fields in which context travels; none where integrations are switched off.
    #[must_use]
    pub fn propagation_fields(&self) -> Vec<String> {
        self.0.instrumenter.propagation_fields()
    }

    /// Whether the field `name`, in any case, is one in which context travels.
    #[must_use]
    pub fn has_propagation_field(&self, name: &str) -> bool {
        self.0.instrumenter.has_propagation_field(name)
    }

    /// `cx` as fields for a carrier; none where integrations are switched off.
    #[must_use]
    pub fn context_fields(&self, cx: &Context) -> FieldList {
        let mut fields = FieldList::default();
        match self.0.instrumenter.inject(cx, &mut fields) {
            true => fields,
            // A part of a context may be worse than none.
            false => FieldList::default(),
        }
    }

    /// Starts the operation of `request` as a child of the current context.
    ///
    /// Where nobody records, the operation does nothing but pass that context on. Neither does a poll of a queue have a
    /// span yet if empty ones are filtered: a span that was started cannot be taken back, so it is started when the
    /// outcome is known, as of the moment the poll began.
    pub fn start(&self, request: &AwsRequest<'_>) -> AwsOperation {
        let parent = Context::current();
        let signals = self.0.instrumenter.enabled_signals(&parent);
        if signals.is_empty() {
            return AwsOperation(OperationState::noop(parent, &self.0));
        }
        let facts = Facts::of(request);
        let is_poll =
            facts.messaging().is_some_and(|it| it.operation == MessagingOperation::Receive);
        let recording = match is_poll && *self.0.filter_empty_polls.get() {
            true => Recording::postponed(facts, parent),
            false => Recording::started(facts, parent, signals.tracer, &request.details),
        };
        AwsOperation(OperationState::recorded(recording, &self.0))
    }
}

/// The values that the span and the metrics have in common.
#[derive(Debug)]
pub(super) struct Facts {
    service: StringValue,
    operation: StringValue,
    region: Option<StringValue>,
    messaging: Option<(MessagingFacts, MessagingRequestSize)>,
    pub(super) server: Option<Server>,
}

/// What of a [`MessagingRequest`] is about its messages rather than their destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessagingRequestSize {
    pub(super) batch_size: Option<usize>,
    pub(super) injects: bool,
}

impl Facts {
    fn of(request: &AwsRequest<'_>) -> Self {
        let messaging = match request.details {
            AwsDetails::Messaging(request) => {
                let MessagingRequest {
                    system,
                    operation,
                    destination,
                    destination_id,
                    batch_size,
                    injects,
                } = request;
                let (destination, destination_id) =
                    (destination.map(shared), destination_id.map(shared));
                let facts = MessagingFacts { system, operation, destination, destination_id };
                Some((facts, MessagingRequestSize { batch_size, injects }))
            }
            _ => None,
        };
        Self {
            service: shared(request.service),
            operation: shared(request.operation),
            region: request.region.map(shared),
            messaging,
            server: None,
        }
    }

    pub(super) fn messaging(&self) -> Option<&MessagingFacts> {
        self.messaging.as_ref().map(|(facts, _)| facts)
    }

    pub(super) fn size(&self) -> Option<MessagingRequestSize> {
        self.messaging.as_ref().map(|(_, size)| *size)
    }

    pub(super) fn operation(&self) -> &str {
        self.operation.as_str()
    }

    pub(super) fn span_name(&self) -> String {
        match self.messaging() {
            Some(messaging) => messaging.span_name(),
            None => format!("{}.{}", self.service.as_str(), self.operation.as_str()),
        }
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = KeyValue> {
        let size = self.size().and_then(|size| size.batch_size);
        let size = size.map(|size| count(attribute::MESSAGING_BATCH_MESSAGE_COUNT, size));
        [
            KeyValue::new(attribute::RPC_SYSTEM, "aws-api"),
            KeyValue::new(attribute::RPC_SERVICE, self.service.clone()),
            KeyValue::new(attribute::RPC_METHOD, self.operation.clone()),
        ]
        .into_iter()
        .chain(self.region.clone().map(|region| KeyValue::new(attribute::CLOUD_REGION, region)))
        .chain(self.messaging().into_iter().flat_map(MessagingFacts::attributes))
        .chain(size)
    }

    pub(super) fn call_attributes(
        &self,
        error: Option<&ErrorType>,
    ) -> impl Iterator<Item = KeyValue> {
        [
            KeyValue::new(attribute::RPC_SYSTEM_NAME, "aws-api"),
            KeyValue::new(attribute::RPC_METHOD, self.qualified_method()),
        ]
        .into_iter()
        .chain(self.server.iter().flat_map(Server::attributes))
        .chain(error.map(attribute::error_type))
    }

    /// `{service}/{operation}`: on metrics there is no `rpc.service` to tell equal methods of two services apart.
    fn qualified_method(&self) -> StringValue {
        let parts = [self.service.as_str(), "/", self.operation.as_str()];
        let mut text = ArrayString::<128>::new();
        match parts.iter().try_for_each(|part| text.try_push_str(part)) {
            Ok(()) => shared(&text),
            Err(_) => parts.concat().into(),
        }
    }
}

pub(super) fn count(key: &'static str, count: usize) -> KeyValue {
    KeyValue::new(key, i64::try_from(count).unwrap_or(i64::MAX))
}

pub(super) struct AwsInstruments {
    pub(super) call_duration: Histogram<f64>,
    pub(super) messaging: MessagingInstruments,
}

impl Instruments for AwsInstruments {
    fn create(meter: &Meter) -> Self {
        Self {
            call_duration: metric::seconds(
                meter,
                metric::RPC_CLIENT_CALL_DURATION,
                "Measures the duration of an outgoing Remote Procedure Call (RPC).",
                &metric::DURATION_BOUNDARIES,
            ),
            messaging: MessagingInstruments::create(meter),
        }
    }
}
