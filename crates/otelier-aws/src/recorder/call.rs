//! One call that is recorded: its attempts, and the ways in which it ends.
//!
//! The order of the methods is that of the SDK's hooks: `start_attempt`, `set_response` and
//! `end_attempt` for each attempt, then one of those that end the call. A call that ended ignores
//! what comes later, because the operation was taken out of it.
//!
//! As events, attempts that failed are recorded only if another one follows or the call is dropped
//! before its end: the failure of the last attempt is that of the call itself. So an attempt that
//! failed is kept in `failed` until that is known.
//!
//! A poll of a queue may make no span. Its operation creates the span when it ends, so its attempts
//! cannot be child spans and are events instead.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use otelier_instrument::semconv::aws::{
    AttemptRecording, AwsAttempt, AwsOperation, AwsOptions, AwsResponse, DynamoDbResponse,
};
use otelier_instrument::semconv::http::{HttpClient, HttpClientOperation, HttpOptions};
use otelier_instrument::semconv::messaging::MessageProcessor;
use otelier_instrument::{ErrorType, Operation, Providers, catch_panic, integration};

use super::attempt::{self, Attempt};
use super::endpoint::Endpoint;
use super::message::{self, ReceivedMessage};
use super::receipts::{self, Receipt};

/// The setting that the line about a hidden poll names.
const FILTER_VARIABLE: &str = "OTELIER_AUTO_FILTER_EMPTY_SQS";

/// What the calls of one client have in common.
#[derive(Debug)]
pub(super) struct CallRecording {
    /// For attempts as spans.
    http: HttpClient,
    /// Reads the context of received messages, and later makes their `process` spans.
    processor: MessageProcessor,
    /// What the user chose.
    attempts: AttemptRecording,
    /// How many calls have not ended. While there are none, new HTTP connectors are not wrapped.
    in_progress: AtomicUsize,
}

impl CallRecording {
    /// The instruments are made here, once for each client and not for each call.
    pub(super) fn new(providers: Providers, options: AwsOptions) -> Self {
        let processor = MessageProcessor::new(integration!("aws-sqs"), providers.clone());
        Self {
            processor: processor.with_payload_capture(options.capture_payloads),
            http: HttpClient::new(integration!("aws"), providers, HttpOptions::default()),
            attempts: options.attempts,
            in_progress: AtomicUsize::new(0),
        }
    }

    /// A hint only: a call may start or end at the same time.
    pub(super) fn is_any_in_progress(&self) -> bool {
        self.in_progress.load(Ordering::Relaxed) > 0
    }
}

/// A call that is recorded; made by [`AwsRecorder::start`](super::AwsRecorder::start).
///
/// It ends once. Dropped before that, it ends as cancelled, or as `panic` while its thread
/// unwinds: if the caller of the SDK drops the future of a call, no hook runs. A panic of telemetry
/// is caught in every method.
#[must_use = "a call that is dropped ends as cancelled"]
pub struct RecordedCall {
    /// Taken when the call ends.
    operation: Option<AwsOperation>,
    /// The attempt in progress, if attempts are spans.
    attempt: Option<HttpClientOperation>,
    /// The last attempt, if it failed and is not yet an event.
    failed: Option<FailedAttempt>,
    /// What the user chose, unless this call cannot have spans of its attempts.
    attempts: AttemptRecording,
    /// Stays `true` after a failure: the SDK takes the request away when it sends it.
    was_sent: bool,
    client: Arc<CallRecording>,
}

/// An attempt that failed. It is not known yet whether another one follows.
#[derive(Debug)]
struct FailedAttempt {
    /// Its ordinal number, from 1.
    number: u32,
    error: ErrorType,
    status: Option<u16>,
    request_id: Option<String>,
    /// When it failed, which is the time of its event.
    at: SystemTime,
}

impl RecordedCall {
    /// Counts as in progress until it ends.
    pub(super) fn new(operation: AwsOperation, client: &Arc<CallRecording>) -> Self {
        client.in_progress.fetch_add(1, Ordering::Relaxed);
        let attempts = match client.attempts {
            AttemptRecording::Spans if operation.has_deferred_span() => AttemptRecording::Events,
            attempts => attempts,
        };
        Self {
            operation: Some(operation),
            attempt: None,
            failed: None,
            attempts,
            was_sent: false,
            client: Arc::clone(client),
        }
    }

