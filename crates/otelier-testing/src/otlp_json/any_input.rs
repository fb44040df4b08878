//! Any JSON: nothing panics, and what is read is written and read back as the same message.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;

/// Names of fields, with values that are right for some of them.
const FIELDS: [&str; 24] = [
    "traceId",
    "spanId",
    "name",
    "kind",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "attributes",
    "key",
    "value",
    "stringValue",
    "intValue",
    "doubleValue",
    "boolValue",
    "arrayValue",
    "kvlistValue",
    "bytesValue",
    "values",
    "status",
    "gauge",
    "sum",
    "dataPoints",
    "asDouble",
    "asInt",
    "body",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i64>().prop_map(|number| Value::from(number.to_string())),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec!["NaN", "Infinity", "-Infinity", "AQ==", "é"])
            .prop_map(Value::from),
        "[0-9a-fA-F]{32}|[0-9a-f]{16}|[ -~]{0,8}".prop_map(Value::from),
    ]
}

/// A tree of fields, as deep as a message is.
fn tree() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 48, 6, |inner| {
        let field = (prop::sample::select(FIELDS.to_vec()), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            prop::collection::vec(field, 0..6).prop_map(|fields| {
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::from(fields.collect::<Map<_, _>>())
            }),
        ]
    })
}

fn check<T: DeserializeOwned>(json: &[u8], message: fn(T) -> Message) -> Result<(), TestCaseError> {
    let Ok(read) = from_slice::<T>(json) else { return Ok(()) };
    let written = to_value(&message(read));
    let again = from_slice::<T>(written.to_string().as_bytes());
    // What a receiver shows must be what it could have received.
    prop_assert!(again.is_ok(), "{} is refused: {:?}", written, again.err());
    if let Ok(again) = again {
        prop_assert_eq!(to_value(&message(again)), written);
    }
    Ok(())
}

fn check_all(json: &[u8]) -> Result<(), TestCaseError> {
    check::<ExportTraceServiceRequest>(json, Message::Traces)?;
    check::<ExportMetricsServiceRequest>(json, Message::Metrics)?;
    check::<ExportLogsServiceRequest>(json, Message::Logs)
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(json in "\\PC{0,40}|[\\[\\]{}\",:0-9a-z]{0,40}") {
        check_all(json.as_bytes())?;
    }

    #[test]
    fn any_span_is_read_or_refused(span in tree(), attribute in tree()) {
        let spans = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
        check_all(spans.to_string().as_bytes())?;
        let attributes = json!([{"key": "k", "value": attribute}]);
        let spans = json!({"resourceSpans": [{"scopeSpans": [{"spans": [{
            "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",
            "name": "a", "attributes": attributes,
        }]}]}]});
        check_all(spans.to_string().as_bytes())?;
    }

    #[test]
    fn any_metric_is_read_or_refused(metric in tree(), point in tree()) {
        let metrics = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [
            metric, {"name": "m", "gauge": {"dataPoints": [point]}},
        ]}]}]});
        check_all(metrics.to_string().as_bytes())?;
    }

    #[test]
    fn any_log_record_is_read_or_refused(record in tree(), body in tree()) {
        let logs = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [
            record, {"body": body},
        ]}]}]});
        check_all(logs.to_string().as_bytes())?;
    }
}
