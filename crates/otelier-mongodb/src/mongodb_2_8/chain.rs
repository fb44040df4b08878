//! Puts our handler in front of the user's. This line of the driver calls a method for each kind of
//! event and has no public type of all of them.
//!
//! The macro makes what the next line of the driver has by itself: one type for all events of a
//! kind, so that the text of the adapter is the same for both lines.

use std::sync::Arc;

use super::catch_panic;
use super::mongodb::event::cmap::*;
use super::mongodb::event::command::*;
use super::mongodb::event::sdam::*;

/// Makes the type of all events of a handler, and a handler that shows each to `ours` and then
/// gives it to the user's.
macro_rules! events {
    (
        $(#[$doc:meta])*
        $event:ident of $handler:ident, chained by $chain:ident:
        $($variant:ident($type:ident) => $method:ident,)*
    ) => {
        $(#[$doc])*
        #[allow(clippy::large_enum_variant, reason = "made on the stack and taken apart at once")]
        pub(super) enum $event {
            $($variant($type),)*
        }

        /// Puts `ours` in front of the user's `handler`.
        ///
        /// Ours comes first and by reference, so that no event is cloned and the user's handler is
        /// not timed. A panic in either is caught.
        pub(super) fn $chain(
            handler: &mut Option<Arc<dyn $handler>>,
            ours: impl Fn(&$event) + Send + Sync + 'static,
        ) {
            struct Chained<F> {
                ours: F,
                user: Option<Arc<dyn $handler>>,
            }

            impl<F: Fn(&$event) + Send + Sync> $handler for Chained<F> {
                $(fn $method(&self, event: $type) {
                    let event = $event::$variant(event);
                    catch_panic("otelier", || (self.ours)(&event)).unwrap_or_default();
                    if let (Some(user), $event::$variant(event)) = (&self.user, event) {
                        catch_panic("user", || user.$method(event)).unwrap_or_default();
                    }
                })*
            }

            let user = handler.take();
            *handler = Some(Arc::new(Chained { ours, user }));
        }
    };
}

events! {
    /// What happens to a command.
    CommandEvent of CommandEventHandler, chained by chain_commands:
        Started(CommandStartedEvent) => handle_command_started_event,
        Succeeded(CommandSucceededEvent) => handle_command_succeeded_event,
        Failed(CommandFailedEvent) => handle_command_failed_event,
}

events! {
    /// What happens in a pool of connections.
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
    /// What a client finds out about its servers.
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
