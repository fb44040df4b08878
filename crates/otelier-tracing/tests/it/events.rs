//! Events become log records, once each.

use std::error::Error;
use std::fmt;

use opentelemetry::trace::{SpanId, TraceId};
use otelier_testing::{Attributes, Capture, LogRecord, Value, assert_trees, span};
use otelier_tracing::layer_builder;

use crate::support::subscribe;

fn only(capture: &Capture) -> LogRecord {
    let logs = capture.logs();
    assert_eq!(logs.len(), 1, "{logs:?}");
    logs[0].clone()
}

fn attributes<const N: usize>(list: [(&str, Value); N]) -> Attributes {
    list.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[test]
fn events_become_log_records_only() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    tracing::info_span!("work").in_scope(|| {
        tracing::warn!(target: "shop::stock", count = 3, ratio = 0.5, ok = true, name = "bolt", "low");
    });

    let record = only(&capture);
    assert_trees(&capture.spans(), [span("work").root().scope("otelier-tracing")]);
    let work = capture.span("work");
    assert_eq!((record.trace_id, record.span_id), (work.trace_id, work.span_id));
    assert_eq!((record.severity, record.severity_text.as_str()), (13, "WARN"));
    assert_eq!(record.body, Value::from("low"));
    assert_eq!((record.scope.name.as_str(), record.event_name.as_str()), ("shop::stock", ""));
    let expected = [
        ("count", Value::from(3)),
        ("ratio", Value::from(0.5)),
        ("ok", Value::from(true)),
        ("name", Value::from("bolt")),
    ];
    assert_eq!(record.attributes, attributes(expected));
}

/// Source: <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
#[test]
fn each_level_has_its_severity() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    tracing::trace!("1");
    tracing::debug!("5");
    tracing::info!("9");
    tracing::warn!("13");
    tracing::error!("17");
    let logs = capture.logs();
    let found: Vec<_> = logs
        .iter()
        .map(|it| (it.body.as_str().unwrap(), it.severity.to_string(), &*it.severity_text))
        .collect();
    let expected = [("1", "TRACE"), ("5", "DEBUG"), ("9", "INFO"), ("13", "WARN"), ("17", "ERROR")]
        .map(|(number, text)| (number, number.to_owned(), text));
    assert_eq!(found, expected);
}

#[test]
fn an_event_outside_of_spans_has_no_ids() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    tracing::info!("alone");
    let record = only(&capture);
    assert_eq!((record.trace_id, record.span_id), (TraceId::INVALID, SpanId::INVALID));
}

#[test]
fn a_name_given_to_an_event_is_its_name() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    tracing::event!(name: "stock.low", tracing::Level::INFO, article = "bolt");
    let record = only(&capture);
    assert_eq!((record.event_name.as_str(), &record.body), ("stock.low", &Value::Empty));
}

#[derive(Debug)]
struct Failure(Option<Box<Failure>>, &'static str);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_deref().map(|it| it as _)
    }
}

#[test]
fn an_error_field_becomes_an_exception_with_its_causes() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    let cause = Failure(Some(Box::new(Failure(None, "refused"))), "no connection");
    let error = Failure(Some(Box::new(cause)), "cannot order");
    tracing::error!(error = &error as &(dyn Error + 'static), "failed");
    let expected = [
        ("exception.message", Value::from("cannot order")),
        ("exception.stacktrace", Value::from("Caused by:\n    no connection\n    refused")),
    ];
    assert_eq!(only(&capture).attributes, attributes(expected));
}

#[test]
fn sensitive_fields_are_masked() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder().with_span_fields(["api_key"]));
    tracing::info_span!("work", api_key = "hunter2").in_scope(|| {
        let error = Failure(None, "hunter2");
        tracing::info!(password = "hunter2", token = ?Some("hunter2"), "signed in");
        tracing::info!(secret = &error as &(dyn Error + 'static), "failed");
    });
    assert_trees(&capture.spans(), [span("work").root().attr("api_key", "****")]);
    let expected = [("password", "****"), ("token", "****"), ("api_key", "****")];
    let expected = expected.map(|(key, value)| (key, Value::from(value)));
    assert_eq!(capture.logs()[0].attributes, attributes(expected));
    let logs = capture.logs();
    assert!(!format!("{logs:?}").contains("hunter2"), "{logs:?}");
}

#[test]
fn listed_span_fields_are_copied_and_the_nearest_wins() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder().with_span_fields(["user", "order"]));
    let outer = tracing::info_span!("outer", user = "ada", order = 1, other = true);
    let _outer = outer.enter();
    let inner = tracing::info_span!("inner", order = tracing::field::Empty);
    let _inner = inner.enter();
    inner.record("order", 2);
    tracing::info!("placed");
    tracing::info!(order = 3, "own");
    let logs = capture.logs();
    let expected = [("user", Value::from("ada")), ("order", Value::from(2))];
    assert_eq!(logs[0].attributes, attributes(expected));
    let expected = [("user", Value::from("ada")), ("order", Value::from(3))];
    assert_eq!(logs[1].attributes, attributes(expected));
}

