//! The report itself: one request, which is tried once.
//!
//! The way of the traces is taken over, with their proxy and certificates, and everything else is
//! replaced: the address, the headers and the compression. So a header that was set for another
//! backend never goes to the vendor with it.
//!
//! The form of the body is the vendor's: an object with the attributes of the resource and the list
//! of dependencies.

use std::time::Duration;

use http::{HeaderMap, HeaderName};
use opentelemetry::{Array, Value};
use opentelemetry_sdk::Resource;
use serde_json::{Map, json};

use super::Dependency;
use crate::config::{ExporterSettings, OtlpSettings, Settings, Signal};
use crate::export::post_json;

/// Attributes that describe the process are not the vendor's, its environment above all.
///
/// The beginning of their keys.
const OF_THE_PROCESS: &str = "process.";

/// What is sent beside the dependencies, and where.
#[derive(Debug)]
pub(super) struct Report {
    /// How the request is sent: those of traces, with another address and no header but the token.
    settings: OtlpSettings,
    /// For the whole request.
    timeout: Duration,
    /// The attributes that are sent, as a JSON object.
    resource: serde_json::Value,
}

impl Report {
    /// The report to a vendor that asks for one, if its token is there, the user does not object,
    /// and traces go to the vendor's own address. `None` otherwise: no thread is started then.
    pub(super) fn new(settings: &Settings, resource: &Resource) -> Option<Self> {
        let backend = &settings.backend;
        let vendor = backend.vendor.value?;
        let (url, token) = (vendor.dependencies?, backend.token.value.as_ref()?);
        if !backend.dependencies.enabled.value || !settings.traces.enabled.value {
            return None;
        }
        let mut settings = settings.exporters(Signal::Traces).into_iter().find_map(|exporter| {
            let ExporterSettings::Otlp(otlp) = exporter else { return None };
            let preset = vendor.endpoint(Signal::Traces, otlp.protocol.value)?;
            (preset.url == otlp.endpoint.value.url).then(|| (**otlp).clone())
        })?;
        // The same way through the network, with no header but the token.
        settings.endpoint.value.url = url.to_owned();
        settings.endpoint.value.authorization = None;
        let header = HeaderName::from_static(vendor.header.0);
        settings.headers.value = HeaderMap::from_iter([(header, token.clone())]);
        settings.compression.value = None;
        let timeout = backend.dependencies.timeout.value;
        Some(Self { settings, timeout, resource: describe(resource) })
    }

    /// Sends the report, and returns how many dependencies it has. The error is a reason to show.
    /// Any status but 200 is one. The call blocks for at most the timeout.
    pub(super) fn send(&self, dependencies: &[Dependency]) -> Result<usize, String> {
        let body = json!({ "resourceAttributes": self.resource, "dependencies": dependencies });
        let status = post_json(&self.settings, body.to_string().as_bytes(), self.timeout)?;
        match status {
            http::StatusCode::OK => Ok(dependencies.len()),
            status => Err(status.to_string()),
        }
    }
}

/// The attributes of the resource but those of the process, each under its key.
fn describe(resource: &Resource) -> serde_json::Value {
    let attributes = resource.iter().filter(|(key, _)| !key.as_str().starts_with(OF_THE_PROCESS));
    let attributes: Map<_, _> =
        attributes.map(|(key, value)| (key.to_string(), to_json(value))).collect();
    attributes.into()
}

/// A value in its own JSON type, so that numbers and booleans do not become texts.
fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(value) => json!(value),
        Value::I64(value) => json!(value),
        Value::F64(value) => json!(value),
        Value::Array(Array::Bool(values)) => json!(values),
        Value::Array(Array::I64(values)) => json!(values),
        Value::Array(Array::F64(values)) => json!(values),
        Value::Array(Array::String(values)) => {
            values.iter().map(|value| json!(value.as_str())).collect()
        }
        // Texts, and kinds that later versions may add.
        value => json!(value.as_str()),
    }
}

#[cfg(test)]
mod tests;
