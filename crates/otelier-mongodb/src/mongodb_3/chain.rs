//! Puts our handler in front of the user's, which is called as the driver would call it.
//!
//! A client has room for one handler of each kind. So the new one holds the user's and calls it as
//! the driver would: a synchronous handler at once, while the future of an asynchronous one is left
//! to the driver to run. A channel becomes an asynchronous handler that sends to it.

use std::sync::Arc;

use super::catch_panic;
use super::mongodb::event::EventHandler;
pub(super) use super::mongodb::event::cmap::CmapEvent;
pub(super) use super::mongodb::event::command::CommandEvent;
pub(super) use super::mongodb::event::sdam::SdamEvent;

/// The handler of commands in the options of a client.
pub(super) fn chain_commands(
    handler: &mut Option<EventHandler<CommandEvent>>,
    ours: impl Fn(&CommandEvent) + Send + Sync + 'static,
) {
    *handler = Some(chain(handler.take(), ours));
}

/// The handler of what happens in the pools of a client.
pub(super) fn chain_pools(
    handler: &mut Option<EventHandler<CmapEvent>>,
    ours: impl Fn(&CmapEvent) + Send + Sync + 'static,
) {
    *handler = Some(chain(handler.take(), ours));
}

/// The handler of what a client finds out about its servers.
pub(super) fn chain_monitoring(
    handler: &mut Option<EventHandler<SdamEvent>>,
    ours: impl Fn(&SdamEvent) + Send + Sync + 'static,
) {
    *handler = Some(chain(handler.take(), ours));
}

/// A handler that shows each event to `ours` and then gives it to `user`.
///
/// Ours comes first and by reference, so that no event is cloned and the user's handler is not
/// timed. A panic in either is caught: it must not reach the task that the event is about.
fn chain<E: Send + Sync + 'static>(
    user: Option<EventHandler<E>>,
    ours: impl Fn(&E) + Send + Sync + 'static,
) -> EventHandler<E> {
    let ours = move |event: &E| catch_panic("otelier", || ours(event)).unwrap_or_default();
    match user {
        None => EventHandler::callback(move |event| ours(&event)),
        Some(EventHandler::Callback(user)) => EventHandler::callback(move |event| {
            ours(&event);
            catch_panic("user", || user(event)).unwrap_or_default();
        }),
        // The driver spawns what an asynchronous handler returns, and knows on which runtime.
        Some(EventHandler::AsyncCallback(user)) => {
            EventHandler::AsyncCallback(Arc::new(move |event| {
                ours(&event);
                catch_panic("user", || user(event)).unwrap_or_else(|| Box::pin(async {}))
            }))
        }
        Some(EventHandler::TokioMpsc(user)) => {
            EventHandler::AsyncCallback(Arc::new(move |event| {
                ours(&event);
                let user = user.clone();
                Box::pin(async move {
                    // The driver ignores a receiver that was dropped, too.
                    let _ = user.send(event).await;
                })
            }))
        }
        // The user's events come before our telemetry.
        #[allow(unreachable_patterns, reason = "the driver itself knows all kinds")]
        Some(unknown) => {
            super::warn_about_unknown_handler();
            unknown
        }
    }
}
