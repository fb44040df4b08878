//! What a detector found.
//!
//! A problem does not mean that nothing was found: a detector returns what it has, and says why the
//! rest is missing. Whether that is worth a warning depends on how sure it is about the platform,
//! so each detector decides by itself with `expected` or `unexpected`.

use std::fmt;

use opentelemetry::KeyValue;

/// The attributes that were found, and what went wrong.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Detected {
    /// What was found; may hold a part of what there is.
    pub(super) attributes: Vec<KeyValue>,
    /// Why something is missing; `None` also outside of the detector's platform.
    pub(super) problem: Option<Problem>,
}

/// Why attributes are missing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// It is so on many machines. For example a container on EC2 that may not reach the metadata
    /// service. Shown at the level debug only.
    Expected(String),
    /// The platform should have answered. Shown as a warning.
    Unexpected(String),
}

impl Detected {
    /// Without a problem.
    pub(super) fn of(attributes: Vec<KeyValue>) -> Self {
        Self { attributes, problem: None }
    }

    /// Adds why attributes are missing, for a user who looks into it.
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