#[test]
fn telemetry_about_telemetry_is_not_exported() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    for _ in 0..2 {
        tracing::trace_span!(target: "opentelemetry_sdk", "flush").in_scope(|| {
            tracing::trace!(target: "otelier", "own");
            tracing::trace!(target: "opentelemetry-otlp", "own");
        });
    }
    assert_eq!(capture.logs(), []);
    assert_trees(&capture.spans(), []);
}

#[test]
fn nothing_is_recorded_while_telemetry_is_suppressed() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
    tracing::info!("of an exporter");
    assert_eq!(capture.logs(), []);
}

#[test]
fn a_disabled_event_allocates_nothing() {
    let capture = Capture::new();
    let layer = layer_builder().with_logger_provider(capture.logger_provider()).build();
    use tracing_subscriber::layer::SubscriberExt as _;
    let filter = tracing_subscriber::EnvFilter::new("info");
    let subscriber = tracing_subscriber::registry().with(filter).with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let counted = allocation_counter::measure(|| {
            for _ in 0..10 {
                tracing::debug!(value = 7, "not shown");
            }
        });
        assert_eq!(counted.count_total, 0);
    });
    assert_eq!(capture.logs(), []);
}

#[test]
fn fields_of_spans_are_masked_whenever_they_are_recorded() {
    let capture = Capture::new();
    let _subscriber = subscribe(&capture, layer_builder());
    let work = tracing::info_span!(
        "work",
        password = "hunter2",
        url = "https://a/?token=hunter2",
        count = 3,
        later.secret = tracing::field::Empty,
        note = tracing::field::Empty,
    );
    work.in_scope(|| work.record("later.secret", "hunter2"));
    work.record("note", "token=hunter2 ok");
    drop(work);
    let expected = span("work")
        .root()
        .attr("password", "****")
        .attr("url", "https://a/?token=REDACTED")
        .attr("count", 3)
        .attr("later.secret", "****")
        .attr("note", "token=**** ok");
    assert_trees(&capture.spans(), [expected]);
}

#[test]
fn places_threads_and_times_are_recorded_if_asked_for() {
    let capture = Capture::new();
    let layer = layer_builder().with_location(true).with_threads(true).with_busy_times(true);
    let _subscriber = subscribe(&capture, layer);
    tracing::info_span!("work").in_scope(|| ());
    let spans = capture.spans();
    let keys: Vec<&str> = spans[0].attributes.keys().map(String::as_str).collect();
    let expected = [
        "busy_ns",
        "code.file.path",
        "code.line.number",
        "code.module.name",
        "idle_ns",
        "thread.id",
        "thread.name",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_subscriber_of_ones_own_filters_each_layer() {
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt as _;

    let capture = Capture::new();
    let layer = layer_builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_logger_provider(capture.logger_provider())
        .build()
        .with_filter(LevelFilter::WARN);
    let lines = Lines::default();
    let writer = lines.clone();
    let shown = tracing_subscriber::fmt::layer()
        .without_time()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .with_filter(LevelFilter::DEBUG);
    let subscriber = tracing_subscriber::registry().with(shown).with(layer);
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("outer").in_scope(|| {
            tracing::warn_span!("inner").in_scope(|| {
                tracing::debug!("detail");
                tracing::warn!("low");
            });
        });
    });
    assert_trees(&capture.spans(), [span("inner").root()]);
    let record = only(&capture);
    assert_eq!((record.body, record.span_id), (Value::from("low"), capture.span("inner").span_id));
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let expected = "DEBUG outer:inner: it::events: detail\n WARN outer:inner: it::events: low\n";
    assert_eq!(lines, expected);
}

/// What a layer has written.
#[derive(Clone, Default)]
struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
