//! The fields of an event or span as OpenTelemetry values.

use std::error::Error;
use std::fmt::{self, Write as _};

use opentelemetry::Key;
use opentelemetry::logs::AnyValue;
use otelier_instrument::masking::MASK;
use otelier_instrument::semconv::exception::{EXCEPTION_MESSAGE, EXCEPTION_STACKTRACE};
use tracing::field::{Field, Visit};

use crate::masked::Masking;

/// The fields of one event, its message apart.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) message: Option<String>,
    pub(crate) attributes: Vec<(Key, AnyValue)>,
    /// What a record of the `log` crate says of itself.
    pub(crate) log_target: Option<String>,
}

/// Collects fields, with the values of sensitive keys masked.
pub(crate) struct Collect<'a> {
    pub(crate) fields: &'a mut Fields,
    pub(crate) masking: &'a Masking,
}

impl Collect<'_> {
    fn add(&mut self, field: &Field, value: impl FnOnce() -> AnyValue) {
        let name = field.name();
        if name.starts_with("log.") {
            return;
        }
        let value = if self.masking.is_sensitive(name) { AnyValue::from(MASK) } else { value() };
        self.fields.attributes.push((Key::from_static_str(name), value));
    }

    fn add_text(&mut self, field: &Field, value: impl FnOnce() -> String) {
        let masking = self.masking;
        self.add(field, || masking.text(value()).into());
    }
}

impl Visit for Collect<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, || AnyValue::Double(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, || AnyValue::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, || match i64::try_from(value) {
            Ok(value) => AnyValue::Int(value),
            Err(_) => AnyValue::from(value.to_string()),
        });
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.add(field, || match i64::try_from(value) {
            Ok(value) => AnyValue::Int(value),
            Err(_) => AnyValue::from(value.to_string()),
        });
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.add(field, || match i64::try_from(value) {
            Ok(value) => AnyValue::Int(value),
            Err(_) => AnyValue::from(value.to_string()),
        });
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, || AnyValue::Boolean(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.fields.message = Some(self.masking.text(value.to_owned())),
            "log.target" => self.fields.log_target = Some(value.to_owned()),
            _ => self.add_text(field, || value.to_owned()),
        }
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        if self.masking.is_sensitive(field.name()) {
            return self.add(field, || AnyValue::from(MASK));
        }
        let message = self.masking.text(error.to_string());
        let causes = causes(error).map(|causes| self.masking.text(causes));
        let attributes = &mut self.fields.attributes;
        attributes.push((Key::from_static_str(EXCEPTION_MESSAGE), message.into()));
        if let Some(causes) = causes {
            attributes.push((Key::from_static_str(EXCEPTION_STACKTRACE), causes.into()));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.fields.message = Some(self.masking.text(format!("{value:?}"))),
            _ => self.add_text(field, || format!("{value:?}")),
        }
    }
}

/// An error's causes, one a line, in the form that Rust programs print them.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> Option<String> {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let start = if text.is_empty() { "Caused by:" } else { "" };
        let _ = write!(text, "{start}\n    {error}");
        cause = error.source();
    }
    (!text.is_empty()).then_some(text)
}
