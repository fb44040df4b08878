//! For mysql_async 0.37.

use ::mysql_async;

/// What differs between the lines of the driver's versions.
mod line {
    use super::mysql_async::{DriverError, Opts, OptsBuilder};

    /// Options that say so when a connection was opened, by the server's number for it, before the
    /// user's own callback.
    pub(super) fn with_opened(opts: &Opts, opened: impl Fn(u32) + Send + Sync + 'static) -> Opts {
        let users = opts.after_connect();
        let opts = OptsBuilder::from_opts(opts.clone()).after_connect(move |conn| {
            opened(conn.id());
            match &users {
                Some(callback) => callback(conn),
                None => Box::pin(async { Ok(()) }),
            }
        });
        opts.into()
    }

    /// The name of the driver's own kind of error, which says nothing of the case at hand.
    pub(super) fn driver_error(error: &DriverError) -> &'static str {
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
}

#[path = "adapter/modules.rs"]
mod adapter;

pub use adapter::*;
