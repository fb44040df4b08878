//! How the driver's errors are described to the recorder.
//!
//! The recorder knows codes and names of kinds only. The text of an error is never read: a server
//! quotes the statement in it, with its values. Names are those of the driver's variants, written
//! out here, so that they stay the same if a later version changes how an error is printed. Kinds
//! that only one line of the driver has are in `line`.

use super::line;
use super::mysql_async::{DriverError, Error, IoError, Result};
use crate::recorder::{Failure, Recording};

/// The server's code, the kind of an I/O error, or the name of the driver's kind.
pub(super) fn failure(error: &Error) -> Failure<'_> {
    match error {
        Error::Server(error) => Failure::server(error.code, Some(&error.state)),
        Error::Io(IoError::Io(error)) => Failure::Io(error.kind()),
        // With TLS in the driver there is one more.
        #[allow(unreachable_patterns)]
        Error::Io(_) => Failure::Driver("TlsError"),
        Error::Driver(error) => Failure::Driver(driver_error(error)),
        Error::Url(_) => Failure::Driver("UrlError"),
        Error::Other(_) => Failure::Other,
    }
}

/// The name of the driver's own kind of error, which says nothing of the case at hand.
fn driver_error(error: &DriverError) -> &'static str {
    match error {
        DriverError::BadCompressedPacketHeader => "BadCompressedPacketHeader",
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
        DriverError::PoolDisconnected => "PoolDisconnected",
        DriverError::ReadOnlyTransNotSupported => "ReadOnlyTransNotSupported",
        DriverError::StmtParamsMismatch { .. } => "StmtParamsMismatch",
        DriverError::StmtParamsNumberExceedsLimit { .. } => "StmtParamsNumberExceedsLimit",
        DriverError::UnexpectedPacket { .. } => "UnexpectedPacket",
        DriverError::UnknownAuthPlugin { .. } => "UnknownAuthPlugin",
        other => line::driver_error(other),
    }
}

/// Ends the operation if `result` is a failure.
pub(super) fn check<T>(recording: &mut Recording, result: &Result<T>) {
    if let Err(error) = result {
        recording.fail(failure(error));
    }
}

/// Ends the operation as `result` says.
pub(super) fn finish<T>(mut recording: Recording, result: &Result<T>) {
    match result {
        Ok(_) => recording.end(),
        Err(error) => recording.fail(failure(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::super::mysql_async::ServerError;
    use super::*;

    #[test]
    fn errors_are_described_without_their_text() {
        let (code, state) = (1062, "23000");
        let server = ServerError { code, message: "secret".to_owned(), state: state.to_owned() };
        assert_eq!(failure(&Error::Server(server)), Failure::server(code, Some(state)));
        let io = std::io::Error::new(ErrorKind::ConnectionRefused, "secret");
        assert_eq!(failure(&io.into()), Failure::Io(ErrorKind::ConnectionRefused));
        assert_eq!(
            failure(&DriverError::NestedTransaction.into()),
            Failure::Driver("NestedTransaction")
        );
        assert_eq!(
            failure(&DriverError::UnknownAuthPlugin { name: "secret".into() }.into()),
            Failure::Driver("UnknownAuthPlugin")
        );
        assert_eq!(
            failure(&DriverError::NamedPipesDisabled.into()),
            Failure::Driver("DriverError")
        );
        assert_eq!(failure(&Error::Other("secret".into())), Failure::Other);
    }
}
