//! What is recorded, when it is exported, limits, propagation and integrations.

use super::super::super::super::*;
use super::{INTERVAL, MILLIS, NUMBER, Row, SIGNALS, SIZE, boolean, booleans, row};

/// All of them.
pub(super) fn rows() -> Vec<Row> {
    [traces(), batches(), metrics(), limits(), integrations()].into_iter().flatten().collect()
}

/// Which spans are recorded.
fn traces() -> Vec<Row> {
    const SAMPLER: &str = "tracer_provider.sampler";
    let mut rows = vec![
        row("OTEL_TRACES_SAMPLER", SAMPLER, "parent_based(always_on)")
            .good("always_on", "always_on")
            .good("ALWAYS_OFF", "always_off")
            .good("traceidratio", "trace_id_ratio_based(1.0)")
            .good("parentbased_always_off", "parent_based(always_off)")
            .good("parentbased_traceidratio", "parent_based(trace_id_ratio_based(1.0))")
            .bad(&["s3cret", "jaeger_remote", "xray"])
            .code(|code| code.has_sampler = true, "custom (code)")
            .file(
                "tracer_provider > processors: [{simple: {exporter: {console: }}}] | \
                 sampler: {always_off: }",
                "",
                "always_off",
            ),
        row("OTEL_TRACES_SAMPLER_ARG", SAMPLER, "")
            .with("OTEL_TRACES_SAMPLER", "traceidratio")
            .unset("trace_id_ratio_based(1.0) (OTEL_TRACES_SAMPLER)")
            .gives("0.25", "trace_id_ratio_based(0.25) (OTEL_TRACES_SAMPLER)")
            .gives("0", "trace_id_ratio_based(0.0) (OTEL_TRACES_SAMPLER)")
            .bad(&["1.5", "-0.1", "NaN", "s3cret"]),
    ];
    macro_rules! filters {
        ($suffix:literal, $name:literal) => {{
            let variables = [
                concat!("OTELIER_FILTER_HTTP_ENDPOINTS_REGEX", $suffix),
                concat!("LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX", $suffix),
            ];
            let [own, alias] = variables.map(|variable| {
                row(variable, concat!("otelier.filter_http_endpoints.", $name), "none")
                    .good(r#"["/health"]"#, "1 regular expression")
                    .good(r#"["/health", "^/live$", ""]"#, "2 regular expressions")
                    .good("[]", "none")
                    .bad(&["s3cret", r#"[1, "s3cret"]"#, r#"{"a": "s3cret"}"#])
            });
            let file =
                concat!("distribution > otelier > filter_http_endpoints > ", $name, ": [a, b, c]");
            [own.over(variables[1], "[]").file(file, "", "3 regular expressions"), alias]
        }};
    }
    rows.extend(filters!("", "general"));
    rows.extend(filters!("_SERVER", "server"));
    rows.extend(filters!("_CLIENT", "client"));
    rows.push(
        row("OTELIER_BAGGAGE_SPAN_ATTRIBUTES", "tracer_provider.baggage_attributes", "none")
            .good("tenant, team,", "tenant,team")
            .all("any text is a name")
            .code(|code| code.baggage_span_attributes = Some(vec!["own".to_owned()]), "own (code)")
            .file("distribution > otelier > baggage_span_attributes: [a]", "", "a"),
    );
    rows
}

/// When spans and log records are exported.
fn batches() -> Vec<Row> {
    let mut rows = Vec::new();
    for (names, provider, delay) in [
        (
            [
                "OTEL_BSP_SCHEDULE_DELAY",
                "OTEL_BSP_EXPORT_TIMEOUT",
                "OTEL_BSP_MAX_QUEUE_SIZE",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            ],
            "tracer_provider",
            "5000",
        ),
        (
            [
                "OTEL_BLRP_SCHEDULE_DELAY",
                "OTEL_BLRP_EXPORT_TIMEOUT",
                "OTEL_BLRP_MAX_QUEUE_SIZE",
                "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
            ],
            "logger_provider",
            "1000",
        ),
    ] {
        let options = [
            ("schedule_delay", delay, INTERVAL),
            ("export_timeout", "30000", MILLIS),
            ("max_queue_size", "2048", SIZE),
            ("max_export_batch_size", "512", SIZE),
        ];
        for (variable, (option, default, bad)) in names.into_iter().zip(options) {
            let text = format!(
                "{provider} > processors > - batch > exporter: {{console: }} | {option}: @"
            );
            let entry = format!("{provider}.processors[0].batch.{option}");
            let row = row(variable, entry, default).good("1500", "1500").good("600", "600");
            rows.push(row.bad(bad).file(text.leak(), "700", "700"));
        }
    }
    rows
}

/// When metrics are collected, and how they are put together.
fn metrics() -> Vec<Row> {
    let [_, reader, _] = SIGNALS;
    let periodic = |property: &str| {
        let text =
            format!("meter_provider > readers > - periodic > exporter: {{console: }} | {property}");
        &*text.leak()
    };
    vec![
        row("OTEL_METRIC_EXPORT_INTERVAL", format!("{reader}.interval"), "60000")
            .good("250", "250")
            .bad(INTERVAL)
            .file(periodic("interval: @"), "77", "77"),
        row("OTEL_METRIC_EXPORT_TIMEOUT", format!("{reader}.timeout"), "30000")
            .good("250", "250")
            .good("0", "0")
            .bad(MILLIS)
            .file(periodic("timeout: @"), "77", "77"),
        row(
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            format!("{reader}.temporality_preference"),
            "cumulative",
        )
        .good("delta", "delta")
        .good("LowMemory", "lowmemory")
        .bad(&["s3cret", "low_memory"])
        .file(
            "meter_provider > readers > - periodic > exporter > otlp_http > \
             temporality_preference: @",
            "cumulative",
            "cumulative",
        ),
        row(
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "meter_provider.default_histogram_aggregation",
            "explicit_bucket_histogram",
        )
        .good("base2_exponential_bucket_histogram", "base2_exponential_bucket_histogram")
        .bad(&["s3cret"])
        .file(
            "meter_provider > readers > - periodic > exporter > otlp_http > \
             default_histogram_aggregation: @",
            "explicit_bucket_histogram",
            "explicit_bucket_histogram",
        ),
        // The others are valid, and lead to the warning that there are no exemplars.
        row("OTEL_METRICS_EXEMPLAR_FILTER", "meter_provider.readers", "1")
            .gives("always_off", "1 (default)")
            .bad(&["s3cret", "always_on", "trace_based"]),
    ]
}

/// How much spans and log records keep.
fn limits() -> Vec<Row> {
    const COUNT: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";
    const LENGTH: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    let limit = |variable, provider: &str, name: &str, default: &str| {
        row(variable, format!("{provider}.limits.{name}"), default)
            .good("0", "0")
            .good("64", "64")
            .bad(NUMBER)
    };
    let (spans, logs) = ("tracer_provider", "logger_provider");
    let in_file = |row: Row, provider: &str, name: &str| {
        let exporter = "processors: [{simple: {exporter: {console: }}}]";
        let text = format!("{provider} > {exporter} | limits > {name}: @");
        row.file(text.leak(), "77", "77")
    };
    let mut rows = Vec::new();
    for (variable, provider, name, default, base) in [
        (
            "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            spans,
            "attribute_value_length_limit",
            "2048",
            Some(LENGTH),
        ),
        (
            "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            logs,
            "attribute_value_length_limit",
            "none",
            Some(LENGTH),
        ),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", spans, "attribute_count_limit", "128", Some(COUNT)),
        ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", logs, "attribute_count_limit", "128", Some(COUNT)),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", spans, "event_count_limit", "128", None),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", spans, "link_count_limit", "128", None),
        (
            "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
            spans,
            "event_attribute_count_limit",
            "128",
            Some(COUNT),
        ),
        (
            "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
            spans,
            "link_attribute_count_limit",
            "128",
            Some(COUNT),
        ),
    ] {
        let row = in_file(limit(variable, provider, name, default), provider, name);
        rows.push(match base {
            Some(base) => row.over(base, "9"),
            None => row,
        });
    }
    let [length, ..] = &mut rows[..] else { unreachable!() };
    let set = |code: &mut Code| code.span_attribute_value_length_limit = Some(5);
    let mut code = Code::default();
    set(&mut code);
    length.code = Some((code, "5 (code)"));
    rows.push(
        limit(COUNT, spans, "attribute_count_limit", "128")
            .also("tracer_provider.limits.event_attribute_count_limit")
            .also("tracer_provider.limits.link_attribute_count_limit")
            .also("logger_provider.limits.attribute_count_limit"),
    );
    rows.push(limit(LENGTH, spans, "attribute_value_length_limit", "2048"));
    rows
}

/// Propagation, and the properties of integrations.
fn integrations() -> Vec<Row> {
    let mut rows = vec![
        row("OTEL_PROPAGATORS", "propagator.composite", "tracecontext,baggage")
            .good("b3,xray, b3 ,b3multi", "b3,xray,b3multi")
            .good("B3", "b3")
            .good("none", "none")
            .bad(&["s3cret", "jaeger,ottrace"])
            .code(|code| code.propagators = Some(vec![Propagator::Xray]), "xray (code)")
            .file("propagator > composite_list: '@'", "b3", "b3"),
        row("OTELIER_DISABLE_INSTRUMENTATION", "instrumentation.disabled", "none")
            .good("mysql, axum,,mysql", "axum,mysql")
            .good("aws", "aws,aws-dynamodb,aws-s3,aws-sns,aws-sqs")
            .bad(&["s3cret"])
            .fails_to("s3cret")
            .over("LUMIGO_DISABLE_INSTRUMENTATION", "redis"),
        row("LUMIGO_DISABLE_INSTRUMENTATION", "instrumentation.disabled", "none")
            .good("pymongo,fastapi", "axum,mongodb,tower")
            .all("names of Lumigo's that nothing here has are accepted"),
        row("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "instrumentation.http.known_methods", "")
            .unset("absent")
            .good("GET, PURGE,", "GET,PURGE")
            .all("any text is a method"),
    ];
    for (variables, side) in [
        (
            [
                "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS",
                "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS",
                "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY",
            ],
            "server",
        ),
        (
            [
                "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS",
                "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS",
                "OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY",
            ],
            "client",
        ),
    ] {
        let entry = |name: &str| format!("instrumentation.http.{side}.{name}");
        let [request, response, experimental] = variables;
        for (variable, name) in
            [(request, "request_captured_headers"), (response, "response_captured_headers")]
        {
            let text =
                format!("instrumentation/development > general > http > {side} > {name}: [X-F]");
            rows.push(
                row(variable, entry(name), "")
                    .good("X-One, x-two,,x-one", "x-one,x-two")
                    .bad(&["a s3cret"])
                    .file(text.leak(), "", "x-f"),
            );
        }
        rows.push(boolean(experimental, entry("experimental_telemetry").leak(), false));
    }
    rows.push(
        row("OTELIER_SQS_PARENT", "instrumentation.aws-sqs.parent", "receive")
            .good("producer", "producer")
            .good("Receive", "receive")
            .bad(&["s3cret"])
            .file("instrumentation/development > rust > aws-sqs > parent: @", "receive", "receive"),
    );
    for (names, entry) in [
        (
            ["OTELIER_AUTO_FILTER_EMPTY_SQS", "LUMIGO_AUTO_FILTER_EMPTY_SQS"],
            "instrumentation.aws-sqs.filter_empty_polls",
        ),
        (
            ["OTELIER_REDUCED_MONGO_INSTRUMENTATION", "LUMIGO_REDUCED_MONGO_INSTRUMENTATION"],
            "instrumentation.mongodb.filter_noise",
        ),
    ] {
        let (_, property) = entry.split_once('.').unwrap();
        let (library, property) = property.split_once('.').unwrap();
        let text = format!("instrumentation/development > rust > {library} > {property}: @");
        let text: &'static str = text.leak();
        let [own, alias] = booleans(names, entry, true, |row| row);
        rows.extend([own.file(text, "true", "true"), alias]);
    }
    rows
}
