//! The environment as a source of settings. This is the only place that reads that of the process,
//! and a caller can replace it.
//!
//! A `Reader` looks up variables one by one and collects warnings. Each part of the model has a
//! module that asks the reader for what it needs and returns that part: `signals` for the three
//! providers, `otlp` for an exporter, `vendor` for the backend, `platform` for detectors,
//! `instrumentation`, `masking` and `endpoint_filters` for integrations. `parse` says what each
//! kind of value looks like.
//!
//! The variables of OTLP are read even if no exporter uses them, so that a mistake in them is
//! reported before it matters. Nothing in the environment is an error: a service has to start with
//! a wrong variable too. Only a value of code fails.
//!
//! The module `file` reuses some of these functions, for what does not depend on where the
//! configuration comes from.
//!
//! Source of the names:
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.

pub(super) mod endpoint_filters;
pub(super) mod instrumentation;
pub(super) mod masking;
pub(super) mod otlp;
pub(super) mod parse;
pub(super) mod platform;
mod proxy;
mod reader;
mod signals;
mod vendor;

use std::collections::{BTreeSet, HashMap};
use std::env::{self, VarError};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use opentelemetry::KeyValue;
use otelier_instrument::semconv::resource as key;

use self::reader::{Names, named_list};
pub(super) use self::reader::{Reader, unique};
pub(super) use self::signals::{console, log_dump, span_dump};
use super::choices::{LogLevel, Propagator};
use super::code::Code;
use super::model::{LogLineSettings, ResourceSettings, RuntimeMetricsSettings, Settings};
use super::patterns::IncludeExclude;
use super::setting::Setting;
use super::vendor::BackendSettings;
use crate::configuration;
use crate::error::InitError;

/// Reads everything; the strings are warnings. What `code` says is not looked up, so nothing is
/// said about its variable either. Fails only for what `code` says.
pub(super) fn read(
    code: &Code,
    environment: &Environment,
) -> Result<(Settings, Vec<String>), InitError> {
    let mut reader = Reader::new(environment);
    let settings = read_with(code, &mut reader)?;
    Ok((settings, reader.into_warnings()))
}

/// The path of the configuration file, if there is to be one.
///
/// A path that is not Unicode counts as none; `read_with` warns about it later.
pub(super) fn config_file(environment: &Environment) -> Option<String> {
    Reader::new(environment).text("OTEL_CONFIG_FILE")
}

/// The order of the calls is the order of the warnings. The backend is first, because the others
/// depend on it.
fn read_with(code: &Code, reader: &mut Reader<'_>) -> Result<Settings, InitError> {
    // A file was looked for before. What is said about the variable is said here.
    reader.text("OTEL_CONFIG_FILE");
    let backend = vendor::read(reader);
    Ok(Settings {
        switched_off: switched_off(reader),
        sdk_disabled: reader.read(&["OTEL_SDK_DISABLED"], &parse::BOOL, || false),
        log_level: log_level(reader),
        log_lines: log_lines(reader),
        signal_handler: signal_handler(code, reader),
        resource: resource(code, &backend, reader),
        propagators: named_list(
            code.propagators.clone(),
            "OTEL_PROPAGATORS",
            &Names::ALL,
            &[Propagator::TraceContext, Propagator::Baggage],
            reader,
        ),
        traces: signals::traces(code, &backend, reader)?,
        metrics: signals::metrics(code, &backend, reader)?,
        logs: signals::logs(code, &backend, reader)?,
        // No variable asks for it.
        runtime_metrics: code.runtime_metrics(RuntimeMetricsSettings::default()),
        instrumentation: instrumentation::read(code, reader),
        backend,
    })
}

/// Whether nothing at all is set up.
///
/// Not even context is propagated then, and integrations pass through.
pub(super) fn switched_off(reader: &mut Reader<'_>) -> Setting<bool> {
    reader.read(&["OTELIER_SWITCH_OFF", "LUMIGO_SWITCH_OFF"], &parse::BOOL, || false)
}

/// No vendor: what a configuration file says about exporters is all that there is.
pub(super) fn no_vendor() -> BackendSettings {
    vendor::read(&mut Reader::new(&Environment::empty()))
}

/// Whether signals that end the process deliver what is pending.
pub(super) fn signal_handler(code: &Code, reader: &mut Reader<'_>) -> Setting<bool> {
    let variables = ["OTELIER_SIGNAL_HANDLER"];
    reader.resolve(code.signal_handler, &variables, &parse::BOOL, || true)
}

/// `OTEL_LOG_LEVEL`, unless `OTELIER_DEBUG` asks for everything.
fn log_level(reader: &mut Reader<'_>) -> Setting<LogLevel> {
    let level = reader.read(&["OTEL_LOG_LEVEL"], &parse::choice(), || LogLevel::Info);
    debugged(level, reader)
}

