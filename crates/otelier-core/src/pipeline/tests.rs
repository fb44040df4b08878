//! What the settings do to the providers, without exporters and without anything global.

use std::thread;

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLogRecord, SimpleLogProcessor};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SimpleSpanProcessor, SpanData, SpanProcessor,
};

use super::*;
use crate::config::{Code, Environment};

/// No exporter of any signal, only what a test adds.
const OFF: [(&str, &str); 3] = [
    ("OTEL_TRACES_EXPORTER", "none"),
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
];

fn pipeline(variables: &[(&str, &str)]) -> (Pipeline, InMemorySpanExporter) {
    let exporter = InMemorySpanExporter::default();
    let processor = SimpleSpanProcessor::new(exporter.clone());
    let components =
        Components { span_processors: vec![Box::new(processor)], ..Components::default() };
    (build(variables, components), exporter)
}

fn build(variables: &[(&str, &str)], components: Components) -> Pipeline {
    let environment: Environment = OFF.iter().chain(variables).copied().collect();
    let (settings, warnings) = Settings::resolve(&Code::default(), &environment).unwrap();
    assert_eq!(warnings, [""; 0]);
    Pipeline::build(&settings, components, Resource::builder_empty().build())
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
fn a_span_that_is_not_recorded_counts_as_use() {
    for sampler in ["always_on", "always_off"] {
        let (pipeline, _) = pipeline(&[("OTEL_TRACES_SAMPLER", sampler)]);
        assert!(pipeline.is_unused());
        pipeline.tracer_provider.tracer("test").start("span").end();
        assert!(!pipeline.is_unused(), "{sampler}");
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

/// The one span that `make` made, as an exporter gets it.
fn span(
    variables: &[(&str, &str)],
    make: impl FnOnce(&mut opentelemetry_sdk::trace::Span),
) -> SpanData {
    let (pipeline, exporter) = pipeline(variables);
    let mut span = pipeline.tracer_provider.tracer("test").start("span");
    make(&mut span);
    span.end();
    let [span] = <[SpanData; 1]>::try_from(exporter.get_finished_spans().unwrap()).unwrap();
    span
}

#[test]
fn an_attribute_set_twice_is_exported_once() {
    let pairs = |pairs: &[(&'static str, i64)]| {
        pairs.iter().map(|&(key, value)| KeyValue::new(key, value)).collect::<Vec<_>>()
    };
    let twice = || pairs(&[("a", 1), ("b", 2), ("a", 3), ("c", 4)]);
    let once = pairs(&[("a", 3), ("b", 2), ("c", 4)]);
    let two = pairs(&[("a", 3), ("b", 2)]);
    for (limit, expected, dropped) in [("3", &once, 0), ("2", &two, 1)] {
        let span = span(&[("OTEL_ATTRIBUTE_COUNT_LIMIT", limit)], |span| {
            span.set_attributes(twice());
            span.add_event("event", twice());
            span.add_link(parent(1, true).span().span_context().clone(), twice());
        });
        let (event, link) = (&span.events[0], &span.links[0]);
        assert_eq!((&span.attributes, span.dropped_attributes_count), (expected, dropped));
        assert_eq!((&event.attributes, event.dropped_attributes_count), (expected, dropped));
        assert_eq!((&link.attributes, link.dropped_attributes_count), (expected, dropped));
    }
}

#[test]
fn values_are_cut_by_the_nearest_limit() {
    const OWN: &str = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    const GENERAL: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    let long = "x".repeat(3000);
    for (variables, length) in [
        (&[(OWN, "3")][..], 3),
        (&[(GENERAL, "20")], 20),
        (&[(OWN, "3"), (GENERAL, "20")], 3),
        (&[], 2048),
    ] {
        let text = || KeyValue::new("text", long.clone());
        let span = span(variables, |span| {
            span.set_attribute(text());
            span.add_event("event", vec![text()]);
            span.add_link(parent(1, true).span().span_context().clone(), vec![text()]);
            span.set_status(Status::error(long.clone()));
        });
        let cut = &long[..length];
        for attributes in [&span.attributes, &span.events[0].attributes, &span.links[0].attributes]
        {
            assert_eq!(*attributes, [KeyValue::new("text", cut.to_owned())], "{variables:?}");
        }
        assert_eq!(span.status, Status::error(cut.to_owned()));
        assert_eq!(span.dropped_attributes_count, 0);
    }
}

fn log_record(variables: &[(&str, &str)]) -> SdkLogRecord {
    let exporter = InMemoryLogExporter::default();
    let components = Components {
        log_processors: vec![Box::new(SimpleLogProcessor::new(exporter.clone()))],
        ..Components::default()
    };
    let pipeline = build(variables, components);
    let logger = pipeline.logger_provider.logger("test");
    let mut record = logger.create_log_record();
    record.set_event_name("event");
    record.set_target("target");
    record.set_timestamp(std::time::SystemTime::UNIX_EPOCH);
    record.set_severity_text("WARN");
    record.set_severity_number(Severity::Warn);
    record.set_trace_context(TraceId::from(1), SpanId::from(2), Some(TraceFlags::SAMPLED));
    record.set_body(AnyValue::from("a body is no attribute"));
    record.add_attribute("text", "abcdef");
    let inner = AnyValue::ListAny(Box::new(vec![AnyValue::from("abcdef"), AnyValue::from(7)]));
    record.add_attribute("list", inner);
    record.add_attribute("third", 3);
    logger.emit(record);
    exporter.get_emitted_logs().unwrap().remove(0).record
}

#[test]
fn log_limits_change_nothing_else() {
    let text = |record: &SdkLogRecord| {
        let attributes = record.attributes_iter().map(|(key, value)| format!("{key}={value:?}"));
        attributes.collect::<Vec<_>>()
    };
    let untouched = log_record(&[]);
    assert_eq!(text(&untouched).len(), 3);
    let inner = |text: &'static str| {
        AnyValue::ListAny(Box::new(vec![AnyValue::from(text.to_owned()), AnyValue::from(7)]))
    };
    let expected = [
        format!("text={:?}", AnyValue::from("abcd".to_owned())),
        format!("list={:?}", inner("abcd")),
        format!("third={:?}", AnyValue::from(3)),
    ];
    for (variables, count) in [
        (&[("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4")][..], 3),
        (&[("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4")], 3),
        (
            &[
                ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4"),
                ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
                ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "2"),
                ("OTEL_ATTRIBUTE_COUNT_LIMIT", "1"),
            ],
            2,
        ),
    ] {
        let record = log_record(variables);
        assert_eq!(text(&record), expected[..count], "{variables:?}");
        assert_eq!(record.body(), untouched.body());
        assert_eq!(record.event_name(), Some("event"));
        assert_eq!(record.target(), untouched.target());
        assert_eq!(record.timestamp(), untouched.timestamp());
        assert_eq!(record.severity_text(), Some("WARN"));
        assert_eq!(record.severity_number(), Some(Severity::Warn));
        assert_eq!(record.trace_context(), untouched.trace_context());
        assert!(record.observed_timestamp().is_some());
    }
}

#[test]
fn every_processor_gets_limited_spans() {
    let exporters = [InMemorySpanExporter::default(), InMemorySpanExporter::default()];
    let processors = exporters
        .clone()
        .map(|exporter| Box::new(SimpleSpanProcessor::new(exporter)) as Box<dyn SpanProcessor>);
    let components = Components { span_processors: processors.into(), ..Components::default() };
    let pipeline = build(&[("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1")], components);
    let mut span = pipeline.tracer_provider.tracer("test").start("span");
    span.set_attribute(KeyValue::new("key", "value"));
    span.end();
    for exporter in exporters {
        let spans = exporter.get_finished_spans().unwrap();
        assert_eq!(spans[0].attributes, [KeyValue::new("key", "v")]);
        assert_eq!(spans[0].span_context.trace_flags().to_u8(), 3, "sampled and random");
    }
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
fn a_provider_already_shut_down_is_no_failure() {
    let (pipeline, _) = pipeline(&[]);
    pipeline.tracer_provider.shutdown().unwrap();
    assert_eq!(Arc::new(pipeline).shutdown(), Ok(()));
}

#[test]
fn histograms_are_exponential_on_demand() {
    const VARIABLE: &str = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
    for (value, exponential) in [("", false), ("base2_exponential_bucket_histogram", true)] {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let components = Components {
            metric_readers: vec![Box::new(|builder| builder.with_reader(reader))],
            ..Components::default()
        };
        let pipeline = build(&[(VARIABLE, value)], components);
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
fn a_panicking_processor_is_reported_at_once() {
    let components =
        Components { span_processors: vec![Box::new(Panicking)], ..Components::default() };
    let pipeline = Arc::new(build(&[], components));
    let error = ExportError {
        failures: vec![(Signal::Traces, "a processor or exporter panicked".to_owned())],
        timed_out: false,
    };
    assert_eq!(pipeline.force_flush(), Err(error.clone()));
    assert_eq!(pipeline.shutdown(), Err(error));
}

/// A processor whose end takes as long as the test wants.
#[derive(Debug)]
struct Waiting {
    began: Mutex<mpsc::Sender<()>>,
    end: Mutex<mpsc::Receiver<()>>,
}

impl SpanProcessor for Waiting {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        let _ = self.began.lock().unwrap().send(());
        let _ = self.end.lock().unwrap().recv();
        Ok(())
    }
}

#[test]
fn a_pipeline_that_another_thread_ends_is_ending() {
    let (began, begun) = mpsc::channel();
    let (end, ending) = mpsc::channel();
    let waiting = Waiting { began: Mutex::new(began), end: Mutex::new(ending) };
    let components =
        Components { span_processors: vec![Box::new(waiting)], ..Components::default() };
    let pipeline = Arc::new(build(&[], components));
    assert!(!pipeline.is_ended() && !pipeline.is_ending());
    let other = Arc::clone(&pipeline);
    let thread = thread::spawn(move || other.end());
    begun.recv().unwrap();
    assert!(!pipeline.is_ended() && pipeline.is_ending());
    end.send(()).unwrap();
    assert_eq!(thread.join().unwrap(), Ok(()));
    assert!(pipeline.is_ended() && pipeline.is_ending());
    assert_eq!(pipeline.end(), Ok(()));
}
