//! The settings as a list: each with its value and its origin, and without secrets.
//!
//! `Settings::to_config` walks over the model and writes one entry for each value. It runs once, in
//! `init`, and the result is kept for `config()`. A new field of the model needs a line here, else
//! it cannot be seen from outside.
//!
//! Each value gets a function that shows it. That is where secrets are left out: of headers only
//! the names are shown, of an endpoint only scheme and host, of a token, a certificate or a proxy
//! only whether there is one, and of masked keys and filters only their kind or number. The names
//! are those of the schema of a configuration file where it has one, and begin with `otelier.`
//! otherwise.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use otelier_instrument::masking::{MASK, MaskingPolicy, SensitiveKeys};

use super::choices::{Choice, Compression};
use super::file_output::FileOutput;
use super::instrumentation::PropertyValue;
use super::model::{
    BatchSettings, ComposableSettings, ConsoleSettings, ExporterSettings, FileSettings,
    OtlpSettings, ProcessorSettings, PrometheusSettings, ReaderSettings, SamplerSettings, Settings,
};
use super::setting::Setting;

/// The settings that are in force, each with its value and where it came from. [`config`] returns
/// it.
///
/// Its [`Display`](fmt::Display) is a line for each setting.
///
/// Cloning it is cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config(Arc<Vec<ConfigEntry>>);

/// One setting of a [`Config`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The path, with indexes in brackets.
    name: String,
    /// Already without secrets.
    value: String,
    /// Never a value.
    origin: String,
}

impl Config {
    /// Every setting, in the order of OpenTelemetry's declarative configuration. Empty before
    /// `init`.
    pub fn entries(&self) -> impl Iterator<Item = &ConfigEntry> {
        self.0.iter()
    }

    /// The setting that is called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ConfigEntry> {
        self.entries().find(|entry| entry.name == name)
    }
}

impl ConfigEntry {
    /// Where the setting stands in OpenTelemetry's declarative configuration, such as
    /// `tracer_provider.processors[0].batch.schedule_delay`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value as text. What may be secret is `****`, and of an endpoint only scheme and host are
    /// there.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Who set it: `code`, the name of an environment variable, `OTEL_CONFIG_FILE` with line and
    /// column, `preset` with the name of a vendor, or `default`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for ConfigEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.name, self.value, self.origin)
    }
}

/// `None` before `init`.
static CURRENT: RwLock<Option<Config>> = RwLock::new(None);

/// The settings that `init` found, each with its value and where it came from; nothing before
/// `init`.
///
/// The same is logged at start with `OTELIER_DEBUG=true`.
///
/// ```no_run
/// # mod otelier { pub use otelier_core::*; }
/// # fn main() -> Result<(), otelier::InitError> {
/// let _otel = otelier::init()?;
/// for setting in otelier::config().entries() {
///     println!("{} = {}, from {}", setting.name(), setting.value(), setting.origin());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn config() -> Config {
    CURRENT.read().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
}

/// Makes `config` what [`config`] returns.
///
/// Replaces what was there.
pub(crate) fn set_current(config: Config) {
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Some(config);
}

