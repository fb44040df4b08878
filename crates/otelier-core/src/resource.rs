//! The resource: what describes this process in everything it exports.

mod container;
mod detected;
mod detection;
mod ec2;
mod ecs;
mod eks;
mod environ;
mod files;
mod host;
mod imds;
mod k8s;
mod lambda;
mod metadata;
mod os;
mod process;
mod sources;

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use otelier_instrument::semconv::{SCHEMA_URL, resource as key};

use self::files::Files;
use self::sources::Sources;
use crate::config::{Settings, env};

/// The name of this distribution in `telemetry.distro.name` and in the User-Agent.
pub(crate) const DISTRO: &str = "otelier";
/// The version of this distribution.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The resource, and what is said about it at start.
pub(crate) struct Described {
    pub(crate) resource: Resource,
    /// The name of the service, given or made up.
    pub(crate) name: String,
    /// Whether somebody gave the name.
    pub(crate) is_named: bool,
}

/// Describes the process: what is detected, under what the environment says, under what code says.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/resource/>.
pub(crate) fn describe(settings: &Settings) -> Described {
    describe_with(settings, Files::of_the_system())
}

fn describe_with(settings: &Settings, files: Files) -> Described {
    let executable = env::executable_name();
    let mut attributes = vec![
        KeyValue::new(key::SERVICE_INSTANCE_ID, uuid::Uuid::new_v4().to_string()),
        KeyValue::new(key::TELEMETRY_DISTRO_NAME, DISTRO),
        KeyValue::new(key::TELEMETRY_DISTRO_VERSION, VERSION),
    ];
    let sources = Sources::new(
        settings.resource.platform.clone(),
        files,
        settings.integrations().masking,
        executable.clone(),
        detection::REQUESTS,
    );
    let detectors = &settings.resource.detectors.value;
    let kept = &settings.resource.detected_attributes;
    let detected = detection::detect(detectors, &Arc::new(sources));
    attributes.extend(detected.into_iter().filter(|it| kept.matches(it.key.as_str())));
    attributes.extend(settings.resource.attributes.iter().map(|it| it.value.clone()));
    let given = attributes.iter().rev().find(|attribute| {
        attribute.key.as_str() == key::SERVICE_NAME && !attribute.value.as_str().is_empty()
    });
    let given = given.map(|attribute| attribute.value.to_string());
    let is_named = given.is_some();
    let name = given
        .unwrap_or_else(|| format!("unknown_service:{}", executable.as_deref().unwrap_or("rust")));
    attributes.push(KeyValue::new(key::SERVICE_NAME, name.clone()));
    let schema_url = settings.resource.schema_url.value.clone();
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(attributes)
        .with_schema_url([], schema_url.map_or(Cow::Borrowed(SCHEMA_URL), Cow::Owned))
        .build();
    Described { resource, name, is_named }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
