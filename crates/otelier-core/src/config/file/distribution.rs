//! `distribution: otelier:`, where the schema has room for what only this distribution knows.
//!
//! The properties here are the counterparts of Otelier's own variables. Lists of regular
//! expressions are lists of the file, not JSON in a text. A bad expression is a fault, unlike in
//! the environment, where it is a warning: a file is written with care and is read as a whole.

use otelier_instrument::masking::SensitiveKeys;
use regex::Regex;

use super::super::choices::LogFormat;
use super::super::code::Code;
use super::super::env::{self, Reader};
use super::super::instrumentation::MaskedKeys;
use super::super::model::{EndpointFilterSettings, LogLineSettings, RuntimeMetricsSettings};
use super::super::setting::Setting;
use super::item::Item;
use super::mapping::Mapping;

/// What Otelier has beside the schema.
///
/// The caller spreads it over the model: log lines and filters are at other places there.
pub(super) struct Distribution {
    pub(super) log_lines: LogLineSettings,
    /// The general keys first.
    pub(super) masked_keys: Vec<MaskedKeys>,
    pub(super) payload_capture: Setting<bool>,
    pub(super) endpoint_filters: EndpointFilterSettings,
    pub(super) baggage_attributes: Setting<Vec<String>>,
    pub(super) runtime_metrics: RuntimeMetricsSettings,
}

/// Log lines are no telemetry, so the environment says how they look where the file does not. It
/// also says which keys are masked there: a file must not make secrets visible by saying nothing.
///
/// Code beats the file. The distributions of other languages are not looked at.
///
/// Without the property, log lines and masked keys are those of the environment, and the rest has
/// its default.
pub(super) fn read(file: &mut Mapping<'_>, code: &Code, reader: &mut Reader<'_>) -> Distribution {
    let mut distribution = Distribution {
        log_lines: env::log_lines(reader),
        masked_keys: env::masking::read(reader),
        payload_capture: Setting::default(false),
        endpoint_filters: EndpointFilterSettings::default(),
        baggage_attributes: Setting::default(Vec::new()),
        runtime_metrics: RuntimeMetricsSettings::default(),
    };
    if let Some(item) = file.value("distribution") {
        item.mapping(|all| {
            // The others are those of other languages.
            all.open();
            if let Some(item) = all.value("otelier") {
                item.mapping(|otelier| own(otelier, &mut distribution));
            }
        });
    }
    if let Some(capture) = code.payload_capture {
        distribution.payload_capture = Setting::code(capture);
    }
    if let Some(names) = &code.baggage_span_attributes {
        distribution.baggage_attributes = Setting::code(names.clone());
    }
    distribution
}

/// The names of the contexts of `masking` are those of the list of settings, with `general` for
/// all. A context replaces what the environment says about it, and no other one.
fn own(otelier: &mut Mapping<'_>, distribution: &mut Distribution) {
    if let Some(item) = otelier.value("log_lines") {
        item.mapping(|it| {
            let lines = &mut distribution.log_lines;
            if let Some(filter) = it.value("filter").and_then(|item| item.text()) {
                lines.directives = filter.map(Some);
            }
            if let Some(format) = it.value("format").and_then(|item| item.choice::<LogFormat>()) {
                lines.format = format.map(Some);
            }
            if let Some(hook) = it.value("panic_hook").and_then(|item| item.boolean()) {
                lines.panic_hook = hook;
            }
        });
    }
    if let Some(capture) = otelier.value("capture_payloads").and_then(|item| item.boolean()) {
        distribution.payload_capture = capture;
    }
    if let Some(item) = otelier.value("baggage_span_attributes") {
        distribution.baggage_attributes = item.setting(item.texts());
    }
    if let Some(item) = otelier.value("runtime_metrics") {
        item.mapping(|it| {
            let settings = &mut distribution.runtime_metrics;
            for (name, setting) in
                [("process", &mut settings.process), ("tokio", &mut settings.tokio)]
            {
                if let Some(wanted) = it.value(name).and_then(|item| item.boolean()) {
                    *setting = wanted;
                }
            }
        });
    }
    if let Some(item) = otelier.value("filter_http_endpoints") {
        item.mapping(|filters| {
            let settings = &mut distribution.endpoint_filters;
            for (name, setting) in [
                ("general", &mut settings.general),
                ("server", &mut settings.server),
                ("client", &mut settings.client),
            ] {
                if let Some(item) = filters.value(name) {
                    *setting = item.setting(regular_expressions(&item));
                }
            }
        });
    }
    if let Some(item) = otelier.value("masking") {
        item.mapping(|masking| {
            for (context, name) in env::masking::contexts() {
                let Some(item) = masking.value(name) else { continue };
                let Some(keys) = sensitive_keys(&item) else { continue };
                let keys = MaskedKeys { context, name, keys: item.setting(keys) };
                match distribution.masked_keys.iter_mut().find(|known| known.name == name) {
                    Some(known) => *known = keys,
                    None => distribution.masked_keys.push(keys),
                }
            }
        });
    }
}

/// `all`, or a list of regular expressions, which may be empty.
///
/// Any other text is a fault, and stands for `all` until the file is mended. `None` after a fault
/// in a list.
fn sensitive_keys(item: &Item<'_>) -> Option<SensitiveKeys> {
    const EXPECTED: &str = "a list of regular expressions, or all";
    if let super::yaml::Value::Scalar(_, text) = &item.node.value {
        if text != "all" {
            item.fault(EXPECTED);
        }
        return Some(SensitiveKeys::all());
    }
    let keys = serde_json::to_string(&item.texts()).ok();
    let keys = keys.and_then(|keys| SensitiveKeys::parse(&keys).ok());
    if keys.is_none() {
        item.fault(EXPECTED);
    }
    keys
}

/// The text of those that compile; each of the others is a fault.
fn regular_expressions(item: &Item<'_>) -> Vec<String> {
    let mut list = Vec::new();
    for item in item.items_or_none() {
        let Some(text) = item.required_text() else { continue };
        match Regex::new(&text.value) {
            Ok(_) => list.push(text.value),
            Err(_) => item.fault("a regular expression"),
        }
    }
    list
}
