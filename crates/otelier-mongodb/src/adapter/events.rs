//! The driver's events as plain data.
//!
//! The driver calls this for each event, in the task that the event is about. So nothing is copied
//! but what the recorder keeps: names, addresses and documents are borrowed from the event. What a
//! document means is the recorder's business; here it is only made readable.
//!
//! Kinds of events that are not listed are ignored, so that a later version of the driver cannot
//! break a client.

use std::borrow::Cow;

use super::failure::{command_failure, reply};
use super::line::{CmapEvent, CommandEvent, SdamEvent};
use super::mongodb;
use super::mongodb::event::cmap::{ConnectionCheckoutFailedReason, ConnectionClosedReason};
use super::mongodb::options::ServerAddress as DriverAddress;
use super::recorder::{
    ClientRecorder, CommandStarted, ConnectionId, PoolEvent, PoolEventKind, ServerAddress,
};

super::document_reader! {
    /// A document of the driver.
    DriverDocument over mongodb::bson
}

/// The port of a server whose address has none.
const DEFAULT_PORT: u16 = 27017;

/// Gives a command's event to `recorder`.
///
/// A failure gets a document of what the server said only if replies are recorded.
pub(super) fn on_command_event(recorder: &ClientRecorder, event: &CommandEvent) {
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
            let failure = command_failure(&event.failure);
            let (connection, request) = (event.connection.id, event.request_id);
            let reply = recorder.captures_payloads().then(|| reply(&event.failure)).flatten();
            match &reply {
                None => recorder.command_failed(connection, request, failure),
                Some(reply) => {
                    let reply = DriverDocument(reply);
                    recorder.command_failed_with_reply(connection, request, failure, reply);
                }
            }
        }
        // Of a kind that a later driver may have.
        #[allow(unreachable_patterns, reason = "version 2.8 has no other kinds")]
        _ => {}
    }
}

/// Gives a pool's event to `recorder`.
pub(super) fn on_pool_event(recorder: &ClientRecorder, event: &CmapEvent) {
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

/// Gives what the driver finds out about its servers to `recorder`: that one does not answer.
pub(super) fn on_monitoring_event(recorder: &ClientRecorder, event: &SdamEvent) {
    if let SdamEvent::ServerHeartbeatFailed(event) = event {
        let failure = command_failure(&event.failure);
        with_address(&event.server_address, |server| recorder.heartbeat_failed(&server, &failure));
    }
}

/// Calls `then` with the address, without copying it.
///
/// An address of an unknown kind is passed on as `Unknown`: the command is recorded without it.
fn with_address(address: &DriverAddress, then: impl FnOnce(ServerAddress<'_>)) {
    match address {
        DriverAddress::Tcp { host, port } => {
            then(ServerAddress::Tcp { host, port: port.unwrap_or(DEFAULT_PORT) });
        }
        #[cfg(unix)]
        DriverAddress::Unix { path } => {
            let path: Cow<'_, str> = path.to_string_lossy();
            then(ServerAddress::Unix { path: &path });
        }
        _ => then(ServerAddress::Unknown),
    }
}
