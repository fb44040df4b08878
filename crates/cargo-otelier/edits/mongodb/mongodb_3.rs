//! Otelier: puts a handler in front of the program's, which is called as the driver would call it.

use std::sync::Arc;

use otelier_agent::catch_panic;

pub(super) use crate::event::cmap::CmapEvent;
pub(super) use crate::event::command::CommandEvent;
pub(super) use crate::event::sdam::SdamEvent;
use crate::event::EventHandler;

pub(super) fn chain_commands(
    handler: &mut Option<EventHandler<CommandEvent>>,
    ours: impl Fn(&CommandEvent) + Send + Sync + 'static,
) {
    *handler = Some(chain(handler.take(), ours));
}

pub(super) fn chain_pools(
    handler: &mut Option<EventHandler<CmapEvent>>,
    ours: impl Fn(&CmapEvent) + Send + Sync + 'static,
) {
    *handler = Some(chain(handler.take(), ours));
}

pub(super) fn chain_monitoring(
    handler: &mut Option<EventHandler<SdamEvent>>,
    ours: impl Fn(&SdamEvent) + Send + Sync + 'static,
) {
    *handler = Some(chain(handler.take(), ours));
}

fn chain<E: Send + Sync + 'static>(
    program: Option<EventHandler<E>>,
    ours: impl Fn(&E) + Send + Sync + 'static,
) -> EventHandler<E> {
    let ours = move |event: &E| catch_panic(|| ours(event)).unwrap_or_default();
    match program {
        None => EventHandler::callback(move |event| ours(&event)),
        Some(EventHandler::Callback(program)) => EventHandler::callback(move |event| {
            ours(&event);
            program(event);
        }),
        // The driver spawns what an asynchronous handler returns.
        Some(EventHandler::AsyncCallback(program)) => {
            EventHandler::AsyncCallback(Arc::new(move |event| {
                ours(&event);
                program(event)
            }))
        }
        Some(EventHandler::TokioMpsc(program)) => {
            EventHandler::AsyncCallback(Arc::new(move |event| {
                ours(&event);
                let program = program.clone();
                Box::pin(async move {
                    // The driver ignores a receiver that was dropped, too.
                    let _ = program.send(event).await;
                })
            }))
        }
    }
}
