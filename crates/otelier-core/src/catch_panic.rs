//! Catches the panics of the processors that code adds.
//!
//! What is caught is reported by the panic hook as any other panic. A processor that panicked is
//! called again the next time: one bad span must not turn it off for all the others.
//!
//! They run in the midst of the user's own calls and before the exporters: a panic there would take
//! down a request, and at the end it would lose what the exporters still hold.

use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use otelier_instrument::catch_panic;

/// A processor whose panics go no further than the process's panic hook.
///
/// It is put around each processor that is given to the builder. Those of Otelier itself run
/// without it.
#[derive(Debug)]
pub(crate) struct CatchPanic<P>(pub(crate) P);

/// What `work` returns; a panic is a failure of the flush or the shutdown.
fn result(work: impl FnOnce() -> OTelSdkResult) -> OTelSdkResult {
    catch_panic(work)
        .unwrap_or_else(|| Err(OTelSdkError::InternalFailure("a processor panicked".to_owned())))
}

impl<P: SpanProcessor> SpanProcessor for CatchPanic<P> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        catch_panic(|| self.0.on_start(span, cx));
    }

    fn on_end(&self, span: SpanData) {
        catch_panic(|| self.0.on_end(span));
    }

    fn force_flush(&self) -> OTelSdkResult {
        result(|| self.0.force_flush())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        result(|| self.0.shutdown_with_timeout(timeout))
    }

    fn set_resource(&mut self, resource: &Resource) {
        catch_panic(|| self.0.set_resource(resource));
    }
}

impl<P: LogProcessor> LogProcessor for CatchPanic<P> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        catch_panic(|| self.0.emit(record, scope));
    }

    /// A processor that panics does not want the record.
    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        catch_panic(|| self.0.event_enabled(level, target, name)).unwrap_or(false)
    }

    fn force_flush(&self) -> OTelSdkResult {
        result(|| self.0.force_flush())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        result(|| self.0.shutdown_with_timeout(timeout))
    }

    fn set_resource(&mut self, resource: &Resource) {
        catch_panic(|| self.0.set_resource(resource));
    }
}
