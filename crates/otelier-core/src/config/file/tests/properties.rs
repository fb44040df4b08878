//! Every property of the official schema changes the settings, or is warned about by its name.
//!
//! `properties.txt` has the names. A file is built for each of them: with a value, and with another
//! one or none.

use regex::Regex;
use serde_json::{Map, Value, json};

use super::*;

const PROPERTIES: &str = include_str!("properties.txt");

/// What becomes of a property, by the sign behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Honored,
    Warned,
    InsideWarned,
    Neutral,
}

/// The properties, in the order of the schema.
fn properties() -> Vec<(&'static str, Fate)> {
    let lines = PROPERTIES.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| match line.split_once(' ') {
            None => (line, Fate::Honored),
            Some((path, "!")) => (path, Fate::Warned),
            Some((path, "..")) => (path, Fate::InsideWarned),
            Some((path, "-")) => (path, Fate::Neutral),
            Some(_) => panic!("{line}"),
        })
        .collect()
}

/// What a property needs beside it: the end of its parent's path, the name, and the value.
const SIBLINGS: &[(&str, &str, &str)] = &[
    ("processors[].batch", "exporter", r#"{"console": null}"#),
    ("processors[].simple", "exporter", r#"{"console": null}"#),
    ("readers[].periodic", "exporter", r#"{"console": null}"#),
    ("readers[].pull", "exporter", r#"{"prometheus/development": null}"#),
    ("tracer_provider", "processors", r#"[{"simple": {"exporter": {"console": null}}}]"#),
    ("logger_provider", "processors", r#"[{"simple": {"exporter": {"console": null}}}]"#),
    ("meter_provider", "readers", r#"[{"periodic": {"exporter": {"console": null}}}]"#),
    ("views[]", "selector", r#"{"instrument_name": "a"}"#),
    ("views[]", "stream", r#"{"name": "b"}"#),
    ("headers[]", "name", r#""x""#),
    ("headers[]", "value", r#""y""#),
    ("resource.attributes[]", "name", r#""x""#),
    ("resource.attributes[]", "value", "1"),
    ("rules[]", "sampler", r#"{"always_on": null}"#),
    ("attribute_values", "key", r#""k""#),
    ("attribute_values", "values", r#"["v"]"#),
    ("attribute_patterns", "key", r#""k""#),
    // An address without a scheme, which may be encrypted or not.
    ("otlp_grpc", "endpoint", r#""c:1""#),
    ("tls", "key_file", r#""PEM""#),
    ("tls", "cert_file", r#""PEM""#),
    ("jaeger_remote/development", "endpoint", r#""http://j""#),
    ("jaeger_remote/development", "initial_sampler", r#"{"always_on": null}"#),
];

/// The end of a path, a value, and another one; behind `@` is another property in its place.
const VALUES: &[(&str, &str, &str)] = &[
    ("disabled", "true", "null"),
    ("log_level", r#""warn""#, "null"),
    ("exporter.console", "null", "@otlp_http"),
    ("exporter.otlp_http", "null", "@console"),
    ("exporter.otlp_grpc", "null", "@console"),
    ("exporter.otlp_file/development", "null", "@console"),
    ("output_stream", r#""file:///tmp/x""#, "null"),
    ("endpoint", r#""http://own:1""#, "null"),
    ("ca_file", r#""PEM""#, "null"),
    ("key_file", r#""PEM""#, "@ca_file"),
    ("cert_file", r#""PEM""#, "@ca_file"),
    ("insecure", "true", "null"),
    ("headers[].name", r#""x""#, r#""z""#),
    ("headers[].value", r#""x""#, "null"),
    ("headers_list", r#""a=1""#, "null"),
    ("compression", r#""gzip""#, "null"),
    ("encoding", r#""json""#, "null"),
    ("max_request_size", "1", "null"),
    ("max_response_size", "1", "null"),
    ("max_export_batch_size/development", "1", "null"),
    ("exemplar_filter", r#""always_on""#, "null"),
    ("temporality_preference", r#""delta""#, "null"),
    ("default_histogram_aggregation", r#""base2_exponential_bucket_histogram""#, "null"),
    ("producers", r#"[{"opencensus": null}]"#, "null"),
    ("scope_info_enabled", "false", "null"),
    ("target_info_enabled/development", "false", "null"),
    ("translation_strategy", r#""underscore_escaping_without_suffixes/development""#, "null"),
    ("included", r#"["a"]"#, "null"),
    ("excluded", r#"["a"]"#, "null"),
    ("instrument_type", r#""counter""#, "null"),
    ("aggregation.default", "null", "@drop"),
    ("aggregation.drop", "null", "@sum"),
    ("aggregation.sum", "null", "@drop"),
    ("aggregation.last_value", "null", "@sum"),
    ("boundaries", "[1, 2]", "null"),
    ("record_min_max", "false", "null"),
    ("composite[].tracecontext", "null", "@baggage"),
    ("composite[].baggage", "null", "@b3"),
    ("composite[].b3", "null", "@b3multi"),
    ("composite[].b3multi", "null", "@b3"),
    ("composite_list", r#""b3""#, "null"),
    ("always_on", "null", "@always_off"),
    ("always_off", "null", "@always_on"),
    ("always_record.root", r#"{"always_on": null}"#, r#"{"always_off": null}"#),
    ("parent_threshold.root", r#"{"always_on": null}"#, r#"{"always_off": null}"#),
    ("initial_sampler", r#"{"always_on": null}"#, r#"{"always_off": null}"#),
    ("rules[].sampler", r#"{"always_on": null}"#, r#"{"always_off": null}"#),
    ("parent_based.root", r#"{"always_off": null}"#, "null"),
    ("_parent_not_sampled", r#"{"always_on": null}"#, "null"),
    ("_parent_sampled", r#"{"always_off": null}"#, "null"),
    ("ratio", "0.5", "null"),
    ("key", r#""a""#, r#""b""#),
    ("attribute_values.values", r#"["a"]"#, r#"["b"]"#),
    ("span_kinds", r#"["client"]"#, "null"),
    ("rules[].parent", r#"["local"]"#, "null"),
    ("attributes[].name", r#""a""#, r#""b""#),
    ("attributes[].value", "1", "2"),
    ("attributes[].type", r#""int""#, "null"),
    ("attributes_list", r#""a=1""#, "null"),
    ("detectors[].container", "null", "@process"),
    ("detectors[].host", "null", "@process"),
    ("detectors[].process", "null", "@host"),
    ("detectors[].service", "null", "@unknown"),
    ("host", r#""::1""#, "null"),
    ("schema_url", r#""https://s""#, "null"),
    ("semconv.version", "2", "null"),
    ("experimental", "true", "null"),
    ("dual_emit", "true", "null"),
    ("_captured_headers", r#"["a"]"#, "null"),
    ("known_methods", r#"["GET"]"#, "null"),
    ("sensitive_query_parameters", r#"["a"]"#, "null"),
    ("stability_opt_in_list", r#""http""#, "null"),
    ("file_format", r#""1.1""#, r#""1.0""#),
    ("description", r#""d""#, "null"),
    ("unit", r#""s""#, "null"),
    ("name", r#""n""#, "null"),
    ("meter_version", r#""1""#, "null"),
    (
        "jaeger_remote/development",
        r#"{"endpoint": "http://j", "initial_sampler": {"always_on": null}}"#,
        "@always_on",
    ),
    ("event_to_span_event_bridge/development", "null", "@simple"),
    ("_configurator/development", "{}", "null"),
    ("id_generator.random", "null", "null"),
    // Numbers: of limits, sizes, times and the like.
    ("_limit", "7", "null"),
    ("_size", "7", "null"),
    ("_delay", "7", "null"),
    ("_timeout", "7", "null"),
    ("_counter", "7", "null"),
    ("_gauge", "7", "null"),
    ("_name", r#""n""#, "null"),
    ("_schema_url", r#""https://s""#, "null"),
    ("timeout", "7", "null"),
    ("interval", "7", "null"),
    ("port", "7", "null"),
    ("max_scale", "7", "null"),
    ("counter", "7", "null"),
    ("gauge", "7", "null"),
    ("histogram", "7", "null"),
    ("cardinality_limits.default", "7", "null"),
];

/// The value of `path`, and what is there in its place. `None` for one that only holds others.
fn values(path: &str) -> Option<(&'static str, &'static str)> {
    let known = VALUES.iter().find(|(end, ..)| {
        let rest = path.strip_suffix(end);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.') || end.starts_with('_'))
    });
    known.map(|(_, value, other)| (*value, *other))
}

/// A file with `value` at `path`, and what it needs beside it. JSON is YAML too.
fn file_with(path: &str, value: &str) -> String {
    let (path, value) = match value.strip_prefix('@') {
        Some(name) => {
            let (parent, _) = path.rsplit_once('.').unwrap();
            let value =
                if name == "simple" { r#"{"exporter": {"console": null}}"# } else { "null" };
            (format!("{parent}.{name}"), value)
        }
        None => (path.to_owned(), value),
    };
    let mut tree: Value = serde_json::from_str(value).unwrap();
    let names: Vec<&str> = path.split('.').collect();
    for at in (0..names.len()).rev() {
        let (name, parent) = (names[at], names[..at].join("."));
        let (name, value) = match name.strip_suffix("[]") {
            Some(name) => (name, json!([tree])),
            None => (name, tree),
        };
        let mut properties = Map::from_iter([(name.to_owned(), value)]);
        for (end, sibling, value) in SIBLINGS {
            let is_file = *end == "tls" && !["key_file", "cert_file"].contains(&name);
            if parent.ends_with(end) && !is_file {
                let value = serde_json::from_str(value).unwrap();
                properties.entry(*sibling).or_insert(value);
            }
        }
        tree = Value::Object(properties);
    }
    tree.as_object_mut().unwrap().entry("file_format").or_insert_with(|| json!("1.1"));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/config/file/tests/");
    tree.to_string().replace("\"PEM\"", &format!("\"{folder}client.pem\""))
}

/// The settings without their origins, and the warnings.
fn read(path: &str, value: &str) -> (String, Vec<String>) {
    let text = file_with(path, value);
    let parsed = parse_with(&Code::default(), &[("OTEL_SERVICE_NAME", "detected")], &text);
    assert_eq!(parsed.faults, [], "{path}: {text}");
    let origins = Regex::new(r"origin: (Default|File\(Position \{[^}]*\}\))").unwrap();
    let settings = format!("{:?}", parsed.settings);
    let warnings = parsed.warnings.iter().map(Problem::to_string).collect();
    (origins.replace_all(&settings, "").into_owned(), warnings)
}

#[test]
fn every_property_is_honored_or_warned_about() {
    let properties = properties();
    assert!(properties.len() > 400);
    for (path, fate) in &properties {
        check(path, *fate, &properties);
    }
}

/// What becomes of one property.
fn check(path: &str, fate: Fate, all: &[(&str, Fate)]) {
    let Some((value, other)) = values(path) else {
        let is_inside =
            |other: &str| other.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
        let has_others = all.iter().any(|(other, _)| is_inside(other));
        assert!(fate != Fate::Honored || has_others, "{path} has no value");
        return;
    };
    if fate == Fate::InsideWarned {
        let is_around =
            |other: &str| path.strip_prefix(other).is_some_and(|rest| rest.starts_with(['.', '[']));
        let warned = all.iter().any(|(other, fate)| *fate == Fate::Warned && is_around(other));
        assert!(warned, "{path}");
        return;
    }
    let ((with, warnings), (without, others)) = (read(path, value), read(path, other));
    let name = path.rsplit('.').next().unwrap();
    let says = |warnings: &[String]| {
        let text = format!(".{name}: not supported");
        warnings.iter().filter(|warning| warning.contains(&text)).count()
    };
    let is_neutral = warnings.is_empty() && with == without;
    match fate {
        Fate::Warned => {
            assert_eq!((says(&warnings), says(&others)), (1, 0), "{path}: {warnings:?}");
            let has_place = |it: &String| it.starts_with("line 1, column ");
            assert!(warnings.iter().all(has_place), "{warnings:?}");
        }
        Fate::Neutral => assert!(is_neutral, "{path}: {warnings:?}"),
        _ => {
            assert_ne!(with, without, "{path} has no effect");
            // The sampler inside of one that is not supported is used in its place.
            let is_inside = path.contains("jaeger_remote/");
            assert_eq!(warnings.is_empty(), !is_inside, "{path}: {warnings:?}");
        }
    }
}

/// The page for users, beside the crates.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration-file.md");

#[test]
fn the_page_names_what_is_not_supported_and_nothing_else() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (_, table) = page.split_once("| property | instead |\n").unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let properties: Vec<&str> = rows.map(|row| row.split('|').nth(1).unwrap()).collect();
    let last = |path: &'static str| path.rsplit('.').next().unwrap();
    let short = |name: &'static str| name.strip_suffix("/development").unwrap_or(name);
    for (path, fate) in properties_of(Fate::Warned) {
        let names = [last(path), short(last(path))].map(|name| format!("`{name}"));
        // `semconv.experimental` stands there with what it is a part of.
        let part = format!(".{}`", last(path));
        let is_named = properties
            .iter()
            .any(|it| names.iter().any(|name| it.contains(&**name)) || it.contains(&part));
        let is_of_semconv = path.contains(".semconv.")
            && properties.iter().any(|it| it.contains("`semconv`") && it.contains(last(path)));
        assert!(is_named || is_of_semconv, "{path} ({fate:?}) is not on the page");
    }
    // Rows about a value that is not supported, of a property that is.
    const VALUES: [&str; 2] = ["`id_generator`", "`translation_strategy`"];
    for row in properties {
        let is_value = VALUES.iter().any(|it| row.contains(it));
        let is_warned =
            properties_of(Fate::Warned).any(|(path, _)| row.contains(short(last(path))));
        assert!(is_value || is_warned, "{row} is no longer warned about");
    }
}

fn properties_of(fate: Fate) -> impl Iterator<Item = (&'static str, Fate)> {
    properties().into_iter().filter(move |(_, of)| *of == fate)
}
