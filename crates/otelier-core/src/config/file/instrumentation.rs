//! `instrumentation/development`: what is general to a domain, and the properties of each
//! integration under `rust`.
//!
//! The names of our integrations are those of their cargo features. An unknown property of one of
//! them is a fault, as everywhere. An integration that is not ours gets all of its properties as
//! they are, and reads them through `otelier_instrument::settings`.

use otelier_instrument::masking::{
    DEFAULT_KEYS, DEFAULT_PARAMETERS, MaskingContext, SensitiveKeys,
};
use otelier_instrument::settings::Properties;

use super::super::choices::{Choice as _, SqsParent};
use super::super::env::instrumentation::{INTEGRATIONS, add_groups};
use super::super::instrumentation::{
    Instrumentation, MaskedKeys, PropertyValue, integration, property,
};
use super::super::setting::Setting;
use super::item::Item;
use super::mapping::Mapping;
use super::scalar::Scalar;
use super::yaml::Value;

/// The masked keys and the capture of payloads were read before, from `distribution`.
pub(super) fn read(
    file: &mut Mapping<'_>,
    masked_keys: Vec<MaskedKeys>,
    payload_capture: Setting<bool>,
) -> Instrumentation {
    let mut read = Instrumentation {
        disabled: file.as_item().setting(Vec::new()),
        masked_keys,
        payload_capture,
        properties: Vec::new(),
    };
    if let Some(item) = file.value("instrumentation/development") {
        item.mapping(|it| {
            if let Some(item) = it.value("general") {
                item.mapping(|general| self::general(general, &mut read));
            }
            if let Some(item) = it.value("rust") {
                item.mapping(|rust| libraries(rust, &mut read));
            }
            // What other languages have is theirs.
            for language in LANGUAGES {
                it.item(language);
            }
        });
    }
    add_groups(&mut read.disabled.value);
    read
}

/// The schema has a property for each. They are taken, so that they are not unknown, and not read.
const LANGUAGES: [&str; 10] =
    ["cpp", "dotnet", "erlang", "go", "java", "js", "php", "python", "ruby", "swift"];

/// HTTP is read for both sides. Of the other domains only `semconv` is known, and nothing of it has
/// an effect. One `stability_opt_in_list` with a `/dup` in it is a warning.
///
/// `sanitization` adds query parameters whose values are masked.
fn general(general: &mut Mapping<'_>, read: &mut Instrumentation) {
    if let Some(item) = general.value("http") {
        item.mapping(|http| {
            let experimental = semconv(http, true);
            for (name, side) in
                [("client", integration::HTTP_CLIENT), ("server", integration::HTTP_SERVER)]
            {
                if let Some(item) = http.value(name) {
                    item.mapping(|it| http_side(it, side, read));
                }
                if let Some(experimental) = experimental {
                    let setting = experimental.map(PropertyValue::from);
                    read.push(side, property::EXPERIMENTAL_TELEMETRY, setting);
                }
            }
        });
    }
    for name in ["code", "db", "gen_ai", "messaging", "rpc"] {
        if let Some(item) = general.value(name) {
            item.mapping(|it| semconv(it, false));
        }
    }
    if let Some(item) = general.value("sanitization") {
        item.mapping(|it| {
            let url = it.value("url");
            url.and_then(|url| url.mapping(|url| sensitive_parameters(url, read)));
        });
    }
    if let Some(item) = general.value("stability_opt_in_list")
        && let Some(list) = item.text()
        && list.value.split(',').any(|name| name.trim().ends_with("/dup"))
    {
        item.warn("both conventions at once are not supported; using the stable ones");
    }
}

/// `semconv`, and whether the experimental part of the conventions is asked for.
///
/// `None` where the domain has no experimental part here.
///
/// Version 1 is the only one, and two versions at once are not supported; both lead to a warning.
fn semconv(domain: &mut Mapping<'_>, has_experimental: bool) -> Option<Setting<bool>> {
    let item = domain.value("semconv")?;
    let experimental = item.mapping(|it| {
        if let Some(version) = it.value("version")
            && version.integer(0..=i64::MAX).is_some_and(|number| number.value != 1)
        {
            version.warn("not supported; using version 1");
        }
        if let Some(both) = it.value("dual_emit")
            && both.boolean().is_some_and(|both| both.value)
        {
            both.warn("not supported; using version 1 only");
        }
        if !has_experimental {
            it.unsupported("experimental", "what is made does not depend on it");
        }
        it.value("experimental").and_then(|item| item.boolean()).filter(|_| has_experimental)
    });
    experimental.flatten()
}

/// A name that HTTP does not allow is a fault. Each name is kept once, in lower case.
fn http_side(it: &mut Mapping<'_>, side: &'static str, read: &mut Instrumentation) {
    for name in [property::REQUEST_CAPTURED_HEADERS, property::RESPONSE_CAPTURED_HEADERS] {
        let Some(item) = it.value(name) else { continue };
        let mut names: Vec<String> = Vec::new();
        for item in item.items() {
            let Some(text) = item.required_text() else { continue };
            match http::HeaderName::from_bytes(text.value.as_bytes()) {
                Ok(name) if names.iter().any(|known| known == name.as_str()) => {}
                Ok(name) => names.push(name.as_str().to_owned()),
                Err(_) => item.fault("the name of a header"),
            }
        }
        read.push(side, name, item.setting(names.into()));
    }
    if let Some(item) = it.value(property::KNOWN_METHODS) {
        read.push(side, property::KNOWN_METHODS, item.setting(item.texts().into()));
    }
}

