//! What the two services share: telemetry set up by hand, and how they are asked to stop.
//!
//! The `ping` example beside this one does the same with Otelier. Besides being longer, this one
//! misses:
//!
//! - `OTEL_SDK_DISABLED`, `OTEL_PROPAGATORS`, `OTEL_TRACES_EXPORTER` and `OTEL_METRICS_EXPORTER`
//!   have no effect, nor has any value of `OTEL_EXPORTER_OTLP_PROTOCOL` that was not compiled in;
//! - there is no way to see a trace without a collector;
//! - a `traceparent` of a later version of the standard, or one with the random flag, is not passed
//!   on as it should be.
//!
//! Each of the two programs lists what it misses at its top.
#![allow(clippy::print_stderr, reason = "a program talks to its terminal")]

use std::any::type_name;
use std::error::Error;
use std::io;

use opentelemetry::metrics::Histogram;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{FutureExt, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, Key, KeyValue, global};
use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::signal::unix::{SignalKind, signal};

/// The pipelines; dropping them delivers what is pending.
#[must_use]
pub struct Telemetry {
    tracer_provider: SdkTracerProvider,
    meter_provider: SdkMeterProvider,
}

/// Sets up traces, metrics and propagation for the process.
///
/// # Errors
///
/// Fails if an exporter cannot be built.
pub fn init() -> anyhow::Result<Telemetry> {
    global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ]));

    let resource = Resource::builder().build();
    if let Some(name) = resource.get(&Key::from_static_str("service.name")) {
        // The SDK has a default, which somebody who looks for the service must know.
        eprintln!("service.name is {name} (set OTEL_SERVICE_NAME to change it)");
    }

    let spans = SpanExporter::builder().with_http().build()?;
    let tracer_provider = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_batch_exporter(spans)
        .build();
    global::set_tracer_provider(tracer_provider.clone());

    let metrics = MetricExporter::builder().with_http().build()?;
    let meter_provider =
        SdkMeterProvider::builder().with_resource(resource).with_periodic_exporter(metrics).build();
    global::set_meter_provider(meter_provider.clone());

    Ok(Telemetry { tracer_provider, meter_provider })
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let ended = [self.tracer_provider.shutdown(), self.meter_provider.shutdown()];
        for error in ended.into_iter().filter_map(Result::err) {
            eprintln!("telemetry was lost: {error}");
        }
    }
}

/// A histogram of durations in seconds, with the boundaries that the conventions give.
#[must_use]
pub fn duration_histogram(scope: &'static str, name: &'static str) -> Histogram<f64> {
    let boundaries =
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
    let meter = global::meter(scope);
    meter.f64_histogram(name).with_unit("s").with_boundaries(boundaries.to_vec()).build()
}

/// Runs `work` in a span of its own, which has the error that `work` ends with.
///
/// # Errors
///
/// Those of `work`.
pub async fn span<T, E: Error + 'static>(
    scope: &'static str,
    name: &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let cx = Context::current_with_span(global::tracer(scope).start(name));
    let result = work.with_context(cx.clone()).await;
    if let Err(error) = &result {
        cx.span().record_error(error);
        cx.span().set_attribute(KeyValue::new("error.type", type_name::<E>()));
        cx.span().set_status(Status::error(error.to_string()));
    }
    cx.span().end();
    result
}

/// Listens for Ctrl-C and SIGTERM from now on; the future that it returns waits for one of them.
///
/// A service that then returns from `main`, instead of being killed, still delivers its last spans.
/// Call this before you tell anybody that the service is ready: from then on it may be asked to
/// stop.
///
/// # Errors
/// If the process cannot listen for signals.
pub fn stopped() -> io::Result<impl Future<Output = ()>> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use std::process::{Command, id};

    #[tokio::test]
    async fn a_signal_before_the_first_poll_counts() {
        for name in ["-INT", "-TERM"] {
            let stopped = super::stopped().unwrap();
            // Without a handler this ends the test.
            assert!(
                Command::new("kill").args([name, &id().to_string()]).status().unwrap().success()
            );
            stopped.await;
        }
    }
}
