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

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
    BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef, Input,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use otelier_instrument::catch_panic;

use crate::recorder::{AwsRecorder, RecordedCall};

use super::call_state::{CallState, InterceptorId};
use super::hooks;
use super::http_client::{CallContext, OtelHttpClient};
use super::identity_cache::OtelIdentityCache;
use super::outcome;
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

    /// Starts the call, unless another interceptor of the client has done so.
    fn start(&self, input: &mut Input, cfg: &mut ConfigBag) {
        if cfg.load::<CallState>().is_some() {
            return;
        }
        let service = cfg.load::<Metadata>().and_then(|it| services::find(it.service()));
        if let Some(call) = hooks::start(&self.recorder, service, input, cfg) {
            let state = CallState { call, recorded_by: self.id, service };
            cfg.interceptor_state().store_put(state);
        }
    }

    fn add_trace_header(&self, request: &mut HttpRequest, cfg: &ConfigBag) {
        let call = cfg.load::<CallState>().map(|state| &state.call);
        hooks::add_trace_header(&self.recorder, call, request);
    }

    /// Starts the attempt, and gives its context to the HTTP client by way of the request, if there
    /// is a wrapped client that reads it.
    fn start_attempt(&self, request: &mut HttpRequest, call: &mut RecordedCall, number: u32) {
        let cx = hooks::start_attempt(call, request, number);
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
        if !hooks::is_presigning(cfg) {
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
        if !hooks::is_presigning(cfg) {
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
        let number = hooks::attempt_number(cfg);
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
        let number = hooks::attempt_number(cfg);
        if let Some(state) = self.state(cfg) {
            catch_panic(|| hooks::end_attempt(&mut state.call, context, number));
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
            catch_panic(|| hooks::end(call, *service, context));
        }
        Ok(())
    }
}
