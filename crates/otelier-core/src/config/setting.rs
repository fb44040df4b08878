//! A value with its origin, the unit that the model is made of.

use std::fmt;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The builder.
    Code,
    /// The environment variable of this name.
    Environment(&'static str),
    /// A vendor's preset, by the words that name it.
    Preset(&'static str),
    /// The configuration file.
    File(Position),
    /// It was not set.
    Default,
}

/// A place in the configuration file; both count from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str("code"),
            Self::Environment(variable) => f.write_str(variable),
            Self::Preset(preset) => f.write_str(preset),
            Self::File(Position { line, column }) => {
                write!(f, "OTEL_CONFIG_FILE:{line}:{column}")
            }
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T> Setting<T> {
    pub(crate) fn code(value: T) -> Self {
        Self { value, origin: Origin::Code }
    }

    pub(crate) fn environment(value: T, variable: &'static str) -> Self {
        Self { value, origin: Origin::Environment(variable) }
    }

    pub(crate) fn file(value: T, at: Position) -> Self {
        Self { value, origin: Origin::File(at) }
    }

    pub(crate) fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }

    /// The same origin with another value.
    pub(crate) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: convert(self.value), origin: self.origin }
    }
}
