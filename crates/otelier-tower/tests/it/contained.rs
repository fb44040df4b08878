//! What others plug into OpenTelemetry may panic: the request must not notice.

use std::sync::Arc;

use axum::Router;
use axum::routing::get as on_get;
use opentelemetry::metrics::{
    Histogram, HistogramBuilder, InstrumentProvider, Meter, MeterProvider, SyncInstrument,
};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use otelier_testing::Capture;

use crate::support::{answer, get, layer};

#[derive(Debug)]
struct PanickingPropagator;

impl TextMapPropagator for PanickingPropagator {
    fn inject_context(&self, _: &Context, _: &mut dyn Injector) {
        panic!("on purpose")
    }
    fn extract_with_context(&self, _: &Context, _: &dyn Extractor) -> Context {
        panic!("on purpose")
    }
    fn fields(&self) -> FieldIter<'_> {
        panic!("on purpose")
    }
}

#[derive(Debug)]
struct PanickingProcessor {
    at_start: bool,
}

impl SpanProcessor for PanickingProcessor {
    fn on_start(&self, _: &mut Span, _: &Context) {
        assert!(!self.at_start, "on purpose");
    }
    fn on_end(&self, _: SpanData) {
        assert!(self.at_start, "on purpose");
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[tokio::test]
async fn a_panicking_propagator() {
    let capture = Capture::new();
    let layer = layer(&capture).with_propagator(PanickingPropagator).build();
    let app = Router::new().route("/a", on_get(|| async {})).layer(layer);
    assert_eq!(answer(&app, get("/a")).await.status(), 200);
    assert_eq!(capture.spans().len(), 1);
}

#[tokio::test]
async fn a_panicking_span_processor() {
    for at_start in [true, false] {
        let capture = Capture::new();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(PanickingProcessor { at_start })
            .build();
        let layer = layer(&capture).with_tracer_provider(provider).build();
        let app = Router::new().route("/a", on_get(|| async {})).layer(layer);
        assert_eq!(answer(&app, get("/a")).await.status(), 200);
        assert_eq!(capture.metrics().len(), 1, "metrics are recorded all the same");
    }
}

/// A meter provider, its meter and its instrument, one of which panics.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Panicking {
    Meter,
    Instrument,
    Measurement,
}

impl MeterProvider for Panicking {
    fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
        assert!(*self != Self::Meter, "on purpose");
        Meter::new(Arc::new(*self))
    }
}

impl InstrumentProvider for Panicking {
    fn f64_histogram(&self, _: HistogramBuilder<'_, Histogram<f64>>) -> Histogram<f64> {
        assert!(*self != Self::Instrument, "on purpose");
        Histogram::new(Arc::new(*self))
    }
}

impl SyncInstrument<f64> for Panicking {
    fn measure(&self, _: f64, _: &[KeyValue]) {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn a_panicking_meter() {
    for meter in [Panicking::Meter, Panicking::Instrument, Panicking::Measurement] {
        let capture = Capture::new();
        let layer = layer(&capture).with_meter_provider(meter).build();
        let app = Router::new().route("/a", on_get(|| async {})).layer(layer);
        for _ in 0..2 {
            assert_eq!(answer(&app, get("/a")).await.status(), 200);
        }
        assert_eq!(capture.spans().len(), 2, "spans are recorded all the same");
    }
}
