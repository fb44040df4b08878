//! Expectations on attribute sets.
//!
//! A set is compared as a whole, so that an attribute that the test does not mention makes it fail.
//! `subset` turns that off, and `no_attr` then names keys that must not be there. The setters are a
//! macro, because spans, events, links and points all have them and builders cannot share methods
//! by a trait without an import.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::diff::Diff;
use crate::model::{Attributes, Value};

/// What is expected of a value: that it equals one, is [`any`] or is [`matching`] a condition.
///
/// Anything that can be an attribute's value is one that it must equal:
///
/// ```
/// use otelier_testing::{Expected, any, matching};
///
/// let equal: Expected = "GET".into();
/// let present: Expected = any();
/// let plausible: Expected = matching("positive", |it| it.as_f64().is_some_and(|it| it > 0.0));
/// ```
#[derive(Clone)]
pub struct Expected(Condition);

/// Any value, as long as the attribute is there.
///
/// ```
/// use otelier_testing::{any, span};
///
/// let expected = span("GET").client().attr("network.peer.port", any());
/// ```
#[must_use]
pub fn any() -> Expected {
    Expected(Condition::Any)
}

/// A value for which `condition` holds; a failure prints `description`.
///
/// ```
/// use otelier_testing::{matching, span};
///
/// let port = matching("an ephemeral port", |it| it.as_int().is_some_and(|port| port > 1024));
/// let expected = span("GET").client().attr("server.port", port);
/// ```
#[must_use]
pub fn matching(
    description: impl Into<String>,
    condition: impl Fn(&Value) -> bool + Send + Sync + 'static,
) -> Expected {
    Expected(Condition::Matching(description.into(), Arc::new(condition)))
}

impl<T: Into<Value>> From<T> for Expected {
    fn from(value: T) -> Self {
        Self(Condition::Equal(value.into()))
    }
}

impl Expected {
    /// Whether the value is what was expected.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        match &self.0 {
            Condition::Equal(expected) => expected == value,
            Condition::Any => true,
            Condition::Matching(_, condition) => condition(value),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Condition::Equal(value) => value.fmt(f),
            Condition::Any => f.write_str("(any)"),
            Condition::Matching(description, _) => write!(f, "({description})"),
        }
    }
}

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Hidden in `Expected`, so that kinds can be added.
#[derive(Clone)]
enum Condition {
    Equal(Value),
    Any,
    Matching(String, Arc<dyn Fn(&Value) -> bool + Send + Sync>),
}

/// A whole attribute set, unless `subset`.
#[derive(Clone, Debug, Default)]
pub(super) struct ExpectedAttributes {
    /// By key. A later setter of the same key replaces the earlier.
    pub(super) present: BTreeMap<String, Expected>,
    /// Only of use with `subset`.
    pub(super) absent: BTreeSet<String>,
    /// Whether keys that are in neither list are accepted.
    pub(super) subset: bool,
}

impl ExpectedAttributes {
    /// Adds one line for each key of either side, in the order of keys; two where the values
    /// differ.
    pub(super) fn compare(&self, captured: &Attributes, depth: usize, diff: &mut Diff) {
        let keys: BTreeSet<&String> = self.present.keys().chain(captured.keys()).collect();
        for key in keys {
            match (self.present.get(key), captured.get(key)) {
                (Some(expected), Some(value)) if expected.accepts(value) => {
                    diff.same(depth, format!("{key} = {value}"));
                }
                (Some(expected), Some(value)) => {
                    diff.missing(depth, format!("{key} = {expected}"));
                    diff.unexpected(depth, format!("{key} = {value}"));
                }
                (Some(expected), None) => diff.missing(depth, format!("{key} = {expected}")),
                (None, Some(value)) if self.subset && !self.absent.contains(key) => {
                    diff.same(depth, format!("{key} = {value}"));
                }
                (None, Some(value)) => diff.unexpected(depth, format!("{key} = {value}")),
                (None, None) => {}
            }
        }
    }

    /// All expected attributes as missing.
    pub(super) fn draw(&self, depth: usize, diff: &mut Diff) {
        for (key, expected) in &self.present {
            diff.missing(depth, format!("{key} = {expected}"));
        }
    }
}

/// All captured attributes as unexpected.
pub(super) fn draw(attributes: &Attributes, depth: usize, diff: &mut Diff) {
    for (key, value) in attributes {
        diff.unexpected(depth, format!("{key} = {value}"));
    }
}

/// The setters that everything with attributes has.
macro_rules! attribute_setters {
    () => {
        /// Expects the attribute `key` with this value, or [`any`](crate::any), or one
        /// [`matching`](crate::matching) a condition.
        pub fn attr(
            mut self,
            key: impl Into<String>,
            value: impl Into<$crate::assert::attributes::Expected>,
        ) -> Self {
            self.attributes.present.insert(key.into(), value.into());
            self
        }

        /// Expects the attribute `key`, whatever its value.
        pub fn attr_any(self, key: impl Into<String>) -> Self {
            self.attr(key, $crate::assert::attributes::any())
        }

        /// Expects that the attribute `key` is absent: of use after [`subset`](Self::subset), since
        /// a whole set says so by itself.
        pub fn no_attr(mut self, key: impl Into<String>) -> Self {
            let key = key.into();
            self.attributes.present.remove(&key);
            self.attributes.absent.insert(key);
            self
        }

        /// Allows attributes beside the expected ones.
        pub fn subset(mut self) -> Self {
            self.attributes.subset = true;
            self
        }
    };
}
pub(super) use attribute_setters;
