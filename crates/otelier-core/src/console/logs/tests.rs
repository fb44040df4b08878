//! Log records as they appear.

use std::time::UNIX_EPOCH;

use opentelemetry::logs::LogRecord as _;
use opentelemetry::logs::{Logger as _, LoggerProvider as _};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::logs::SdkLoggerProvider;

use super::*;

type Record = SdkLogRecord;

fn drawn(style: Style, fill: impl FnOnce(&mut Record)) -> String {
    let mut record = SdkLoggerProvider::builder().build().logger("scope").create_log_record();
    record.set_timestamp(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123));
    fill(&mut record);
    line(&row(&record, "scope"), style)
}

fn request(record: &mut Record) {
    record.set_severity_number(Severity::Warn);
    record.set_severity_text("WARN");
    record.set_target("api::handlers");
    record.set_body("slow\nanswer \u{1b}[31m".into());
    record.add_attribute("elapsed", 1.5);
    record.add_attribute("tags", vec!["a", "b"].into_iter().collect::<AnyValue>());
    record.set_trace_context(TraceId::from(1), SpanId::from(2), None);
}

#[test]
fn a_record_is_a_line() {
    let style = Style { width: 170, color: false };
    assert_eq!(
        drawn(style, request),
        "22:13:20.123Z  WARN   api::handlers  slow\\nanswer \\u{1b}[31m  elapsed=1.5  tags=[a, b]  \
         trace 00000000000000000000000000000001 span 0000000000000002\n"
    );
}

#[test]
fn a_wide_record_is_wrapped_not_cut() {
    let style = Style { width: 80, color: false };
    let expected = "
22:13:20.123Z  WARN   api::handlers  slow\\nanswer \\u{1b}[31m  elapsed=1.5
                      tags=[a, b]
                      trace 00000000000000000000000000000001 span
                      0000000000000002
";
    let drawing = drawn(Style { width: 75, ..style }, request);
    assert_eq!(drawing, expected.strip_prefix('\n').unwrap(), "\n{drawing}");

    let long = "one two three four ".repeat(9);
    let drawing = drawn(style, |record| record.set_body(long.clone().into()));
    assert!(
        drawing.lines().count() == 4 && drawing.lines().all(|line| line.len() <= 80),
        "{drawing}"
    );
    assert_eq!(
        drawing[36..].split_whitespace().collect::<Vec<_>>(),
        long.split_whitespace().collect::<Vec<_>>()[..]
    );
}

#[test]
fn the_severity_has_a_color() {
    let style = Style { color: true, ..Style::default() };
    for (severity, code) in [
        (Severity::Trace, 68),
        (Severity::Info2, 64),
        (Severity::Warn, 130),
        (Severity::Fatal, 160),
    ] {
        let line = drawn(style, |record| {
            record.set_severity_number(severity);
            record.set_body("x".into());
        });
        let name = severity.name();
        assert_eq!(
            line,
            format!(
                "\u{1b}[38;5;243m22:13:20.123Z\u{1b}[0m  \u{1b}[38;5;{code}m{name}\u{1b}[0m{}  \u{1b}[38;5;243mscope\u{1b}[0m  x\n",
                " ".repeat(5_usize.saturating_sub(name.len()))
            )
        );
    }
}

#[test]
fn an_empty_record_is_time_and_scope() {
    assert_eq!(drawn(Style::default(), |_| ()), "22:13:20.123Z         scope\n");
}

#[test]
fn every_kind_of_value_can_be_read() {
    let values = [
        (AnyValue::Int(-1), "-1"),
        (AnyValue::Boolean(true), "true"),
        (AnyValue::Bytes(Box::new(vec![0, 1])), "(2 bytes)"),
        (
            AnyValue::Map(Box::new([("b".into(), 2.into()), ("a".into(), "x".into())].into())),
            "{a: x, b: 2}",
        ),
    ];
    for (value, expected) in values {
        assert_eq!(display(&value), expected);
    }
}
