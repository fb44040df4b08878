//! `resource`: what describes the service, and what is detected.
//!
//! Attributes are kept in the order of their strength, the weakest first, because of two with one
//! key the later one counts. `OTEL_SERVICE_NAME` counts only through the detector `service`, or
//! where the file refers to it. What the detectors read from the environment is collected here too,
//! so that the pipeline needs nothing but the model.
//!
//! Detection is off unless the file asks for it, unlike without a file, where almost all detectors
//! run. A detector that does not exist here leads to a warning only, since the same file may serve
//! programs in several languages.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use otelier_instrument::semconv::resource as key;

use super::super::choices::{Choice as _, Detector};
use super::super::code::Code;
use super::super::env::{self, parse};
use super::super::model::ResourceSettings;
use super::super::setting::Setting;
use super::exporters::Exporters;
use super::item::Item;
use super::mapping::Mapping;
use super::metrics::include_exclude;

/// The attributes of `attributes_list`, under those of `attributes`, under what code says.
///
/// The detectors' variables of the platform count beside a file, so they are read here.
pub(super) fn read(
    file: &mut Mapping<'_>,
    code: &Code,
    exporters: &mut Exporters<'_, '_>,
) -> ResourceSettings {
    let mut settings = ResourceSettings {
        attributes: Vec::new(),
        // By the schema nothing is detected unless the file says so.
        detectors: file.as_item().setting(Vec::new()),
        detected_attributes: Default::default(),
        platform: Default::default(),
        schema_url: Setting::default(None),
    };
    if let Some(item) = file.value("resource") {
        item.mapping(|resource| {
            if let Some(item) = resource.value("detection/development") {
                item.mapping(|it| detection(it, &mut settings, exporters));
            }
            attributes(resource, &mut settings);
            if let Some(url) = resource.value("schema_url").and_then(|item| item.text()) {
                settings.schema_url = url.map(Some);
            }
        });
    }
    let detectors = &settings.detectors.value;
    settings.platform = env::platform::read(detectors, exporters.reader);
    env::add_code(&mut settings.attributes, code);
    settings
}

/// `attributes_list` is one text, as `OTEL_RESOURCE_ATTRIBUTES` has it, and one wrong item discards
/// all of it. In `attributes` each item has a name, a value and a type; a wrong one is a fault.
///
/// An attribute with a fault is left out, and the others are read.
fn attributes(resource: &mut Mapping<'_>, settings: &mut ResourceSettings) {
    if let Some(item) = resource.value("attributes_list")
        && let Some(text) = item.text()
    {
        match parse::pairs(&text.value).collect::<Option<Vec<_>>>() {
            Some(pairs) => {
                let pairs = pairs.into_iter().map(|(name, value)| KeyValue::new(name, value));
                settings.attributes.extend(pairs.map(|pair| item.setting(pair)));
            }
            // As with the variable that it usually comes from.
            None => {
                item.warn(
                    "expected a list of key=value, percent-encoded; using no attribute of it",
                );
            }
        }
    }
    let items = resource.value("attributes").map(|item| item.items()).unwrap_or_default();
    for item in items {
        let read = item.mapping(|it| {
            let name = it.required("name").and_then(|name| name.required_text());
            let kind = it.value("type").and_then(|item| item.one_of(TYPES));
            let kind = kind.map_or(Type::String, |kind| kind.value);
            let value = it.required("value").and_then(|value| typed(&value, kind));
            Some(KeyValue::new(name?.value, value?))
        });
        settings.attributes.extend(read.flatten().map(|attribute| item.setting(attribute)));
    }
}

/// The types of the schema. Text is the default.
#[derive(Clone, Copy)]
enum Type {
    String,
    Bool,
    Int,
    Double,
    StringArray,
    BoolArray,
    IntArray,
    DoubleArray,
}

/// By the names that `type` may have.
const TYPES: &[(&str, Type)] = &[
    ("string", Type::String),
    ("bool", Type::Bool),
    ("int", Type::Int),
    ("double", Type::Double),
    ("string_array", Type::StringArray),
    ("bool_array", Type::BoolArray),
    ("int_array", Type::IntArray),
    ("double_array", Type::DoubleArray),
];

/// A value of this type; none if it is null, with which the attribute is left out.
///
/// A value of another type is a fault. A whole number is a valid `double`, and a number without a
/// fraction a valid `int`.
fn typed(item: &Item<'_>, kind: Type) -> Option<Value> {
    const NUMBERS: std::ops::RangeInclusive<f64> = f64::NEG_INFINITY..=f64::INFINITY;
    const INTEGERS: std::ops::RangeInclusive<i64> = i64::MIN..=i64::MAX;
    if item.is_null() {
        return None;
    }
    Some(match kind {
        Type::String => item.text()?.value.into(),
        Type::Bool => item.boolean()?.value.into(),
        Type::Int => item.integer(INTEGERS)?.value.into(),
        Type::Double => item.number(NUMBERS)?.value.into(),
        Type::StringArray => {
            Value::Array(Array::String(all(item, |it| it.text().map(|it| it.value.into()))))
        }
        Type::BoolArray => {
            Value::Array(Array::Bool(all(item, |it| it.boolean().map(|it| it.value))))
        }
        Type::IntArray => {
            Value::Array(Array::I64(all(item, |it| it.integer(INTEGERS).map(|it| it.value))))
        }
        Type::DoubleArray => {
            Value::Array(Array::F64(all(item, |it| it.number(NUMBERS).map(|it| it.value))))
        }
    })
}

/// The items of an array. Each that has another type, or is null, is a fault.
fn all<T>(item: &Item<'_>, read: impl Fn(&Item<'_>) -> Option<T>) -> Vec<T> {
    let items = item.items();
    let read = |item: &Item<'_>| {
        if item.is_null() {
            item.fault("a value, and not null");
        }
        read(item)
    };
    items.iter().filter_map(read).collect()
}

/// The detectors by the names of the schema, each with ours, and by our own names.
///
/// The schema's `host` stands for two of ours. A name that is not known is a warning, since
/// detectors differ between languages.
///
/// `attributes` in it filters what the detectors find, by key. It does not filter the attributes of
/// the file.
fn detection(
    it: &mut Mapping<'_>,
    settings: &mut ResourceSettings,
    exporters: &mut Exporters<'_, '_>,
) {
    if let Some(patterns) = it.value("attributes").and_then(|item| item.mapping(include_exclude)) {
        settings.detected_attributes = patterns;
    }
    let Some(list) = it.value("detectors") else { return };
    let mut detectors: Vec<Detector> = Vec::new();
    for item in list.items() {
        let Some((name, inner)) = item.single() else { continue };
        inner.component(|_| ());
        match name {
            "host" => detectors.extend([Detector::Host, Detector::Os]),
            // The instance has an id in any case.
            "service" => {
                const NAME: &str = "OTEL_SERVICE_NAME";
                let name = exporters.reader.text(NAME).map(StringValue::from);
                let name = name.map(|name| KeyValue::new(key::SERVICE_NAME, name));
                settings.attributes.extend(name.map(|name| Setting::environment(name, NAME)));
            }
            _ => match Detector::ALL.iter().find(|(known, _)| *known == name) {
                Some((_, detector)) => detectors.push(*detector),
                None => inner.warn("not known; nothing is detected by it"),
            },
        }
    }
    settings.detectors = env::unique(list.setting(detectors));
}
