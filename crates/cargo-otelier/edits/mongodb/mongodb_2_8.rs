//! Otelier: puts a handler in front of the program's. The driver calls a method for each kind of
//! event; here is one type of all of them.

use std::sync::Arc;

use otelier_agent::catch_panic;

use crate::event::cmap::*;
use crate::event::command::*;
use crate::event::sdam::*;

/// The type of all events of a handler, and a handler that shows each to `ours` and then gives it
/// to the program's.
macro_rules! events {
    (
        $event:ident of $handler:ident, chained by $chain:ident:
        $($variant:ident($type:ident) => $method:ident,)*
    ) => {
        #[allow(dead_code)]
        pub(super) enum $event {
            $($variant($type),)*
        }

        pub(super) fn $chain(
            handler: &mut Option<Arc<dyn $handler>>,
            ours: impl Fn(&$event) + Send + Sync + 'static,
        ) {
            struct Chained<F> {
                ours: F,
                program: Option<Arc<dyn $handler>>,
            }

            impl<F: Fn(&$event) + Send + Sync> $handler for Chained<F> {
                $(fn $method(&self, event: $type) {
                    let event = $event::$variant(event);
                    catch_panic(|| (self.ours)(&event)).unwrap_or_default();
                    if let (Some(program), $event::$variant(event)) = (&self.program, event) {
                        program.$method(event);
                    }
                })*
            }

            let program = handler.take();
            *handler = Some(Arc::new(Chained { ours, program }));
        }
    };
}

events! {
    CommandEvent of CommandEventHandler, chained by chain_commands:
        Started(CommandStartedEvent) => handle_command_started_event,
        Succeeded(CommandSucceededEvent) => handle_command_succeeded_event,
        Failed(CommandFailedEvent) => handle_command_failed_event,
}

events! {
    CmapEvent of CmapEventHandler, chained by chain_pools:
        PoolCreated(PoolCreatedEvent) => handle_pool_created_event,
        PoolReady(PoolReadyEvent) => handle_pool_ready_event,
        PoolCleared(PoolClearedEvent) => handle_pool_cleared_event,
        PoolClosed(PoolClosedEvent) => handle_pool_closed_event,
        ConnectionCreated(ConnectionCreatedEvent) => handle_connection_created_event,
        ConnectionReady(ConnectionReadyEvent) => handle_connection_ready_event,
        ConnectionClosed(ConnectionClosedEvent) => handle_connection_closed_event,
        ConnectionCheckoutStarted(ConnectionCheckoutStartedEvent)
            => handle_connection_checkout_started_event,
        ConnectionCheckoutFailed(ConnectionCheckoutFailedEvent)
            => handle_connection_checkout_failed_event,
        ConnectionCheckedOut(ConnectionCheckedOutEvent) => handle_connection_checked_out_event,
        ConnectionCheckedIn(ConnectionCheckedInEvent) => handle_connection_checked_in_event,
}

events! {
    SdamEvent of SdamEventHandler, chained by chain_monitoring:
        ServerDescriptionChanged(ServerDescriptionChangedEvent)
            => handle_server_description_changed_event,
        ServerOpening(ServerOpeningEvent) => handle_server_opening_event,
        ServerClosed(ServerClosedEvent) => handle_server_closed_event,
        TopologyDescriptionChanged(TopologyDescriptionChangedEvent)
            => handle_topology_description_changed_event,
        TopologyOpening(TopologyOpeningEvent) => handle_topology_opening_event,
        TopologyClosed(TopologyClosedEvent) => handle_topology_closed_event,
        ServerHeartbeatStarted(ServerHeartbeatStartedEvent)
            => handle_server_heartbeat_started_event,
        ServerHeartbeatSucceeded(ServerHeartbeatSucceededEvent)
            => handle_server_heartbeat_succeeded_event,
        ServerHeartbeatFailed(ServerHeartbeatFailedEvent) => handle_server_heartbeat_failed_event,
}
