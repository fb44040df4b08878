//! What the user configured for integrations, as plain data: read elsewhere, installed here.

mod properties;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;

use crate::kit::change;
use crate::masking::MaskingPolicy;

pub use properties::{Properties, Property};

/// What the user configured for all integrations of the process.
///
/// The shape is that of `instrumentation/development` in OpenTelemetry's
/// [declarative configuration](https://opentelemetry.io/docs/specs/otel/configuration/): what is
/// general has fields, what concerns one integration is a property under its name.
///
/// `otelier-core` reads it from code, environment or file and hands it to [`install`]. What a user
/// chooses on an integration's own builder beats it, and both beat [`Settings::default`].
///
/// ```
/// use otelier_instrument::settings::Settings;
///
/// let mut settings = Settings::default();
/// settings.disabled_integrations.insert("aws-sns".to_owned());
/// settings.properties_mut("mongodb").set("filter_noise", false);
///
/// assert!(settings.is_enabled("mongodb") && !settings.is_enabled("aws-sns"));
/// assert_eq!(settings.properties("mongodb").bool("filter_noise"), Some(false));
/// assert_eq!(settings.properties("aws-sqs").bool("filter_empty_polls"), None);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `false` turns all integrations off: no spans, no metrics, no propagation.
    pub enabled: bool,
    /// Which keys are sensitive, so that their values are masked wherever they would be recorded.
    pub masking: MaskingPolicy,
    /// Integrations that are turned off, by name: the name of the facade's feature, or the one that
    /// an integration from elsewhere gives itself.
    pub disabled_integrations: BTreeSet<String>,
    /// How many characters a text attribute may have; `None` is no limit. What is longer is cut.
    pub attribute_value_length_limit: Option<usize>,
    /// Whether [payloads](crate::payload) are captured: bodies, messages, commands and replies. A
    /// property `capture_payloads` of an integration beats it.
    pub capture_payloads: bool,
    /// HTTP servers and clients of all integrations: `general: http` in a configuration file.
    pub http: HttpSettings,
    /// The properties of each integration, by its name: `rust: <integration>` in a configuration
    /// file.
    pub integrations: BTreeMap<String, Properties>,
}

impl Settings {
    /// How many characters a text attribute may have by default.
    pub const DEFAULT_VALUE_LENGTH_LIMIT: usize = 2048;

    /// Whether the integration with this name may emit telemetry.
    #[must_use]
    pub fn is_enabled(&self, integration: &str) -> bool {
        self.enabled && !self.disabled_integrations.contains(integration)
    }

    /// The properties of the integration with this name; without any, an empty set.
    #[must_use]
    pub fn properties(&self, integration: &str) -> &Properties {
        self.integrations.get(integration).unwrap_or(Properties::EMPTY)
    }

    /// The properties of the integration with this name, to be changed.
    pub fn properties_mut(&mut self, integration: &str) -> &mut Properties {
        self.integrations.entry(integration.to_owned()).or_default()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            masking: MaskingPolicy::default(),
            disabled_integrations: BTreeSet::new(),
            attribute_value_length_limit: Some(Self::DEFAULT_VALUE_LENGTH_LIMIT),
            capture_payloads: false,
            http: HttpSettings::default(),
            integrations: BTreeMap::new(),
        }
    }
}

/// What the user configured for HTTP.
///
/// ```
/// use otelier_instrument::settings::Settings;
///
/// let mut settings = Settings::default();
/// settings.http.server.request_captured_headers = vec!["x-tenant".to_owned()];
/// settings.http.client.experimental_telemetry = true;
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSettings {
    /// HTTP servers.
    pub server: HttpSide,
    /// HTTP clients.
    pub client: HttpSide,
}

/// What the user configured for HTTP servers or clients. The names are those of the declarative
/// configuration.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSide {
    /// The methods that are reported by name, instead of the default list; others are reported as
    /// `_OTHER`.
    pub known_methods: Option<Vec<String>>,
    /// Request headers to record, by name.
    pub request_captured_headers: Vec<String>,
    /// Response headers to record, by name.
    pub response_captured_headers: Vec<String>,
    /// Whether to emit what the conventions make opt-in: active requests and body sizes.
    pub experimental_telemetry: bool,
}

static CURRENT: LazyLock<ArcSwap<Settings>> = LazyLock::new(ArcSwap::default);

/// Makes `settings` those of every integration in the process, including the ones built before.
pub fn install(settings: Settings) {
    crate::kit::value::set_limit(settings.attribute_value_length_limit);
    CURRENT.store(Arc::new(settings));
    change::announce();
}

/// The settings installed last, or the defaults.
#[must_use]
pub fn current() -> Arc<Settings> {
    CURRENT.load_full()
}
