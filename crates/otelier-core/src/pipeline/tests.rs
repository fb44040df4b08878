//! What the settings do to the providers, without exporters and without anything global.

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SimpleSpanProcessor, SpanData, SpanProcessor,
};

use super::*;
use crate::config::{Environment, Overrides};

/// No exporter of any signal, only what a test adds.
const OFF: [(&str, &str); 3] = [
    ("OTEL_TRACES_EXPORTER", "none"),
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
];

fn pipeline(variables: &[(&str, &str)]) -> (Pipeline, InMemorySpanExporter) {
    let exporter = InMemorySpanExporter::default();
    let processor = SimpleSpanProcessor::new(exporter.clone());
    let additions = Additions {
        traces: vec![Box::new(|builder| builder.with_span_processor(processor))],
        ..Additions::default()
    };
    (build(variables, additions), exporter)
}

fn build(variables: &[(&str, &str)], additions: Additions) -> Pipeline {
    let environment: Environment = OFF.iter().chain(variables).copied().collect();
    let (settings, warnings) = Settings::resolve(&Overrides::default(), &environment).unwrap();
    assert_eq!(warnings, [""; 0]);
    Pipeline::build(&settings, additions, Resource::builder_empty().build())
}

fn parent(trace_id: u128, sampled: bool) -> Context {
    let flags = TraceFlags::default().with_sampled(sampled);
    let parent =
        SpanContext::new(TraceId::from(trace_id), SpanId::from(1), flags, true, TraceState::NONE);
    Context::new().with_remote_span_context(parent)
}

#[test]
fn samplers_decide_by_parent_or_not() {
    let (root, invalid) = (Context::new(), parent(0, true));
    let (sampled, unsampled) = (parent(1, true), parent(1, false));
    for (sampler, argument, expected) in [
        // An active span that is invalid is no parent: a new trace starts.
        ("", "", [true, true, true, false]),
        ("parentbased_always_on", "", [true, true, true, false]),
        ("parentbased_always_off", "", [false, false, true, false]),
        ("parentbased_traceidratio", "0", [false, false, true, false]),
        ("parentbased_traceidratio", "1", [true, true, true, false]),
        ("always_on", "", [true, true, true, true]),
        ("always_off", "", [false, false, false, false]),
        ("traceidratio", "0.0", [false, false, false, false]),
        ("traceidratio", "", [true, true, true, true]),
    ] {
        let (pipeline, _) =
            pipeline(&[("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument)]);
        let tracer = pipeline.tracer_provider.tracer("test");
        let recorded = [&root, &invalid, &sampled, &unsampled]
            .map(|parent| tracer.start_with_context("span", parent).is_recording());
        assert_eq!(recorded, expected, "{sampler} {argument}");
    }
}

#[test]
fn span_limits_hold() {
    let (pipeline, exporter) = pipeline(&[
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "3"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "2"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "1"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "4"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "0"),
    ]);
    let many: Vec<KeyValue> =
        (0..9).map(|number| KeyValue::new(format!("key{number}"), number)).collect();
    let link = || Link::new(parent(1, true).span().span_context().clone(), many.clone(), 0);
    let tracer = pipeline.tracer_provider.tracer("test");
    let builder = tracer.span_builder("span").with_links(vec![link(), link()]);
    let mut span = builder.start_with_context(&tracer, &Context::new());
    span.set_attributes(many.clone());
    for _ in 0..3 {
        span.add_event("event", many.clone());
    }
    span.end();
    let [span] = <[SpanData; 1]>::try_from(exporter.get_finished_spans().unwrap()).unwrap();
    assert_eq!((span.attributes.len(), span.dropped_attributes_count), (3, 6));
    assert_eq!((span.events.len(), span.events.dropped_count), (2, 1));
    assert_eq!((span.events[0].attributes.len(), span.events[0].dropped_attributes_count), (4, 5));
    assert_eq!((span.links.len(), span.links.dropped_count), (1, 1));
    assert_eq!((span.links[0].attributes.len(), span.links[0].dropped_attributes_count), (0, 9));
}

#[test]
fn only_signals_that_go_somewhere_are_on() {
    let (pipeline, _) = pipeline(&[]);
    let on = [Signal::Traces, Signal::Metrics, Signal::Logs].map(|signal| pipeline.is_on(signal));
    assert_eq!(on, [true, false, false]);
    let disabled = Pipeline::disabled();
    assert!(!disabled.is_on(Signal::Traces));
    let tracer = disabled.tracer_provider.tracer("test");
    assert!(!tracer.start_with_context("span", &parent(1, true)).is_recording());
    assert_eq!(Arc::new(disabled).shutdown(), Ok(()));
}

#[test]
fn a_provider_that_was_ended_by_hand_is_no_failure() {
    let (pipeline, _) = pipeline(&[]);
    pipeline.tracer_provider.shutdown().unwrap();
    assert_eq!(Arc::new(pipeline).shutdown(), Ok(()));
}

#[test]
fn histograms_are_exponential_on_demand_even_with_boundaries_of_their_own() {
    const VARIABLE: &str = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
    for (value, exponential) in [("", false), ("base2_exponential_bucket_histogram", true)] {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let additions = Additions {
            metrics: vec![Box::new(|builder| builder.with_reader(reader))],
            ..Additions::default()
        };
        let pipeline = build(&[(VARIABLE, value)], additions);
        let meter = pipeline.meter_provider.meter("test");
        meter.f64_histogram("duration").with_boundaries(vec![1.0, 2.0]).build().record(1.5, &[]);
        meter.u64_counter("count").build().add(1, &[]);
        pipeline.meter_provider.force_flush().unwrap();
        let batches = exporter.get_finished_metrics().unwrap();
        let mut kinds: Vec<_> = batches[0]
            .scope_metrics()
            .flat_map(opentelemetry_sdk::metrics::data::ScopeMetrics::metrics)
            .map(|metric| match metric.data() {
                AggregatedMetrics::F64(MetricData::Histogram(_)) => (metric.name(), Some(false)),
                AggregatedMetrics::F64(MetricData::ExponentialHistogram(_)) => {
                    (metric.name(), Some(true))
                }
                _ => (metric.name(), None),
            })
            .collect();
        kinds.sort_unstable();
        assert_eq!(kinds, [("count", None), ("duration", Some(exponential))]);
    }
}

/// A processor of the user that is not up to it.
#[derive(Debug)]
struct Panicking;

impl SpanProcessor for Panicking {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        panic!("flush")
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("shutdown")
    }
}

#[test]
fn a_processor_that_panics_is_told_at_once() {
    let additions = Additions {
        traces: vec![Box::new(|builder| builder.with_span_processor(Panicking))],
        ..Additions::default()
    };
    let pipeline = Arc::new(build(&[], additions));
    let error = ExportError {
        failures: vec![(Signal::Traces, "a processor or exporter panicked".to_owned())],
        timed_out: false,
    };
    assert_eq!(pipeline.force_flush(), Err(error.clone()));
    assert_eq!(pipeline.shutdown(), Err(error));
}