/// `level`, unless all diagnostics are asked for.
///
/// The origin is then that of the variable that asks.
pub(super) fn debugged(level: Setting<LogLevel>, reader: &mut Reader<'_>) -> Setting<LogLevel> {
    let debug = reader.read(&["OTELIER_DEBUG", "LUMIGO_DEBUG"], &parse::BOOL, || false);
    if debug.value { debug.map(|_| LogLevel::Debug) } else { level }
}

/// How the lines look that the program logs.
///
/// The directives are not parsed here: that is for the crate that sets up a subscriber.
pub(super) fn log_lines(reader: &mut Reader<'_>) -> LogLineSettings {
    const DIRECTIVES: &str = "RUST_LOG";
    LogLineSettings {
        directives: match reader.text(DIRECTIVES) {
            Some(directives) => Setting::environment(Some(directives), DIRECTIVES),
            None => Setting::default(None),
        },
        format: reader.read(&["OTELIER_LOG_FORMAT"], &parse::LOG_FORMAT, || None),
        panic_hook: reader.read(&["OTELIER_PANIC_HOOK"], &parse::BOOL, || false),
    }
}

/// `otelier.tag` and `lumigo.tag`, which take no semicolon, and the name of the container.
fn tags(reader: &mut Reader<'_>) -> Vec<Setting<KeyValue>> {
    let mut attributes = Vec::new();
    for (variable, key) in [("OTELIER_TAG", key::OTELIER_TAG), ("LUMIGO_TAG", key::LUMIGO_TAG)] {
        let Some(tag) = reader.text(variable) else { continue };
        if tag.contains(';') {
            // The message that users of Lumigo know.
            reader.say(
                variable,
                format_args!("{variable} contains a semicolon, which is not allowed"),
            );
        } else {
            attributes.push(Setting::environment(KeyValue::new(key, tag), variable));
        }
    }
    const CONTAINER: &str = "LUMIGO_CONTAINER_NAME";
    if let Some(name) = reader.text(CONTAINER) {
        let attribute = KeyValue::new(key::K8S_CONTAINER_NAME, name);
        attributes.push(Setting::environment(attribute, CONTAINER));
    }
    attributes
}

/// The attributes that a vendor wants, under those of `OTEL_RESOURCE_ATTRIBUTES`, under the tags
/// and the variables of vendors, under the service name of `OTEL_SERVICE_NAME`, under what code
/// says.
///
/// Of two attributes with one key the later one counts, so the weakest source is the first. One
/// item of `OTEL_RESOURCE_ATTRIBUTES` that is wrong discards all of them, as the specification
/// asks.
fn resource(code: &Code, backend: &BackendSettings, reader: &mut Reader<'_>) -> ResourceSettings {
    const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    const NAME: &str = "OTEL_SERVICE_NAME";
    let mut attributes = vendor::preset_attributes(backend);
    if let Some(text) = reader.text(ATTRIBUTES) {
        match parse::pairs(&text).collect::<Option<Vec<_>>>() {
            Some(pairs) => {
                let pairs = pairs.into_iter().map(|(name, value)| KeyValue::new(name, value));
                attributes.extend(pairs.map(|pair| Setting::environment(pair, ATTRIBUTES)));
            }
            None => reader.warn(
                ATTRIBUTES,
                "expected a list of key=value, percent-encoded; using no attribute of it",
            ),
        }
    }
    attributes.extend(tags(reader));
    attributes.extend(vendor::attributes(reader));
    if code.service_name.is_none()
        && let Some(name) = reader.text(NAME)
    {
        attributes.push(Setting::environment(KeyValue::new(key::SERVICE_NAME, name), NAME));
    }
    add_code(&mut attributes, code);
    let detectors = platform::detectors(backend, reader);
    let platform = platform::read(&detectors.value, reader);
    ResourceSettings {
        attributes,
        detectors,
        platform,
        detected_attributes: IncludeExclude::default(),
        schema_url: Setting::default(None),
    }
}

/// What code says about the resource, over `attributes`.
pub(super) fn add_code(attributes: &mut Vec<Setting<KeyValue>>, code: &Code) {
    attributes.extend(code.resource_attributes.iter().cloned().map(Setting::code));
    // The attributes set in code include a service name at times: it beats the environment, but not
    // `with_service_name`.
    if let Some(name) = &code.service_name {
        attributes.push(Setting::code(KeyValue::new(key::SERVICE_NAME, name.clone())));
    }
}

/// Where settings that are not made in code come from: the process environment, or a fixed set of
/// variables.
///
/// A test, or a program with its own configuration files, builds one from pairs and hands it to
/// [`Builder::with_environment`](crate::Builder::with_environment).
///
/// ```
/// # use otelier_core as otelier;
/// let environment: otelier::Environment =
///     [("OTEL_SERVICE_NAME", "checkout")].into_iter().collect();
/// let builder = otelier::builder().with_environment(environment);
/// ```
///
/// Its `Debug` shows the names of fixed variables, and never a value.
#[derive(Clone, Debug)]
#[must_use]
pub struct Environment(Source);

#[derive(Clone)]
enum Source {
    /// Looked up at each call, not copied.
    Process,
    /// Names are compared exactly, on Windows too.
    Fixed(HashMap<String, String>),
}

