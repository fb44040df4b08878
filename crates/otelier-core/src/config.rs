//! The configuration: a [model](Settings) of the pipeline, and the sources of settings that fill
//! it.
//!
//! Code beats the environment, which beats the defaults, for each value by itself. A configuration
//! file takes the place of the environment, which then counts only where the file refers to it.
//! `pipeline/` builds from the model and reads nothing else.

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
    AggregationSettings, AttributeCondition, ConsoleSettings, EndpointFilterSettings,
    ExporterSettings, LogLimitSettings, MeterProviderSettings, OtlpSettings, ParentBasedSettings,
    ParentKind, ProcessorSettings, ReaderSettings, SamplerRule, SamplerSettings, Settings,
    SpanLimitSettings, ViewSelector, ViewSettings,
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
