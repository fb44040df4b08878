//! The settings of one integration, by key.

use std::collections::BTreeMap;
use std::fmt;

/// The settings of one integration.
///
/// A look-up has a type. A property that is absent, or has another type, is `None`, so that the
/// integration's own default applies:
///
/// ```
/// use otelier_instrument::settings::Properties;
///
/// let mut properties = Properties::default();
/// properties.set("query_text", true);
/// properties.set("tables", vec!["orders", "customers"]);
///
/// assert!(properties.bool("query_text").unwrap_or(false));
/// assert_eq!(properties.string("tables"), None);
/// assert_eq!(properties.list("tables"), Some(vec!["orders", "customers"]));
/// assert_eq!(properties.integer("limit").unwrap_or(100), 100);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Properties(BTreeMap<String, Property>);

/// The value of a property.
///
/// ```
/// use otelier_instrument::settings::{Properties, Property};
///
/// let mut properties = Properties::default();
/// properties.set("limit", 100_i64);
/// assert_eq!(properties.get("limit"), Some(&Property::Integer(100)));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Property {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    String(String),
    /// A list.
    List(Vec<Property>),
    /// A set of properties inside this one.
    Properties(Properties),
}

impl Properties {
    pub(super) const EMPTY: &'static Self = &Self(BTreeMap::new());

    /// Sets the property `key`, in place of what it was.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Property>) {
        self.0.insert(key.into(), value.into());
    }

    /// The property `key`, whatever its type.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Property> {
        self.0.get(key)
    }

    /// The property `key`, if it is a boolean.
    #[must_use]
    pub fn bool(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Property::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The property `key`, if it is a whole number.
    #[must_use]
    pub fn integer(&self, key: &str) -> Option<i64> {
        match self.get(key)? {
            Property::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The property `key`, if it is a text.
    #[must_use]
    pub fn string(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The property `key`, if it is a list of texts and of nothing else.
    #[must_use]
    pub fn list(&self, key: &str) -> Option<Vec<&str>> {
        match self.get(key)? {
            Property::List(items) => items.iter().map(Property::as_str).collect(),
            _ => None,
        }
    }

    /// The properties under `key`; without any, an empty set.
    #[must_use]
    pub fn properties(&self, key: &str) -> &Properties {
        match self.get(key) {
            Some(Property::Properties(properties)) => properties,
            _ => Self::EMPTY,
        }
    }

    /// All properties, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Property)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }
}

impl Property {
    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

/// Texts and numbers as they are, items of a list with commas between them, `key=value` for
/// properties.
impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::String(text) => f.write_str(text),
            Self::List(items) => items.iter().enumerate().try_for_each(|(at, item)| {
                f.write_str(if at > 0 { "," } else { "" })?;
                item.fmt(f)
            }),
            Self::Properties(properties) => {
                properties.iter().enumerate().try_for_each(|(at, (key, value))| {
                    write!(f, "{}{key}={value}", if at > 0 { "," } else { "" })
                })
            }
        }
    }
}

impl<K: Into<String>, V: Into<Property>> FromIterator<(K, V)> for Properties {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(properties: I) -> Self {
        Self(properties.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl From<bool> for Property {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Property {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Property {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Property {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl From<String> for Property {
    fn from(value: String) -> Self {
        Self::String(value)
    }
}

impl<T: Into<Property>> From<Vec<T>> for Property {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<Properties> for Property {
    fn from(properties: Properties) -> Self {
        Self::Properties(properties)
    }
}
