//! One call of an AWS client: its span and its metrics, from the caller's point of view.

use std::time::SystemTime;

use arrayvec::ArrayVec;
use opentelemetry::trace::{SpanContext, SpanKind};
use opentelemetry::{Context, KeyValue, StringValue};

use crate::kit::value::{shared, truncate};
use crate::kit::{self, ErrorType, Instrumenter, OperationState, Outcome};
use crate::semconv::attribute;
use crate::semconv::messaging::{
    MessageSource, MessagingAttributes, MessagingOperationType, Server,
};

use super::attributes::{CallAttributes, message_count};
use super::dynamodb::DynamoDbResponse;
use super::instruments::AwsInstruments;
use super::span::CallSpan;

/// The event of an attempt that failed.
const ATTEMPT_FAILED: &str = "otelier.aws.attempt_failed";

/// A call in progress. See [`AwsClient`](super::AwsClient) for what it emits and for an example,
/// [`Operation`](crate::Operation) for how it ends.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct AwsOperation(pub(super) OperationState<Recording>);

/// The status and the identifiers of a service's response.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct AwsResponse<'a> {
    /// `http.response.status_code`.
    pub status: u16,
    /// `aws.request_id`.
    pub request_id: Option<&'a str>,
    /// `aws.extended_request_id`: S3's second identifier.
    pub extended_request_id: Option<&'a str>,
}

/// An attempt that failed.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct AwsAttempt<'a> {
    /// Its ordinal number, from 1.
    pub number: u32,
    /// How it failed.
    pub error: &'a ErrorType,
    /// The response, if there was one.
    pub response: Option<AwsResponse<'a>>,
    /// When it failed.
    pub at: SystemTime,
}

impl AwsResponse<'_> {
    /// A response with this status, without identifiers.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, request_id: None, extended_request_id: None }
    }
}

impl<'a> AwsAttempt<'a> {
    /// The attempt `number`, which failed with `error` at `at` without a response.
    #[must_use]
    pub fn new(number: u32, error: &'a ErrorType, at: SystemTime) -> Self {
        Self { number, error, response: None, at }
    }
}

