//! Attribute values, attribute sets and instrumentation scopes.
//!
//! Values are compared by type as well as by content: OTLP tells `1` from `1.0` and from `"1"`, and
//! so do backends. An expectation takes anything that converts into a `Value`.

use std::collections::BTreeMap;
use std::fmt;

/// An attribute set, in the order of its keys.
///
/// A key that was written twice shows up a second time as `key (duplicate)`, so that an assertion
/// on the whole set fails: OTLP requires keys to be unique and backends differ in which one they
/// keep.
pub type Attributes = BTreeMap<String, Value>;

/// The value of an attribute, or the body of a log record.
///
/// ```
/// use otelier_testing::Value;
///
/// let list = Value::from(["a", "b"]);
/// assert_eq!(list.to_string(), r#"["a", "b"]"#);
/// assert_eq!(Value::from(7).as_int(), Some(7));
/// assert_ne!(Value::from(7), Value::from("7"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// No value at all, which OTLP can express.
    Empty,
    /// A boolean.
    Bool(bool),
    /// A 64-bit signed integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// A string.
    String(String),
    /// Bytes, in log records only.
    Bytes(Vec<u8>),
    /// An array.
    Array(Vec<Value>),
    /// A map, in log records only.
    Map(Attributes),
}

impl Value {
    /// The string, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(value) => Some(value),
            _ => None,
        }
    }

    /// The integer, if this is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The number as a double, if this is an integer or a double.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Double(value) => Some(*value),
            _ => None,
        }
    }
}

/// Written as in Rust source: `"text"`, `1`, `1.0`, `["a", "b"]`, so that `1` and `"1"` cannot be
/// confused.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("(empty)"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value:?}"),
            Self::String(value) => write!(f, "{value:?}"),
            Self::Bytes(value) => write!(f, "bytes {value:02x?}"),
            Self::Array(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key} = {value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// An unsigned integer that does not fit panics: OTLP could not say it, so no test can expect it.
macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(value: $integer) -> Self {
                Self::Int(i64::try_from(value).expect("attribute values are 64-bit signed \
                                                       integers"))
            }
        }
    )*};
}
from_integer!(i8, i16, i32, i64, u8, u16, u32, u64, usize);

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::String(value.clone())
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(values: [T; N]) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

/// The instrumentation scope that produced a span, a metric or a log record.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Scope {
    /// The name, by convention the crate's.
    pub name: String,
    /// The version, empty if there is none.
    pub version: String,
    /// The schema URL, empty if there is none.
    pub schema_url: String,
    /// The attributes.
    pub attributes: Attributes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_rust_source() {
        let map = Value::Map([("k".to_owned(), Value::from(true))].into());
        let value = Value::Array(vec![
            1.into(),
            1.0.into(),
            "1".into(),
            ["a", "b"].into(),
            map,
            Value::Empty,
        ]);
        assert_eq!(value.to_string(), r#"[1, 1.0, "1", ["a", "b"], {k = true}, (empty)]"#);
    }

    #[test]
    fn an_integer_is_neither_a_double_nor_a_string() {
        assert_ne!(Value::from(1), Value::from(1.0));
        assert_ne!(Value::from(1), Value::from("1"));
        assert_eq!(Value::from(1_u16), Value::from(1_i64));
    }
}