    /// The context in which the call's work runs. `None` after its end.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.operation.as_ref().map(Operation::context)
    }

    /// Whether an attempt was started.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        self.was_sent
    }

    /// Starts an attempt. The result is the context in which its request is sent: that of the
    /// call, or of the attempt's own span.
    pub fn start_attempt(&mut self, attempt: &Attempt<'_>) -> Option<Context> {
        self.was_sent = true;
        catch_panic(|| {
            let operation = self.operation.as_mut()?;
            if let Some(endpoint) = Endpoint::of(attempt.url) {
                operation.set_server(endpoint.host, endpoint.port_or_default());
            }
            operation.set_attempts(attempt.number);
            let cx = operation.context().clone();
            if self.attempts == AttemptRecording::Spans {
                self.attempt = attempt::start(&self.client.http, &cx, attempt);
            }
            self.add_failed_attempt();
            Some(self.attempt.as_ref().map_or(cx, |attempt| attempt.context().clone()))
        })
        .flatten()
    }

    /// Records the status and the identifiers of the response to the attempt in progress.
    pub fn set_response(&mut self, response: &AwsResponse<'_>) {
        self.update(|operation| operation.set_response(response));
    }

    /// Ends the attempt with this number.
    pub fn end_attempt(
        &mut self,
        number: u32,
        error: Option<ErrorType>,
        response: Option<&AwsResponse<'_>>,
    ) {
        let status = response.map(|response| response.status);
        if let Some(attempt) = self.attempt.take() {
            catch_panic(|| attempt::end(attempt, status, error.as_ref()));
        }
        let request_id = response.and_then(|response| response.request_id);
        self.failed = error.map(|error| FailedAttempt {
            number,
            error,
            status,
            request_id: request_id.map(str::to_owned),
            at: SystemTime::now(),
        });
    }

    /// Records the identifier of the single message that was sent.
    pub fn set_message_id(&mut self, id: &str) {
        self.update(|operation| operation.set_message_id(id));
    }

    /// Records that `count` messages of a batch were refused, the first of them with `code`.
    pub fn set_refused(&mut self, count: usize, code: &str) {
        self.update(|operation| operation.set_refused(count, code));
    }

    /// Records what DynamoDB answered.
    pub fn set_dynamodb_response(&mut self, response: DynamoDbResponse) {
        self.update(|operation| operation.set_dynamodb_response(response));
    }

    /// Ends the call without an error.
    pub fn end(&mut self) {
        self.finish(AwsOperation::end);
    }

    /// Ends the call as failed.
    pub fn fail(&mut self, error: ErrorType) {
        self.finish(|operation| operation.fail(error));
    }

    /// Ends a call that received messages.
    ///
    /// The span has a span link to the creation context of each message. The call is remembered by
    /// the messages' receipt handles, for [`process`](super::process). An empty poll makes no span
    /// if these are filtered; a debug line says so.
    pub fn end_received<M: ReceivedMessage>(&mut self, messages: &[M]) {
        let client = Arc::clone(&self.client);
        self.finish(|mut operation| {
            operation.set_received(messages.len());
            for message in messages {
                let extracted = message::extract(&client.processor, &Context::new(), message);
                if let Some(cx) = extracted {
                    let target = cx.span().span_context().clone();
                    operation.add_message_link(target, message.message_id());
                }
            }
            if operation.is_hidden_poll(None) {
                log_hidden_poll("received no message");
            }
            let source = operation.end_receive();
            let handles = messages.iter().filter_map(ReceivedMessage::receipt_handle);
            let processor = client.processor.clone();
            receipts::remember(handles, Receipt { source, processor });
        });
    }

    /// Does nothing after the end of the call.
    fn update(&mut self, update: impl FnOnce(&mut AwsOperation)) {
        if let Some(operation) = &mut self.operation {
            catch_panic(|| update(operation));
        }
    }

    /// Runs `end` once: later calls find no operation.
    fn finish(&mut self, end: impl FnOnce(AwsOperation)) {
        if let Some(operation) = self.operation.take() {
            self.client.in_progress.fetch_sub(1, Ordering::Relaxed);
            catch_panic(|| end(operation));
        }
    }

    /// Adds the last attempt as an event, if it failed and attempts are events: it was retried, or
    /// would have been.
    fn add_failed_attempt(&mut self) {
        if self.attempts != AttemptRecording::Events {
            return;
        }
        if let (Some(failed), Some(operation)) = (self.failed.take(), &mut self.operation) {
            let mut attempt = AwsAttempt::new(failed.number, &failed.error, failed.at);
            attempt.response = failed.status.map(|status| {
                let mut response = AwsResponse::new(status);
                response.request_id = failed.request_id.as_deref();
                response
            });
            operation.add_failed_attempt(&attempt);
        }
    }
}

impl Drop for RecordedCall {
    fn drop(&mut self) {
        catch_panic(|| self.add_failed_attempt());
        let attempt = self.attempt.take();
        catch_panic(|| drop(attempt));
        self.finish(|operation| {
            let is_cancelled = !std::thread::panicking();
            if is_cancelled && operation.is_hidden_poll(Some(&ErrorType::CANCELLED)) {
                log_hidden_poll("was dropped before the response came");
            }
            drop(operation);
        });
    }
}

/// Says why a poll makes no span, for a user who looks for it.
fn log_hidden_poll(why: &'static str) {
    tracing::debug!(
        "poll without a span: it {why}; set {FILTER_VARIABLE}=false to record such polls"
    );
}

impl fmt::Debug for RecordedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedCall").field("operation", &self.operation).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