// Values may be secret, so not even a debug print shows them.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Process => f.write_str("Process"),
            Self::Fixed(variables) => f.debug_set().entries(variables.keys()).finish(),
        }
    }
}

/// A variable is set to something that is not Unicode, so no setting can be read from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotUnicode;

impl Environment {
    /// The environment of the process, as it is when [`init`](crate::init) is called.
    pub fn process() -> Self {
        Self(Source::Process)
    }

    /// An environment in which no variable is set.
    pub(crate) fn empty() -> Self {
        Self(Source::Fixed(HashMap::new()))
    }

    /// The variables that would say something without a configuration file, and say nothing with
    /// one, less those that the file refers to.
    pub(super) fn ignored_beside_a_file(&self, referenced: &BTreeSet<String>) -> Vec<&'static str> {
        let is_set = |variable: &str| !matches!(self.get(variable), Ok(None));
        let ignored = configuration::ALL.iter().copied().filter(|variable| {
            !configuration::counts_beside_a_file(variable)
                && !referenced.contains(*variable)
                && is_set(variable)
        });
        ignored.collect()
    }

    /// The value of `variable`, as it is.
    ///
    /// `Ok(None)` if it is not set. References of a configuration file use this, since white space
    /// may matter there.
    pub(crate) fn verbatim(&self, variable: &str) -> Result<Option<String>, NotUnicode> {
        match &self.0 {
            Source::Process => match env::var(variable) {
                Ok(value) => Ok(Some(value)),
                Err(VarError::NotPresent) => Ok(None),
                Err(VarError::NotUnicode(_)) => Err(NotUnicode),
            },
            Source::Fixed(variables) => Ok(variables.get(variable).cloned()),
        }
    }

    /// The value of `variable`, trimmed; empty counts as unset.
    pub(crate) fn get(&self, variable: &str) -> Result<Option<String>, NotUnicode> {
        let value = self.verbatim(variable)?;
        Ok(value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
    }

    /// Every variable with its value as it is.
    ///
    /// A fixed environment has no order. Names and values need not be Unicode.
    fn all(&self) -> Vec<(OsString, OsString)> {
        match &self.0 {
            Source::Process => env::vars_os().collect(),
            Source::Fixed(variables) => {
                variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
            }
        }
    }
}

impl Default for Environment {
    fn default() -> Self {
        Self::process()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(Source::Fixed(
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        ))
    }
}

/// The operating system and the architecture that the program was built for, in Rust's words.
pub(crate) const OS: &str = env::consts::OS;
pub(crate) const ARCH: &str = env::consts::ARCH;

/// The file of the running program.
///
/// `None` where the system does not say.
pub(crate) fn executable() -> Option<PathBuf> {
    env::current_exe().ok()
}

/// The file name of the running program. Never its arguments, which may carry secrets.
pub(crate) fn executable_name() -> Option<String> {
    let path = executable()?;
    path.file_name().map(OsStr::to_string_lossy).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variables that are looked at when these are set.
    fn asked(variables: &[(&str, &str)]) -> BTreeSet<String> {
        let environment: Environment = variables.iter().copied().collect();
        let mut reader = Reader::new(&environment);
        read_with(&Code::default(), &mut reader).unwrap();
        // The documentation has proxies in capitals only.
        reader.asked.iter().map(|name| name.to_ascii_uppercase()).collect()
    }

    #[test]
    fn documented_variables_are_those_read() {
        let mut read = BTreeSet::new();
        for endpoint in ["http://c:4318", "https://c:4318"] {
            read.extend(asked(&[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
                ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ]));
        }
        read.extend(asked(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"),
            ("HTTP_PROXY", "http://proxy:1"),
        ]));
        let documented: BTreeSet<String> =
            configuration::ALL.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(documented, read);
    }

    #[test]
    fn values_are_trimmed_and_blank_is_unset() {
        let environment: Environment = [("A", ""), ("B", "  "), ("C", " x ")].into_iter().collect();
        assert_eq!(environment.get("A"), Ok(None));
        assert_eq!(environment.get("B"), Ok(None));
        assert_eq!(environment.get("C"), Ok(Some("x".to_owned())));
        assert_eq!(environment.get("D"), Ok(None));
    }

    #[test]
    fn the_process_environment_is_read_on_request() {
        assert!(matches!(Environment::process().get("PATH"), Ok(Some(_))));
        assert_eq!(Environment::from_iter([("X", "y")]).get("PATH"), Ok(None));
    }

    #[test]
    fn debug_output_holds_no_value() {
        let environment =
            Environment::from_iter([("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret")]);
        assert_eq!(format!("{environment:?}"), r#"Environment({"OTEL_EXPORTER_OTLP_HEADERS"})"#);
    }

    #[test]
    fn the_executable_name_has_no_folder() {
        let name = executable_name().unwrap();
        assert!(name.starts_with("otelier_core") && !name.contains('/'), "{name}");
    }
}
