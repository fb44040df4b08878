//! The receiver understands the OpenTelemetry exporters, over each protocol, and tells what they
//! sent.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry_otlp::{
    Compression, LogExporter, MetricExporter, Protocol as Otlp, SpanExporter,
    WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otelier_testing::{
    OtlpReceiver, Protocol, Value, any, assert_metric, assert_tree, event, metric, point, span,
};

struct Exporters {
    traces: SpanExporter,
    metrics: MetricExporter,
    logs: LogExporter,
}

fn http(
    receiver: &OtlpReceiver,
    protocol: Otlp,
    compress: bool,
    temporality: Temporality,
) -> Exporters {
    macro_rules! exporter {
        ($builder:expr, $signal:literal) => {{
            let mut builder = $builder
                .with_http()
                .with_protocol(protocol)
                .with_endpoint(format!("{}/v1/{}", receiver.http_endpoint(), $signal))
                .with_headers(HashMap::from([("x-token".to_owned(), "abc".to_owned())]));
            if compress {
                builder = builder.with_compression(Compression::Gzip);
            }
            builder.build().unwrap()
        }};
    }
    Exporters {
        traces: exporter!(SpanExporter::builder(), "traces"),
        metrics: exporter!(MetricExporter::builder().with_temporality(temporality), "metrics"),
        logs: exporter!(LogExporter::builder(), "logs"),
    }
}

/// Must be called inside a runtime, which stays the one the exporters use.
fn grpc(receiver: &OtlpReceiver, compress: bool) -> Exporters {
    let mut metadata = tonic::metadata::MetadataMap::new();
    metadata.insert("x-token", "abc".parse().unwrap());
    macro_rules! exporter {
        ($builder:expr) => {{
            let mut builder = $builder
                .with_tonic()
                .with_endpoint(receiver.grpc_endpoint())
                .with_metadata(metadata.clone());
            if compress {
                builder = builder.with_compression(Compression::Gzip);
            }
            builder.build().unwrap()
        }};
    }
    Exporters {
        traces: exporter!(SpanExporter::builder()),
        metrics: exporter!(MetricExporter::builder()),
        logs: exporter!(LogExporter::builder()),
    }
}

/// Records some of each signal and shuts down, which exports.
fn record(exporters: Exporters) {
    let resource = Resource::builder_empty().with_service_name("shop").build();
    let traces = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_batch_exporter(exporters.traces)
        .build();
    let tracer = traces.tracer("lib");
    let mut span = tracer.span_builder("GET /").with_kind(SpanKind::Server).start(&tracer);
    span.set_attribute(KeyValue::new("int", i64::MAX));
    span.set_attribute(KeyValue::new("double", 1.5));
    span.set_attribute(KeyValue::new("text", "a \"quoted\" word"));
    span.set_attribute(KeyValue::new("yes", true));
    span.set_attribute(KeyValue::new(
        "list",
        opentelemetry::Value::Array(vec![opentelemetry::StringValue::from("a"), "b".into()].into()),
    ));
    span.add_event("exception", vec![KeyValue::new("exception.type", "Timeout")]);
    span.set_status(Status::error("broken"));
    span.end();

    let metrics = SdkMeterProvider::builder()
        .with_resource(resource.clone())
        .with_periodic_exporter(exporters.metrics)
        .build();
    let meter = metrics.meter("lib");
    let duration =
        meter.f64_histogram("duration").with_unit("s").with_boundaries(vec![0.1, 1.0]).build();
    duration.record(0.5, &[KeyValue::new("method", "GET")]);
    meter.u64_counter("requests").build().add(3, &[]);
    metrics.force_flush().unwrap();
    duration.record(0.25, &[KeyValue::new("method", "GET")]);

    let logs = SdkLoggerProvider::builder()
        .with_resource(resource)
        .with_batch_exporter(exporters.logs)
        .build();
    let logger = logs.logger("lib");
    let mut record = logger.create_log_record();
    record.set_body(AnyValue::from("hello"));
    logger.emit(record);

    traces.shutdown().unwrap();
    metrics.shutdown().unwrap();
    logs.shutdown().unwrap();
}

fn check(receiver: &OtlpReceiver, protocol: Protocol, compressed: bool) {
    let requests = receiver.requests();
    assert_eq!(requests.len(), 4, "traces, metrics twice, logs: {requests:?}");
    for request in requests {
        assert_eq!((request.protocol, request.header("x-token")), (protocol, Some("abc")));
        let encoding =
            if protocol == Protocol::Grpc { "grpc-encoding" } else { "content-encoding" };
        assert_eq!(request.header(encoding), compressed.then_some("gzip"));
    }
    assert_tree(
        &receiver.spans(),
        span("GET /")
            .server()
            .root()
            .scope("lib")
            .service("shop")
            .status(Status::error("broken"))
            .attr("int", i64::MAX)
            .attr("double", 1.5)
            .attr("text", "a \"quoted\" word")
            .attr("yes", true)
            .attr("list", ["a", "b"])
            .event(event("exception").attr("exception.type", "Timeout")),
    );
    let points = receiver.points();
    assert_metric(
        &points,
        metric("duration")
            .unit("s")
            .scope("lib")
            .histogram([0.1, 1.0])
            .point(point().attr("method", "GET").count(2).sum(0.75)),
    );
    assert_metric(&points, metric("requests").counter().point(point().value(3)));
    assert_eq!(receiver.received().all_points().len(), 4);
    let logs = receiver.logs();
    assert_eq!((logs.len(), &logs[0].body), (1, &Value::from("hello")));
    assert_eq!(logs[0].resource["service.name"], Value::from("shop"));
    assert_eq!(receiver.received().failures(), [""; 0]);
    assert!(receiver.export_text().contains(r#"a "quoted" word"#));
}

#[test]
fn http_protobuf() {
    for compressed in [false, true] {
        let receiver = OtlpReceiver::start();
        record(http(&receiver, Otlp::HttpBinary, compressed, Temporality::Cumulative));
        check(&receiver, Protocol::HttpProtobuf, compressed);
    }
}

#[test]
fn http_json() {
    for compressed in [false, true] {
        let receiver = OtlpReceiver::start();
        record(http(&receiver, Otlp::HttpJson, compressed, Temporality::Cumulative));
        check(&receiver, Protocol::HttpJson, compressed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_with_tonic() {
    for compressed in [false, true] {
        let receiver = OtlpReceiver::start();
        let exporters = grpc(&receiver, compressed);
        tokio::task::spawn_blocking(move || record(exporters)).await.unwrap();
        check(&receiver, Protocol::Grpc, compressed);
    }
}

#[test]
fn delta_points_are_kept_one_by_one() {
    let receiver = OtlpReceiver::start();
    record(http(&receiver, Otlp::HttpBinary, false, Temporality::Delta));
    let count = |count| point().attr("method", any()).count(count);
    assert_metric(&receiver.points(), metric("duration").points([count(1), count(1)]));
}

#[test]
fn a_blocking_wait_sees_a_batch_exporter_deliver() {
    let receiver = OtlpReceiver::start();
    let exporter = http(&receiver, Otlp::HttpBinary, false, Temporality::Cumulative).traces;
    let traces = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    traces.tracer("lib").in_span("a", |_| ());
    std::thread::scope(|scope| {
        scope.spawn(|| traces.force_flush().unwrap());
        receiver.wait_for_blocking(|it| it.spans().len() == 1, Duration::from_secs(10)).unwrap();
    });
}