impl Settings {
    /// The settings as a list.
    ///
    /// Values of the attributes of the resource are masked twice: by the default keys and by those
    /// of the user. So a user who unmasks a key does not make it visible in a log.
    pub(crate) fn to_config(&self) -> Config {
        let mut list = List::default();
        list.push("otelier.switch_off", &self.switched_off, bool::to_string);
        self.list_backend(&mut list);
        list.push("disabled", &self.sdk_disabled, bool::to_string);
        list.push("log_level", &self.log_level, |level| level.name().to_owned());
        let lines = &self.log_lines;
        list.push("otelier.log_lines.filter", &lines.directives, |directives| {
            directives.clone().unwrap_or_else(|| self.log_level.value.name().to_owned())
        });
        list.push("otelier.log_lines.format", &lines.format, |format| {
            format.map_or("by terminal", Choice::name).to_owned()
        });
        list.push("otelier.log_lines.panic_hook", &lines.panic_hook, bool::to_string);
        list.push("otelier.signal_handler", &self.signal_handler, bool::to_string);
        // What is secret by default is not shown even where the user's keys would let it leave.
        let (default, own) = (MaskingPolicy::default(), self.integrations().masking);
        for (at, attribute) in self.resource.attributes.iter().enumerate() {
            let key = attribute.value.key.as_str();
            // Of two with one key the later one counts, and only that is in force.
            let mut later = self.resource.attributes.iter().skip(at + 1);
            if later.any(|other| other.value.key.as_str() == key) {
                continue;
            }
            list.push(format!("resource.attributes.{key}"), attribute, |attribute| {
                let value = attribute.value.as_str();
                own.variable(key, &default.variable(key, &value)).into_owned()
            });
        }
        list.push("resource.detectors", &self.resource.detectors, |names| joined(names));
        list.push("propagator.composite", &self.propagators, |names| joined(names));
        self.list_traces(&mut list);
        self.list_metrics(&mut list);
        self.list_logs(&mut list);
        let measured = &self.runtime_metrics;
        list.push("otelier.runtime_metrics.process", &measured.process, bool::to_string);
        list.push("otelier.runtime_metrics.tokio", &measured.tokio, bool::to_string);
        list.push("instrumentation.disabled", &self.instrumentation.disabled, |names| {
            if names.is_empty() { "none".to_owned() } else { names.join(",") }
        });
        let capture = &self.instrumentation.payload_capture;
        list.push("instrumentation.payload_capture", capture, bool::to_string);
        for masked in &self.instrumentation.masked_keys {
            let name = format!("otelier.masking.{}", masked.name);
            list.push(name, &masked.keys, |keys| {
                let text = match (keys.is_all(), keys.is_none()) {
                    (true, _) => "all",
                    (_, true) => "none",
                    _ if *keys == SensitiveKeys::default() => "default keys",
                    _ => "own keys",
                };
                text.to_owned()
            });
        }
        for property in &self.instrumentation.properties {
            let name = format!("instrumentation.{}.{}", property.integration, property.name);
            list.push(name, &property.setting, PropertyValue::to_string);
        }
        Config(Arc::new(list.0))
    }

    /// The vendor, its token as a mask, and the report of dependencies. The timeout is in
    /// milliseconds.
    fn list_backend(&self, list: &mut List) {
        let backend = &self.backend;
        list.push("otelier.backend", &backend.vendor, |vendor| {
            vendor.map_or("otlp", |vendor| vendor.name).to_owned()
        });
        list.push("otelier.backend.token", &backend.token, |token| given(token.is_some()));
        let report = &backend.dependencies;
        list.push("otelier.dependency_report.enabled", &report.enabled, bool::to_string);
        list.push("otelier.dependency_report.timeout", &report.timeout, millis);
    }

    /// Endpoint filters are shown by their number, because their text may name what is private.
    ///
    /// The limits have the names that the schema gives them.
    fn list_traces(&self, list: &mut List) {
        let traces = &self.traces;
        list.push("tracer_provider.enabled", &traces.enabled, bool::to_string);
        list.processors("tracer_provider", &traces.processors);
        list.push("tracer_provider.sampler", &traces.sampler, sampler);
        let filters = &traces.endpoint_filters;
        for (name, filter) in [
            ("general", &filters.general),
            ("server", &filters.server),
            ("client", &filters.client),
        ] {
            let name = format!("otelier.filter_http_endpoints.{name}");
            list.push(name, filter, |list| match list.len() {
                0 => "none".to_owned(),
                1 => "1 regular expression".to_owned(),
                more => format!("{more} regular expressions"),
            });
        }
        list.push("otelier.dump.traces", &traces.dump, dump);
        list.push("tracer_provider.baggage_attributes", &traces.baggage_attributes, |names| {
            if names.is_empty() { "none".to_owned() } else { names.join(",") }
        });
        let limits = &traces.limits;
        let mut limit = |name: &str, setting: &Setting<u32>| {
            list.push(format!("tracer_provider.limits.{name}"), setting, u32::to_string);
        };
        limit("attribute_count_limit", &limits.attributes);
        limit("event_count_limit", &limits.events);
        limit("link_count_limit", &limits.links);
        limit("event_attribute_count_limit", &limits.event_attributes);
        limit("link_attribute_count_limit", &limits.link_attributes);
        list.push(
            "tracer_provider.limits.attribute_value_length_limit",
            &limits.attribute_value_length,
            usize::to_string,
        );
    }

