//! The fields of an event or span as OpenTelemetry values.
//!
//! `tracing` shows the fields of an event one after the other to a visitor. `Collect` is that
//! visitor: it turns each into a value, masks it on the way, and puts the message and what the
//! `log` crate adds aside. Log records and JSON lines are made from the result, so that both say
//! the same.
//!
//! A value of a sensitive key is never formatted: its `Debug` is not called.

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
    /// Masked. `None` if the event has no text.
    pub(crate) message: Option<String>,
    /// In the order in which they were recorded, masked.
    pub(crate) attributes: Vec<(Key, AnyValue)>,
    /// What a record of the `log` crate says of itself.
    ///
    /// For such a record the target of the event itself is only `log`.
    pub(crate) log_target: Option<String>,
}

/// Collects fields, with the values of sensitive keys masked.
pub(crate) struct Collect<'a> {
    /// Where the fields go.
    pub(crate) fields: &'a mut Fields,
    pub(crate) masking: &'a Masking,
}

impl Collect<'_> {
    /// `value` is called only if it may be shown. Fields that the `log` crate adds are left out.
    fn add(&mut self, field: &Field, value: impl FnOnce() -> AnyValue) {
        let name = field.name();
        if name.starts_with("log.") {
            return;
        }
        let value = if self.masking.is_sensitive(name) { AnyValue::from(MASK) } else { value() };
        self.fields.attributes.push((Key::from_static_str(name), value));
    }

    /// As `add`, and masks what is sensitive within the text.
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

    /// OTLP has no unsigned integers: a value that does not fit becomes text.
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, || match i64::try_from(value) {
            Ok(value) => AnyValue::Int(value),
            Err(_) => AnyValue::from(value.to_string()),
        });
    }

    /// A value that does not fit into 64 bits becomes text.
    fn record_i128(&mut self, field: &Field, value: i128) {
        self.add(field, || match i64::try_from(value) {
            Ok(value) => AnyValue::Int(value),
            Err(_) => AnyValue::from(value.to_string()),
        });
    }

    /// A value that does not fit into 63 bits becomes text.
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

    /// An error has attributes of its own instead of one named after the field, as the conventions
    /// want it.
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
///
/// `None` if it has none. The error itself is not among them.
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