impl AwsOperation {
    /// Whether anything is recorded.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.0.recording().is_some()
    }

    /// Whether the span, if there will be one, is created at the end. Until then it has no
    /// children.
    #[must_use]
    pub fn has_deferred_span(&self) -> bool {
        self.0.recording().is_some_and(|recording| recording.span.is_deferred())
    }

    /// Whether the operation, if it ended now with `error`, would be an empty poll that makes no
    /// span.
    #[must_use]
    pub fn is_hidden_poll(&self, error: Option<&ErrorType>) -> bool {
        let outcome = || match error {
            None => Outcome::Success,
            Some(error) if *error == ErrorType::CANCELLED => Outcome::Cancelled,
            Some(error) => Outcome::Failure(error.clone()),
        };
        self.0.recording().is_some_and(|recording| {
            recording.span.is_deferred() && recording.is_hidden_poll(&outcome())
        })
    }

    /// Records the server that the request is sent to.
    pub fn set_server(&mut self, address: &str, port: u16) {
        if let Some(recording) = self.0.recording_mut() {
            recording.call.server = Some(Server { address: shared(address), port });
        }
    }

    /// Records the status and the identifiers of a response.
    pub fn set_response(&mut self, response: &AwsResponse<'_>) {
        if let Some(recording) = self.0.recording_mut() {
            recording.results.set_response(response);
        }
    }

    /// Records how often the request was sent, including this time. The response to an earlier
    /// attempt is forgotten.
    pub fn set_attempts(&mut self, attempts: u32) {
        if let Some(recording) = self.0.recording_mut() {
            recording.results.resend_count = attempts.saturating_sub(1);
            recording.results.clear_response();
        }
    }

    /// Adds an event for an attempt that failed.
    pub fn add_failed_attempt(&mut self, attempt: &AwsAttempt<'_>) {
        let Some(recording) = self.0.recording_mut() else { return };
        recording.span.add_event(ATTEMPT_FAILED, attempt.at, || {
            let resent = (attempt.number > 1).then(|| {
                KeyValue::new(attribute::HTTP_REQUEST_RESEND_COUNT, i64::from(attempt.number - 1))
            });
            let response = attempt.response.iter().flat_map(response_attributes);
            let error = [attribute::error_type(attempt.error)];
            error.into_iter().chain(response).chain(resent).collect()
        });
    }

    /// Records the identifier of the single message that was sent.
    pub fn set_message_id(&mut self, id: &str) {
        if let Some(recording) = self.0.recording_mut() {
            recording.results.message_id = Some(truncate(id).to_owned());
        }
    }

    /// Records how many messages were received.
    pub fn set_received(&mut self, messages: usize) {
        if let Some(recording) = self.0.recording_mut() {
            recording.results.received = Some(messages);
        }
    }

    /// Records that `failed` messages of a batch were refused, the first of them with `code`.
    pub fn set_refused(&mut self, failed: usize, code: &str) {
        if let Some(recording) = self.0.recording_mut() {
            recording.results.refused = Some((failed, ErrorType::from_code(code)));
        }
    }

    /// Adds a span link to the creation context of a received message.
    pub fn add_message_link(&mut self, target: SpanContext, message_id: Option<&str>) {
        let Some(recording) = self.0.recording_mut() else { return };
        if !target.is_valid() {
            return;
        }
        let id = message_id
            .map(|id| KeyValue::new(attribute::MESSAGING_MESSAGE_ID, truncate(id).to_owned()));
        recording.span.add_link(target, id.into_iter().collect());
    }

    /// Records what DynamoDB answered.
    pub fn set_dynamodb_response(&mut self, response: DynamoDbResponse) {
        if let Some(recording) = self.0.recording_mut() {
            recording.results.dynamodb = response.into_attributes().collect();
        }
    }

    /// Ends the operation without an error.
    pub fn end(self) {
        self.0.end(None);
    }

    /// Ends a call that received messages. The result is what operations that process these
    /// messages start from: `None` if nothing is recorded, if it was an empty poll, or if it was
    /// not a call that receives.
    pub fn end_receive(self) -> Option<MessageSource> {
        self.0.end(None).flatten()
    }
}

crate::operation!(AwsOperation);

#[derive(Debug)]
pub(super) struct Recording {
    span: CallSpan,
    call: CallAttributes,
    results: Results,
}

/// What becomes known while the call is in progress.
#[derive(Debug, Default)]
struct Results {
    status: Option<u16>,
    request_id: Option<StringValue>,
    extended_request_id: Option<StringValue>,
    resend_count: u32,
    message_id: Option<String>,
    received: Option<usize>,
    refused: Option<(usize, ErrorType)>,
    dynamodb: Vec<KeyValue>,
}

impl Recording {
    pub(super) fn new(span: CallSpan, call: CallAttributes) -> Self {
        Self { span, call, results: Results::default() }
    }

    /// Whether this is a poll that is not worth a span: it received no message, or its caller
    /// dropped it before the response came, as a consumer does that stops. A poll that was retried
    /// is not hidden.
    fn is_hidden_poll(&self, outcome: &Outcome) -> bool {
        if !self.span.is_deferred() {
            return false;
        }
        let results = &self.results;
        match outcome {
            Outcome::Success => results.received == Some(0),
            Outcome::Cancelled => {
                results.resend_count == 0
                    && results.status.is_none()
                    && !self.span.has_deferred_events()
            }
            Outcome::Failure(_) => false,
        }
    }

    /// The failure of a batch of which nothing was accepted.
    fn all_refused(&self) -> Option<ErrorType> {
        let (refused, error) = self.results.refused.as_ref()?;
        let (_, count) = self.call.messaging()?;
        (*refused >= count.batch_size?).then(|| error.clone())
    }
}

impl kit::Recording for Recording {
    type Owner = Instrumenter<AwsInstruments>;
    type Output = Option<MessageSource>;

    fn context(&self) -> &Context {
        self.span.context()
    }

    fn kind(&self) -> &SpanKind {
        self.span.kind()
    }

