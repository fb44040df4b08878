//! Reads a value of the file as the type that the schema gives it. What has another type is a fault
//! that says what was expected, and never shows the value.
//!
//! Functions that read a scalar follow one rule: `None` for null, which means that the property is
//! as good as absent, and `None` after a fault, which was noted already. So a caller only chooses a
//! default, and never has to report anything itself. The default after a fault is of no importance,
//! because a file with a fault is not used.

use std::ops::RangeInclusive;

use super::super::choices::Choice;
use super::super::setting::{Position, Setting};
use super::mapping::Mapping;
use super::notes::Notes;
use super::scalar::Scalar;
use super::yaml::{Node, Value};

/// A value of the file with its path, such as `tracer_provider.processors[0]`.
#[derive(Clone, Debug)]
pub(super) struct Item<'n> {
    /// Empty for the whole file.
    pub(super) path: String,
    /// The place that is named when something is wrong: of the value, or of its name.
    pub(super) at: Position,
    /// What stands there.
    pub(super) node: &'n Node,
    /// Where problems go. All items of a file share them.
    pub(super) notes: &'n Notes,
}

impl<'n> Item<'n> {
    /// The place is that of the value.
    pub(super) fn new(path: String, node: &'n Node, notes: &'n Notes) -> Self {
        Self { path, at: node.at, node, notes }
    }

