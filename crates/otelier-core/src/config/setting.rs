//! A value with its origin, the unit that the model is made of.
//!
//! The origin goes along with the value from the place where it is read to the place where it is
//! shown. It has three uses: lists of settings name it, warnings say which variable is used in
//! place of a bad one, and rules that depend on who decided compare it. For example, a vendor's
//! protocol replaces the default, and not one that code sets.

use std::fmt;

/// Where a value came from.
///
/// It holds no value and nothing secret, so it may be shown everywhere.
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
    /// The first line is 1.
    pub(crate) line: u32,
    /// The first character of a line is 1.
    pub(crate) column: u32,
}

/// The text that `ConfigEntry::origin` returns.
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
///
/// Equality compares both, so a test finds a value with the wrong origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Setting<T> {
    /// What is in force.
    pub(crate) value: T,
    /// Of a list, that of the list as a whole: its items may have others.
    pub(crate) origin: Origin,
}

impl<T> Setting<T> {
    /// A value of the builder.
    pub(crate) fn code(value: T) -> Self {
        Self { value, origin: Origin::Code }
    }

    /// `variable` is the one that was used, not another that means the same.
    pub(crate) fn environment(value: T, variable: &'static str) -> Self {
        Self { value, origin: Origin::Environment(variable) }
    }

    /// `at` is the place of the value in the file, as far as it is known.
    pub(crate) fn file(value: T, at: Position) -> Self {
        Self { value, origin: Origin::File(at) }
    }

    /// A value that no source mentions.
    pub(crate) fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }

    /// The same origin with another value.
    pub(crate) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: convert(self.value), origin: self.origin }
    }
}
