//! What counts of a file, what is warned about, and what is a fault: rule by rule.

use super::*;
use crate::config::setting::Origin;
use crate::config::{Exporter, ExporterSettings, ReaderSettings, Signal};

/// The faults and the warnings of a file, without their places.
fn problems(parsed: &Parsed) -> (Vec<&str>, Vec<&str>) {
    let faults = parsed.faults.iter().map(|problem| problem.message.as_str()).collect();
    (faults, parsed.warnings.iter().map(|problem| problem.message.as_str()).collect())
}

fn read(text: &str) -> Parsed {
    parse_with(&Code::default(), &EMPTY, &format!("{{file_format: \"1.0\", {text}}}"))
}

/// A file whose only problem is the fault or the warning.
#[track_caller]
fn check(text: &str, fault: Option<&str>, warning: Option<&str>) {
    let parsed = read(text);
    let (faults, warnings) = problems(&parsed);
    let expected = [fault.into_iter().collect(), warning.into_iter().collect::<Vec<_>>()];
    assert_eq!([faults, warnings], expected, "{text}");
}

fn simple(exporter: &str) -> String {
    format!("tracer_provider: {{processors: [{{simple: {{exporter: {{{exporter}}}}}}}]}}")
}

fn periodic(options: [&str; 2]) -> String {
    let [first, second] =
        options.map(|options| format!("{{periodic: {{exporter: {{console: {{}}}}, {options}}}}}"));
    format!("meter_provider: {{readers: [{first}, {second}]}}")
}

#[test]
fn a_choice_is_one_property() {
    let text = simple("console: {}, otlp_http: {}");
    let path = "tracer_provider.processors[0].simple.exporter";
    check(&text, Some(&format!("{path}: expected exactly one property")), None);
}

