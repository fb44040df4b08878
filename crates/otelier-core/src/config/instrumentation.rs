//! The settings of integrations: properties, each under the name of the integration that reads it.
//!
//! Integrations are crates of their own and know nothing of this one. So both sources fill a list
//! of properties by name, `to_integrations` turns it into the type of `otelier-instrument`, and
//! `init` installs that for the whole process. A list, and not a struct with a field for each
//! integration, lets a file hold properties of integrations from elsewhere.
//!
//! HTTP is the exception: servers and clients of all integrations share typed settings, `HttpSide`.
//! The groups `http.server` and `http.client` stand for them, and `http` for both at once.

use std::borrow::Cow;

use otelier_instrument::masking::{MaskingContext, SensitiveKeys};
use otelier_instrument::settings::{HttpSide, Settings as IntegrationSettings};

pub(crate) use otelier_instrument::settings::Property as PropertyValue;

use super::setting::Setting;

/// The properties of all integrations, in the order in which they were read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Instrumentation {
    /// The names of the integrations that make no telemetry.
    pub(crate) disabled: Setting<Vec<String>>,
    /// The general keys first.
    pub(crate) masked_keys: Vec<MaskedKeys>,
    /// Whether bodies, messages and commands are recorded.
    pub(crate) payload_capture: Setting<bool>,
    /// Of two with the same integration and name the later one counts.
    pub(crate) properties: Vec<Property>,
}

/// The keys whose values are masked in one context.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MaskedKeys {
    /// Where the keys count. Those of the general context count where a context has none of its
    /// own.
    pub(crate) context: MaskingContext,
    /// The context's name in a list of settings.
    pub(crate) name: &'static str,
    pub(crate) keys: Setting<SensitiveKeys>,
}

/// One property of one integration, or of a group of them such as all of HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Property {
    /// The name of the integration's feature, or that of a group.
    pub(crate) integration: Cow<'static, str>,
    /// As the integration asks for it.
    pub(crate) name: Cow<'static, str>,
    pub(crate) setting: Setting<PropertyValue>,
}

/// The names of the integrations and groups that have properties.
pub(crate) mod integration {
    /// Every integration that serves requests.
    pub(crate) const HTTP_SERVER: &str = "http.server";
    /// Every integration that makes requests.
    pub(crate) const HTTP_CLIENT: &str = "http.client";
    /// Both of them.
    pub(crate) const HTTP: &str = "http";
    /// Messages that are received from SQS.
    pub(crate) const AWS_SQS: &str = "aws-sqs";
    /// Commands of MongoDB.
    pub(crate) const MONGODB: &str = "mongodb";
}

/// The names of the properties.
pub(crate) mod property {
    /// A list: the HTTP methods that are reported by name.
    pub(crate) const KNOWN_METHODS: &str = "known_methods";
    /// A list of header names in lower case.
    pub(crate) const REQUEST_CAPTURED_HEADERS: &str = "request_captured_headers";
    /// A list of header names in lower case.
    pub(crate) const RESPONSE_CAPTURED_HEADERS: &str = "response_captured_headers";
    /// A boolean: the part of the conventions that is not stable.
    pub(crate) const EXPERIMENTAL_TELEMETRY: &str = "experimental_telemetry";
    /// The name of an `SqsParent`.
    pub(crate) const PARENT: &str = "parent";
    /// A boolean: a poll without a message leaves no span.
    pub(crate) const FILTER_EMPTY_POLLS: &str = "filter_empty_polls";
    /// A boolean: whether payloads are recorded, in place of the setting for all integrations.
    pub(crate) const CAPTURE_PAYLOADS: &str = "capture_payloads";
    /// A boolean: commands that only keep the connection alive leave no trace.
    pub(crate) const FILTER_NOISE: &str = "filter_noise";
}

impl Instrumentation {
    /// Adds a property behind those that are there.
    pub(crate) fn push(
        &mut self,
        integration: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        setting: Setting<PropertyValue>,
    ) {
        let (integration, name) = (integration.into(), name.into());
        self.properties.push(Property { integration, name, setting });
    }

    /// The properties in the form in which integrations read them.
    ///
    /// `enabled` is `false` where every integration is to pass through.
    pub(crate) fn to_integrations(&self, enabled: bool) -> IntegrationSettings {
        let mut settings = IntegrationSettings::default();
        settings.enabled = enabled;
        for MaskedKeys { context, keys, .. } in &self.masked_keys {
            settings.masking = settings.masking.with_context(*context, keys.value.clone());
        }
        settings.capture_payloads = self.payload_capture.value;
        settings.disabled_integrations.extend(self.disabled.value.iter().cloned());
        for Property { integration, name, setting } in &self.properties {
            match &**integration {
                integration::HTTP => {
                    set_http_side(&mut settings.http.server, name, &setting.value);
                    set_http_side(&mut settings.http.client, name, &setting.value);
                }
                integration::HTTP_SERVER => {
                    set_http_side(&mut settings.http.server, name, &setting.value);
                }
                integration::HTTP_CLIENT => {
                    set_http_side(&mut settings.http.client, name, &setting.value);
                }
                integration => {
                    settings.properties_mut(integration).set(&**name, setting.value.clone());
                }
            }
        }
        settings
    }
}

/// Sets one property of one side. Items of a list that are no text are left out, and so is a
/// property that is not known or has another type: the sources have checked both before.
fn set_http_side(side: &mut HttpSide, name: &str, value: &PropertyValue) {
    let texts = |items: &[PropertyValue]| {
        items.iter().filter_map(PropertyValue::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    match (name, value) {
        (property::KNOWN_METHODS, PropertyValue::List(names)) => {
            side.known_methods = Some(texts(names));
        }
        (property::REQUEST_CAPTURED_HEADERS, PropertyValue::List(names)) => {
            side.request_captured_headers = texts(names);
        }
        (property::RESPONSE_CAPTURED_HEADERS, PropertyValue::List(names)) => {
            side.response_captured_headers = texts(names);
        }
        (property::EXPERIMENTAL_TELEMETRY, PropertyValue::Bool(value)) => {
            side.experimental_telemetry = *value;
        }
        _ => {}
    }
}