    /// A view is shown by the instrument or meter that it selects.
    fn list_metrics(&self, list: &mut List) {
        let metrics = &self.metrics;
        list.push("meter_provider.readers", &metrics.readers, |readers| readers.len().to_string());
        for (at, reader) in metrics.readers.value.iter().enumerate() {
            let name = format!("meter_provider.readers[{at}]");
            let reader = match reader {
                ReaderSettings::Periodic(reader) => reader,
                ReaderSettings::Pull(prometheus) => {
                    list.prometheus(&format!("{name}.pull.exporter.prometheus"), prometheus);
                    continue;
                }
            };
            let name = format!("{name}.periodic");
            list.push(format!("{name}.interval"), &reader.interval, millis);
            list.push(format!("{name}.timeout"), &reader.timeout, millis);
            list.push(
                format!("{name}.max_export_batch_size"),
                &reader.max_export_batch_size,
                |size| size.map_or_else(|| "none".to_owned(), |size| size.to_string()),
            );
            list.push(
                format!("{name}.temporality_preference"),
                &reader.temporality_preference,
                |value| value.name().to_owned(),
            );
            list.exporter(&format!("{name}.exporter"), &reader.exporter);
        }
        list.push(
            "meter_provider.default_histogram_aggregation",
            &metrics.default_histogram_aggregation,
            |value| value.name().to_owned(),
        );
        for (at, view) in metrics.views.iter().enumerate() {
            let name = format!("meter_provider.views[{at}]");
            list.push(name, view, |view| {
                let selector = &view.selector;
                let wanted = selector.instrument_name.as_deref().or(selector.meter_name.as_deref());
                format!("a view of {}", wanted.unwrap_or("instruments"))
            });
        }
    }

    /// The processors, the dump and the limits.
    fn list_logs(&self, list: &mut List) {
        let logs = &self.logs;
        list.push("logger_provider.enabled", &logs.enabled, bool::to_string);
        list.processors("logger_provider", &logs.processors);
        list.push("otelier.dump.logs", &logs.dump, dump);
        list.push(
            "logger_provider.limits.attribute_value_length_limit",
            &logs.limits.attribute_value_length,
            |limit| limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string()),
        );
        list.push(
            "logger_provider.limits.attribute_value_depth_limit",
            &logs.limits.attribute_value_depth,
            usize::to_string,
        );
        list.push(
            "logger_provider.limits.attribute_count_limit",
            &logs.limits.attributes,
            u32::to_string,
        );
    }
}

/// The entries so far.
#[derive(Default)]
struct List(Vec<ConfigEntry>);

impl List {
    /// `show` turns the value into text and has to leave out what is secret.
    fn push<T>(
        &mut self,
        name: impl Into<String>,
        setting: &Setting<T>,
        show: impl FnOnce(&T) -> String,
    ) {
        self.0.push(ConfigEntry {
            name: name.into(),
            value: show(&setting.value),
            origin: setting.origin.to_string(),
        });
    }

    /// One entry with their number, then those of each processor under its index.
    fn processors(&mut self, provider: &str, processors: &Setting<Vec<ProcessorSettings>>) {
        let name = format!("{provider}.processors");
        self.push(&*name, processors, |processors| processors.len().to_string());
        for (at, processor) in processors.value.iter().enumerate() {
            let kind = match processor {
                ProcessorSettings::Batch(..) => "batch",
                ProcessorSettings::Simple(_) => "simple",
            };
            let name = format!("{name}[{at}].{kind}");
            if let ProcessorSettings::Batch(batch, _) = processor {
                self.batch(&name, batch);
            }
            self.exporter(&format!("{name}.exporter"), processor.exporter());
        }
    }

    /// Delays and timeouts are in milliseconds.
    fn batch(&mut self, name: &str, batch: &BatchSettings) {
        self.push(format!("{name}.schedule_delay"), &batch.schedule_delay, millis);
        self.push(format!("{name}.export_timeout"), &batch.export_timeout, millis);
        self.push(format!("{name}.max_queue_size"), &batch.max_queue_size, usize::to_string);
        let size = &batch.max_export_batch_size;
        self.push(format!("{name}.max_export_batch_size"), size, usize::to_string);
    }

    /// Their entries stand under the name that the kind of exporter has in the schema, for OTLP
    /// `otlp` with either protocol.
    fn exporter(&mut self, name: &str, exporter: &ExporterSettings) {
        match exporter {
            ExporterSettings::Otlp(otlp) => self.otlp(&format!("{name}.otlp"), otlp),
            ExporterSettings::File(FileSettings { output }) => {
                self.push(format!("{name}.otlp_file.output"), output, FileOutput::to_string);
            }
            ExporterSettings::Console(ConsoleSettings { no_color, columns }) => {
                self.push(format!("{name}.console.no_color"), no_color, bool::to_string);
                self.push(format!("{name}.console.columns"), columns, |columns| {
                    columns.map_or_else(|| "of the terminal".to_owned(), |it| it.to_string())
                });
            }
        }
    }

