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
    /// It was not set.
    Default,
}

impl Origin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Environment(variable) => variable,
            Self::Preset(preset) => preset,
            Self::Default => "default",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

    pub(crate) fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }

    /// The same origin with another value.
    pub(crate) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: convert(self.value), origin: self.origin }
    }
}
