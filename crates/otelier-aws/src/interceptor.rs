//! The interceptor: it maps the hooks of the SDK to the life of an operation.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::SystemTime;

use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
    BeforeTransmitInterceptorContextMut, Error, FinalizerInterceptorContextRef, Input, Output,
};
use aws_smithy_runtime_api::client::interceptors::{DisableInterceptor, Intercept};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, Metadata, OrchestratorError,
};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::region::Region;
use aws_types::request_id::RequestId;
use opentelemetry::Context;
use otelier_instrument::semconv::aws::{
    AttemptRecording, AwsClient, AwsDetails, AwsOperation, AwsOptions, AwsRequest,
};
use otelier_instrument::semconv::http::{HttpClient, HttpOptions};
#[cfg(feature = "sqs")]
use otelier_instrument::semconv::messaging::MessageProcessor;
use otelier_instrument::{Operation, Providers, catch_panic, integration};

use crate::attempt;
use crate::builder::OtelInterceptorBuilder;
use crate::call::{Call, FailedAttempt};
use crate::endpoint;
use crate::error::error_type;
use crate::http_client::{CallContext, OtelHttpClient};
use crate::identity_cache::OtelIdentityCache;
use crate::services::{self, Direction, XRAY};

/// Makes a span and metrics of every call of an `aws-sdk-*` client, and lets messages carry their context.
///
/// [`client!`](crate::client!) and [`instrument!`](crate::instrument!) put it into a client's configuration. It never
/// fails a call: what goes wrong in telemetry, a panic included, is lost and nothing else. It changes a request only to
/// add context. A presigned request is no call, and left alone. A client with several of them is traced once, by the first
/// that records.
///
/// What each operation emits is listed in the [documentation of this crate](crate).
#[derive(Clone)]
pub struct OtelInterceptor(Arc<Shared>);

/// What an interceptor shares with the wrappers of its client's components, and with the messages received.
pub(crate) struct Shared {
    pub(crate) client: AwsClient,
    #[cfg(feature = "sqs")]
    pub(crate) processor: MessageProcessor,
    pub(crate) attempts: AttemptRecording,
    http: HttpClient,
    /// Whether there is somebody to read the context that requests carry as an extension.
    http_client_is_wrapped: AtomicBool,
    /// How many calls are being recorded.
    pub(crate) live_calls: AtomicUsize,
}

impl OtelInterceptor {
    /// With everything from the process-wide settings and the global providers.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// To choose providers and what is recorded.
    pub fn builder() -> OtelInterceptorBuilder {
        OtelInterceptorBuilder::default()
    }

    pub(crate) fn from_parts(providers: Providers, options: AwsOptions) -> Self {
        Self(Arc::new(Shared {
            client: AwsClient::new(integration!("aws"), providers.clone(), options),
            #[cfg(feature = "sqs")]
            processor: MessageProcessor::new(integration!("aws-sqs"), providers.clone()),
            attempts: options.attempts,
            http: HttpClient::new(integration!("aws"), providers, HttpOptions::default()),
            http_client_is_wrapped: AtomicBool::new(false),
            live_calls: AtomicUsize::new(0),
        }))
    }

    /// `client` with the span of a call as the current one while it is at work for that call.
    ///
    /// [`client!`](crate::client!) and [`instrument!`](crate::instrument!) do it for the client in the configuration.
    #[must_use]
    pub fn wrap_http_client(&self, client: SharedHttpClient) -> SharedHttpClient {
        self.0.http_client_is_wrapped.store(true, Ordering::Relaxed);
        SharedHttpClient::new(OtelHttpClient::new(client, Arc::clone(&self.0)))
    }

    /// `cache` with the span of a call as the current one while credentials that are not in it are resolved for that call.
    ///
    /// [`client!`](crate::client!) and [`instrument!`](crate::instrument!) do it for the cache in the configuration.
    #[must_use]
    pub fn wrap_identity_cache(&self, cache: SharedIdentityCache) -> SharedIdentityCache {
        SharedIdentityCache::new(OtelIdentityCache(cache))
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }

