//! The interceptor: it maps the SDK's hooks to a recorded call.
//!
//! The hooks in their order, and what each one does:
//!
//! `modify_before_serialization` starts the call and puts context into messages.
//! `modify_before_signing` adds the X-Ray header to the request. `modify_before_transmit` starts an
//! attempt, `read_after_transmit` notes the status and the identifiers of its response, and
//! `read_after_attempt` ends it; a retry repeats the hooks from signing on. `read_after_execution`
//! ends the call. If the caller drops the future, no hook runs, and the drop of the configuration
//! bag ends the call.
//!
//! The hooks run in the user's call, so each of them catches panics and returns `Ok`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
    BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef, Input,
};
use aws_smithy_runtime_api::client::interceptors::{DisableInterceptor, Intercept};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::region::Region;
use opentelemetry::Context;
use otelier_instrument::catch_panic;
use otelier_instrument::semconv::aws::{AwsDetails, AwsRequest};

use crate::recorder::{Attempt, AwsRecorder, RecordedCall, XRAY_HEADER};

use super::call_state::{CallState, InterceptorId};
use super::http_client::{CallContext, OtelHttpClient};
use super::identity_cache::OtelIdentityCache;
use super::outcome::{self, Outcome};
use super::service::{Direction, Service};
use super::services;

/// Makes a span and metrics of every call of an `aws-sdk-*` client, and puts context into messages.
///
/// [`client!`](crate::client!) and [`instrument!`](crate::instrument!) add it to a client's
/// configuration. It never fails a call: a panic of telemetry is caught. It changes a request only
/// to add context. A presigned request is no call, and is unchanged. If a client has several
/// interceptors, each call is traced once, by the first one that records.
///
/// What each operation emits is listed in the [documentation of this crate](crate).
///
/// # Example
///
/// ```
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {}
/// # fn example(sdk_config: &aws_types::SdkConfig) {
/// use otelier::aws::{AttemptRecording, OtelInterceptor};
///
/// let interceptor = OtelInterceptor::builder().with_attempts(AttemptRecording::Spans).build();
/// let sqs = otelier::aws::client!(aws_sdk_sqs, sdk_config, interceptor);
/// # let _: aws_sdk_sqs::Client = sqs;
/// # }
/// ```
pub struct OtelInterceptor {
    /// A clone in the same client is another interceptor, and must not record the same call.
    id: InterceptorId,
    /// Shared by the clones: they record for the same providers and with the same options.
    recorder: AwsRecorder,
    /// Whether an HTTP client reads the context that requests carry as an extension.
    http_client_is_wrapped: Arc<AtomicBool>,
}

impl OtelInterceptor {
    /// At first no HTTP client counts as wrapped, so that no request gets an extension in vain.
    pub(super) fn from_recorder(recorder: AwsRecorder) -> Self {
        let http_client_is_wrapped = Arc::default();
        Self { id: InterceptorId::next(), recorder, http_client_is_wrapped }
    }

    /// Wraps `client` so that the span of a call is the current one inside it.
    ///
    /// [`client!`](crate::client!) and [`instrument!`](crate::instrument!) do this for the client
    /// in the configuration.
    #[must_use]
    pub fn wrap_http_client(&self, client: SharedHttpClient) -> SharedHttpClient {
        self.http_client_is_wrapped.store(true, Ordering::Relaxed);
        SharedHttpClient::new(OtelHttpClient::new(client, self.recorder.clone()))
    }

    /// Wraps `cache` so that the span of a call is the current one while credentials are resolved
    /// for that call.
    ///
    /// [`client!`](crate::client!) and [`instrument!`](crate::instrument!) do this for the cache
    /// in the configuration.
    #[must_use]
    pub fn wrap_identity_cache(&self, cache: SharedIdentityCache) -> SharedIdentityCache {
        SharedIdentityCache::new(OtelIdentityCache(cache))
    }

