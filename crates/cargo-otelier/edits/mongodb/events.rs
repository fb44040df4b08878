//! Otelier: the events of a client, as plain data.
//!
//! The driver calls this in the task that an event is about, so nothing is copied but what is kept.

#[path = "__otelier_chain.rs"]
mod chain;

use std::io;
use std::sync::Arc;

use otelier_agent::mongodb::{
    ClientRecorder, CommandFailure, CommandStarted, ConnectionId, PoolEvent, PoolEventKind,
};
use otelier_agent::{mongodb as recorder, ErrorType};

use self::chain::{chain_commands, chain_monitoring, chain_pools};
use self::chain::{CmapEvent, CommandEvent, SdamEvent};
use crate::bson::Document;
use crate::error::{Error, ErrorKind, WriteFailure};
use crate::event::cmap::{ConnectionCheckoutFailedReason, ConnectionClosedReason};
use crate::options::{ClientOptions, ServerAddress};

otelier_agent::mongodb::document_reader! {
    /// A document, read field by field.
    DriverDocument over crate::bson
}

/// Puts a handler of ours in front of the program's, for each kind of event.
pub(crate) fn instrument(mut options: ClientOptions) -> ClientOptions {
    if let Some(recorder) = recorder::client(options.default_database.as_deref()) {
        let recorder = Arc::new(recorder);
        let pools = Arc::clone(&recorder);
        let monitoring = Arc::clone(&recorder);
        chain_commands(&mut options.command_event_handler, move |event| {
            on_command(&recorder, event);
        });
        chain_pools(&mut options.cmap_event_handler, move |event| on_pool(&pools, event));
        chain_monitoring(&mut options.sdam_event_handler, move |event| {
            on_monitoring(&monitoring, event);
        });
    }
    options
}

fn on_command(recorder: &ClientRecorder, event: &CommandEvent) {
    match event {
        CommandEvent::Started(event) => with_address(&event.connection.address, |server| {
            recorder.command_started(&CommandStarted {
                name: &event.command_name,
                database: &event.db,
                command: DriverDocument(&event.command),
                connection: ConnectionId { server, number: event.connection.id },
                request: event.request_id,
            });
        }),
        CommandEvent::Succeeded(event) => {
            let reply = DriverDocument(&event.reply);
            recorder.command_succeeded(event.connection.id, event.request_id, reply);
        }
        CommandEvent::Failed(event) => {
            let failure = failure(&event.failure);
            let (connection, request) = (event.connection.id, event.request_id);
            let reply = recorder.captures_payloads().then(|| reply(&event.failure)).flatten();
            match &reply {
                None => recorder.command_failed(connection, request, failure),
                Some(reply) => recorder.command_failed_with_reply(
                    connection,
                    request,
                    failure,
                    DriverDocument(reply),
                ),
            }
        }
        #[allow(unreachable_patterns)]
        _ => {}
    }
}

fn on_pool(recorder: &ClientRecorder, event: &CmapEvent) {
    let (address, kind) = match event {
        CmapEvent::PoolCreated(event) => {
            let options = event.options.as_ref();
            let max = options.and_then(|options| options.max_pool_size);
            let min = options.and_then(|options| options.min_pool_size);
            (&event.address, PoolEventKind::PoolCreated { max, min })
        }
        CmapEvent::PoolClosed(event) => (&event.address, PoolEventKind::PoolClosed),
        CmapEvent::ConnectionCreated(event) => {
            let connection = event.connection_id;
            (&event.address, PoolEventKind::ConnectionCreated { connection })
        }
        CmapEvent::ConnectionReady(event) => {
            let (connection, duration) = (event.connection_id, event.duration);
            (&event.address, PoolEventKind::ConnectionReady { connection, duration })
        }
        CmapEvent::ConnectionClosed(event) => {
            let connection = event.connection_id;
            let is_dropped = event.reason == ConnectionClosedReason::Dropped;
            (&event.address, PoolEventKind::ConnectionClosed { connection, is_dropped })
        }
        CmapEvent::ConnectionCheckoutStarted(event) => {
            (&event.address, PoolEventKind::CheckoutStarted)
        }
        CmapEvent::ConnectionCheckoutFailed(event) => {
            let duration = event.duration;
            let is_timeout = event.reason == ConnectionCheckoutFailedReason::Timeout;
            (&event.address, PoolEventKind::CheckoutFailed { duration, is_timeout })
        }
        CmapEvent::ConnectionCheckedOut(event) => {
            let (connection, duration) = (event.connection_id, event.duration);
            (&event.address, PoolEventKind::CheckedOut { connection, duration })
        }
        CmapEvent::ConnectionCheckedIn(event) => {
            let connection = event.connection_id;
            (&event.address, PoolEventKind::CheckedIn { connection })
        }
        // A pool that is ready or cleared shows in what happens to its connections.
        _ => return,
    };
    with_address(address, |server| recorder.pool_event(&PoolEvent { server, kind }));
}