/// `sensitive_query_parameters`. The parameters that are masked anyway stay so: a list that was
/// written for another language must not make a token visible.
///
/// It does nothing where keys for query parameters were set already, in `distribution` or by a
/// variable.
fn sensitive_parameters(url: &mut Mapping<'_>, read: &mut Instrumentation) {
    let Some(item) = url.value("sensitive_query_parameters") else { return };
    let exactly = |name: &str| format!("^{}$", escaped(name));
    let names = item.texts();
    let patterns: Vec<String> = (DEFAULT_KEYS.iter().map(|key| (*key).to_owned()))
        .chain(DEFAULT_PARAMETERS.iter().map(|name| exactly(name)))
        .chain(names.iter().map(|name| exactly(name)))
        .collect();
    let name = "http_query_params";
    let Ok(keys) = SensitiveKeys::parse(&serde_json::json!(patterns).to_string()) else {
        return item
            .warn("too large to be compared with; only what is masked by default is masked");
    };
    if !read.masked_keys.iter().any(|known| known.name == name) {
        let context = MaskingContext::HttpQueryParams;
        read.masked_keys.push(MaskedKeys { context, name, keys: item.setting(keys) });
    }
}

/// A name as a regular expression that matches it and nothing else.
///
/// What means something in one gets a backslash. Before version 1.8 of `regex` nothing else may.
fn escaped(name: &str) -> String {
    let mut pattern = String::new();
    for character in name.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// The properties of integrations. Those from elsewhere get what is there.
fn libraries(rust: &mut Mapping<'_>, read: &mut Instrumentation) {
    for (name, item) in rust.others() {
        match INTEGRATIONS.iter().find(|known| **known == name) {
            Some(known) => {
                item.component(|it| known_library(it, known, read));
            }
            None => foreign_library(name, &item, read),
        }
    }
}

/// The properties that integrations of ours have.
///
/// `enabled: false` puts the integration on the list of those that make no telemetry.
///
/// The only property that is no boolean is `parent` of SQS.
fn known_library(it: &mut Mapping<'_>, name: &'static str, read: &mut Instrumentation) {
    let enabled = it.value("enabled").and_then(|item| item.boolean());
    if let Some(enabled) = enabled
        && !enabled.value
    {
        read.disabled.origin = enabled.origin;
        read.disabled.value.push(name.to_owned());
    }
    for flag in flags(name) {
        if let Some(setting) = it.value(flag).and_then(|item| item.boolean()) {
            read.push(name, *flag, setting.map(PropertyValue::from));
        }
    }
    if name == integration::AWS_SQS
        && let Some(item) = it.value(property::PARENT)
        && let Some(parent) = item.choice::<SqsParent>()
    {
        read.push(name, property::PARENT, parent.map(|parent| parent.name().into()));
    }
}

/// The boolean properties of an integration, by their names.
fn flags(integration: &str) -> &'static [&'static str] {
    match integration {
        integration::AWS_SQS => &[property::FILTER_EMPTY_POLLS, property::CAPTURE_PAYLOADS],
        integration::MONGODB => &[property::FILTER_NOISE, property::CAPTURE_PAYLOADS],
        "axum" | "tower" | "reqwest" | "aws" | "aws-sns" => &[property::CAPTURE_PAYLOADS],
        // The others have no payloads.
        _ => &[],
    }
}

/// `enabled: false` has the same meaning as for ours. Anything but properties is a fault.
fn foreign_library(name: &str, item: &Item<'_>, read: &mut Instrumentation) {
    let Value::Mapping(entries) = &item.node.value else {
        item.fault("properties");
        return;
    };
    for (key, node) in entries {
        let Some(value) = value(&node.value) else { continue };
        let setting = Setting::file(value, node.at);
        if key.name == "enabled" && setting.value == PropertyValue::Bool(false) {
            read.disabled.value.push(name.to_owned());
        } else {
            read.push(name.to_owned(), key.name.clone(), setting);
        }
    }
}

/// A value whose meaning only the integration knows. Null is left out.
///
/// A list leaves out null as well.
///
/// Infinities and other special floats are kept as they are.
fn value(value: &Value) -> Option<PropertyValue> {
    Some(match value {
        Value::Scalar(Scalar::Null, _) => return None,
        Value::Scalar(Scalar::Bool(value), _) => (*value).into(),
        Value::Scalar(Scalar::Integer(value), _) => (*value).into(),
        Value::Scalar(Scalar::Float(value), _) => (*value).into(),
        Value::Scalar(Scalar::Text, text) => text.clone().into(),
        Value::Sequence(items) => {
            let items = items.iter().filter_map(|item| self::value(&item.value));
            PropertyValue::List(items.collect())
        }
        Value::Mapping(entries) => {
            let entries = entries
                .iter()
                .filter_map(|(key, node)| Some((key.name.clone(), self::value(&node.value)?)));
            PropertyValue::Properties(entries.collect::<Properties>())
        }
    })
}