    /// The call, if it is this interceptor that records it.
    fn call<'a>(&self, cfg: &'a mut ConfigBag) -> Option<&'a mut Call> {
        cfg.get_mut_from_interceptor_state::<Call>().filter(|call| call.is_recorded_by(self))
    }

    fn start(&self, input: &mut Input, cfg: &mut ConfigBag) {
        let Some(metadata) = cfg.load::<Metadata>() else { return };
        // A client that was instrumented twice is traced once, by the first that can.
        if cfg.load::<Call>().is_some() {
            return;
        }
        let service = services::find(metadata.service());
        let direction = service.and_then(|service| service.moves(metadata.name()));
        let client = &self.0.client;
        let fields = match direction {
            Some(_) => catch_panic(|| client.propagation_fields()).unwrap_or_default(),
            None => Vec::new(),
        };
        let operation = catch_panic(|| {
            client.enabled().then(|| {
                client.start(&AwsRequest {
                    service: metadata.service(),
                    operation: metadata.name(),
                    region: cfg.load::<Region>().map(Region::as_ref),
                    details: service.map_or(AwsDetails::None, |service| {
                        service.describe(metadata.name(), input, &fields)
                    }),
                })
            })
        });
        let operation = operation.flatten().filter(AwsOperation::is_recording);
        if let (Some(service), Some(direction), false) = (service, direction, fields.is_empty()) {
            let cx = operation
                .as_ref()
                .map_or_else(Context::current, |operation| operation.context().clone());
            // The propagator is the user's and may panic; only when it is done is the request touched.
            match direction {
                Direction::Out => {
                    if let Some(fields) = catch_panic(|| client.context_fields(&cx)) {
                        service.inject(input, &fields);
                    }
                }
                Direction::In => service.request_fields(input, &fields),
            }
        }
        if let Some(operation) = operation {
            cfg.interceptor_state().store_put(Call::new(operation, service, self));
        }
    }

    fn add_trace_header(&self, request: &mut HttpRequest, cfg: &ConfigBag) {
        let client = &self.0.client;
        if !client.has_propagation_field(XRAY) || request.headers().contains_key(XRAY) {
            return;
        }
        let operation = cfg.load::<Call>().and_then(|call| call.operation.as_ref());
        let cx = operation.map_or_else(Context::current, |operation| operation.context().clone());
        let fields = client.context_fields(&cx);
        let header = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(XRAY));
        if let Some((_, value)) = header {
            // A value that cannot be a header is left out.
            let _ = request.headers_mut().try_insert("x-amzn-trace-id", value.to_owned());
        }
    }

    fn start_attempt(&self, request: &mut HttpRequest, call: &mut Call, number: u32) {
        call.has_attempts = true;
        let Some(operation) = &mut call.operation else { return };
        if let Some((host, port)) = endpoint::server(request) {
            operation.set_server(host, port);
        }
        operation.set_attempts(number);
        let cx = operation.context().clone();
        if call.attempts == AttemptRecording::Spans {
            call.attempt = attempt::start(&self.0.http, &cx, request, number);
        }
        if self.0.http_client_is_wrapped.load(Ordering::Relaxed) {
            let cx = call.attempt.as_ref().map_or(cx, |attempt| attempt.context().clone());
            request.add_extension(CallContext(cx));
        }
        call.flush_failed();
    }

    fn end_attempt(&self, outcome: &Outcome<'_>, call: &mut Call, number: u32) {
        let error = outcome.error();
        if let Some(attempt) = call.attempt.take() {
            attempt::end(attempt, outcome.response, error.as_ref());
        }
        call.failed = error.map(|error| FailedAttempt {
            number,
            error,
            status: outcome.response.map(|response| response.status().as_u16()),
            request_id: outcome.response.and_then(|it| it.request_id()).map(str::to_owned),
            at: SystemTime::now(),
        });
    }

    fn end(&self, outcome: &Outcome<'_>, call: &mut Call) {
        let Some(operation) = call.operation.take() else { return };
        match (outcome.error(), call.service, outcome.result.and_then(Result::ok)) {
            (Some(error), _, _) => operation.fail(error),
            (None, Some(service), Some(output)) => service.end(operation, output, &self.0),
            (None, _, _) => operation.end(),
        }
    }
}

impl Default for OtelInterceptor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for OtelInterceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelInterceptor").field("client", &self.0.client).finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What a call or an attempt came to.
struct Outcome<'a> {
    result: Option<Result<&'a Output, &'a OrchestratorError<Error>>>,
    /// Whether a request was made of the input.
    has_request: bool,
    response: Option<&'a HttpResponse>,
}

impl<'a> Outcome<'a> {
    fn of(context: &'a FinalizerInterceptorContextRef<'_>, call: &Call) -> Self {
        Self {
            result: context.output_or_error(),
            // The SDK takes it away to send it.
            has_request: call.has_attempts || context.request().is_some(),
            response: context.response(),
        }
    }

    fn error(&self) -> Option<otelier_instrument::ErrorType> {
        self.result
            .and_then(Result::err)
            .map(|error| error_type(error, self.has_request, self.response))
    }
}

/// Whether the request is being signed for somebody else to send, some time.
fn is_presigning(cfg: &ConfigBag) -> bool {
    cfg.load::<DisableInterceptor<InvocationIdInterceptor>>().is_some()
}

fn attempt_number(cfg: &ConfigBag) -> u32 {
    cfg.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts)
}

// Each hook returns `Ok`, whatever happens: an error of an interceptor is the failure of the user's call.
impl Intercept for OtelInterceptor {
    fn name(&self) -> &'static str {
        "OtelInterceptor"
    }

    // The first hook at which the service and the operation are known.
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
        if let Some(call) = self.call(cfg) {
            catch_panic(|| self.start_attempt(context.request_mut(), call, number));
        }
        Ok(())
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _runtime_components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = self.call(cfg) {
            catch_panic(|| call.set_response(context.response()));
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
        if let Some(call) = self.call(cfg) {
            catch_panic(|| self.end_attempt(&Outcome::of(context, call), call, number));
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _runtime_components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = self.call(cfg) {
            catch_panic(|| self.end(&Outcome::of(context, call), call));
        }
        Ok(())
    }
}