#[test]
fn arrays_have_values_of_their_type() {
    let array = |kind: &str, values: &str| {
        format!("resource: {{attributes: [{{name: a, type: {kind}, value: [{values}]}}]}}")
    };
    for (kind, values, expected) in [
        ("string_array", "x, y", r#"["x","y"]"#),
        ("bool_array", "true, false", "[true,false]"),
        ("int_array", "1, 2", "[1,2]"),
        ("double_array", "1.5, 2", "[1.5,2]"),
    ] {
        let settings = read(&array(kind, values)).settings;
        let attributes = settings.resource.attributes.iter();
        let found: Vec<_> = attributes.map(|it| it.value.value.to_string()).collect();
        assert_eq!(found, [expected], "{kind}");
    }
    let path = "resource.attributes[0].value[1]: expected";
    for (kind, values) in
        [("string_array", "x"), ("bool_array", "true"), ("int_array", "1"), ("double_array", "1.5")]
    {
        let fault = format!("{path} a value, and not null");
        check(&array(kind, &format!("{values}, null")), Some(&fault), None);
    }
    check(&array("double_array", "1, x"), Some(&format!("{path} a number")), None);
}

#[test]
fn numbers_have_a_range() {
    let ratio = |ratio: &str| {
        let sampler = format!("sampler: {{trace_id_ratio_based: {{ratio: {ratio}}}}}");
        let processors = "processors: [{simple: {exporter: {console: {}}}}]";
        format!("tracer_provider: {{{processors}, {sampler}}}")
    };
    for number in ["1e-1", "1E+0", "0.5e0", "1"] {
        check(&ratio(number), None, None);
    }
    let fault = "tracer_provider.sampler.trace_id_ratio_based.ratio: \
                 expected a number from 0.0 to 1.0";
    for number in ["1.5", "1e", "1ex", "1e5e6", "1e+", "e1"] {
        check(&ratio(number), Some(fault), None);
    }
}

#[test]
fn a_queue_and_its_batch_are_bounded() {
    let batch = |queue: &str, size: &str| {
        format!(
            "tracer_provider: {{processors: [{{batch: {{max_queue_size: {queue}, \
             max_export_batch_size: {size}, exporter: {{console: {{}}}}}}}}]}}"
        )
    };
    let path = "tracer_provider.processors[0].batch";
    let queue = format!("{path}.max_queue_size: not supported above 1048576; using 1048576");
    let size =
        format!("{path}.max_export_batch_size: expected at most the size of the queue; using 100");
    check(&batch("1048576", "1"), None, None);
    check(&batch("1048577", "1"), None, Some(&queue));
    check(&batch("100", "100"), None, None);
    check(&batch("100", "101"), None, Some(&size));
}

#[test]
fn readers_share_limits_and_aggregation() {
    let limits = |limit: u32| format!("cardinality_limits: {{default: {limit}}}");
    check(&periodic([&limits(7), &limits(7)]), None, None);
    let parsed = read(&periodic([&limits(7), &limits(8)]));
    let (faults, warnings) = problems(&parsed);
    assert_eq!((faults.len(), warnings.len()), (0, 1), "{warnings:?}");
    assert!(warnings[0].ends_with("using those of the first one that has any"), "{warnings:?}");
    assert_eq!(parsed.settings.metrics.cardinality_limits.value.default, Some(7));

    let reader = |aggregation: &str| {
        format!(
            "{{periodic: {{exporter: {{otlp_http: {{default_histogram_aggregation: \
             {aggregation}}}}}}}}}"
        )
    };
    let (base2, explicit) = ("base2_exponential_bucket_histogram", "explicit_bucket_histogram");
    for (other, count) in [(base2, 0), (explicit, 1)] {
        let readers = [base2, other].map(reader).join(", ");
        let parsed = read(&format!("meter_provider: {{readers: [{readers}]}}"));
        let (faults, warnings) = problems(&parsed);
        assert_eq!((faults.len(), warnings.len()), (0, count), "{faults:?} {warnings:?}");
    }
}

#[test]
fn what_prometheus_cannot_have_of_a_view_is_named() {
    let not_pulled = |stream: &str| {
        let reader = "{pull: {exporter: {prometheus/development: {}}}}";
        let view = format!("{{selector: {{instrument_name: a}}, stream: {{{stream}}}}}");
        let parsed = read(&format!("meter_provider: {{readers: [{reader}], views: [{view}]}}"));
        assert_eq!(problems(&parsed).0, [""; 0], "{stream}");
        parsed.settings.metrics.not_pulled().join("; ")
    };
    assert_eq!(not_pulled("name: b"), "");
    let found = not_pulled("aggregation: {base2_exponential_bucket_histogram: {}}");
    assert!(
        found.starts_with("Prometheus is not served histograms with exponential buckets ("),
        "{found}"
    );
    let found = not_pulled("attribute_keys: {included: [a]}");
    assert!(found.starts_with("Prometheus is served all attributes: attribute_keys "), "{found}");
}

#[test]
fn files_of_tls_are_pem_and_are_there() {
    let [pem, other] = ["-----BEGIN CERTIFICATE-----\n", "no certificate"].map(file);
    let [pem, other] = [&pem, &other].map(|file| file.path().display().to_string());
    let tls = |tls: &str| simple(&format!("otlp_http: {{tls: {{{tls}}}}}"));
    let path = "tracer_provider.processors[0].simple.exporter.otlp_http.tls";

    let ca = tls(&format!("ca_file: {pem}"));
    check(&ca, None, None);
    match read(&ca).settings.exporters(Signal::Traces)[..] {
        [ExporterSettings::Otlp(otlp)] => {
            assert!(matches!(otlp.tls.origin, Origin::File(_)), "{:?}", otlp.tls.origin);
            assert!(otlp.tls.value.authorities.is_some() && otlp.tls.value.identity.is_none());
        }
        ref other => panic!("{other:?}"),
    }
    check(
        &tls(&format!("ca_file: {other}")),
        Some(&format!("{path}.ca_file: expected a file in PEM form")),
        None,
    );
    let together = format!("{path}: expected key_file and cert_file together");
    check(&tls(&format!("cert_file: {pem}")), Some(&together), None);
    check(&tls(&format!("key_file: {pem}, cert_file: {pem}")), None, None);

    // On another machine they need not be there.
    let absent = format!("{{file_format: \"1.0\", {}}}", tls("ca_file: /nowhere/a.pem"));
    assert_eq!(parse_with(&Code::default(), &EMPTY, &absent).faults.len(), 1);
    let check =
        crate::config::check_config_file(file(&absent).path(), &EMPTY.into_iter().collect());
    assert!(check.is_usable() && check.warnings().count() == 1, "{check}");
}

#[test]
fn an_output_is_stdout_or_an_absolute_path() {
    let output =
        |output: &str| simple(&format!("otlp_file/development: {{output_stream: {output}}}"));
    check(&output("stdout"), None, None);
    check(&output("file:///tmp/a.jsonl"), None, None);
    let path = "tracer_provider.processors[0].simple.exporter.otlp_file/development.output_stream";
    let fault = format!("{path}: expected stdout, or an absolute path behind file://");
    for wrong in ["stderr", "file://a.jsonl", "/tmp/a.jsonl"] {
        check(&output(wrong), Some(&fault), None);
    }
}

#[test]
fn a_header_is_captured_once() {
    let headers = "[X-Team, x-team, X-B]";
    let general = format!("general: {{http: {{client: {{request_captured_headers: {headers}}}}}}}");
    let parsed = read(&format!("instrumentation/development: {{{general}}}"));
    assert_eq!(problems(&parsed), (vec![], vec![]));
    let read = format!("{:?}", parsed.settings.instrumentation);
    assert_eq!(
        (read.matches("\"x-team\"").count(), read.matches("\"x-b\"").count()),
        (1, 1),
        "{read}"
    );
}

#[test]
fn a_sensitive_parameter_is_matched_exactly() {
    let general = "general: {sanitization: {url: {sensitive_query_parameters: [a.b]}}}";
    let parsed = read(&format!("instrumentation/development: {{{general}}}"));
    assert_eq!(problems(&parsed), (vec![], vec![]));
    let keys = &parsed.settings.instrumentation.masked_keys;
    let keys = &keys.iter().find(|keys| keys.name == "http_query_params").unwrap().keys.value;
    let matches = ["a.b", "axb", "a.bc", "token"].map(|name| keys.matches_parameter(name));
    assert_eq!(matches, [true, false, false, true]);
}

#[test]
fn a_sensitive_parameter_may_have_any_character() {
    for character in (' '..='~').filter(|character| !character.is_ascii_alphanumeric()) {
        let name = format!("a{character}b");
        let quoted = name.replace('\'', "''");
        let url = format!("{{url: {{sensitive_query_parameters: ['{quoted}']}}}}");
        let general = format!("general: {{sanitization: {url}}}");
        let parsed = read(&format!("instrumentation/development: {{{general}}}"));
        assert_eq!(problems(&parsed), (vec![], vec![]), "{name}");
        let keys = &parsed.settings.instrumentation.masked_keys;
        let keys = &keys.iter().find(|keys| keys.name == "http_query_params").unwrap().keys.value;
        let matches = [name.as_str(), "axb", "ab"].map(|name| keys.matches_parameter(name));
        assert_eq!(matches, [true, false, false], "{name}");
    }
}

#[test]
fn too_many_sensitive_parameters_are_reported() {
    let long = "a".repeat(1 << 17);
    let url = format!("url: {{sensitive_query_parameters: [{long}]}}");
    let general = format!("general: {{sanitization: {{{url}}}}}");
    let parsed = read(&format!("instrumentation/development: {{{general}}}"));
    let path = "instrumentation/development.general.sanitization.url.sensitive_query_parameters";
    let message = format!("{path}: too large to be compared with");
    let (faults, warnings) = problems(&parsed);
    assert_eq!(faults, Vec::<String>::new());
    assert!(matches!(&warnings[..], [one] if one.contains(&message)), "{warnings:?}");
}

#[test]
fn exporters_of_code_stand_in_place_of_those_of_the_file() {
    let file = format!(
        "{{file_format: \"1.0\", {}, {}}}",
        simple("otlp_http: {}"),
        periodic(["interval: 1000", "interval: 2000"])
    );
    let with = |code: &Code| parse_with(code, &EMPTY, &file).settings;
    let code = Code { traces_exporters: Some(vec![Exporter::Console]), ..Code::default() };
    let traces = with(&code);
    let traces = traces.exporters(Signal::Traces);
    assert!(matches!(traces[..], [ExporterSettings::Console(_)]), "{traces:?}");
    for (exporter, is_pulled) in [(Exporter::Prometheus, true), (Exporter::Console, false)] {
        let code = Code { metrics_exporters: Some(vec![exporter]), ..Code::default() };
        let readers = with(&code).metrics.readers.value;
        let [reader] = &readers[..] else { panic!("{readers:?}") };
        assert_eq!(matches!(reader, ReaderSettings::Pull(_)), is_pulled, "{reader:?}");
    }
}

#[test]
fn too_much_is_refused_in_words_of_ours() {
    let deep = format!("{{file_format: \"1.0\", x-a: {}{}}}", "[".repeat(100), "]".repeat(100));
    let parsed = parse_with(&Code::default(), &EMPTY, &deep);
    let expected = "expected less: the file is nested too deep or has too much in it";
    assert_eq!(problems(&parsed), (vec![expected], vec![]));
    // What is allowed needs no larger stack than that of this thread.
    let (open, close) = ("[".repeat(60), "]".repeat(60));
    let allowed = format!("{{file_format: \"1.0\", tracer_provider: {open}{close}}}");
    let parsed = parse_with(&Code::default(), &EMPTY, &allowed);
    assert_eq!(problems(&parsed), (vec!["tracer_provider: expected properties"], vec![]));
}

#[test]
fn keys_are_all_or_a_list() {
    let masking =
        |keys: &str| format!("distribution: {{otelier: {{masking: {{general: {keys}}}}}}}");
    check(&masking("all"), None, None);
    check(&masking("[]"), None, None);
    check(&masking("[token]"), None, None);
    let path =
        "distribution.otelier.masking.general: expected a list of regular expressions, or all";
    check(&masking("none"), Some(path), None);
}
