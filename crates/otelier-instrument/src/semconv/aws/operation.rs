//! One call of an AWS client: its span and its metrics, from the caller's point of view.

use std::time::{Instant, SystemTime};

use arrayvec::ArrayVec;
use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::{Event, Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use crate::kit::ErrorType;
use crate::kit::span::OperationSpan;
use crate::kit::state::{self, OperationState};
use crate::kit::value::shared;
use crate::semconv::attribute;
use crate::semconv::messaging::{MessagingFacts, MessagingOperation, Server};

use super::client::{AwsInstruments, Facts, Inner, count};
use super::details::AwsDetails;
use super::dynamodb::DynamoDbResponse;
use super::origin::ReceiveOrigin;

/// The event of an attempt that failed.
const ATTEMPT_FAILED: &str = "otelier.aws.attempt_failed";

/// A call that is being made. See [`AwsClient`](super::AwsClient) for what it emits,
/// [`Operation`](crate::Operation) for how it ends.
///
/// One that its caller gives up ends with `error.type` `cancelled` and its status unset, for that is no error of the
/// service.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct AwsOperation(pub(super) OperationState<Recording>);

/// The head of a service's response.
#[derive(Clone, Copy, Debug)]
pub struct AwsResponse<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The request's identifier.
    pub request_id: Option<&'a str>,
    /// Its second identifier.
    pub extended_request_id: Option<&'a str>,
}

/// An attempt that failed.
#[derive(Clone, Copy, Debug)]
pub struct AwsAttempt<'a> {
    /// Its ordinal number, from 1.
    pub number: u32,
    /// How it failed.
    pub error: &'a ErrorType,
    /// What came back, if anything.
    pub response: Option<AwsResponse<'a>>,
    /// When it failed.
    pub at: SystemTime,
}

impl AwsOperation {
    /// Whether anything is recorded at all. Where not, there is no need to tell the operation anything.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.0.recording().is_some()
    }

    /// Whether the span, if there will be one, is made at the end only. Until then it has no children.
    #[must_use]
    pub fn is_postponed(&self) -> bool {
        self.0.recording().is_some_and(|recording| matches!(recording.span, CallSpan::Postponed(_)))
    }

    /// Tells where the request goes.
    pub fn set_server(&mut self, address: &str, port: u16) {
        if let Some(recording) = self.0.recording_mut() {
            recording.facts.server = Some(Server { address: shared(address), port });
        }
    }

    /// Tells the response's head.
    pub fn set_response(&mut self, response: &AwsResponse<'_>) {
        if let Some(recording) = self.0.recording_mut() {
            recording.learned.response.clear();
            recording.learned.response.extend(response_attributes(response));
        }
    }

    /// Tells how often the request was sent, this time included. What answered the time before is forgotten.
    pub fn set_attempts(&mut self, attempts: u32) {
        if let Some(recording) = self.0.recording_mut() {
            recording.learned.resend_count = attempts.saturating_sub(1);
            recording.learned.response.clear();
        }
    }

    /// Records an attempt that failed, and was followed by another, as an event.
    pub fn add_failed_attempt(&mut self, attempt: &AwsAttempt<'_>) {
        let Some(recording) = self.0.recording_mut() else { return };
        let attributes = || {
            let resent = (attempt.number > 1).then(|| {
                KeyValue::new(attribute::HTTP_REQUEST_RESEND_COUNT, i64::from(attempt.number - 1))
            });
            let response = attempt.response.iter().flat_map(response_attributes);
            let error = [attribute::error_type(attempt.error)];
            error.into_iter().chain(response).chain(resent).collect::<Vec<_>>()
        };
        match &mut recording.span {
            CallSpan::Running(span) => span.add_event(ATTEMPT_FAILED, attempt.at, attributes),
            CallSpan::Postponed(postponed) => {
                postponed.events.push(Event::new(ATTEMPT_FAILED, attempt.at, attributes(), 0));
            }
        }
    }

    /// Tells the identifier of the one message that was sent.
    pub fn set_message_id(&mut self, id: &str) {
        if let Some(recording) = self.0.recording_mut() {
            recording.learned.message_id = Some(id.to_owned());
        }
    }

    /// Tells how many messages were received.
    pub fn set_received(&mut self, messages: usize) {
        if let Some(recording) = self.0.recording_mut() {
            recording.learned.received = Some(messages);
        }
    }

    /// Tells that `failed` messages of a batch were refused, the first of them with `code`.
    pub fn set_refused(&mut self, failed: usize, code: &str) {
        if let Some(recording) = self.0.recording_mut() {
            recording.learned.refused = Some((failed, ErrorType::from_code(code)));
        }
    }

    /// Points to the context of a message that was received.
    pub fn add_message_link(&mut self, context: SpanContext, message_id: Option<&str>) {
        let Some(recording) = self.0.recording_mut() else { return };
        if !context.is_valid() {
            return;
        }
        let id = message_id.map(|id| KeyValue::new(attribute::MESSAGING_MESSAGE_ID, id.to_owned()));
        let attributes: Vec<_> = id.into_iter().collect();
        match &mut recording.span {
            CallSpan::Running(span) if span.is_recording() => {
                span.context().span().add_link(context, attributes);
            }
            CallSpan::Running(_) => {}
            CallSpan::Postponed(postponed) => {
                postponed.links.push(Link::new(context, attributes, 0));
            }
        }
    }

    /// Tells what DynamoDB answered.
    pub fn set_dynamodb_response(&mut self, response: DynamoDbResponse) {
        if let Some(recording) = self.0.recording_mut() {
            recording.learned.extra = response.into_attributes().collect();
        }
    }

    /// Ends the operation: the service did what it was asked for.
    pub fn end(self) {
        self.0.end(None);
    }

    /// Ends a call that received messages, and gives what the operations that process them start from.
    ///
    /// `None` where nobody records, or if it was no call that receives.
    pub fn end_receive(self) -> Option<ReceiveOrigin> {
        self.0.end(None).flatten()
    }
}

