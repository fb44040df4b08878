//! The configuration: a [model](Settings) of the pipeline, and the sources of settings that fill
//! it.
//!
//! Code beats the environment, which beats the defaults, for each value by itself. A configuration
//! file takes the place of the environment, which then counts only where the file refers to it.
//! `pipeline/` builds from the model and reads nothing else.
//!
//! How the files work together:
//!
//! - `model` is the target: plain data in which each value is a `Setting`, a value with its origin.
//! - `code`, `env` and `file` are the sources. `env` and `file` each return a whole model, so that
//!   what a file leaves out cannot come from the environment by accident.
//! - `choices`, `endpoint`, `patterns` and `file_output` are the types of single values. The
//!   sources share them, so that one spelling has one meaning.
//! - `vendor` holds presets. They rank between the environment and the defaults.
//! - `entries` and `describe` show the model to people, without secrets. `check` does the same for
//!   a file without setting telemetry up.
//!
//! A new setting needs a field in the model, a line in `env`, a line in `file` if the schema has a
//! place for it, and a line in `entries`. A new variable also needs a line in `configuration.rs`; a
//! test compares that list with the variables that are read.

mod check;
mod choices;
mod code;
mod describe;
mod endpoint;
mod entries;
pub(crate) mod env;
mod file;
mod file_output;
mod instrumentation;
mod model;
mod patterns;
mod platform;
mod setting;
mod vendor;

pub use self::check::{ConfigCheck, ConfigProblem, check_config_file};
pub(crate) use self::choices::{
    Choice, Detector, HistogramAggregation, LogLevel, TemporalityPreference,
};
pub use self::choices::{Compression, Exporter, LogFormat, Propagator, Protocol, Signal};
pub(crate) use self::code::Code;
pub use self::code::OtlpExporter;
pub(crate) use self::describe::InCode;
pub(crate) use self::endpoint::Endpoint;
pub(crate) use self::entries::set_current;
pub use self::entries::{Config, ConfigEntry, config};
pub(crate) use self::env::Environment;
pub(crate) use self::file_output::FileOutput;
#[cfg(feature = "tls")]
pub(crate) use self::model::TlsSettings;
pub(crate) use self::model::{
    AggregationSettings, AttributeCondition, ComposableSettings, ConsoleSettings,
    EndpointFilterSettings, ExporterSettings, LogLimitSettings, MeterProviderSettings,
    OtlpSettings, ParentBasedSettings, ParentKind, PeriodicSettings, ProcessorSettings,
    PrometheusSettings, ReaderSettings, SamplerRule, SamplerSettings, Settings, SpanLimitSettings,
    ViewSelector, ViewSettings,
};
pub(crate) use self::patterns::{IncludeExclude, is_match};
pub(crate) use self::platform::Platform;
#[cfg(test)]
pub(crate) use self::platform::{Lambda, Variables};
pub(crate) use self::setting::Setting;

use otelier_instrument::settings::Settings as IntegrationSettings;

use crate::error::InitError;

impl Settings {
    /// The settings of `code` over those of the configuration file, or without one over those of
    /// `environment`; the strings are warnings. Fails only for what `code` says.
    pub(crate) fn resolve(
        code: &Code,
        environment: &Environment,
    ) -> Result<(Self, Vec<String>), InitError> {
        code.check()?;
        match env::config_file(environment) {
            Some(path) => file::read(code, environment, &path),
            None => env::read(code, environment),
        }
    }

    /// The settings of integrations, in the form in which they read them.
    pub(crate) fn integrations(&self) -> IntegrationSettings {
        let mut settings = self.instrumentation.to_integrations(!self.switched_off.value);
        let limit = self.traces.limits.attribute_value_length.value;
        settings.attribute_value_length_limit = Some(limit);
        settings
    }
}

#[cfg(test)]
mod any_input;
#[cfg(test)]
mod tests;
