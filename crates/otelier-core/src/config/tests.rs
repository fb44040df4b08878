//! Every variable with good, empty and bad values.

mod distribution;
mod limits;
mod platform;
mod recording;
mod variables;
mod vendors;

use std::time::Duration;

use super::setting::{Origin, Setting};
use super::*;

fn resolve_with(code: &Code, variables: &[(&str, &str)]) -> (Settings, Vec<String>) {
    let environment: Environment = variables.iter().copied().collect();
    Settings::resolve(code, &environment).unwrap()
}

fn resolve(variables: &[(&str, &str)]) -> (Settings, Vec<String>) {
    resolve_with(&Code::default(), variables)
}

/// What a part of the settings looks like when `variable` has each of the values; bad ones (`None`)
/// must warn once, name the variable, show the value nowhere and leave everything as if it were
/// unset. So must empty ones, silently.
#[track_caller]
fn check<T: std::fmt::Debug>(
    variable: &str,
    part: fn(&Settings) -> T,
    good: &[(&str, &str)],
    bad: &[&str],
) {
    let (default, warnings) = resolve(&[]);
    assert_eq!(warnings, [""; 0]);
    for (value, expected) in good {
        let (settings, warnings) = resolve(&[(variable, value)]);
        assert_eq!(format!("{:?}", part(&settings)), *expected, "{variable}={value}");
        assert_eq!(warnings, [""; 0], "{variable}={value}");
    }
    for value in ["", "   "] {
        assert_eq!(
            resolve(&[(variable, value)]),
            (default.clone(), vec![]),
            "{variable}={value:?}"
        );
    }
    for value in bad {
        let (settings, warnings) = resolve(&[(variable, value)]);
        assert_eq!(settings, default, "{variable}={value}");
        let [warning] = &warnings[..] else { panic!("{variable}={value}: {warnings:?}") };
        let text = warning.strip_prefix(&format!("{variable}: expected ")).unwrap_or_default();
        assert!(text.contains("; using "), "{warning}");
        assert!(!text.contains("s3cret"), "{warning}");
    }
}

#[test]
fn booleans() {
    let good = [("true", "true"), ("TRUE", "true"), (" false ", "false")];
    let bad = &["1", "yes", "s3cret"];
    check("OTEL_SDK_DISABLED", |s| s.sdk_disabled.value, &good, bad);
    check("OTELIER_SWITCH_OFF", |s| s.switched_off.value, &good, bad);
    check("LUMIGO_SWITCH_OFF", |s| s.switched_off.value, &good, bad);
    check("OTELIER_SIGNAL_HANDLER", |s| s.signal_handler.value, &good, bad);
    check(
        "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY",
        |s| s.integrations().http.server.experimental_telemetry,
        &good,
        bad,
    );
    check(
        "OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY",
        |s| s.integrations().http.client.experimental_telemetry,
        &good,
        bad,
    );
}

#[test]
fn only_switching_off_disables_integrations() {
    assert!(resolve(&[]).0.integrations().enabled);
    assert!(resolve(&[("OTEL_SDK_DISABLED", "true")]).0.integrations().enabled);
    assert!(!resolve(&[("LUMIGO_SWITCH_OFF", "true")]).0.integrations().enabled);
    let both = [("OTELIER_SWITCH_OFF", "false"), ("LUMIGO_SWITCH_OFF", "true")];
    assert!(resolve(&both).0.integrations().enabled, "our own name wins");
}