state::operation!(AwsOperation);

#[derive(Debug)]
pub(super) struct Recording {
    span: CallSpan,
    facts: Facts,
    learned: Learned,
}

#[derive(Debug)]
enum CallSpan {
    Running(OperationSpan),
    Postponed(Postponed),
}

/// A span that is started when it is known to be wanted.
#[derive(Debug)]
struct Postponed {
    parent: Context,
    started: Instant,
    started_at: SystemTime,
    links: Vec<Link>,
    events: Vec<Event>,
}

/// What is learned on the way.
#[derive(Debug, Default)]
struct Learned {
    response: ArrayVec<KeyValue, 3>,
    resend_count: u32,
    message_id: Option<String>,
    received: Option<usize>,
    refused: Option<(usize, ErrorType)>,
    extra: Vec<KeyValue>,
}

impl Recording {
    pub(super) fn started(
        facts: Facts,
        parent: Context,
        tracer: Option<&BoxedTracer>,
        details: &AwsDetails<'_>,
    ) -> Self {
        let span = OperationSpan::start(tracer, span_kind(&facts), parent, || SpanBuilder {
            name: facts.span_name().into(),
            attributes: Some(start_attributes(&facts, details)),
            ..SpanBuilder::default()
        });
        Self { span: CallSpan::Running(span), facts, learned: Learned::default() }
    }

    pub(super) fn postponed(facts: Facts, parent: Context) -> Self {
        let postponed = Postponed {
            parent,
            started: Instant::now(),
            started_at: SystemTime::now(),
            links: Vec::new(),
            events: Vec::new(),
        };
        Self { span: CallSpan::Postponed(postponed), facts, learned: Learned::default() }
    }
}

impl state::Recording for Recording {
    type Owner = Inner;
    type Outcome = Option<ReceiveOrigin>;

    fn context(&self) -> &Context {
        match &self.span {
            CallSpan::Running(span) => span.context(),
            CallSpan::Postponed(postponed) => &postponed.parent,
        }
    }

    fn end(self, client: &Inner, error: Option<ErrorType>) -> Option<ReceiveOrigin> {
        let instrumenter = &client.instrumenter;
        let Self { span, facts, learned } = self;
        let error = error.or_else(|| learned.all_refused(&facts));
        let elapsed = match &span {
            CallSpan::Running(span) => span.elapsed(),
            CallSpan::Postponed(postponed) => postponed.started.elapsed(),
        };
        instrumenter.measure(|instruments| {
            record(instruments, elapsed.as_secs_f64(), &facts, &learned, error.as_ref());
        });
        let span = match span {
            CallSpan::Running(span) => span,
            CallSpan::Postponed(postponed)
                if learned.is_nothing(error.as_ref(), &postponed.events) =>
            {
                return None;
            }
            CallSpan::Postponed(postponed) => postponed.start(instrumenter.tracer(), &facts),
        };
        let is_receive =
            facts.messaging().is_some_and(|it| it.operation == MessagingOperation::Receive);
        let origin = is_receive.then(|| facts.messaging().cloned()).flatten().map(|messaging| {
            ReceiveOrigin {
                facts: messaging,
                server: facts.server.clone(),
                span_context: span.span_context(),
            }
        });
        span.end(error.as_ref(), || {
            let server = facts.server.iter().flat_map(Server::attributes);
            server.chain(learned.into_attributes())
        });
        origin
    }
}

