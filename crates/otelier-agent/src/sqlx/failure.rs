//! How errors of sqlx are reported: by the database's code, or by the name of their kind.

use std::io::ErrorKind;

use otelier_instrument::ErrorType;

use super::System;

/// An error, as a hook describes it. Never by its text, which quotes the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure<'a> {
    /// The database's own.
    Database {
        /// Its code: a number for MySQL and SQLite, the SQLSTATE for PostgreSQL.
        code: &'a str,
        /// Its SQLSTATE, where that is not the code.
        state: Option<&'a str>,
    },
    /// The connection's.
    Io(ErrorKind),
    /// The driver's, by the name of its kind.
    Driver(&'static str),
    /// Any other.
    Other,
}

/// What becomes of a failure in telemetry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reported {
    /// A code of the database's.
    Code(String),
    /// A code of the database's that is no failure by the conventions for MariaDB.
    Warning(String),
    /// Something that has no code.
    Type(ErrorType),
}

impl Failure<'_> {
    /// Source: <https://opentelemetry.io/docs/specs/semconv/db/mariadb/>: classes `00` and `01` of
    /// SQLSTATE are completion and warning.
    pub(super) fn reported(self, system: System) -> Reported {
        match self {
            Self::Database { code, state: Some(state) }
                if system == System::MariaDb
                    && (state.starts_with("00") || state.starts_with("01")) =>
            {
                Reported::Warning(code.to_owned())
            }
            Self::Database { code, .. } => Reported::Code(code.to_owned()),
            Self::Io(ErrorKind::TimedOut) => Reported::Type(ErrorType::TIMEOUT),
            Self::Io(ErrorKind::Other) | Self::Other => Reported::Type(ErrorType::OTHER),
            Self::Io(kind) => Reported::Type(ErrorType::from_code(format!("{kind:?}"))),
            Self::Driver(name) => Reported::Type(ErrorType::from_static(name)),
        }
    }
}
