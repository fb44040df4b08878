//! The properties of integrations that the environment sets.
//!
//! Each variable but that of the known methods becomes a property also where it only has its
//! default, so that a list of settings shows it. HTTP's variables are those of OpenTelemetry's Java
//! agent; the others are Otelier's, each with Lumigo's name as an alias where Lumigo has one.
//!
//! A configuration file has the same properties in another form, in `file/instrumentation.rs`. Both
//! use the names of the module `property`, so a property that is added needs a line in both.

use super::super::choices::{Choice as _, SqsParent};
use super::super::code::Code;
use super::super::instrumentation::{Instrumentation, PropertyValue, integration, property};
use super::super::setting::Setting;
use super::masking;
use super::parse;
use super::reader::Reader;

/// The known methods are set for the group of both sides.
///
/// `code` decides about payloads only: everything else about integrations is set at their own
/// builders.
pub(super) fn read(code: &Code, reader: &mut Reader<'_>) -> Instrumentation {
    let mut read = Instrumentation {
        disabled: disabled(reader),
        masked_keys: masking::read(reader),
        payload_capture: reader.resolve(
            code.payload_capture,
            &["OTELIER_CAPTURE_PAYLOADS"],
            &parse::BOOL,
            || false,
        ),
        properties: Vec::new(),
    };
    const KNOWN_METHODS: &str = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";
    if let Some(text) = reader.text(KNOWN_METHODS) {
        let methods: Vec<_> = parse::list(&text).collect();
        let setting = Setting::environment(methods.into(), KNOWN_METHODS);
        read.push(integration::HTTP, property::KNOWN_METHODS, setting);
    }
    http_side(
        &mut read,
        integration::HTTP_SERVER,
        [
            "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS",
            "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS",
            "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY",
        ],
        reader,
    );
    http_side(
        &mut read,
        integration::HTTP_CLIENT,
        [
            "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS",
            "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS",
            "OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY",
        ],
        reader,
    );
    let parent = reader
        .read(&["OTELIER_SQS_PARENT"], &parse::choice(), || SqsParent::Receive)
        .map(|parent| parent.name().into());
    read.push(integration::AWS_SQS, property::PARENT, parent);
    for (integration, name, variables) in [
        (
            integration::AWS_SQS,
            property::FILTER_EMPTY_POLLS,
            ["OTELIER_AUTO_FILTER_EMPTY_SQS", "LUMIGO_AUTO_FILTER_EMPTY_SQS"],
        ),
        (
            integration::MONGODB,
            property::FILTER_NOISE,
            ["OTELIER_REDUCED_MONGO_INSTRUMENTATION", "LUMIGO_REDUCED_MONGO_INSTRUMENTATION"],
        ),
    ] {
        let setting = reader.read(&variables, &parse::BOOL, || true).map(PropertyValue::from);
        read.push(integration, name, setting);
    }
    read
}

/// The integrations by the names of their features.
///
/// The file's reader uses this list too: any other name is an integration from elsewhere.
pub(in super::super) const INTEGRATIONS: [&str; 10] = [
    "axum",
    "tower",
    "reqwest",
    "aws",
    "aws-sqs",
    "aws-sns",
    "aws-dynamodb",
    "aws-s3",
    "mongodb",
    "mysql",
];

/// The names of Lumigo's Python distribution, each with the integrations that stand for it here.
///
/// They count in Lumigo's own variable only. Some stand for two integrations, because a framework
/// of Python does what two crates do here.
///
/// The names are in lower case and compared exactly.
const LUMIGO: [(&str, &[&str]); 10] = [
    ("boto", &["aws"]),
    ("botocore", &["aws"]),
    ("requests", &["reqwest"]),
    ("httpx", &["reqwest"]),
    ("fastapi", &["axum", "tower"]),
    ("fast-api", &["axum", "tower"]),
    ("flask", &["axum", "tower"]),
    ("django", &["axum", "tower"]),
    ("pymongo", &["mongodb"]),
    ("pymysql", &["mysql"]),
];

/// Names that nothing here has are kept, since an integration from elsewhere may have them; in our
/// own variable they are warned about.
///
/// The first of the two variables that is set counts alone; the lists are not merged. A list
/// without names is the default.
///
/// The names that remain are sorted, each once.
fn disabled(reader: &mut Reader<'_>) -> Setting<Vec<String>> {
    const OWN: &str = "OTELIER_DISABLE_INSTRUMENTATION";
    const ALIAS: &str = "LUMIGO_DISABLE_INSTRUMENTATION";
    let found = [OWN, ALIAS].into_iter().find_map(|name| Some((reader.text(name)?, name)));
    let Some((text, variable)) = found else { return Setting::default(Vec::new()) };
    let mut names: Vec<String> = Vec::new();
    for name in parse::list(&text) {
        let lumigo = LUMIGO.iter().find(|(theirs, _)| variable == ALIAS && *theirs == name);
        match lumigo {
            Some((_, ours)) => names.extend(ours.iter().map(|name| (*name).to_owned())),
            None => names.push(name.to_owned()),
        }
        if variable == OWN && !INTEGRATIONS.contains(&name) {
            let known = INTEGRATIONS.join(", ");
            reader.warn(
                OWN,
                format_args!(
                    "expected names of integrations, which are {known}; \
                                           using the others too, for integrations from elsewhere"
                ),
            );
        }
    }
    add_groups(&mut names);
    match names.is_empty() {
        true => Setting::default(names),
        false => Setting::environment(names, variable),
    }
}

/// With `aws` also the services of it; sorted, each once.
pub(in super::super) fn add_groups(names: &mut Vec<String>) {
    if names.iter().any(|name| name == "aws") {
        let services = INTEGRATIONS.iter().filter(|name| name.starts_with("aws-"));
        names.extend(services.map(|name| (*name).to_owned()));
    }
    names.sort_unstable();
    names.dedup();
}

/// Reads the three variables of one side; `side` is the group that the properties belong to.
fn http_side(
    read: &mut Instrumentation,
    side: &'static str,
    [request, response, experimental]: [&'static str; 3],
    reader: &mut Reader<'_>,
) {
    for (variable, name) in [
        (request, property::REQUEST_CAPTURED_HEADERS),
        (response, property::RESPONSE_CAPTURED_HEADERS),
    ] {
        read.push(side, name, header_names(variable, reader).map(PropertyValue::from));
    }
    let experimental = reader.read(&[experimental], &parse::BOOL, || false);
    let experimental = experimental.map(PropertyValue::from);
    read.push(side, property::EXPERIMENTAL_TELEMETRY, experimental);
}

/// Names of headers, in lower case as they stand in attribute keys.
///
/// Each name once, in the order of the variable. A name that HTTP does not allow is left out with a
/// warning.
fn header_names(variable: &'static str, reader: &mut Reader<'_>) -> Setting<Vec<String>> {
    let Some(text) = reader.text(variable) else { return Setting::default(Vec::new()) };
    let mut names = Vec::new();
    for name in parse::list(&text) {
        match http::HeaderName::from_bytes(name.as_bytes()) {
            Ok(name) if names.iter().any(|known| known == name.as_str()) => {}
            Ok(name) => names.push(name.as_str().to_owned()),
            Err(_) => reader
                .warn(variable, "expected a list of header names; using only the items that are"),
        }
    }
    match names.is_empty() {
        true => Setting::default(names),
        false => Setting::environment(names, variable),
    }
}
