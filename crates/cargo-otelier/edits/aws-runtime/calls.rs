//! Otelier: one operation for each call of a client.
//!
//! Nothing here fails a call: every hook returns `Ok`, and a panic of telemetry is caught.

#[allow(unused_imports)]
pub use otelier_agent::aws as names;

mod hooks;
mod outcome;
pub mod service;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::__otelier::CallContext;
pub use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef as AfterTransmit,
    BeforeSerializationInterceptorContextMut as BeforeSerialization,
    BeforeTransmitInterceptorContextRef as BeforeTransmit,
    FinalizerInterceptorContextRef as Finished,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use otelier_agent::catch_panic;

use self::names::RecordedCall;
use self::service::Service;
use crate::invocation_id::InvocationIdInterceptor;

/// The service of a client, if it adds something to its calls.
pub type ServiceOf = Option<&'static dyn Service>;

impl InvocationIdInterceptor {
    /// Has the calls of a client described by its service.
    #[doc(hidden)]
    pub fn __otelier(mut self, service: &'static dyn Service) -> Self {
        self.__otelier = Some(service);
        self
    }
}

/// The call, in the SDK's configuration bag. If the program drops the future of a call, no hook
/// runs, but the bag is dropped, and the call ends as cancelled.
#[derive(Debug)]
struct CallState {
    call: RecordedCall,
    service: ServiceOf,
}

impl Storable for CallState {
    type Storer = StoreReplace<Self>;
}

fn call(cfg: &mut ConfigBag) -> Option<&mut CallState> {
    cfg.get_mut_from_interceptor_state::<CallState>()
}

/// Starts the call.
pub(crate) fn start(
    service: ServiceOf,
    context: &mut BeforeSerialization<'_>,
    cfg: &mut ConfigBag,
) -> Result<(), BoxError> {
    if let Some(recorder) = names::recorder() {
        catch_panic(|| {
            let Some(call) = hooks::start(recorder, service, context.input_mut(), cfg) else {
                return;
            };
            if let Some(captured) = names::captured(&call) {
                cfg.interceptor_state().store_put(CallContext(captured));
            }
            cfg.interceptor_state().store_put(CallState { call, service });
        });
    }
    Ok(())
}

/// Adds the header `X-Amzn-Trace-Id`, unless the request has one or is only signed.
pub(crate) fn add_trace_header(request: &mut HttpRequest, cfg: &ConfigBag) {
    if let Some(recorder) = names::recorder() {
        if !hooks::is_presigning(cfg) {
            let state = cfg.load::<CallState>();
            let call = state.map(|state| &state.call);
            catch_panic(|| hooks::add_trace_header(recorder, call, request));
        }
    }
}

/// Starts an attempt.
pub(crate) fn start_attempt(
    context: &BeforeTransmit<'_>,
    cfg: &mut ConfigBag,
) -> Result<(), BoxError> {
    let number = hooks::attempt_number(cfg);
    if let Some(state) = call(cfg) {
        catch_panic(|| hooks::start_attempt(&mut state.call, context.request(), number));
    }
    Ok(())
}

/// Records the response to an attempt.
pub(crate) fn set_response(
    context: &AfterTransmit<'_>,
    cfg: &mut ConfigBag,
) -> Result<(), BoxError> {
    if let Some(state) = call(cfg) {
        catch_panic(|| state.call.set_response(&outcome::response(context.response())));
    }
    Ok(())
}

/// Ends an attempt.
pub(crate) fn end_attempt(context: &Finished<'_>, cfg: &mut ConfigBag) -> Result<(), BoxError> {
    let number = hooks::attempt_number(cfg);
    if let Some(state) = call(cfg) {
        catch_panic(|| hooks::end_attempt(&mut state.call, context, number));
    }
    Ok(())
}

/// Ends the call.
pub(crate) fn end(context: &Finished<'_>, cfg: &mut ConfigBag) -> Result<(), BoxError> {
    if let Some(CallState { call, service }) = call(cfg) {
        catch_panic(|| hooks::end(call, *service, context));
    }
    Ok(())
}