    fn end(self, instrumenter: &Self::Owner, outcome: Outcome) -> Option<MessageSource> {
        let outcome = outcome.or_fail(|| self.all_refused());
        let seconds = self.span.elapsed().as_secs_f64();
        instrumenter.measure(|instruments| {
            record(instruments, seconds, &self.call, &self.results, outcome.error());
        });
        if self.is_hidden_poll(&outcome) {
            return None;
        }
        let Self { span, call, results } = self;
        let span = span.into_started(&call, instrumenter.tracer());
        let source = source(&call, &results, span.span_context());
        span.end(&outcome, || {
            call.server.iter().flat_map(Server::attributes).chain(results.into_attributes())
        });
        source
    }
}

/// Where the messages of a call that receives came from.
fn source(call: &CallAttributes, results: &Results, span: SpanContext) -> Option<MessageSource> {
    let (messaging, _) = call.messaging().filter(|_| call.is_receive())?;
    let source = MessageSource::of_receive(messaging, call.server.clone());
    let request_id = results.request_id.clone();
    let request_id = request_id.map(|id| KeyValue::new(attribute::AWS_REQUEST_ID, id));
    let source = request_id.into_iter().fold(source, MessageSource::with_attribute);
    Some(source.with_span_context(span))
}

impl Results {
    fn set_response(&mut self, response: &AwsResponse<'_>) {
        // Shared, because each message of the response refers to it too.
        let id = |id: Option<&str>| id.map(|id| std::sync::Arc::<str>::from(truncate(id)).into());
        self.status = Some(response.status);
        self.request_id = id(response.request_id);
        self.extended_request_id = id(response.extended_request_id);
    }

    fn clear_response(&mut self) {
        (self.status, self.request_id, self.extended_request_id) = (None, None, None);
    }

    fn into_attributes(self) -> impl Iterator<Item = KeyValue> {
        let status =
            |status| KeyValue::new(attribute::HTTP_RESPONSE_STATUS_CODE, i64::from(status));
        let resent = (self.resend_count > 0).then(|| i64::from(self.resend_count));
        [
            self.status.map(status),
            self.request_id.map(|id| KeyValue::new(attribute::AWS_REQUEST_ID, id)),
            self.extended_request_id
                .map(|id| KeyValue::new(attribute::AWS_EXTENDED_REQUEST_ID, id)),
            resent.map(|count| KeyValue::new(attribute::HTTP_REQUEST_RESEND_COUNT, count)),
            self.message_id.map(|id| KeyValue::new(attribute::MESSAGING_MESSAGE_ID, id)),
            self.received.map(message_count),
        ]
        .into_iter()
        .flatten()
        .chain(self.dynamodb)
    }
}

fn response_attributes(response: &AwsResponse<'_>) -> impl Iterator<Item = KeyValue> + use<> {
    let mut results = Results::default();
    results.set_response(response);
    results.into_attributes()
}

fn record(
    instruments: &AwsInstruments,
    seconds: f64,
    call: &CallAttributes,
    results: &Results,
    error: Option<&ErrorType>,
) {
    let server = call.server.as_ref();
    let Some((messaging, count)) = call.messaging() else {
        let attributes: ArrayVec<_, 6> = call.call_attributes(error).collect();
        instruments.call_duration.record(seconds, &attributes);
        if let Some(database) = call.database() {
            let attributes: ArrayVec<_, 6> = database.metric_attributes(server, error).collect();
            instruments.database_duration.record(seconds, &attributes);
        }
        return;
    };
    let attributes = messaging.operation_attributes(server, error);
    instruments.messaging.operation_duration.record(seconds, &attributes);

    let of_messages = |error| MessagingAttributes::message_attributes(messaging, server, error);
    if messaging.operation.operation_type() == MessagingOperationType::Send {
        let sent = count.batch_size.unwrap_or(1);
        let refused = results.refused.as_ref().map_or(0, |(refused, _)| *refused).min(sent);
        let (failed, error) = match (error, &results.refused) {
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
    if let Some(received) = results.received.filter(|received| *received > 0) {
        instruments.messaging.consumed.add(received as u64, &of_messages(error));
    }
}
