//! Files, and what is in force with them.

mod properties;
mod rules;
mod schema;

use super::*;
use crate::config::choices::Detector;
use crate::config::{Config, ConfigEntry, OtlpExporter};
use crate::configuration;

const EMPTY: [(&str, &str); 0] = [];

fn parse_with(code: &Code, variables: &[(&str, &str)], text: &str) -> Parsed {
    let environment: Environment = variables.iter().copied().collect();
    parse(code, &environment, text).unwrap()
}

/// The settings of a file without faults and warnings.
fn settings(text: &str) -> Settings {
    let parsed = parse_with(&Code::default(), &EMPTY, text);
    assert_eq!((parsed.faults, parsed.warnings), (vec![], vec![]), "{text}");
    assert_eq!(parsed.other_warnings, [""; 0], "{text}");
    parsed.settings
}

fn shown(config: &Config, name: &str) -> String {
    config.get(name).map_or_else(|| format!("no {name}"), ConfigEntry::to_string)
}

const TRACES: &str = "\
file_format: \"1.0\"
tracer_provider:
  processors:
    - batch:
        schedule_delay: 100
        exporter:
          otlp_http:
            endpoint: ${ENDPOINT:-http://c:4318}/v1/traces
            headers:
              - name: api-key
                value: ${TOKEN:-1234}
";

#[test]
fn a_file_says_where_traces_go() {
    let config = settings(TRACES).to_config();
    let processor = "tracer_provider.processors[0].batch";
    for (name, expected) in [
        ("schedule_delay", "100 (OTEL_CONFIG_FILE:5:25)"),
        ("export_timeout", "30000 (default)"),
        ("exporter.otlp.protocol", "http/protobuf (default)"),
        ("exporter.otlp.endpoint", "http://c:4318 (OTEL_CONFIG_FILE:8:23)"),
        ("exporter.otlp.headers", "api-key=**** (OTEL_CONFIG_FILE:10:15)"),
        ("exporter.otlp.timeout", "10000 (default)"),
    ] {
        let name = format!("{processor}.{name}");
        assert_eq!(shown(&config, &name), format!("{name}: {expected}"));
    }
    for (name, expected) in [
        ("meter_provider.readers", "0 (OTEL_CONFIG_FILE:1:1)"),
        ("logger_provider.processors", "0 (OTEL_CONFIG_FILE:1:1)"),
        ("resource.detectors", "none (OTEL_CONFIG_FILE:1:1)"),
        ("propagator.composite", "none (default)"),
        ("tracer_provider.sampler", "parent_based(always_on) (default)"),
    ] {
        assert_eq!(shown(&config, name), format!("{name}: {expected}"));
    }
}

/// The first fault of a file.
#[track_caller]
fn fault(text: &str) -> String {
    let parsed = parse_with(&Code::default(), &EMPTY, text);
    assert!(parsed.settings.sdk_disabled.value, "{text}");
    parsed.faults.first().map_or_else(|| format!("no fault in {text}"), Problem::to_string)
}

#[test]
fn a_fault_says_where_and_what_was_expected() {
    let in_batch = |line: &str| {
        format!(
            "file_format: \"1.0\"\ntracer_provider:\n  processors:\n    - batch:\n        {line}\n        \
             exporter:\n          console:\n"
        )
    };
    for (text, expected) in [
        ("", "line 1, column 1: expected properties"),
        ("file_format: 2.0", "line 1, column 14: file_format: expected a version from 1.0 to 1.1"),
        ("file_format: x", "line 1, column 14: file_format: expected a version from 1.0 to 1.1"),
        ("disabled: true", "line 1, column 1: expected the property file_format"),
        (
            "file_format: \"1.0\"\ndisabled: 5",
            "line 2, column 11: disabled: expected true or false",
        ),
        (
            "file_format: \"1.0\"\ntracer_provider: {}",
            "line 2, column 18: tracer_provider: expected the property processors",
        ),
        (
            "file_format: \"1.0\"\ntracer_provider:\n  processors: []",
            "line 3, column 15: tracer_provider.processors: expected a list with at least one item",
        ),
        (
            "file_format: \"1.0\"\ntracer_provider:\n  processors:\n    - batch: {}",
            "line 4, column 7: tracer_provider.processors[0].batch: expected the property exporter",
        ),
        (
            "file_format: \"1.0\"\npropagator:\n  composite: [jaeger:]",
            "line 3, column 15: propagator.composite[0].jaeger: expected tracecontext, baggage, b3, \
             b3multi or xray",
        ),
    ] {
        assert_eq!(fault(text), expected, "{text}");
    }
    let batch = "tracer_provider.processors[0].batch";
    for (line, expected) in [
        (
            "schedule_delay: -1",
            format!("column 25: {batch}.schedule_delay: expected a whole number, 0 or more"),
        ),
        (
            "schedule_delay: soon",
            format!("column 25: {batch}.schedule_delay: expected a whole number, 0 or more"),
        ),
        (
            "max_queue_size: 0",
            format!("column 25: {batch}.max_queue_size: expected a whole number, 1 or more"),
        ),
        (
            "schedule_dealy: 1",
            format!(
                "column 9: {batch}: expected schedule_delay, export_timeout, max_queue_size, \
                 max_export_batch_size or exporter, and not schedule_dealy"
            ),
        ),
    ] {
        assert_eq!(fault(&in_batch(line)), format!("line 5, {expected}"));
    }
}

#[test]
fn what_is_for_others_is_no_fault() {
    let text = "file_format: \"1.0\"\nx-team: {a: 1}\ndistribution: {other: {b: 2}}\n";
    assert!(!settings(text).sdk_disabled.value);
    let file = file(text);
    let check = crate::config::check_config_file(file.path(), &EMPTY.into_iter().collect());
    assert!(check.is_usable(), "{check}");
}

#[test]
fn a_check_has_the_place_of_a_fault_and_the_settings() {
    let check = |text: &str| {
        let file = file(text);
        crate::config::check_config_file(file.path(), &EMPTY.into_iter().collect())
    };
    let faulty = check("file_format: \"1.0\"\npropagator: {composite_list: \"s3cret\"}\n");
    assert!(!faulty.is_usable(), "{faulty}");
    let [fault] = &faulty.faults().collect::<Vec<_>>()[..] else { panic!("{faulty}") };
    assert_eq!((fault.line(), fault.column()), (2, 30), "{fault}");
    assert!(fault.message().starts_with("propagator.composite_list: expected "), "{fault}");

    let usable = check("file_format: \"1.0\"\npropagator: {composite_list: b3}\n");
    assert!(usable.is_usable(), "{usable}");
    let propagators = shown(usable.config(), "propagator.composite");
    assert!(propagators.contains(": b3 ("), "{propagators}");
    let propagators = usable.config().get("propagator.composite").map(ConfigEntry::name);
    assert_eq!(propagators, Some("propagator.composite"));
}

#[test]
fn a_file_has_a_largest_size() {
    let file = file(&" ".repeat(MAX_BYTES as usize));
    assert_eq!(content(file.path()).map(|text| text.len()), Ok(MAX_BYTES as usize));
    std::fs::write(file.path(), " ".repeat(MAX_BYTES as usize + 1)).unwrap();
    let expected = "expected a file of at most 1048576 bytes".to_owned();
    assert_eq!(content(file.path()), Err(expected));
}

#[test]
fn a_composite_sampler_is_shown_by_its_parts() {
    for (sampler, expected) in [
        ("{probability: {ratio: 0.25}}", "probability(0.25)"),
        ("{parent_threshold: {root: {always_off: {}}}}", "parent_threshold(always_off)"),
        ("{rule_based: {rules: [{sampler: {always_on: {}}}]}}", "rule_based(1 rule)"),
    ] {
        let text = format!(
            "file_format: \"1.0\"\ntracer_provider:\n  processors: [{{simple: {{exporter: \
             {{console: {{}}}}}}}}]\n  sampler: {{composite/development: {sampler}}}\n"
        );
        let shown = shown(&settings(&text).to_config(), "tracer_provider.sampler");
        assert!(shown.contains(&format!(": composite({expected}) (")), "{shown}");
    }
}

#[test]
fn none_is_no_propagator() {
    for (list, expected) in [("none", &[][..]), ("none,b3", &[Propagator::B3])] {
        let text = format!("file_format: \"1.0\"\npropagator: {{composite_list: \"{list}\"}}\n");
        assert_eq!(settings(&text).propagators.value, expected, "{list}");
    }
}

#[test]
fn host_of_the_schema_is_host_and_system() {
    let text = "file_format: \"1.0\"\nresource: {detection/development: {detectors: [{host: {}}, \
                {process: {}}]}}\n";
    let mut detectors = settings(text).resource.detectors.value;
    detectors.sort();
    assert_eq!(detectors, [Detector::Process, Detector::Host, Detector::Os]);
}

#[test]
fn share_of_traces_is_sampled() {
    let text = "file_format: \"1.0\"\ntracer_provider:\n  processors: [{simple: {exporter: \
                {console: {}}}}]\n  sampler: {trace_id_ratio_based: {ratio: 0.25}}\n";
    let shown = shown(&settings(text).to_config(), "tracer_provider.sampler");
    assert!(shown.contains(": trace_id_ratio_based(0.25) ("), "{shown}");
}

#[test]
fn other_libraries_are_disabled_alike() {
    let text = "file_format: \"1.0\"\ninstrumentation/development: {rust: {one: {enabled: false, \
                a: 1}, two: {enabled: true, b: false}}}\n";
    assert_eq!(settings(text).instrumentation.disabled.value, ["one"]);
}

#[test]
fn boundaries_rise_strictly() {
    let text = |boundaries| {
        format!(
            "file_format: \"1.1\"\nmeter_provider:\n  readers: [{{periodic: {{exporter: {{console: \
             {{}}}}}}}}]\n  views: [{{selector: {{}}, stream: {{aggregation: \
             {{explicit_bucket_histogram: {{boundaries: {boundaries}}}}}}}}}]\n"
        )
    };
    for boundaries in ["[]", "[1]", "[-1, 0.5, 2]"] {
        settings(&text(boundaries));
    }
    for boundaries in ["[1, 1]", "[2, 1]"] {
        let fault = fault(&text(boundaries));
        assert!(fault.ends_with("numbers, each larger than the one before"), "{fault}");
    }
}

#[test]
fn null_is_absent_and_a_float_may_be_whole() {
    let text = |value| {
        format!(
            "file_format: \"1.0\"\ntracer_provider:\n  processors:\n    - batch:\n        \
             schedule_delay: {value}\n        exporter:\n          console:\n"
        )
    };
    let name = "tracer_provider.processors[0].batch.schedule_delay";
    for (value, expected) in [
        ("", "5000 (default)"),
        ("null", "5000 (default)"),
        ("100", "100 (OTEL_CONFIG_FILE:5:25)"),
        ("100.0", "100 (OTEL_CONFIG_FILE:5:25)"),
        ("9007199254740991.0", "9007199254740991 (OTEL_CONFIG_FILE:5:25)"),
    ] {
        let config = settings(&text(value)).to_config();
        assert_eq!(shown(&config, name), format!("{name}: {expected}"), "{value}");
    }
    for value in ["100.5", "9007199254740992.0", "1e300", ".nan", "\"100\"", "true", "[]"] {
        let expected = format!("line 5, column 25: {name}: expected a whole number, 0 or more");
        assert_eq!(fault(&text(value)), expected, "{value}");
    }
}

#[test]
fn all_faults_are_found_at_once() {
    let text = "file_format: \"1.0\"\ndisabled: 1\nlog_level: loud\npropagator: 5\n";
    let parsed = parse_with(&Code::default(), &EMPTY, text);
    let lines: Vec<u32> = parsed.faults.iter().map(|fault| fault.at.line).collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[test]
fn a_fault_shows_no_value() {
    for text in [
        "file_format: hidden",
        "file_format: \"1.0\"\ndisabled: hidden",
        "file_format: \"1.0\"\npropagator: {composite: [{hidden HIDDEN: }]}",
        "file_format: \"1.0\"\ntracer_provider: {processors: [{batch: {exporter: {otlp_http: \
         {endpoint: \"hidden\", timeout: hidden, headers_list: \"hidden\"}}}}]}",
        "hidden: [",
        "file_format: \"1.0\"\nHIDDEN: ${hidden:?}",
    ] {
        let parsed = parse_with(&Code::default(), &EMPTY, text);
        assert!(!parsed.faults.is_empty(), "{text}");
        for problem in parsed.faults.iter().chain(&parsed.warnings) {
            assert!(!problem.to_string().to_lowercase().contains("hidden"), "{problem}");
        }
    }
}

#[test]
fn later_versions_are_read_in_part() {
    let text = "file_format: \"1.9\"\ntracer_provider:\n  processors: [{simple: {exporter: \
                {console: {}}}}]\n  novelty: 1\n";
    let parsed = parse_with(&Code::default(), &EMPTY, text);
    assert_eq!(parsed.faults, []);
    let warnings: Vec<String> = parsed.warnings.iter().map(Problem::to_string).collect();
    assert_eq!(
        warnings,
        [
            "line 1, column 14: file_format: this is a later version than 1.1; what it adds is \
             ignored",
            "line 4, column 3: tracer_provider: the property novelty is not known and is ignored",
        ]
    );
    assert_eq!(parsed.settings.traces.processors.value.len(), 1);
}

#[test]
fn code_beats_the_file() {
    let code = Code {
        service_name: Some("coded".to_owned()),
        otlp: OtlpExporter::new("http://coded:4318").with_header("x-token", "coded"),
        propagators: Some(vec![Propagator::B3]),
        span_attribute_value_length_limit: Some(7),
        more_otlp: vec![(vec![crate::Signal::Logs], OtlpExporter::new("http://more:4318"))],
        ..Code::default()
    };
    let two = format!(
        "{TRACES}    - batch: {{exporter: {{otlp_grpc: {{endpoint: 'http://g:4317'}}}}}}\n"
    );
    let parsed = parse_with(&code, &[("TOKEN", "5678")], &two);
    assert_eq!(parsed.faults, []);
    let config = parsed.settings.to_config();
    for (name, expected) in [
        ("resource.attributes.service.name", "coded (code)"),
        ("propagator.composite", "b3 (code)"),
        ("tracer_provider.limits.attribute_value_length_limit", "7 (code)"),
        ("tracer_provider.processors[0].batch.exporter.otlp.endpoint", "http://coded:4318 (code)"),
        ("tracer_provider.processors[0].batch.exporter.otlp.headers", "x-token=**** (code)"),
        // A token for one backend is not sent to another.
        (
            "tracer_provider.processors[1].batch.exporter.otlp.endpoint",
            "http://g:4317 (OTEL_CONFIG_FILE:12:48)",
        ),
        ("tracer_provider.processors[1].batch.exporter.otlp.headers", "none (default)"),
        ("logger_provider.processors[0].batch.exporter.otlp.endpoint", "http://more:4318 (code)"),
    ] {
        assert_eq!(shown(&config, name), format!("{name}: {expected}"));
    }
}

#[test]
fn code_that_cannot_be_used_is_an_error() {
    let code = Code { otlp: OtlpExporter::new("nonsense"), ..Code::default() };
    let environment: Environment = EMPTY.into_iter().collect();
    assert!(parse(&code, &environment, TRACES).unwrap_err().is_invalid_setting());
}

/// A file that is removed at the end.
fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn resolve(variables: &[(&str, &str)]) -> (Settings, Vec<String>) {
    let environment: Environment = variables.iter().copied().collect();
    Settings::resolve(&Code::default(), &environment).unwrap()
}

#[test]
fn other_variables_are_ignored_and_named() {
    let file = file(TRACES);
    let path = file.path().to_str().unwrap();
    let (settings, warnings) = resolve(&[
        ("OTEL_CONFIG_FILE", path),
        ("TOKEN", "s3cret"),
        ("OTEL_SERVICE_NAME", "ignored"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://ignored:4318"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTELIER_DEBUG", "true"),
        ("OTELIER_SECRET_MASKING_REGEX", "all"),
    ]);
    assert_eq!(
        warnings,
        ["OTEL_CONFIG_FILE is set, so other variables count only where the file refers to them, \
          as in ${NAME}; ignored: OTEL_SDK_DISABLED, OTEL_SERVICE_NAME, \
          OTEL_EXPORTER_OTLP_ENDPOINT"]
    );
    assert!(!settings.sdk_disabled.value);
    let config = settings.to_config();
    for expected in [
        "log_level: debug (OTELIER_DEBUG)",
        "otelier.masking.general: all (OTELIER_SECRET_MASKING_REGEX)",
    ] {
        let name = expected.split(": ").next().unwrap();
        assert_eq!(shown(&config, name), expected);
    }
    let (settings, _) = resolve(&[("OTEL_CONFIG_FILE", path), ("OTELIER_SWITCH_OFF", "true")]);
    assert!(settings.switched_off.value);
}

#[test]
fn a_file_that_cannot_be_read_leaves_no_telemetry() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let missing = format!("{folder}/missing.yaml");
    let large = file(&format!("#{}", "x".repeat(1024 * 1024)));
    let binary = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(binary.path(), b"\xff\xfe").unwrap();
    for (path, expected) in [
        (missing.as_str(), "the file cannot be read ("),
        (folder, "expected a file; "),
        (large.path().to_str().unwrap(), "expected a file of at most 1048576 bytes; "),
        (binary.path().to_str().unwrap(), "expected a file in UTF-8; "),
    ] {
        let (settings, warnings) = resolve(&[("OTEL_CONFIG_FILE", path)]);
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert!(warning.starts_with(&format!("OTEL_CONFIG_FILE: {expected}")), "{warning}");
        assert!(warning.ends_with("there is no telemetry"), "{warning}");
        assert!(settings.sdk_disabled.value);
        assert_eq!(settings.propagators.value, [Propagator::TraceContext, Propagator::Baggage]);
    }
}

#[test]
fn a_fault_is_one_warning() {
    let file = file("file_format: \"1.0\"\ndisabled: 1\nlog_level: loud\n");
    let (settings, warnings) = resolve(&[("OTEL_CONFIG_FILE", file.path().to_str().unwrap())]);
    assert_eq!(
        warnings,
        ["OTEL_CONFIG_FILE, line 2, column 11: disabled: expected true or false (and 1 more \
          fault); there is no telemetry"]
    );
    let summary = settings.summary("1", None, Default::default());
    let expected = "version 1: disabled by OTEL_CONFIG_FILE:2:11, only context is propagated";
    assert_eq!(summary, expected);
}

#[test]
fn every_variable_counts_beside_a_file_or_is_named() {
    let file = file(TRACES);
    let path = ("OTEL_CONFIG_FILE", file.path().to_str().unwrap());
    let (bare, warnings) = resolve(&[path]);
    assert_eq!(warnings, [""; 0]);
    for variable in configuration::ALL.iter().copied().filter(|it| *it != path.0) {
        // What is ignored is not even looked at, so nothing is wrong with the value.
        let (settings, warnings) = resolve(&[path, (variable, "s3cret,")]);
        let named = warnings.iter().filter(|warning| warning.contains("ignored: "));
        if configuration::counts_beside_a_file(variable) {
            assert_eq!(named.count(), 0, "{variable}");
        } else {
            assert_eq!(settings, bare, "{variable}");
            let expected = format!(
                "OTEL_CONFIG_FILE is set, so other variables count only where the file refers to \
                 them, as in ${{NAME}}; ignored: {variable}"
            );
            assert_eq!(warnings, [expected]);
        }
    }
}

#[test]
fn each_property_of_an_integration_reaches_it() {
    use crate::config::env::instrumentation::INTEGRATIONS;

    let in_library = |library: &str, property: &str| {
        let text = format!(
            "file_format: \"1.0\"\ninstrumentation/development:\n  rust:\n    {library}: \
             {{{property}}}\n"
        );
        settings(&text).integrations()
    };
    let with_payloads = ["axum", "tower", "reqwest", "aws", "aws-sqs", "aws-sns", "mongodb"];
    for library in INTEGRATIONS {
        assert!(!in_library(library, "enabled: false").is_enabled(library), "{library}");
        assert!(in_library(library, "enabled: true").is_enabled(library), "{library}");
        if with_payloads.contains(&library) {
            for on in [true, false] {
                let settings = in_library(library, &format!("capture_payloads: {on}"));
                assert_eq!(settings.properties(library).bool("capture_payloads"), Some(on));
            }
        }
    }
    for (library, property) in [("aws-sqs", "filter_empty_polls"), ("mongodb", "filter_noise")] {
        let settings = in_library(library, &format!("{property}: false"));
        assert_eq!(settings.properties(library).bool(property), Some(false));
    }
    let settings = in_library("aws-sqs", "parent: producer");
    assert_eq!(settings.properties("aws-sqs").string("parent"), Some("producer"));
}

#[test]
fn what_runs_can_be_measured() {
    let text = "file_format: \"1.0\"\ndistribution:\n  otelier:\n    runtime_metrics:\n      \
                process: true\n      tokio: false\n";
    let config = settings(text).to_config();
    let name = "otelier.runtime_metrics";
    for (property, expected) in
        [("process", "true (OTEL_CONFIG_FILE:5:16)"), ("tokio", "false (OTEL_CONFIG_FILE:6:14)")]
    {
        let name = format!("{name}.{property}");
        assert_eq!(shown(&config, &name), format!("{name}: {expected}"));
    }
    let code = Code { tokio_metrics: true, ..Code::default() };
    let parsed = parse_with(&code, &EMPTY, text);
    assert_eq!(parsed.settings.runtime_metrics.tokio, Setting::code(true));
}
