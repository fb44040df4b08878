//! The call that is being made, as it is kept in the SDK's configuration bag.

use std::fmt;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use aws_types::request_id::RequestId;
use otelier_instrument::semconv::aws::{AttemptRecording, AwsAttempt, AwsOperation, AwsResponse};
use otelier_instrument::semconv::http::HttpClientOperation;
use otelier_instrument::{ErrorType, catch_panic};

use crate::interceptor::{OtelInterceptor, Shared};
use crate::services::Service;

/// The call's operation and what is known of its attempts.
///
/// No hook runs when a caller drops the future of a call, but the bag is dropped, and ends the operation.
pub(crate) struct Call {
    /// Taken when the call ends.
    pub(crate) operation: Option<AwsOperation>,
    /// Whether it came so far that a request was to be sent.
    pub(crate) has_attempts: bool,
    /// The attempt under way, where each is a span of its own.
    pub(crate) attempt: Option<HttpClientOperation>,
    /// The last attempt, if it failed.
    pub(crate) failed: Option<FailedAttempt>,
    pub(crate) service: Option<&'static dyn Service>,
    pub(crate) attempts: AttemptRecording,
    /// The address of the interceptor that records the call.
    recorder: usize,
    shared: Arc<Shared>,
}

/// An attempt that failed; whether another follows is not known yet.
#[derive(Debug)]
pub(crate) struct FailedAttempt {
    pub(crate) number: u32,
    pub(crate) error: ErrorType,
    pub(crate) status: Option<u16>,
    pub(crate) request_id: Option<String>,
    pub(crate) at: SystemTime,
}

impl Call {
    pub(crate) fn new(
        operation: AwsOperation,
        service: Option<&'static dyn Service>,
        recorder: &OtelInterceptor,
    ) -> Self {
        let shared = Arc::clone(recorder.shared());
        shared.live_calls.fetch_add(1, Ordering::Relaxed);
        let attempts = match shared.attempts {
            AttemptRecording::Spans if operation.is_postponed() => AttemptRecording::Events,
            attempts => attempts,
        };
        Self {
            operation: Some(operation),
            has_attempts: false,
            attempt: None,
            failed: None,
            service,
            attempts,
            recorder: ptr::from_ref(recorder).addr(),
            shared,
        }
    }

    /// Whether it is `interceptor` that records the call. Where a client was instrumented twice another one may.
    ///
    /// Told by the address: a client keeps its interceptors where they are, and clones of one share all else.
    pub(crate) fn is_recorded_by(&self, interceptor: &OtelInterceptor) -> bool {
        self.recorder == ptr::from_ref(interceptor).addr()
    }

    /// Tells the head of what an attempt was answered.
    pub(crate) fn set_response(&mut self, response: &HttpResponse) {
        if let Some(operation) = &mut self.operation {
            operation.set_response(&AwsResponse {
                status: response.status().as_u16(),
                request_id: response.request_id(),
                extended_request_id: response.headers().get("x-amz-id-2"),
            });
        }
    }

    /// Records the attempt that failed as an event, if that is how attempts are recorded: another follows, or would have.
    pub(crate) fn flush_failed(&mut self) {
        if self.attempts != AttemptRecording::Events {
            return;
        }
        if let (Some(failed), Some(operation)) = (self.failed.take(), &mut self.operation) {
            operation.add_failed_attempt(&AwsAttempt {
                number: failed.number,
                error: &failed.error,
                response: failed.status.map(|status| AwsResponse {
                    status,
                    request_id: failed.request_id.as_deref(),
                    extended_request_id: None,
                }),
                at: failed.at,
            });
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.shared.live_calls.fetch_sub(1, Ordering::Relaxed);
        catch_panic(|| self.flush_failed());
        let (attempt, operation) = (self.attempt.take(), self.operation.take());
        catch_panic(|| drop(attempt));
        catch_panic(|| drop(operation));
    }
}

impl Storable for Call {
    type Storer = StoreReplace<Self>;
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("operation", &self.operation).finish_non_exhaustive()
    }
}
