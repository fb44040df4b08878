//! The state of one client.
//!
//! The path of a command: `command_started` makes an operation and puts it among those in flight,
//! `command_succeeded` or `command_failed` takes it out and ends it. Start and end are matched by
//! connection and identifier, because the driver gives no place to keep an operation in. A command
//! whose future was dropped has no end; the events of its connection show that it is over, and its
//! operation ends as cancelled.
//!
//! An operation that is dropped ends by itself. That happens after the lock is released: the ends
//! call span processors, which are the user's code.

#[cfg(test)]
mod tests;

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, StringValue};
use otelier_instrument::semconv::db::DbOperation;
use otelier_instrument::settings;

use super::document::Document;
use super::event::{CommandFailure, CommandStarted, PoolEvent, PoolEventKind};
use super::extended_json::ExtendedJson;
use super::in_flight::{InFlightCommand, InFlightCommands};
use super::pools::Pools;
use super::recorders::Recorders;
use super::{call, describe, noise, outcome};

/// Records the events of one client. Made by [`Recorders::client`].
///
/// Its methods are to be called where the event happens: with the caller's context current. They
/// never wait for anything but each other's short critical sections.
#[derive(Debug)]
pub struct ClientRecorder {
    /// Providers, instruments and options.
    pub(super) recorders: Recorders,
    /// The servers, with the state of their connections.
    pools: Pools,
    /// Commands without an end so far.
    in_flight: InFlightCommands,
}

impl ClientRecorder {
    pub(super) fn new(recorders: Recorders, default_database: Option<&str>) -> Self {
        let pools = Pools::new(recorders.pools.clone(), default_database);
        Self { recorders, pools, in_flight: InFlightCommands::default() }
    }

    /// A command is about to be sent.
    pub fn command_started<'a, D: Document<'a>>(&self, event: &CommandStarted<'a, D>) {
        if !self.recorders.client.enabled() {
            return;
        }
        call::command_sent();
        if self.is_left_out(event.name) {
            return;
        }
        let (server, pools) = self.pools.server(&event.connection.server);
        let query_text = self.recorders.options.query_text;
        let mut operation =
            self.recorders.client.start(|| describe::request(event, &server, query_text));
        if operation.is_recording() {
            if let Some(body) = self.payload(&operation, event.command) {
                operation.set_request_body(body);
            }
            let command = InFlightCommand { request: event.request, server, operation };
            drop(self.in_flight.start(event.connection.number, command, pools));
        }
    }

    /// The command `request` on the connection of that number was answered without an error of its
    /// own. The reply may still tell of writes that failed.
    pub fn command_succeeded<'a, D: Document<'a>>(&self, connection: u32, request: i32, reply: D) {
        if let Some(mut operation) = self.in_flight.complete(connection, request) {
            if let Some(body) = self.payload(&operation, reply) {
                operation.set_response_body(body);
            }
            outcome::end(operation, reply);
        }
    }

    /// Whether commands and replies are recorded, so that a failure is worth making a document of.
    #[must_use]
    pub fn captures_payloads(&self) -> bool {
        self.recorders.payloads.get().is_enabled()
    }

    /// The same as [`command_failed`](Self::command_failed), with what the server said.
    pub fn command_failed_with_reply<'a, D: Document<'a>>(
        &self,
        connection: u32,
        request: i32,
        failure: CommandFailure,
        reply: D,
    ) {
        if let Some(mut operation) = self.in_flight.complete(connection, request) {
            if let Some(body) = self.payload(&operation, reply) {
                operation.set_response_body(body);
            }
            outcome::fail(operation, failure);
        }
    }

    /// The command `request` on the connection of that number failed.
    pub fn command_failed(&self, connection: u32, request: i32, failure: CommandFailure) {
        if let Some(operation) = self.in_flight.complete(connection, request) {
            outcome::fail(operation, failure);
        }
    }

    /// Something happened in a pool of connections.
    pub fn pool_event(&self, event: &PoolEvent<'_>) {
        self.pools.on_event(event);
        // Drivers report no end of a command whose future was dropped. But the connection goes
        // back to its pool, or is closed.
        match event.kind {
            PoolEventKind::CheckedIn { connection } => {
                let pools = self.pools.count(&event.server);
                drop(self.in_flight.checked_in(&event.server, connection, pools));
            }
            PoolEventKind::ConnectionClosed { connection, is_dropped } => {
                let pools = self.pools.count(&event.server);
                drop(self.in_flight.closed(&event.server, connection, is_dropped, pools));
            }
            _ => {}
        }
    }

    /// `document` as text, if it is recorded.
    fn payload<'a>(
        &self,
        operation: &DbOperation,
        document: impl Document<'a>,
    ) -> Option<StringValue> {
        if !operation.is_span_recorded() {
            return None;
        }
        let mut capture = self.recorders.payloads.get().capture()?;
        document.write_extended_json(&mut ExtendedJson::new(&mut capture));
        capture.finish()
    }

    /// Whether the command makes neither a span nor a metric.
    fn is_left_out(&self, command: &str) -> bool {
        if noise::is_noise(command) {
            // Looked up for such a command only: they are few.
            let chosen = self.recorders.options.filters_noise;
            return chosen.unwrap_or_else(|| {
                settings::current().properties("mongodb").bool("filter_noise").unwrap_or(true)
            });
        }
        // Drivers send it for sessions and cursors that were dropped, from a task of their own: it
        // would be a trace of its own.
        noise::needs_parent(command) && !Context::current().span().span_context().is_valid()
    }
}
