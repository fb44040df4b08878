//! How errors are reported.
//!
//! The server's number says what went wrong, and it is the same in each language of the messages.
//! Other errors have only the name of their kind. Two servers, two rules: by the conventions for
//! MariaDB a warning is no failure, and those for MySQL make no such exception.

use std::io::ErrorKind;

use otelier_instrument::ErrorType;

/// An error, as an adapter describes it. Never by its text, which quotes the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure<'a> {
    /// The server's own.
    Server {
        /// Its number.
        code: u16,
        /// Its SQLSTATE.
        state: &'a str,
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
    /// A code of the server's.
    Code(String),
    /// A code of the server's that is no failure by the conventions for MariaDB.
    Warning(String),
    /// Something that has no code.
    Type(ErrorType),
}

impl Failure<'_> {
    /// Source: <https://opentelemetry.io/docs/specs/semconv/db/mysql/>,
    /// <https://opentelemetry.io/docs/specs/semconv/db/mariadb/>.
    ///
    /// `mariadb` is what the session's version says of the server.
    pub(super) fn reported(self, mariadb: bool) -> Reported {
        match self {
            // MariaDB's SQLSTATE classes `00` and `01` are completion and warning; failures start
            // at `02`.
            Self::Server { code, state }
                if mariadb && matches!(state.get(..2), Some("00" | "01")) =>
            {
                Reported::Warning(code.to_string())
            }
            Self::Server { code, .. } => Reported::Code(code.to_string()),
            Self::Io(ErrorKind::TimedOut) => Reported::Type(ErrorType::TIMEOUT),
            Self::Io(ErrorKind::Other) | Self::Other => Reported::Type(ErrorType::OTHER),
            Self::Io(kind) => Reported::Type(ErrorType::from_code(format!("{kind:?}"))),
            Self::Driver(name) => Reported::Type(ErrorType::from_static(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: u16, state: &str, mariadb: bool) -> Reported {
        Failure::Server { code, state }.reported(mariadb)
    }

    #[test]
    fn a_server_error_is_its_code() {
        assert_eq!(server(1062, "23000", false), Reported::Code("1062".to_owned()));
        assert_eq!(server(1062, "23000", true), Reported::Code("1062".to_owned()));
    }

    #[test]
    fn only_mariadb_has_errors_that_are_warnings() {
        assert_eq!(server(1642, "01000", true), Reported::Warning("1642".to_owned()));
        assert_eq!(server(1642, "01000", false), Reported::Code("1642".to_owned()));
        assert_eq!(server(1329, "02000", true), Reported::Code("1329".to_owned()));
        assert_eq!(server(1105, "ü", true), Reported::Code("1105".to_owned()));
    }

    #[test]
    fn other_errors_are_named_by_kind() {
        let name = |failure: Failure<'_>| match failure.reported(false) {
            Reported::Type(error) => error.as_str().to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(name(Failure::Io(ErrorKind::TimedOut)), "timeout");
        assert_eq!(name(Failure::Io(ErrorKind::ConnectionRefused)), "ConnectionRefused");
        assert_eq!(name(Failure::Io(ErrorKind::Other)), "_OTHER");
        assert_eq!(name(Failure::Driver("NestedTransaction")), "NestedTransaction");
        assert_eq!(name(Failure::Other), "_OTHER");
    }
}
