//! What is done at each of the SDK's hooks, whoever hooks in: an interceptor, or the SDK itself in
//! a program that `cargo otelier` builds.

use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_smithy_runtime_api::client::interceptors::DisableInterceptor;
use aws_smithy_runtime_api::client::interceptors::context::{
    FinalizerInterceptorContextRef, Input,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::region::Region;

use super::names::{
    Attempt, AwsDetails, AwsRecorder, AwsRequest, Context, RecordedCall, XRAY_HEADER,
};
use super::outcome::Outcome;
use super::service::{Direction, Service};

/// Starts the call, if any signal is enabled. Context goes into messages even if nothing is
/// recorded: that of the caller then.
///
/// `None` too if the SDK does not say which operation it is.
pub(super) fn start(
    recorder: &AwsRecorder,
    service: Option<&dyn Service>,
    input: &mut Input,
    cfg: &ConfigBag,
) -> Option<RecordedCall> {
    let metadata = cfg.load::<Metadata>()?;
    let fields = recorder.propagation_fields();
    let call = recorder.enabled().then(|| {
        let name = service.map_or(metadata.service(), |service| service.name());
        let mut request = AwsRequest::new(name, metadata.name());
        request.region = cfg.load::<Region>().map(Region::as_ref);
        request.details = service
            .map_or(AwsDetails::None, |service| service.describe(metadata.name(), input, fields));
        recorder.start(&request)
    });
    let call = call.flatten();
    let service = service.filter(|_| !fields.is_empty());
    if let Some((service, direction)) =
        service.and_then(|service| Some((service, service.direction(metadata.name())?)))
    {
        let cx = call.as_ref().and_then(RecordedCall::context).cloned();
        let cx = cx.unwrap_or_else(Context::current);
        add_context(recorder, input, service, direction, &cx);
    }
    call
}

/// Puts the fields of `cx` into the messages of `input`, or requests these fields for the messages
/// that will come. Nothing is changed if the propagator panics.
fn add_context(
    recorder: &AwsRecorder,
    input: &mut Input,
    service: &dyn Service,
    direction: Direction,
    cx: &Context,
) {
    match direction {
        Direction::Out => {
            // The request is not touched until the propagator is done: it is the user's, and may
            // panic.
            if let Some(fields) = recorder.context_fields(cx) {
                service.inject(input, &fields);
            }
        }
        Direction::In => service.request_fields(input, recorder.propagation_fields()),
    }
}

/// Adds the header `X-Amzn-Trace-Id` for the call, or for the current context if the call is not
/// recorded. A header that the user has set stays.
pub(super) fn add_trace_header(
    recorder: &AwsRecorder,
    call: Option<&RecordedCall>,
    request: &mut HttpRequest,
) {
    let cx = call.and_then(RecordedCall::context).cloned();
    let has_own = request.headers().contains_key(XRAY_HEADER);
    let cx = cx.unwrap_or_else(Context::current);
    if let Some(value) = recorder.trace_header(&cx, has_own) {
        // A value that is not valid in a header is left out.
        let _ = request.headers_mut().try_insert("x-amzn-trace-id", value);
    }
}

/// Starts the attempt. The result is the context in which its request is sent.
pub(super) fn start_attempt(
    call: &mut RecordedCall,
    request: &HttpRequest,
    number: u32,
) -> Option<Context> {
    let (method, url) = (request.method(), request.uri());
    call.start_attempt(&Attempt { number, method, url })
}

/// Ends the attempt with this number.
pub(super) fn end_attempt(
    call: &mut RecordedCall,
    context: &FinalizerInterceptorContextRef<'_>,
    number: u32,
) {
    let outcome = Outcome::of(context, call.was_sent());
    call.end_attempt(number, outcome.error(), outcome.response().as_ref());
}

/// Ends the call. If it succeeded, the service first reads what the output says, such as the
/// identifier of a message that was sent.
pub(super) fn end(
    call: &mut RecordedCall,
    service: Option<&dyn Service>,
    context: &FinalizerInterceptorContextRef<'_>,
) {
    let outcome = Outcome::of(context, call.was_sent());
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
pub(super) fn is_presigning(cfg: &ConfigBag) -> bool {
    cfg.load::<DisableInterceptor<InvocationIdInterceptor>>().is_some()
}

/// The number of the attempt, from 1; 1 too if the SDK has not counted.
pub(super) fn attempt_number(cfg: &ConfigBag) -> u32 {
    cfg.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts)
}
