//! The settings of the whole pipeline: from code, else from the environment, else the default.

mod choices;
mod describe;
mod endpoint;
pub(crate) mod env;
mod otlp;
mod parse;
mod pipeline;
mod proxy;
mod reader;

use opentelemetry::KeyValue;
use otelier_instrument::settings::{HttpSide, Settings as IntegrationSettings};

pub use self::choices::{Compression, Exporter, Propagator, Protocol, Signal};
pub(crate) use self::choices::{HistogramAggregation, LogLevel, TemporalityPreference};
pub(crate) use self::env::Environment;
pub(crate) use self::otlp::{OtlpOverrides, OtlpSettings, TlsSettings};
pub(crate) use self::pipeline::{Root, SamplerSettings, SpanLimitSettings};
pub(crate) use self::reader::{Origin, Setting};

use self::choices::SqsParent;
use self::pipeline::{LogSettings, MetricSettings, TraceSettings};
use self::reader::Reader;
use crate::error::InitError;

/// Everything that was configured, with the origin of each setting.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// Nothing is set up at all, and integrations pass through.
    pub(crate) switched_off: Setting<bool>,
    /// No telemetry; propagation goes on.
    pub(crate) sdk_disabled: Setting<bool>,
    pub(crate) log_level: Setting<LogLevel>,
    pub(crate) service_name: Setting<Option<String>>,
    pub(crate) environment_attributes: Setting<Vec<(String, String)>>,
    pub(crate) code_attributes: Vec<KeyValue>,
    pub(crate) propagators: Setting<Vec<Propagator>>,
    pub(crate) traces: TraceSettings,
    pub(crate) metrics: MetricSettings,
    pub(crate) logs: LogSettings,
    pub(crate) console: ConsoleSettings,
    pub(crate) integrations: IntegrationSettings,
}

/// How the console exporter draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ConsoleSettings {
    /// `NO_COLOR` is set, to whatever value: <https://no-color.org>.
    pub(crate) no_color: bool,
    /// The width of the lines, unless it is that of the terminal.
    pub(crate) columns: Option<usize>,
}

/// What was said in code; it beats the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) service_name: Option<String>,
    pub(crate) resource_attributes: Vec<KeyValue>,
    pub(crate) otlp: OtlpOverrides,
    pub(crate) traces_exporters: Option<Vec<Exporter>>,
    pub(crate) metrics_exporters: Option<Vec<Exporter>>,
    pub(crate) logs_exporters: Option<Vec<Exporter>>,
    pub(crate) propagators: Option<Vec<Propagator>>,
    pub(crate) has_sampler: bool,
}

impl Settings {
    /// Reads everything; the strings are warnings. Fails only for what `code` says.
    pub(crate) fn resolve(
        code: &Overrides,
        environment: &Environment,
    ) -> Result<(Self, Vec<String>), InitError> {
        let mut reader = Reader::new(environment);
        let reader_ref = &mut reader;
        let switched_off =
            reader_ref.read(&["OTELIER_SWITCH_OFF", "LUMIGO_SWITCH_OFF"], &parse::BOOL, || false);
        let settings = Self {
            sdk_disabled: reader_ref.read(&["OTEL_SDK_DISABLED"], &parse::BOOL, || false),
            log_level: reader_ref.read(&["OTEL_LOG_LEVEL"], &parse::choice(), || LogLevel::Info),
            service_name: service_name(code, reader_ref),
            environment_attributes: environment_attributes(reader_ref),
            code_attributes: code.resource_attributes.clone(),
            propagators: named_list(
                code.propagators.clone(),
                "OTEL_PROPAGATORS",
                &[Propagator::TraceContext, Propagator::Baggage],
                reader_ref,
            ),
            traces: TraceSettings::resolve(code, reader_ref)?,
            metrics: MetricSettings::resolve(code, reader_ref)?,
            logs: LogSettings::resolve(code, reader_ref)?,
            console: ConsoleSettings {
                no_color: reader_ref.text("NO_COLOR").is_some(),
                // A shell sets it, not the user, so what is wrong with it is no news.
                columns: reader_ref
                    .text("COLUMNS")
                    .and_then(|text| text.parse().ok())
                    .filter(|columns| (1..=1000).contains(columns)),
            },
            integrations: integrations(!switched_off.value, reader_ref),
            switched_off,
        };
        Ok((settings, reader.into_warnings()))
    }
}

