//! What one client's events mean: operations that start and end, and connections that come and go.

use mongodb::event::cmap::CmapEvent;
use mongodb::event::command::{CommandEvent, CommandStartedEvent};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use otelier_instrument::settings;

use crate::command::{describe, noise, outcome};
use crate::flights::{Flight, Flights};
use crate::handlers::OtelEventHandlers;
use crate::servers::Servers;

/// The state behind the handlers of one client. Its methods are called on the user's own tasks, with the user's context
/// current, and on the driver's: they never wait for anything but each other's short critical sections.
#[derive(Debug)]
pub(crate) struct Monitor {
    handlers: OtelEventHandlers,
    servers: Servers,
    flights: Flights,
}

impl Monitor {
    pub(crate) fn new(handlers: OtelEventHandlers, database: Option<&str>) -> Self {
        let servers = Servers::new(handlers.pools.clone(), database);
        Self { handlers, servers, flights: Flights::default() }
    }

    pub(crate) fn on_command_event(&self, event: &CommandEvent) {
        match event {
            CommandEvent::Started(event) => self.start(event),
            CommandEvent::Succeeded(event) => {
                if let Some(operation) = self.flights.land(event.connection.id, event.request_id) {
                    outcome::end(operation, &event.reply);
                }
            }
            CommandEvent::Failed(event) => {
                if let Some(operation) = self.flights.land(event.connection.id, event.request_id) {
                    outcome::fail(operation, &event.failure);
                }
            }
            // Of a kind that a later driver may have.
            _ => {}
        }
    }

    pub(crate) fn on_pool_event(&self, event: &CmapEvent) {
        self.servers.on_event(event);
        // The driver reports no end of a command whose future was dropped. But it takes the connection back.
        match event {
            CmapEvent::ConnectionCheckedIn(event) => {
                let pools = self.servers.pools_of(&event.address);
                drop(self.flights.returned(&event.address, event.connection_id, pools));
            }
            CmapEvent::ConnectionClosed(event) => {
                let pools = self.servers.pools_of(&event.address);
                drop(self.flights.closed(
                    &event.address,
                    event.connection_id,
                    &event.reason,
                    pools,
                ));
            }
            _ => {}
        }
    }

    fn start(&self, event: &CommandStartedEvent) {
        if !self.handlers.client.enabled() || self.is_left_out(&event.command_name) {
            return;
        }
        let (server, pools) = self.servers.of(&event.connection.address);
        let query_text = self.handlers.options.query_text;
        let operation =
            self.handlers.client.start(|| describe::request(event, &server, query_text));
        if operation.is_recording() {
            let flight = Flight { request: event.request_id, server, operation };
            drop(self.flights.begin(event.connection.id, flight, pools));
        }
    }

    fn is_left_out(&self, command: &str) -> bool {
        if noise::is_noise(command) {
            // Looked up for such a command only: they are few.
            let chosen = self.handlers.options.filters_noise;
            return chosen.unwrap_or_else(|| {
                settings::current().properties("mongodb").bool("filter_noise").unwrap_or(true)
            });
        }
        // Sent for sessions and cursors that were dropped, from a task of the driver's, it would be a trace of its own.
        noise::needs_parent(command) && !Context::current().span().span_context().is_valid()
    }
}
