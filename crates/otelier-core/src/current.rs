//! The pipeline that `init` set up, for what finds it late: a layer that was built before, or code
//! far from `main`.
//!
//! A `OnceLock` is enough: the pipeline of a process is never replaced, and stays reachable after
//! it has ended. Providers of an ended pipeline do nothing, so code that finds it late needs no
//! case for that.

use std::sync::{Arc, OnceLock};

use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::config::Signal;
use crate::pipeline::Pipeline;

/// Empty until `init`; also set, to a pipeline without signals, where telemetry is switched off.
static CURRENT: OnceLock<Arc<Pipeline>> = OnceLock::new();

/// Makes `pipeline` that of the process. There is one in the life of a process. A second one is
/// ignored.
pub(crate) fn set(pipeline: &Arc<Pipeline>) {
    let _ = CURRENT.set(Arc::clone(pipeline));
}

/// The pipeline that `init` set up. `None` before that.
pub(crate) fn get() -> Option<&'static Arc<Pipeline>> {
    CURRENT.get()
}

/// The tracer provider that [`init`](crate::init) set up; `None` before, and where traces are off.
#[must_use]
pub fn tracer_provider() -> Option<SdkTracerProvider> {
    let pipeline = get()?;
    pipeline.is_on(Signal::Traces).then(|| pipeline.tracer_provider.clone())
}

/// The logger provider that [`init`](crate::init) set up, for a bridge from a logging library;
/// `None` before, and where logs are off. OpenTelemetry has no global one.
#[must_use]
pub fn logger_provider() -> Option<SdkLoggerProvider> {
    let pipeline = get()?;
    pipeline.is_on(Signal::Logs).then(|| pipeline.logger_provider.clone())
}
