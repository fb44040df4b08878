//! What integrations are told: properties, each under the name of the integration that reads it.

use otelier_instrument::settings::Settings as IntegrationSettings;

use super::setting::Setting;

/// The properties of all integrations, in the order in which they were read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Instrumentation {
    pub(crate) properties: Vec<Property>,
}

/// One property of one integration, or of a group of them such as all of HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Property {
    pub(crate) integration: &'static str,
    pub(crate) name: &'static str,
    pub(crate) setting: Setting<PropertyValue>,
}

/// The kinds of values that properties have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PropertyValue {
    Bool(bool),
    List(Vec<String>),
}

/// The names of the integrations and groups that have properties.
pub(crate) mod integration {
    pub(crate) const HTTP_SERVER: &str = "http.server";
    pub(crate) const HTTP_CLIENT: &str = "http.client";
    pub(crate) const HTTP: &str = "http";
    pub(crate) const AWS: &str = "aws";
    pub(crate) const MONGODB: &str = "mongodb";
}

/// The names of the properties.
pub(crate) mod property {
    pub(crate) const KNOWN_METHODS: &str = "known_methods";
    pub(crate) const REQUEST_CAPTURED_HEADERS: &str = "request_captured_headers";
    pub(crate) const RESPONSE_CAPTURED_HEADERS: &str = "response_captured_headers";
    pub(crate) const EXPERIMENTAL_TELEMETRY: &str = "experimental_telemetry";
    pub(crate) const SQS_PARENT_IS_PRODUCER: &str = "sqs_parent_is_producer";
    pub(crate) const SQS_FILTER_EMPTY_POLLS: &str = "sqs_filter_empty_polls";
    pub(crate) const FILTER_NOISE: &str = "filter_noise";
}

impl Instrumentation {
    pub(crate) fn push(
        &mut self,
        integration: &'static str,
        name: &'static str,
        setting: Setting<PropertyValue>,
    ) {
        self.properties.push(Property { integration, name, setting });
    }

    /// The properties in the form in which integrations read them.
    pub(crate) fn to_integrations(&self, enabled: bool) -> IntegrationSettings {
        let mut settings = IntegrationSettings::default();
        settings.enabled = enabled;
        for Property { integration, name, setting } in &self.properties {
            match (*integration, *name, &setting.value) {
                (integration::HTTP, property::KNOWN_METHODS, PropertyValue::List(methods)) => {
                    settings.http.known_methods = Some(methods.clone());
                }
                (integration::HTTP_SERVER, name, value) => {
                    set_http_side(&mut settings.http.server, name, value);
                }
                (integration::HTTP_CLIENT, name, value) => {
                    set_http_side(&mut settings.http.client, name, value);
                }
                (
                    integration::AWS,
                    property::SQS_PARENT_IS_PRODUCER,
                    PropertyValue::Bool(value),
                ) => {
                    settings.sqs_parent_is_producer = *value;
                }
                (
                    integration::AWS,
                    property::SQS_FILTER_EMPTY_POLLS,
                    PropertyValue::Bool(value),
                ) => {
                    settings.sqs_filter_empty_polls = *value;
                }
                (integration::MONGODB, property::FILTER_NOISE, PropertyValue::Bool(value)) => {
                    settings.mongodb_filter_noise = *value;
                }
                _ => {}
            }
        }
        settings
    }
}

fn set_http_side(
    side: &mut otelier_instrument::settings::HttpSide,
    name: &str,
    value: &PropertyValue,
) {
    match (name, value) {
        (property::REQUEST_CAPTURED_HEADERS, PropertyValue::List(names)) => {
            side.request_headers.clone_from(names);
        }
        (property::RESPONSE_CAPTURED_HEADERS, PropertyValue::List(names)) => {
            side.response_headers.clone_from(names);
        }
        (property::EXPERIMENTAL_TELEMETRY, PropertyValue::Bool(value)) => {
            side.experimental_telemetry = *value;
        }
        _ => {}
    }
}
