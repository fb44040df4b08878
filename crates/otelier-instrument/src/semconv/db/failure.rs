//! How errors of a database are reported.
//!
//! The server's code says what went wrong, and it is the same in each language of the messages.
//! Other errors have only the name of their kind.

use std::io::ErrorKind;

use crate::kit::ErrorType;

use super::DbSystem;

/// An error of a database's driver, as an adapter describes it. Never by its text, which quotes the
/// query.
///
/// ```
/// use otelier_instrument::semconv::db::DbFailure;
///
/// // Numbers and texts are codes.
/// let by_number = DbFailure::server(1146, Some("42S02"));
/// assert_eq!(DbFailure::server("42P01", None), DbFailure::server("42P01", None));
/// assert_ne!(by_number, DbFailure::Other);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DbFailure<'a> {
    /// The server's own. [`server`](Self::server) makes one.
    #[non_exhaustive]
    Server {
        /// Its code, which becomes `db.response.status_code` and `error.type`.
        code: DbCode<'a>,
        /// Its SQLSTATE, where that is not the code.
        state: Option<&'a str>,
    },
    /// The connection's: `timeout`, or the kind as Rust names it.
    Io(ErrorKind),
    /// The driver's, by the name of its kind.
    Driver(&'static str),
    /// Any other: `_OTHER`.
    Other,
}

/// A code of a database's server, by which it tells its errors apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DbCode<'a> {
    /// A number, such as MySQL's.
    Number(u16),
    /// A text, such as PostgreSQL's SQLSTATE.
    Text(&'a str),
}

/// What becomes of a failure in telemetry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reported {
    /// A code of the server's.
    Code(String),
    /// A code of the server's that is no failure by the conventions for MariaDB.
    Warning(String),
    /// Something that has no code.
    Type(ErrorType),
}

impl<'a> DbFailure<'a> {
    /// An error of the server's own: its code, and its SQLSTATE where that is not the code.
    pub fn server(code: impl Into<DbCode<'a>>, state: Option<&'a str>) -> Self {
        Self::Server { code: code.into(), state }
    }

    /// Two servers, two rules: by the conventions for MariaDB a warning is no failure, and those
    /// for MySQL make no such exception.
    ///
    /// Source: <https://opentelemetry.io/docs/specs/semconv/db/mysql/>,
    /// <https://opentelemetry.io/docs/specs/semconv/db/mariadb/>.
    pub(super) fn reported(self, system: DbSystem) -> Reported {
        match self {
            // MariaDB's SQLSTATE classes `00` and `01` are completion and warning; failures start
            // at `02`.
            Self::Server { code, state: Some(state) }
                if system == DbSystem::MARIADB && matches!(state.get(..2), Some("00" | "01")) =>
            {
                Reported::Warning(code.into())
            }
            Self::Server { code, .. } => Reported::Code(code.into()),
            Self::Io(ErrorKind::TimedOut) => Reported::Type(ErrorType::TIMEOUT),
            Self::Io(ErrorKind::Other) | Self::Other => Reported::Type(ErrorType::OTHER),
            Self::Io(kind) => Reported::Type(ErrorType::from_code(format!("{kind:?}"))),
            Self::Driver(name) => Reported::Type(ErrorType::from_static(name)),
        }
    }
}

impl From<u16> for DbCode<'_> {
    fn from(number: u16) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for DbCode<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<DbCode<'_>> for String {
    fn from(code: DbCode<'_>) -> Self {
        match code {
            DbCode::Number(number) => number.to_string(),
            DbCode::Text(text) => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARIADB: DbSystem = DbSystem::MARIADB;
    const MYSQL: DbSystem = DbSystem::MYSQL;

    fn server(code: u16, state: &str, system: DbSystem) -> Reported {
        DbFailure::server(code, Some(state)).reported(system)
    }

    #[test]
    fn a_server_error_is_its_code() {
        assert_eq!(server(1062, "23000", MYSQL), Reported::Code("1062".to_owned()));
        assert_eq!(server(1062, "23000", MARIADB), Reported::Code("1062".to_owned()));
        let text = DbFailure::server("42P01", None).reported(DbSystem::POSTGRESQL);
        assert_eq!(text, Reported::Code("42P01".to_owned()));
    }

    #[test]
    fn only_mariadb_has_errors_that_are_warnings() {
        assert_eq!(server(1642, "01000", MARIADB), Reported::Warning("1642".to_owned()));
        assert_eq!(server(1642, "01000", MYSQL), Reported::Code("1642".to_owned()));
        assert_eq!(server(1329, "02000", MARIADB), Reported::Code("1329".to_owned()));
        assert_eq!(server(1105, "ü", MARIADB), Reported::Code("1105".to_owned()));
    }

    #[test]
    fn other_errors_are_named_by_kind() {
        let name = |failure: DbFailure<'_>| match failure.reported(MYSQL) {
            Reported::Type(error) => error.as_str().to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(name(DbFailure::Io(ErrorKind::TimedOut)), "timeout");
        assert_eq!(name(DbFailure::Io(ErrorKind::ConnectionRefused)), "ConnectionRefused");
        assert_eq!(name(DbFailure::Io(ErrorKind::Other)), "_OTHER");
        assert_eq!(name(DbFailure::Driver("NestedTransaction")), "NestedTransaction");
        assert_eq!(name(DbFailure::Other), "_OTHER");
    }
}
