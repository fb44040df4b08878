//! What is masked of bodies and attributes, and what is left as it is.

use std::collections::HashMap;

use opentelemetry::Key;
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use otelier_instrument::masking::SensitiveKeys;

use super::*;

fn text(text: &'static str) -> AnyValue {
    AnyValue::from(text)
}

fn map(pairs: &[(&'static str, AnyValue)]) -> AnyValue {
    let pairs: HashMap<Key, AnyValue> =
        pairs.iter().map(|(key, value)| (Key::from(*key), value.clone())).collect();
    AnyValue::Map(Box::new(pairs))
}

fn list(values: &[AnyValue]) -> AnyValue {
    AnyValue::ListAny(Box::new(values.to_vec()))
}

/// A record with `body` and `attributes` after it was masked by `keys`.
fn masked(
    keys: SensitiveKeys,
    body: AnyValue,
    attributes: &[(&'static str, AnyValue)],
) -> (AnyValue, Vec<(String, AnyValue)>) {
    let logger = SdkLoggerProvider::builder().build().logger("bridge");
    let mut record = logger.create_log_record();
    record.set_body(body);
    record.set_severity_number(Severity::Warn);
    record.set_event_name("happened");
    record.add_attributes(attributes.iter().cloned());
    LogMasking::new(MaskingPolicy::new(keys)).apply(&mut record);
    assert_eq!(record.severity_number(), Some(Severity::Warn));
    assert_eq!(record.event_name(), Some("happened"));
    let attributes = record.attributes_iter();
    let attributes = attributes.map(|(key, value)| (key.to_string(), value.clone())).collect();
    (record.body().unwrap().clone(), attributes)
}

#[test]
fn bodies_and_attributes_are_masked_at_any_depth() {
    let mask = text(MASK);
    for (value, expected) in [
        (text("user=ada password=hunter2"), text("user=ada password=****")),
        (text(r#"{"a": {"token": [1]}}"#), text(r#"{"a": {"token": "****"}}"#)),
        (
            map(&[("a", map(&[("api_key", AnyValue::Int(1))])), ("b", text("c"))]),
            map(&[("a", map(&[("api_key", mask.clone())])), ("b", text("c"))]),
        ),
        (
            list(&[text("a"), map(&[("secret", list(&[text("b")]))])]),
            list(&[text("a"), map(&[("secret", mask.clone())])]),
        ),
        (
            AnyValue::Bytes(Box::new(b"token=hunter2".to_vec())),
            AnyValue::Bytes(Box::new(b"token=****".to_vec())),
        ),
        (AnyValue::Bytes(Box::new(vec![0xff])), AnyValue::Bytes(Box::new(vec![0xff]))),
        (AnyValue::Int(5), AnyValue::Int(5)),
    ] {
        let attributes = [("value", value.clone()), ("Password", value.clone())];
        let (body, attributes) = masked(SensitiveKeys::default(), value.clone(), &attributes);
        assert_eq!(body, expected);
        let expected = [("value".to_owned(), expected), ("Password".to_owned(), mask.clone())];
        assert_eq!(attributes, expected);
    }
}

#[test]
fn the_general_policy_decides() {
    let secret = || text("password=hunter2");
    let attributes = [("token", secret()), ("a", text("b"))];
    let named = |pairs: &[(&str, AnyValue)]| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect::<Vec<_>>()
    };
    let (body, kept) = masked(SensitiveKeys::none(), secret(), &attributes);
    assert_eq!((body, kept), (secret(), named(&attributes)));
    let (body, all) = masked(SensitiveKeys::all(), secret(), &attributes);
    let mask = text(MASK);
    assert_eq!((body, all), (mask.clone(), named(&[("token", mask.clone()), ("a", mask)])));
}
