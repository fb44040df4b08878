//! What a detector found.

use std::fmt;

use opentelemetry::KeyValue;

/// The attributes that were found, and what went wrong.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Detected {
    pub(super) attributes: Vec<KeyValue>,
    pub(super) problem: Option<Problem>,
}

/// Why attributes are missing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// It is so on many machines.
    Expected(String),
    /// The platform should have answered.
    Unexpected(String),
}

impl Detected {
    pub(super) fn of(attributes: Vec<KeyValue>) -> Self {
        Self { attributes, problem: None }
    }

    /// Adds why attributes are missing, for who looks into it.
    pub(super) fn expected(mut self, reason: impl fmt::Display) -> Self {
        self.problem = Some(Problem::Expected(reason.to_string()));
        self
    }

    /// Adds why attributes are missing, as a warning.
    pub(super) fn unexpected(mut self, reason: impl fmt::Display) -> Self {
        self.problem = Some(Problem::Unexpected(reason.to_string()));
        self
    }
}