/// What the driver finds out about its servers: that one does not answer.
fn on_monitoring(recorder: &ClientRecorder, event: &SdamEvent) {
    if let SdamEvent::ServerHeartbeatFailed(event) = event {
        let failure = failure(&event.failure);
        with_address(&event.server_address, |server| recorder.heartbeat_failed(&server, &failure));
    }
}

fn with_address(address: &ServerAddress, then: impl FnOnce(recorder::ServerAddress<'_>)) {
    match address {
        ServerAddress::Tcp { host, port } => {
            then(recorder::ServerAddress::Tcp { host, port: port.unwrap_or(27017) });
        }
        #[cfg(unix)]
        ServerAddress::Unix { path } => {
            then(recorder::ServerAddress::Unix { path: &path.to_string_lossy() });
        }
        #[allow(unreachable_patterns)]
        _ => then(recorder::ServerAddress::Unknown),
    }
}

/// The server's code where there is one, else a name.
fn failure(error: &Error) -> CommandFailure {
    let code = match &*error.kind {
        ErrorKind::Command(error) => error.code,
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code,
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => error.code,
        kind => return CommandFailure::Kind(error_type(kind)),
    };
    CommandFailure::Code(code.into())
}

/// What the server answered, as far as the driver has kept it.
fn reply(error: &Error) -> Option<Document> {
    let (code, name, message) = match &*error.kind {
        ErrorKind::Command(error) => (error.code, Some(&error.code_name), &error.message),
        ErrorKind::Write(WriteFailure::WriteError(error)) => {
            (error.code, error.code_name.as_ref(), &error.message)
        }
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => {
            (error.code, Some(&error.code_name), &error.message)
        }
        _ => return None,
    };
    let mut reply = Document::new();
    reply.insert("ok", 0);
    reply.insert("code", code);
    if let Some(name) = name {
        reply.insert("codeName", name.as_str());
    }
    reply.insert("errmsg", message.as_str());
    Some(reply)
}

fn error_type(kind: &ErrorKind) -> ErrorType {
    ErrorType::from_static(match kind {
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            return ErrorType::TIMEOUT;
        }
        ErrorKind::Io(_) => "Io",
        ErrorKind::ConnectionPoolCleared { .. } => "ConnectionPoolCleared",
        ErrorKind::InvalidResponse { .. } => "InvalidResponse",
        ErrorKind::InvalidArgument { .. } => "InvalidArgument",
        ErrorKind::Authentication { .. } => "Authentication",
        ErrorKind::BsonDeserialization(_) => "BsonDeserialization",
        ErrorKind::BsonSerialization(_) => "BsonSerialization",
        ErrorKind::Internal { .. } => "Internal",
        ErrorKind::IncompatibleServer { .. } => "IncompatibleServer",
        ErrorKind::Transaction { .. } => "Transaction",
        ErrorKind::Shutdown => "Shutdown",
        _ => return ErrorType::OTHER,
    })
}