impl Postponed {
    fn start(self, tracer: Option<&BoxedTracer>, facts: &Facts) -> OperationSpan {
        let Self { parent, started, started_at, links, events } = self;
        OperationSpan::start(tracer, span_kind(facts), parent, || SpanBuilder {
            name: facts.span_name().into(),
            start_time: Some(started_at),
            attributes: Some(start_attributes(facts, &AwsDetails::None)),
            links: Some(links),
            events: Some(events),
            ..SpanBuilder::default()
        })
        .started_at(started)
    }
}

impl Learned {
    /// Whether a poll is not worth a span: it brought no message, or its caller gave it up while there was none, as a
    /// consumer does that stops. One that was tried in vain, or answered when it was given up, is.
    fn is_nothing(&self, error: Option<&ErrorType>, failed_attempts: &[Event]) -> bool {
        let is_untroubled =
            || self.resend_count == 0 && failed_attempts.is_empty() && self.response.is_empty();
        match error {
            None => self.received == Some(0),
            Some(error) => *error == ErrorType::CANCELLED && is_untroubled(),
        }
    }

    /// The failure of a batch of which nothing was accepted.
    fn all_refused(&self, facts: &Facts) -> Option<ErrorType> {
        let (refused, error) = self.refused.as_ref()?;
        let size = facts.size()?.batch_size?;
        (*refused >= size).then(|| error.clone())
    }

    fn into_attributes(self) -> impl Iterator<Item = KeyValue> {
        let resent = (self.resend_count > 0).then(|| {
            KeyValue::new(attribute::HTTP_REQUEST_RESEND_COUNT, i64::from(self.resend_count))
        });
        let id = self.message_id.map(|id| KeyValue::new(attribute::MESSAGING_MESSAGE_ID, id));
        let received = self.received.map(|it| count(attribute::MESSAGING_BATCH_MESSAGE_COUNT, it));
        self.response.into_iter().chain(resent).chain(id).chain(received).chain(self.extra)
    }
}

fn span_kind(facts: &Facts) -> SpanKind {
    let messaging = facts.messaging().zip(facts.size());
    messaging
        .map_or(SpanKind::Client, |(messaging, size)| messaging.operation.span_kind(size.injects))
}

fn start_attributes(facts: &Facts, details: &AwsDetails<'_>) -> Vec<KeyValue> {
    // Room for what comes at the end too, so that the vector seldom grows.
    let mut attributes = Vec::with_capacity(20);
    attributes.extend(facts.attributes());
    match details {
        AwsDetails::DynamoDb(request) => attributes.extend(request.attributes(facts.operation())),
        AwsDetails::S3(request) => attributes.extend(request.attributes()),
        AwsDetails::Messaging(_) | AwsDetails::None => {}
    }
    attributes
}

fn response_attributes(response: &AwsResponse<'_>) -> impl Iterator<Item = KeyValue> + use<> {
    let id = |key: &'static str, id: Option<&str>| id.map(|id| KeyValue::new(key, id.to_owned()));
    let status = KeyValue::new(attribute::HTTP_RESPONSE_STATUS_CODE, i64::from(response.status));
    [
        Some(status),
        id(attribute::AWS_REQUEST_ID, response.request_id),
        id(attribute::AWS_EXTENDED_REQUEST_ID, response.extended_request_id),
    ]
    .into_iter()
    .flatten()
}

fn record(
    instruments: &AwsInstruments,
    seconds: f64,
    facts: &Facts,
    learned: &Learned,
    error: Option<&ErrorType>,
) {
    let Some(messaging) = facts.messaging() else {
        let attributes: ArrayVec<_, 5> = facts.call_attributes(error).collect();
        instruments.call_duration.record(seconds, &attributes);
        return;
    };
    let server = facts.server.as_ref();
    let attributes = messaging.operation_attributes(server, error);
    instruments.messaging.operation_duration.record(seconds, &attributes);

    let of_messages =
        |error: Option<&ErrorType>| MessagingFacts::message_attributes(messaging, server, error);
    if messaging.operation.sends() {
        let sent = facts.size().and_then(|size| size.batch_size).unwrap_or(1);
        let refused = learned.refused.as_ref().map_or(0, |(refused, _)| *refused).min(sent);
        let (failed, error) = match (error, &learned.refused) {
            (Some(error), _) => (sent, Some(error)),
            (None, Some((_, error))) => (refused, Some(error)),
            (None, None) => (0, None),
        };
        if sent > failed {
            instruments.messaging.sent.add((sent - failed) as u64, &of_messages(None));
        }
        if failed > 0 {
            instruments.messaging.sent.add(failed as u64, &of_messages(error));
        }
    }
    if let Some(received) = learned.received.filter(|received| *received > 0) {
        instruments.messaging.consumed.add(received as u64, &of_messages(error));
    }
}