#[test]
fn service_name_and_resource_attributes() {
    check(
        "OTEL_SERVICE_NAME",
        |s| s.resource.get("service.name").map(|name| name.value.value.to_string()),
        &[("shop", r#"Some("shop")"#)],
        &[],
    );
    check(
        "OTEL_RESOURCE_ATTRIBUTES",
        |s| {
            let attributes = s.resource.attributes.iter().map(|attribute| &attribute.value);
            attributes.map(|it| (it.key.to_string(), it.value.to_string())).collect::<Vec<_>>()
        },
        &[
            ("team=blue", r#"[("team", "blue")]"#),
            ("a=%20x%2Cy, b=2,", r#"[("a", " x,y"), ("b", "2")]"#),
            ("a=", r#"[("a", "")]"#),
        ],
        // Any error discards the whole value.
        &["s3cret", "good=1,rotten=%zz", "good=1,rotten", "good=1,rotten=%FF", "=rotten"],
    );
}

fn exporters_of(settings: &Settings, signal: Signal) -> Vec<Exporter> {
    let exporters = settings.exporters(signal).into_iter();
    exporters
        .map(|exporter| match exporter {
            ExporterSettings::Otlp(_) => Exporter::Otlp,
            ExporterSettings::Console(_) => Exporter::Console,
            ExporterSettings::File(file) => panic!("{file:?}"),
        })
        .collect()
}

#[test]
fn exporters() {
    let good = [
        ("otlp", "[Otlp]"),
        ("console", "[Console]"),
        ("Console, OTLP,console", "[Console, Otlp]"),
        ("none", "[]"),
        ("NONE", "[]"),
    ];
    let bad = &["s3cret", ",", "jaeger,zipkin", "none,none"];
    check("OTEL_TRACES_EXPORTER", |s| exporters_of(s, Signal::Traces), &good, bad);
    check("OTEL_METRICS_EXPORTER", |s| exporters_of(s, Signal::Metrics), &good, bad);
    check("OTEL_LOGS_EXPORTER", |s| exporters_of(s, Signal::Logs), &good, bad);
    for value in ["zipkin,console", "none,console", "console,none", "prometheus,console"] {
        let (settings, warnings) = resolve(&[("OTEL_TRACES_EXPORTER", value)]);
        assert_eq!(exporters_of(&settings, Signal::Traces), [Exporter::Console]);
        let warning =
            "OTEL_TRACES_EXPORTER: expected a list of otlp and console, or none; using console";
        assert_eq!(warnings, [warning], "{value}");
    }
}

#[test]
fn propagators() {
    check(
        "OTEL_PROPAGATORS",
        |s| s.propagators.value.clone(),
        &[
            ("tracecontext", "[TraceContext]"),
            ("b3,b3multi,xray, b3 ,tracecontext,B3", "[B3, B3Multi, Xray, TraceContext]"),
            ("none", "[]"),
        ],
        &["s3cret", "jaeger,ottrace"],
    );
    assert_eq!(resolve(&[]).0.propagators.value, [Propagator::TraceContext, Propagator::Baggage]);
}

/// The sampler for a span without a parent, and whether others do as their parent did.
fn sampler_of(settings: &Settings) -> (&SamplerSettings, bool) {
    match &settings.traces.sampler.value {
        SamplerSettings::ParentBased(settings) => (&settings.root, true),
        sampler => (sampler, false),
    }
}

#[test]
fn samplers() {
    check(
        "OTEL_TRACES_SAMPLER",
        |s| {
            let (root, parent_based) = sampler_of(s);
            format!("{root:?}, {parent_based}")
        },
        &[
            ("always_on", r#""AlwaysOn, false""#),
            ("always_off", r#""AlwaysOff, false""#),
            (
                "traceidratio",
                r#""TraceIdRatioBased(Setting { value: 1.0, origin: Default }), false""#,
            ),
            ("parentbased_always_on", r#""AlwaysOn, true""#),
            ("parentbased_always_off", r#""AlwaysOff, true""#),
            (
                "parentbased_traceidratio",
                r#""TraceIdRatioBased(Setting { value: 1.0, origin: Default }), true""#,
            ),
        ],
        &["s3cret", "jaeger_remote", "xray"],
    );
    for (argument, ratio, warnings) in [
        ("0.25", 0.25, vec![]),
        ("", 1.0, vec![]),
        ("1.5", 1.0, vec!["OTEL_TRACES_SAMPLER_ARG: expected a number from 0.0 to 1.0; using 1.0"]),
        (
            "half",
            1.0,
            vec!["OTEL_TRACES_SAMPLER_ARG: expected a number from 0.0 to 1.0; using 1.0"],
        ),
    ] {
        let variables = [
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", argument),
        ];
        let (settings, found) = resolve(&variables);
        let (SamplerSettings::TraceIdRatioBased(found_ratio), true) = sampler_of(&settings) else {
            panic!("{:?}", settings.traces.sampler)
        };
        assert_eq!(found_ratio.value, ratio, "{argument}");
        assert_eq!(found, warnings);
    }
}

fn reader_of(settings: &Settings) -> &PeriodicSettings {
    match &settings.metrics.readers.value[..] {
        [ReaderSettings::Periodic(reader)] => reader,
        other => panic!("{other:?}"),
    }
}

fn batch_of(processors: &Setting<Vec<ProcessorSettings>>) -> &model::BatchSettings {
    match &processors.value[..] {
        [ProcessorSettings::Batch(batch, _)] => batch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn metrics() {
    check(
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        |s| reader_of(s).temporality_preference.value,
        &[("cumulative", "Cumulative"), ("DELTA", "Delta"), ("lowmemory", "LowMemory")],
        &["s3cret", "low_memory"],
    );
    check(
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        |s| s.metrics.default_histogram_aggregation.value,
        &[
            ("explicit_bucket_histogram", "ExplicitBuckets"),
            ("BASE2_exponential_bucket_histogram", "ExponentialBuckets"),
        ],
        &["s3cret", "exponential"],
    );
}

#[test]
fn exemplars_are_warned_about() {
    let warnings = |value: &str| {
        let environment = [("OTEL_METRICS_EXEMPLAR_FILTER", value)].into_iter().collect();
        Settings::resolve(&Code::default(), &environment).unwrap().1
    };
    let name = "OTEL_METRICS_EXEMPLAR_FILTER";
    assert_eq!(warnings("always_off"), [""; 0]);
    let unsupported = format!("{name}: the SDK has no exemplars yet; none are recorded");
    assert_eq!(warnings("trace_based"), [&*unsupported]);
    assert_eq!(warnings("Always_On"), [unsupported]);
    let invalid =
        format!("{name}: expected always_on, always_off or trace_based; using always_off");
    assert_eq!(warnings("s3cret"), [invalid]);
}

#[test]
fn a_second_exporter_has_own_settings() {
    let second = OtlpExporter::new("http://second:4318").with_header("x-second", "2");
    let code = Code { more_otlp: vec![(vec![Signal::Traces], second)], ..Code::default() };
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://first:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-first=s3cret"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "77"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "99"),
        ("HTTP_PROXY", "http://proxy:1"),
    ];
    let (settings, warnings) = resolve_with(&code, &variables);
    assert_eq!(warnings, [""; 0]);
    let [ProcessorSettings::Batch(_, ExporterSettings::Otlp(first)), second] =
        &settings.traces.processors.value[..]
    else {
        panic!("{:?}", settings.traces.processors)
    };
    assert_eq!(first.endpoint.value.url, "http://first:4318/v1/traces");
    let ProcessorSettings::Batch(batch, ExporterSettings::Otlp(second)) = second else {
        panic!("{second:?}")
    };
    assert_eq!(second.endpoint.value.url, "http://second:4318/v1/traces");
    assert_eq!(second.protocol, Setting::default(Protocol::HttpProtobuf));
    assert_eq!(second.timeout, Setting::default(Duration::from_secs(10)));
    assert_eq!(second.headers.value.keys().collect::<Vec<_>>(), ["x-second"]);
    assert_eq!(second.proxy.origin, Origin::Environment("HTTP_PROXY"));
    assert_eq!(batch.max_queue_size.value, 99, "batches are the signal's");
    assert_eq!(settings.exporters(Signal::Logs).len(), 1);
}

#[test]
fn log_level() {
    check(
        "OTEL_LOG_LEVEL",
        |s| s.log_level.value,
        &[
            ("none", "None"),
            ("off", "None"),
            ("ERROR", "Error"),
            ("warn", "Warn"),
            ("info", "Info"),
            ("debug", "Debug"),
        ],
        &["s3cret", "3"],
    );
}

#[test]
fn the_console_shows_metrics_more_often() {
    const CONSOLE: (&str, &str) = ("OTEL_METRICS_EXPORTER", "console");
    const INTERVAL: (&str, &str) = ("OTEL_METRIC_EXPORT_INTERVAL", "7000");
    let seconds = Duration::from_secs;
    for (variables, expected) in [
        (&[][..], Setting::default(seconds(60))),
        (&[CONSOLE], Setting::default(seconds(10))),
        (&[CONSOLE, INTERVAL], Setting::environment(seconds(7), INTERVAL.0)),
    ] {
        let (settings, _) = resolve(variables);
        assert_eq!(reader_of(&settings).interval, expected, "{variables:?}");
    }
}

#[test]
fn an_empty_environment_is_not_that_of_the_process() {
    assert!(Environment::process().get("PATH").is_ok_and(|path| path.is_some()));
    assert_eq!(Environment::empty().get("PATH"), Ok(None));
}

#[test]
fn console() {
    let console = |variable, value| {
        let (settings, warnings) =
            resolve(&[("OTEL_TRACES_EXPORTER", "console"), (variable, value)]);
        assert_eq!(warnings, [""; 0]);
        match settings.exporters(Signal::Traces)[..] {
            [ExporterSettings::Console(console)] => *console,
            ref other => panic!("{other:?}"),
        }
    };
    for (value, expected) in [("", false), ("1", true), ("0", true)] {
        assert_eq!(console("NO_COLOR", value).no_color.value, expected, "{value}");
    }
    for (value, expected) in
        [("", None), ("80", Some(80)), ("0", None), ("1001", None), ("wide", None)]
    {
        assert_eq!(console("COLUMNS", value).columns.value, expected, "{value}");
    }
}

#[test]
fn integrations_get_theirs() {
    check(
        "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
        |s| s.integrations().http.client.known_methods.clone(),
        &[("GET, PURGE,", r#"Some(["GET", "PURGE"])"#)],
        &[],
    );
    let headers = [("X-One, x-two,,x-one", r#"["x-one", "x-two"]"#)];
    check(
        "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS",
        |s| s.integrations().http.server.request_captured_headers.clone(),
        &headers,
        &["a s3cret"],
    );
    check(
        "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS",
        |s| s.integrations().http.server.response_captured_headers.clone(),
        &headers,
        &["a s3cret"],
    );
    check(
        "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS",
        |s| s.integrations().http.client.request_captured_headers.clone(),
        &headers,
        &["a s3cret"],
    );
    check(
        "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS",
        |s| s.integrations().http.client.response_captured_headers.clone(),
        &headers,
        &["a s3cret"],
    );
    check(
        "OTELIER_SQS_PARENT",
        |s| s.integrations().properties("aws-sqs").string("parent") == Some("producer"),
        &[("receive", "false"), ("producer", "true"), ("Producer", "true")],
        &["s3cret"],
    );
    for variable in ["OTELIER_AUTO_FILTER_EMPTY_SQS", "LUMIGO_AUTO_FILTER_EMPTY_SQS"] {
        check(
            variable,
            |s| s.integrations().properties("aws-sqs").bool("filter_empty_polls") == Some(true),
            &[("false", "false"), ("TRUE", "true")],
            &["s3cret"],
        );
    }
    for variable in
        ["OTELIER_REDUCED_MONGO_INSTRUMENTATION", "LUMIGO_REDUCED_MONGO_INSTRUMENTATION"]
    {
        check(
            variable,
            |s| s.integrations().properties("mongodb").bool("filter_noise") == Some(true),
            &[("false", "false"), ("TRUE", "true")],
            &["s3cret"],
        );
    }
}

#[test]
fn code_beats_the_environment_without_warnings() {
    let code = Code {
        service_name: Some("coded".to_owned()),
        traces_exporters: Some(vec![]),
        propagators: Some(vec![Propagator::Xray, Propagator::Xray]),
        has_sampler: true,
        ..Code::default()
    };
    let variables = [
        ("OTEL_SERVICE_NAME", "env"),
        ("OTEL_TRACES_EXPORTER", "nonsense"),
        ("OTEL_PROPAGATORS", "nonsense"),
        ("OTEL_TRACES_SAMPLER", "nonsense"),
        ("OTEL_LOGS_EXPORTER", "none"),
    ];
    let (settings, warnings) = resolve_with(&code, &variables);
    assert_eq!(warnings, [""; 0]);
    let name = opentelemetry::KeyValue::new("service.name", "coded");
    assert_eq!(settings.resource.get("service.name"), Some(&Setting::code(name)));
    assert_eq!(settings.traces.processors, Setting::code(vec![]));
    assert_eq!(settings.propagators, Setting::code(vec![Propagator::Xray]));
    assert_eq!(settings.traces.sampler.origin, Origin::Code);
    assert_eq!(settings.logs.processors, Setting::environment(vec![], "OTEL_LOGS_EXPORTER"));
}

#[test]
fn prometheus_takes_metrics_only() {
    for code in [
        Code { traces_exporters: Some(vec![Exporter::Prometheus]), ..Code::default() },
        Code { logs_exporters: Some(vec![Exporter::Prometheus]), ..Code::default() },
    ] {
        let error = Settings::resolve(&code, &Environment::empty()).unwrap_err();
        assert!(error.is_invalid_setting());
        assert!(error.to_string().contains("Prometheus"), "{error}");
    }
    let exporters = vec![Exporter::Otlp, Exporter::Prometheus];
    let code = Code { metrics_exporters: Some(exporters), ..Code::default() };
    let (settings, warnings) = resolve_with(&code, &[("OTEL_EXPORTER_PROMETHEUS_PORT", "77")]);
    assert_eq!(warnings, [""; 0]);
    let summary = settings.summary("1", None, InCode::default());
    let expected =
        "metrics to http://localhost:4318 (http/protobuf) and Prometheus at localhost:77";
    assert!(summary.contains(expected), "{summary}");
    assert_eq!(settings.metrics.not_pulled(), [""; 0]);
}

#[test]
fn what_prometheus_cannot_have_is_named() {
    let variables = [
        ("OTEL_METRICS_EXPORTER", "otlp,prometheus"),
        (
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "base2_exponential_bucket_histogram",
        ),
    ];
    assert_eq!(
        resolve(&variables).0.metrics.not_pulled(),
        ["Prometheus is not served histograms with exponential buckets \
          (OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION)"]
    );
    assert_eq!(resolve(&variables[1..]).0.metrics.not_pulled(), [""; 0]);
}