    /// Also true of a property with nothing behind its colon.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.node.value, Value::Scalar(Scalar::Null, _))
    }

    /// Notes that the value is not what is `expected` here.
    ///
    /// The file cannot be used then. `expected` must not hold the value.
    pub(super) fn fault(&self, expected: impl std::fmt::Display) {
        self.notes.fault(self.at, self.says(format_args!("expected {expected}")));
    }

    /// Notes that the value cannot be had, and what there is `instead`.
    ///
    /// The file stays usable.
    pub(super) fn warn(&self, problem: impl std::fmt::Display) {
        self.notes.warn(self.at, self.says(problem));
    }

    /// `problem` behind the path; the whole file has none.
    fn says(&self, problem: impl std::fmt::Display) -> String {
        match self.path.as_str() {
            "" => problem.to_string(),
            path => format!("{path}: {problem}"),
        }
    }

    /// Another value at the same place.
    pub(super) fn setting<T>(&self, value: T) -> Setting<T> {
        Setting::file(value, self.at)
    }

    /// A text. Numbers and booleans are taken as they are written: a token may be all digits.
    pub(super) fn text(&self) -> Option<Setting<String>> {
        match &self.node.value {
            Value::Scalar(Scalar::Null, _) => None,
            Value::Scalar(_, text) => Some(self.setting(text.clone())),
            Value::Sequence(_) | Value::Mapping(_) => {
                self.fault("text");
                None
            }
        }
    }

    /// Text in quotes is none.
    pub(super) fn boolean(&self) -> Option<Setting<bool>> {
        match &self.node.value {
            Value::Scalar(Scalar::Null, _) => None,
            Value::Scalar(Scalar::Bool(value), _) => Some(self.setting(*value)),
            _ => {
                self.fault("true or false");
                None
            }
        }
    }

    /// A whole number in `range`.
    ///
    /// A number outside of the range is a fault that says the range.
    pub(super) fn integer(&self, range: RangeInclusive<i64>) -> Option<Setting<i64>> {
        let number = match self.node.value {
            Value::Scalar(Scalar::Null, _) => return None,
            Value::Scalar(Scalar::Integer(number), _) => Some(number),
            // `5.0` is a whole number to a JSON schema.
            Value::Scalar(Scalar::Float(number), _)
                if number.fract() == 0.0 && number.abs() < 2_f64.powi(53) =>
            {
                Some(number as i64)
            }
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.fault(match (*range.start(), *range.end()) {
                (i64::MIN, _) => "a whole number".to_owned(),
                (least, i64::MAX) => format!("a whole number, {least} or more"),
                (least, most) => format!("a whole number from {least} to {most}"),
            });
        }
        number.map(|number| self.setting(number))
    }

    /// A number in `range`.
    ///
    /// A whole number counts too.
    pub(super) fn number(&self, range: RangeInclusive<f64>) -> Option<Setting<f64>> {
        let number = match self.node.value {
            Value::Scalar(Scalar::Null, _) => return None,
            Value::Scalar(Scalar::Integer(number), _) => Some(number as f64),
            Value::Scalar(Scalar::Float(number), _) => Some(number),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.fault(match *range.start() {
                start if start.is_finite() => {
                    format!("a number from {start:?} to {:?}", range.end())
                }
                _ => "a number".to_owned(),
            });
        }
        number.map(|number| self.setting(number))
    }

    /// One of the names of `names`, in exactly this form.
    ///
    /// Case counts, since the schema has exact names.
    pub(super) fn one_of<T: Clone>(&self, names: &[(&str, T)]) -> Option<Setting<T>> {
        let found = match &self.node.value {
            Value::Scalar(Scalar::Null, _) => return None,
            Value::Scalar(_, text) => names.iter().find(|(name, _)| name == text),
            Value::Sequence(_) | Value::Mapping(_) => None,
        };
        if found.is_none() {
            self.fault(alternatives(names.iter().map(|(name, _)| *name)));
        }
        found.map(|(_, value)| self.setting(value.clone()))
    }

    /// One of the values of `T`, by its name in the environment.
    ///
    /// Case counts here, unlike in the environment.
    pub(super) fn choice<T: Choice>(&self) -> Option<Setting<T>> {
        self.one_of(T::ALL)
    }

    /// The items of a list, which has at least one. Null is no list.
    ///
    /// Anything else is a fault, and so is an empty list.
    pub(super) fn items(&self) -> Vec<Item<'n>> {
        let items = self.items_or_none();
        if items.is_empty() && matches!(self.node.value, Value::Sequence(_)) {
            self.fault("a list with at least one item");
        }
        items
    }

    /// The items of a list, which may be empty.
    ///
    /// Anything else is a fault and stands for an empty list.
    pub(super) fn items_or_none(&self) -> Vec<Item<'n>> {
        let Value::Sequence(nodes) = &self.node.value else {
            self.fault("a list");
            return Vec::new();
        };
        let items = nodes.iter().enumerate();
        items
            .map(|(at, node)| Item::new(format!("{}[{at}]", self.path), node, self.notes))
            .collect()
    }

    /// The texts of a list.
    ///
    /// An item that is no text is a fault and is left out.
    pub(super) fn texts(&self) -> Vec<String> {
        let items = self.items_or_none();
        items.iter().filter_map(Item::required_text).map(|it| it.value).collect()
    }

    /// A text, which may not be null.
    pub(super) fn required_text(&self) -> Option<Setting<String>> {
        if self.is_null() {
            self.fault("text");
        }
        self.text()
    }

    /// Reads a mapping. What `read` does not ask for is unknown.
    ///
    /// The rest of the properties is checked after `read` returns. Null is a fault here.
    pub(super) fn mapping<T>(&self, read: impl FnOnce(&mut Mapping<'n>) -> T) -> Option<T> {
        let mut mapping = match &self.node.value {
            Value::Mapping(entries) => Mapping::new(self, entries),
            _ => {
                self.fault("properties");
                return None;
            }
        };
        let value = read(&mut mapping);
        mapping.finish();
        Some(value)
    }

    /// Reads a mapping that may be left out: `console:` is the same as `console: {}`.
    pub(super) fn component<T>(&self, read: impl FnOnce(&mut Mapping<'n>) -> T) -> Option<T> {
        if self.is_null() {
            return Some(read(&mut Mapping::new(self, &[])));
        }
        self.mapping(read)
    }

    /// The one property of a mapping that says which of several it is, and what is in it.
    ///
    /// The schema describes a choice in this form: an exporter, a processor, a sampler. The item's
    /// place is that of the name.
    pub(super) fn single(&self) -> Option<(&'n str, Item<'n>)> {
        match &self.node.value {
            Value::Mapping(entries) if entries.len() == 1 => {
                let (key, node) = entries.first()?;
                let path = format!("{}.{}", self.path, shown(&key.name));
                Some((&key.name, Item { path, at: key.at, node, notes: self.notes }))
            }
            _ => {
                self.fault("exactly one property");
                None
            }
        }
    }
}

/// `a, b or c`.
///
/// It completes "expected …".
pub(super) fn alternatives<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// A name that somebody wrote, unless it is none: it could be a secret at the wrong place.
///
/// Anything that is longer than 64 bytes, or has other characters than names of the schema, is
/// shown as `?`.
pub(super) fn shown(name: &str) -> &str {
    let is_name = name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || b"0123456789_./-".contains(&byte));
    if is_name { name } else { "?" }
}
