//! The resource: what describes this process in everything it exports.
//!
//! It is put together once, before the providers are built, and never changes. The parts, the
//! weakest first: the ids of this distribution, what detectors find, what the environment, the file
//! of configuration or code says, and the name of the service. Of two attributes with one key the
//! later one counts.
//!
//! Each detector is a file with a function `detect`, which gets the shared `Sources` and returns
//! attributes. `detection` runs them side by side and within a limit of time, because `init` waits
//! for them. They only read: files of the system through `Files`, variables that `config` has read
//! into `Platform`, and metadata services through `metadata`. None of them reads the environment
//! by itself, so tests can describe any machine. Only `process` reads `/proc` directly, because it
//! is about this process in any case.
//!
//! What a detector cannot find is left out. A resource is always made, and at worst it has the name
//! of the service and of the SDK only.

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
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/resource/>.
pub(crate) const DISTRO: &str = "otelier";
/// The version of this distribution.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The resource, and what is said about it at start.
pub(crate) struct Described {
    /// What all signals carry.
    pub(crate) resource: Resource,
    /// The name of the service, given or made up. A made-up one is `unknown_service:` and the name
    /// of the executable.
    pub(crate) name: String,
    /// Whether somebody gave the name.
    pub(crate) is_named: bool,
}

/// Describes the process: what is detected, under what the environment says, under what code says.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/resource/>.
///
/// Runs the detectors that the settings name, so it takes as long as they do: see
/// `detection::LIMIT`.
pub(crate) fn describe(settings: &Settings) -> Described {
    describe_with(settings, Files::of_the_system())
}

/// As `describe`, with the files of another system in tests. An attribute `service.name` that is
/// empty is as good as none.
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