    /// The call, if it is this interceptor that records it.
    fn state<'a>(&self, cfg: &'a mut ConfigBag) -> Option<&'a mut CallState> {
        let state = cfg.get_mut_from_interceptor_state::<CallState>();
        state.filter(|state| state.recorded_by == self.id)
    }

    /// Starts the call, unless another interceptor of the client has done so or no signal is
    /// enabled. Context goes into messages even if nothing is recorded: that of the caller then.
    fn start(&self, input: &mut Input, cfg: &mut ConfigBag) {
        let Some(metadata) = cfg.load::<Metadata>() else { return };
        // Another interceptor of the client records the call.
        if cfg.load::<CallState>().is_some() {
            return;
        }
        let service = services::find(metadata.service());
        let fields = self.recorder.propagation_fields();
        let call = self.recorder.enabled().then(|| {
            let name = service.map_or(metadata.service(), |service| service.name());
            let mut request = AwsRequest::new(name, metadata.name());
            request.region = cfg.load::<Region>().map(Region::as_ref);
            request.details = service.map_or(AwsDetails::None, |service| {
                service.describe(metadata.name(), input, fields)
            });
            self.recorder.start(&request)
        });
        let call = call.flatten();
        if let Some(service) = service
            && let Some(direction) = service.direction(metadata.name())
            && !fields.is_empty()
        {
            let cx = call.as_ref().and_then(RecordedCall::context).cloned();
            self.add_context(input, service, direction, &cx.unwrap_or_else(Context::current));
        }
        if let Some(call) = call {
            let state = CallState { call, recorded_by: self.id, service };
            cfg.interceptor_state().store_put(state);
        }
    }

    /// Puts the fields of `cx` into the messages of `input`, or requests these fields for the
    /// messages that will come. Nothing is changed if the propagator panics.
    fn add_context(
        &self,
        input: &mut Input,
        service: &dyn Service,
        direction: Direction,
        cx: &Context,
    ) {
        match direction {
            Direction::Out => {
                // The request is not touched until the propagator is done: it is the user's, and
                // may panic.
                if let Some(fields) = self.recorder.context_fields(cx) {
                    service.inject(input, &fields);
                }
            }
            Direction::In => service.request_fields(input, self.recorder.propagation_fields()),
        }
    }

    /// Adds the header `X-Amzn-Trace-Id` for the call, or for the current context if the call is
    /// not recorded. A header that the user has set stays.
    fn add_trace_header(&self, request: &mut HttpRequest, cfg: &ConfigBag) {
        let state = cfg.load::<CallState>();
        let cx = state.and_then(|state| state.call.context()).cloned();
        let has_own = request.headers().contains_key(XRAY_HEADER);
        let cx = cx.unwrap_or_else(Context::current);
        if let Some(value) = self.recorder.trace_header(&cx, has_own) {
            // A value that is not valid in a header is left out.
            let _ = request.headers_mut().try_insert("x-amzn-trace-id", value);
        }
    }

    /// Starts the attempt, and gives its context to the HTTP client by way of the request, if there
    /// is a wrapped client that reads it.
    fn start_attempt(&self, request: &mut HttpRequest, call: &mut RecordedCall, number: u32) {
        let (method, url) = (request.method(), request.uri());
        let cx = call.start_attempt(&Attempt { number, method, url });
        if let Some(cx) = cx.filter(|_| self.http_client_is_wrapped.load(Ordering::Relaxed)) {
            request.add_extension(CallContext(cx));
        }
    }
}

/// A clone records in the same place, and may be in the same client.
impl Clone for OtelInterceptor {
    fn clone(&self) -> Self {
        Self {
            id: InterceptorId::next(),
            recorder: self.recorder.clone(),
            http_client_is_wrapped: Arc::clone(&self.http_client_is_wrapped),
        }
    }
}

impl fmt::Debug for OtelInterceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelInterceptor").field("recorder", &self.recorder).finish_non_exhaustive()
    }
}

/// Ends the call. If it succeeded, the service first reads what the output says, such as the
/// identifier of a message that was sent.
fn end(call: &mut RecordedCall, service: Option<&dyn Service>, outcome: &Outcome<'_>) {
    match (outcome.error(), service, outcome.output()) {
        (Some(error), _, _) => call.fail(error),
        (None, Some(service), Some(output)) => service.end(call, output),
        (None, _, _) => call.end(),
    }
}

/// Whether the request is only signed, to be sent later by somebody else.
///
/// Presigning switches the interceptor of invocation identifiers off, which the SDK has for the
/// requests that it sends.
fn is_presigning(cfg: &ConfigBag) -> bool {
    cfg.load::<DisableInterceptor<InvocationIdInterceptor>>().is_some()
}

/// The number of the attempt, from 1; 1 too if the SDK has not counted.
fn attempt_number(cfg: &ConfigBag) -> u32 {
    cfg.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts)
}

// Every hook returns `Ok`: an error of an interceptor fails the user's call.
impl Intercept for OtelInterceptor {
    fn name(&self) -> &'static str {
        "OtelInterceptor"
    }

    // The first hook in which the service and the operation are known.
    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _runtime_components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if !is_presigning(cfg) {
            catch_panic(|| self.start(context.input_mut(), cfg));
        }
        Ok(())
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _runtime_components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if !is_presigning(cfg) {
            catch_panic(|| self.add_trace_header(context.request_mut(), cfg));
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _runtime_components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let number = attempt_number(cfg);
        if let Some(state) = self.state(cfg) {
            catch_panic(|| self.start_attempt(context.request_mut(), &mut state.call, number));
        }
        Ok(())
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _runtime_components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(state) = self.state(cfg) {
            catch_panic(|| state.call.set_response(&outcome::response(context.response())));
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _runtime_components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let number = attempt_number(cfg);
        if let Some(CallState { call, .. }) = self.state(cfg) {
            catch_panic(|| {
                let outcome = Outcome::of(context, call.was_sent());
                call.end_attempt(number, outcome.error(), outcome.response().as_ref());
            });
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _runtime_components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(CallState { call, service, .. }) = self.state(cfg) {
            catch_panic(|| {
                let outcome = Outcome::of(context, call.was_sent());
                end(call, *service, &outcome);
            });
        }
        Ok(())
    }
}
