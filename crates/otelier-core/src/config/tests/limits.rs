//! Sizes and times of batches, and limits of spans and log records.

use super::*;

#[test]
fn batches_and_intervals() {
    let ms = [("250", "250ms"), ("1", "1ms")];
    let bad = &["-1", "5s", "1.5", "s3cret"];
    check(
        "OTEL_BSP_SCHEDULE_DELAY",
        |s| batch_of(&s.traces.processors).schedule_delay.value,
        &ms,
        &["0", "-1", "5s"],
    );
    check(
        "OTEL_BSP_EXPORT_TIMEOUT",
        |s| batch_of(&s.traces.processors).export_timeout.value,
        &ms,
        bad,
    );
    check(
        "OTEL_BLRP_SCHEDULE_DELAY",
        |s| batch_of(&s.logs.processors).schedule_delay.value,
        &ms,
        &["0", "-1", "5s"],
    );
    check(
        "OTEL_BLRP_EXPORT_TIMEOUT",
        |s| batch_of(&s.logs.processors).export_timeout.value,
        &ms,
        bad,
    );
    check(
        "OTEL_METRIC_EXPORT_INTERVAL",
        |s| reader_of(s).interval.value,
        &ms,
        &["0", "-1", "a minute"],
    );
    check("OTEL_METRIC_EXPORT_TIMEOUT", |s| reader_of(s).timeout.value, &ms, bad);
    let sizes = [("4096", "4096"), ("600", "600")];
    let bad = &["0", "-5", "s3cret"];
    check(
        "OTEL_BSP_MAX_QUEUE_SIZE",
        |s| batch_of(&s.traces.processors).max_queue_size.value,
        &sizes,
        bad,
    );
    check(
        "OTEL_BLRP_MAX_QUEUE_SIZE",
        |s| batch_of(&s.logs.processors).max_queue_size.value,
        &sizes,
        bad,
    );
    let sizes = [("2048", "2048"), ("1", "1")];
    check(
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        |s| batch_of(&s.traces.processors).max_export_batch_size.value,
        &sizes,
        bad,
    );
    check(
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
        |s| batch_of(&s.logs.processors).max_export_batch_size.value,
        &sizes,
        bad,
    );
}

#[test]
fn a_batch_fits_its_queue() {
    let (settings, warnings) = resolve(&[("OTEL_BSP_MAX_QUEUE_SIZE", "100")]);
    assert_eq!(
        (batch_of(&settings.traces.processors).max_export_batch_size.value, warnings),
        (100, vec![])
    );
    let both = [("OTEL_BSP_MAX_QUEUE_SIZE", "100"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "200")];
    let (settings, warnings) = resolve(&both);
    assert_eq!(batch_of(&settings.traces.processors).max_export_batch_size.value, 100);
    assert_eq!(
        warnings,
        ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE: expected at most the size of the queue; using 100"]
    );
}

#[test]
fn span_limits() {
    let good = [("0", "0"), ("64", "64")];
    let bad = &["-1", "s3cret", "1.5"];
    check("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", |s| s.traces.limits.attributes.value, &good, bad);
    check("OTEL_SPAN_EVENT_COUNT_LIMIT", |s| s.traces.limits.events.value, &good, bad);
    check("OTEL_SPAN_LINK_COUNT_LIMIT", |s| s.traces.limits.links.value, &good, bad);
    check(
        "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
        |s| s.traces.limits.event_attributes.value,
        &good,
        bad,
    );
    check("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", |s| s.traces.limits.link_attributes.value, &good, bad);
    check(
        "OTEL_ATTRIBUTE_COUNT_LIMIT",
        |s| {
            let limits = &s.traces.limits;
            (limits.attributes.value, limits.event_attributes.value, limits.link_attributes.value)
        },
        &[("7", "(7, 7, 7)")],
        bad,
    );
    for variable in ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"]
    {
        check(
            variable,
            |s| s.integrations().attribute_value_length_limit,
            &[("0", "Some(0)"), ("64", "Some(64)")],
            bad,
        );
    }
    let both = [("OTEL_ATTRIBUTE_COUNT_LIMIT", "7"), ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "9")];
    assert_eq!(resolve(&both).0.traces.limits.attributes.value, 9);
}

#[test]
fn value_length_limits() {
    let good = [("0", "0"), ("64", "64")];
    let bad = &["-1", "s3cret", "1.5"];
    check(
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        |s| s.traces.limits.attribute_value_length.value,
        &good,
        bad,
    );
    check(
        "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        |s| s.logs.limits.attribute_value_length.value,
        &[("0", "Some(0)"), ("64", "Some(64)")],
        bad,
    );
    check(
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        |s| {
            let logs = s.logs.limits.attribute_value_length.value;
            (s.traces.limits.attribute_value_length.value, logs)
        },
        &[("7", "(7, Some(7))")],
        bad,
    );
    check("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", |s| s.logs.limits.attributes.value, &good, bad);
    let code = Code { span_attribute_value_length_limit: Some(5), ..Code::default() };
    let (settings, _) = resolve_with(&code, &[("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9")]);
    assert_eq!(settings.traces.limits.attribute_value_length, Setting::code(5));
}