fn service_name(code: &Overrides, reader: &mut Reader<'_>) -> Setting<Option<String>> {
    if let Some(name) = &code.service_name {
        return Setting::code(Some(name.clone()));
    }
    match reader.text("OTEL_SERVICE_NAME") {
        Some(name) => Setting::environment(Some(name), "OTEL_SERVICE_NAME"),
        None => Setting::default(None),
    }
}

fn environment_attributes(reader: &mut Reader<'_>) -> Setting<Vec<(String, String)>> {
    const VARIABLE: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let Some(text) = reader.text(VARIABLE) else { return Setting::default(Vec::new()) };
    match parse::pairs(&text).collect() {
        Some(attributes) => Setting::environment(attributes, VARIABLE),
        None => {
            reader.warn(
                VARIABLE,
                "expected a list of key=value, percent-encoded; using no attribute of it",
            );
            Setting::default(Vec::new())
        }
    }
}

/// A list of names in which `none` stands for an empty one. Names that are unknown are left out with a warning, and if
/// no other remains the default is used.
fn named_list<T: choices::Choice + PartialEq>(
    code: Option<Vec<T>>,
    variable: &'static str,
    default: &[T],
    reader: &mut Reader<'_>,
) -> Setting<Vec<T>> {
    let mut setting = match (code, reader.text(variable)) {
        (Some(list), _) => Setting::code(list),
        (None, None) => Setting::default(default.to_vec()),
        (None, Some(text)) if text.eq_ignore_ascii_case("none") => {
            Setting::environment(Vec::new(), variable)
        }
        (None, Some(text)) => {
            let names: Vec<&str> = parse::list(&text).collect();
            let known: Vec<T> = names.iter().filter_map(|name| T::from_name(name)).collect();
            let complete = known.len() == names.len();
            let setting = match known.is_empty() {
                true => Setting::default(default.to_vec()),
                false => Setting::environment(known, variable),
            };
            if !complete || names.is_empty() {
                let used: Vec<&str> = setting.value.iter().map(|value| value.name()).collect();
                reader.warn(
                    variable,
                    format_args!("expected {}; using {}", T::EXPECTED, used.join(",")),
                );
            }
            setting
        }
    };
    let mut seen = Vec::new();
    setting.value.retain(|value| {
        let new = !seen.contains(value);
        seen.push(*value);
        new
    });
    setting
}

fn integrations(enabled: bool, reader: &mut Reader<'_>) -> IntegrationSettings {
    let mut settings = IntegrationSettings::default();
    settings.enabled = enabled;
    settings.http.known_methods = reader
        .text("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS")
        .map(|text| parse::list(&text).map(str::to_owned).collect());
    settings.http.server = http_side(
        "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS",
        "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS",
        "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY",
        reader,
    );
    settings.http.client = http_side(
        "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS",
        "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS",
        "OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY",
        reader,
    );
    settings.sqs_parent_is_producer =
        reader.read(&["OTELIER_SQS_PARENT"], &parse::choice(), || SqsParent::Receive).value
            == SqsParent::Producer;
    settings.sqs_filter_empty_polls = reader
        .read(
            &["OTELIER_AUTO_FILTER_EMPTY_SQS", "LUMIGO_AUTO_FILTER_EMPTY_SQS"],
            &parse::BOOL,
            || true,
        )
        .value;
    settings.mongodb_filter_noise = reader
        .read(
            &["OTELIER_REDUCED_MONGO_INSTRUMENTATION", "LUMIGO_REDUCED_MONGO_INSTRUMENTATION"],
            &parse::BOOL,
            || true,
        )
        .value;
    settings
}

fn http_side(
    request_headers: &'static str,
    response_headers: &'static str,
    experimental: &'static str,
    reader: &mut Reader<'_>,
) -> HttpSide {
    let mut side = HttpSide::default();
    side.request_headers = header_names(request_headers, reader);
    side.response_headers = header_names(response_headers, reader);
    side.experimental_telemetry = reader.read(&[experimental], &parse::BOOL, || false).value;
    side
}

/// Names of headers, in lower case as they stand in attribute keys.
fn header_names(variable: &'static str, reader: &mut Reader<'_>) -> Vec<String> {
    let Some(text) = reader.text(variable) else { return Vec::new() };
    let mut names = Vec::new();
    for name in parse::list(&text) {
        match http::HeaderName::from_bytes(name.as_bytes()) {
            Ok(name) if names.iter().any(|known| known == name.as_str()) => {}
            Ok(name) => names.push(name.as_str().to_owned()),
            Err(_) => reader
                .warn(variable, "expected a list of header names; using only the items that are"),
        }
    }
    names
}

#[cfg(test)]
mod tests;
