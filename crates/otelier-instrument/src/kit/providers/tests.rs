//! Tests of which providers are used, and of how no-op ones are recognized.

use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use otelier_testing::Capture;

use super::*;

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("test").build()
}

fn boxed(provider: &impl ObjectSafeTracerProvider) -> BoxedTracer {
    BoxedTracer::new(provider.boxed_tracer(scope()))
}

#[test]
fn no_op_tracers_are_recognized() {
    assert!(is_noop(&boxed(&NoopTracerProvider::new())));
    assert!(!is_noop(&boxed(&SdkTracerProvider::builder().build())));
}

#[test]
fn probing_records_no_span() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    assert!(!is_noop(&boxed(&provider)));
    assert_eq!(exporter.get_finished_spans().expect("spans"), []);
}

#[test]
fn no_op_providers_turn_signals_off() {
    let mut providers = Providers::default();
    providers.set_tracer_provider(NoopTracerProvider::new());
    providers.set_meter_provider(NoopMeterProvider::new());
    assert!(providers.tracer(&scope()).is_none());
    assert!(providers.meter(&scope()).is_none());
    assert!(providers.has_tracer_provider() && providers.has_meter_provider());

    providers.set_tracer_provider(SdkTracerProvider::builder().build());
    providers.set_meter_provider(SdkMeterProvider::builder().build());
    assert!(providers.tracer(&scope()).is_some());
    assert!(providers.meter(&scope()).is_some());
}

/// A meter provider of a user's own that finds its state elsewhere.
struct ZeroSized;

static CAPTURE: LazyLock<Capture> = LazyLock::new(Capture::new);

impl MeterProvider for ZeroSized {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        CAPTURE.meter_provider().meter_with_scope(scope)
    }
}

#[test]
fn explicit_providers_without_size_record() {
    assert_eq!(size_of::<ZeroSized>(), 0);
    let mut providers = Providers::default();
    providers.set_meter_provider(ZeroSized);
    let meter = providers.meter(&scope()).expect("a meter");
    meter.u64_counter("calls").build().add(1, &[]);
    assert_eq!(CAPTURE.metrics().len(), 1);
}

#[test]
fn global_no_op_meters_have_no_size() {
    assert_eq!(size_of_val(&*global::meter_provider()), 0);
    assert!(Providers::default().meter(&scope()).is_none());
}