    /// Where Prometheus asks, and what it gets.
    fn prometheus(&mut self, name: &str, settings: &PrometheusSettings) {
        self.push(format!("{name}.host"), &settings.host, String::clone);
        self.push(format!("{name}.port"), &settings.port, u16::to_string);
        self.push(format!("{name}.scope_info_enabled"), &settings.scope_info, bool::to_string);
        self.push(format!("{name}.target_info_enabled"), &settings.target_info, bool::to_string);
        self.push(format!("{name}.translation_strategy"), &settings.suffixes, |suffixes| {
            let with = if *suffixes { "with" } else { "without" };
            format!("underscore_escaping_{with}_suffixes")
        });
    }

    /// Each header is shown with its name and a mask.
    fn otlp(&mut self, name: &str, otlp: &OtlpSettings) {
        self.push(format!("{name}.protocol"), &otlp.protocol, |it| it.name().to_owned());
        self.push(format!("{name}.endpoint"), &otlp.endpoint, |it| it.shown().to_owned());
        self.push(format!("{name}.headers"), &otlp.headers, |headers| {
            let headers: Vec<String> =
                headers.keys().map(|header| format!("{header}={MASK}")).collect();
            if headers.is_empty() { "none".to_owned() } else { headers.join(",") }
        });
        self.push(format!("{name}.timeout"), &otlp.timeout, millis);
        self.push(format!("{name}.compression"), &otlp.compression, |compression| {
            compression.map_or("none", Compression::name).to_owned()
        });
        self.push(format!("{name}.max_request_size"), &otlp.max_request_size, usize::to_string);
        self.push(format!("{name}.max_response_size"), &otlp.max_response_size, usize::to_string);
        self.push(format!("{name}.tls"), &otlp.tls, |tls| {
            given(tls.authorities.is_some() || tls.identity.is_some())
        });
        self.push(format!("{name}.proxy"), &otlp.proxy, |proxy| given(proxy.is_some()));
    }
}

/// The place that a dump is written to.
fn dump(output: &Option<FileOutput>) -> String {
    output.as_ref().map_or_else(|| "none".to_owned(), FileOutput::to_string)
}

/// Whether a secret was given.
///
/// A mask if so, and `none` otherwise: neither the secret nor its length is shown.
fn given(is_given: bool) -> String {
    if is_given { MASK } else { "none" }.to_owned()
}

/// Milliseconds, as the variables and the schema have them.
fn millis(duration: &std::time::Duration) -> String {
    duration.as_millis().to_string()
}

/// Names separated by commas, or `none`.
fn joined<T: Choice>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(|name| name.name()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(",") }
}

/// As an expression in the names of the schema. A parent-based sampler shows its root, and whether
/// the samplers for spans with a parent are not those of the specification.
fn sampler(sampler: &SamplerSettings) -> String {
    match sampler {
        SamplerSettings::AlwaysOn => "always_on".to_owned(),
        SamplerSettings::AlwaysOff => "always_off".to_owned(),
        SamplerSettings::TraceIdRatioBased(ratio) => {
            format!("trace_id_ratio_based({:?})", ratio.value)
        }
        SamplerSettings::ParentBased(settings) => {
            let root = self::sampler(&settings.root);
            match **settings == SamplerSettings::following_parent(settings.root.clone()) {
                true => format!("parent_based({root})"),
                false => format!("parent_based({root}, with samplers of its own for parents)"),
            }
        }
        SamplerSettings::AlwaysRecord(root) => format!("always_record({})", self::sampler(root)),
        SamplerSettings::Composite(settings) => format!("composite({})", composable(settings)),
        SamplerSettings::Custom => "custom".to_owned(),
    }
}

/// The same of a sampler in a composite one.
fn composable(sampler: &ComposableSettings) -> String {
    match sampler {
        ComposableSettings::AlwaysOn => "always_on".to_owned(),
        ComposableSettings::AlwaysOff => "always_off".to_owned(),
        ComposableSettings::Probability(ratio) => format!("probability({:?})", ratio.value),
        ComposableSettings::ParentThreshold(root) => {
            format!("parent_threshold({})", composable(root))
        }
        ComposableSettings::RuleBased(rules) => match rules.len() {
            1 => "rule_based(1 rule)".to_owned(),
            more => format!("rule_based({more} rules)"),
        },
    }
}
