//! How the driver's errors are reported.

use std::io::ErrorKind;

use mysql_async::{DriverError, Error, IoError};
use otelier_instrument::ErrorType;

/// What becomes of an error in telemetry. Never its text: that quotes the query.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A code of the server's.
    Code(String),
    /// A code of the server's that is no failure by the conventions for MariaDB.
    Warning(String),
    /// Something that has no code.
    Type(ErrorType),
}

/// Source: <https://opentelemetry.io/docs/specs/semconv/database/mysql/>,
/// <https://opentelemetry.io/docs/specs/semconv/database/mariadb/>.
pub(crate) fn failure(error: &Error, mariadb: bool) -> Failure {
    let name = ErrorType::from_static;
    Failure::Type(match error {
        Error::Server(error) => {
            let code = error.code.to_string();
            // MariaDB's SQLSTATE classes `00` and `01` are completion and warning; the failures start at `02`.
            return match mariadb && matches!(error.state.get(..2), Some("00" | "01")) {
                true => Failure::Warning(code),
                false => Failure::Code(code),
            };
        }
        Error::Io(IoError::Io(error)) => match error.kind() {
            ErrorKind::TimedOut => ErrorType::TIMEOUT,
            ErrorKind::Other => ErrorType::OTHER,
            kind => ErrorType::from_code(format!("{kind:?}")),
        },
        // With TLS in the driver there is one more.
        #[allow(unreachable_patterns)]
        Error::Io(_) => name("TlsError"),
        Error::Driver(error) => name(driver_error(error)),
        Error::Url(_) => name("UrlError"),
        Error::Other(_) => ErrorType::OTHER,
    })
}

/// The name of the driver's own kind of error, which says nothing of the case at hand.
fn driver_error(error: &DriverError) -> &'static str {
    match error {
        DriverError::BadCompressedPacketHeader => "BadCompressedPacketHeader",
        DriverError::BulkExecute(_) => "BulkExecute",
        DriverError::CantParseServerVersion { .. } => "CantParseServerVersion",
        DriverError::CleartextPluginDisabled => "CleartextPluginDisabled",
        DriverError::ConnectionClosed => "ConnectionClosed",
        DriverError::FromRow { .. } => "FromRow",
        DriverError::FromValue { .. } => "FromValue",
        DriverError::LocalInfile(_) => "LocalInfile",
        DriverError::MixedParams => "MixedParams",
        DriverError::MysqlOldPasswordDisabled => "MysqlOldPasswordDisabled",
        DriverError::NestedTransaction => "NestedTransaction",
        DriverError::NoClientSslFlagFromServer => "NoClientSslFlagFromServer",
        DriverError::NoKeyFound => "NoKeyFound",
        DriverError::PacketOutOfOrder => "PacketOutOfOrder",
        DriverError::PacketTooLarge => "PacketTooLarge",
        DriverError::Params(_) => "Params",
        DriverError::PoolDisconnected => "PoolDisconnected",
        DriverError::ReadOnlyTransNotSupported => "ReadOnlyTransNotSupported",
        DriverError::StmtParamsMismatch { .. } => "StmtParamsMismatch",
        DriverError::StmtParamsNumberExceedsLimit { .. } => "StmtParamsNumberExceedsLimit",
        DriverError::UnexpectedPacket { .. } => "UnexpectedPacket",
        DriverError::UnknownAuthPlugin { .. } => "UnknownAuthPlugin",
        _ => "DriverError",
    }
}

#[cfg(test)]
mod tests {
    use mysql_async::ServerError;

    use super::*;

    fn server(code: u16, state: &str) -> Error {
        Error::Server(ServerError { code, message: "secret".to_owned(), state: state.to_owned() })
    }

    #[test]
    fn a_server_error_is_its_code() {
        assert_eq!(failure(&server(1062, "23000"), false), Failure::Code("1062".to_owned()));
        assert_eq!(failure(&server(1062, "23000"), true), Failure::Code("1062".to_owned()));
    }

    #[test]
    fn only_mariadb_has_errors_that_are_warnings() {
        assert_eq!(failure(&server(1642, "01000"), true), Failure::Warning("1642".to_owned()));
        assert_eq!(failure(&server(1642, "01000"), false), Failure::Code("1642".to_owned()));
        assert_eq!(failure(&server(1329, "02000"), true), Failure::Code("1329".to_owned()));
        assert_eq!(failure(&server(1105, "ü"), true), Failure::Code("1105".to_owned()));
    }

    #[test]
    fn others_are_named_by_kind() {
        let name = |error: Error| match failure(&error, false) {
            Failure::Type(error) => error.as_str().to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(name(std::io::Error::from(ErrorKind::TimedOut).into()), "timeout");
        assert_eq!(
            name(std::io::Error::from(ErrorKind::ConnectionRefused).into()),
            "ConnectionRefused"
        );
        assert_eq!(name(std::io::Error::other("secret").into()), "_OTHER");
        assert_eq!(name(DriverError::NestedTransaction.into()), "NestedTransaction");
        assert_eq!(
            name(DriverError::UnknownAuthPlugin { name: "secret".into() }.into()),
            "UnknownAuthPlugin"
        );
        assert_eq!(name(DriverError::NamedPipesDisabled.into()), "DriverError");
        assert_eq!(name(Error::Other("secret".into())), "_OTHER");
    }
}
