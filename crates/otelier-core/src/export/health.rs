//! Remembers how exports went, because the SDK forgets: its shutdown discards the result of the last export.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;

/// What went wrong with the exports of one signal since it was last asked for.
#[derive(Debug, Default)]
pub(crate) struct Health {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: usize,
    reason: String,
    /// Why the last request did not reach the endpoint, which the exporter keeps to itself.
    cause: Option<String>,
}

impl Health {
    /// The failures so far, as one reason, and a clean slate.
    pub(crate) fn take_failures(&self) -> Option<String> {
        let State { failures, reason, .. } = std::mem::take(&mut *self.lock());
        match failures {
            0 => None,
            1 => Some(reason),
            _ => Some(format!("{failures} exports failed, the last one with: {reason}")),
        }
    }

    /// Notes why a request could not be sent; it is used if the export fails in the end.
    pub(crate) fn note_cause(&self, cause: String) {
        self.lock().cause = Some(cause);
    }

    fn record(&self, destination: &str, result: &OTelSdkResult) {
        let mut state = self.lock();
        let cause = state.cause.take();
        if let Err(error) = result {
            state.failures += 1;
            let error = match error {
                // Its text alone says that something failed.
                OTelSdkError::InternalFailure(text) => text.clone(),
                error => error.to_string(),
            };
            state.reason = match cause {
                Some(cause) => format!("{destination}: {error} ({cause})"),
                None => format!("{destination}: {error}"),
            };
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An exporter whose results are recorded, and whose futures run inside our runtime when it needs one.
#[derive(Debug)]
pub(crate) struct Watched<E> {
    pub(crate) exporter: E,
    pub(crate) health: Arc<Health>,
    /// Where it exports to, as it may be shown.
    pub(crate) destination: String,
    /// The runtime, and how long an export may take there: gRPC bounds a request, but not the wait for a connection.
    pub(crate) runtime: Option<(Handle, Duration)>,
}

impl<E> Watched<E> {
    async fn watch(&self, export: impl Future<Output = OTelSdkResult> + Send) -> OTelSdkResult {
        let result = match &self.runtime {
            Some((runtime, limit)) => {
                // Made when first polled, because a timer needs the runtime from its start.
                let bounded = async { tokio::time::timeout(*limit, export).await };
                within(runtime, bounded).await.unwrap_or(Err(OTelSdkError::Timeout(*limit)))
            }
            None => export.await,
        };
        self.health.record(&self.destination, &result);
        result
    }
}

/// Polls `future` inside `runtime`. The SDK polls from a plain thread of its own, where tokio's timers and sockets would
/// find no runtime.
async fn within<F: Future>(runtime: &Handle, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _entered = runtime.enter();
        future.as_mut().poll(cx)
    })
    .await
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.watch(self.exporter.export(batch)).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    // The OTLP exporter overrides this one only.
    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: LogExporter> LogExporter for Watched<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.watch(self.exporter.export(batch)).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn event_enabled(
        &self,
        level: opentelemetry::logs::Severity,
        target: &str,
        name: Option<&str>,
    ) -> bool {
        self.exporter.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Watched<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.watch(self.exporter.export(metrics)).await
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> OTelSdkResult {
        Err(OTelSdkError::InternalFailure("network error".to_owned()))
    }

    #[test]
    fn failures_are_told_once_with_their_cause() {
        let health = Health::default();
        assert_eq!(health.take_failures(), None);
        health.note_cause("connection refused".to_owned());
        health.record("http://c", &failure());
        let reason = "http://c: network error (connection refused)";
        assert_eq!(health.take_failures().as_deref(), Some(reason));
        assert_eq!(health.take_failures(), None);
    }

    #[test]
    fn a_retry_that_succeeds_leaves_no_trace() {
        let health = Health::default();
        health.note_cause("connection refused".to_owned());
        health.record("http://c", &Ok(()));
        health.record("http://c", &failure());
        health.record("http://c", &failure());
        let reason = "2 exports failed, the last one with: http://c: network error";
        assert_eq!(health.take_failures().as_deref(), Some(reason));
    }
}
