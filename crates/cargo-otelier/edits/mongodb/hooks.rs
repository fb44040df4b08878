//! Otelier: puts a handler in front of the program's, for each kind of event.
//!
//! What it does with events is in files of otelier-mongodb, which find by `super::` what is here.

#[path = "__otelier_chain.rs"]
mod chain;
#[path = "__otelier_events.rs"]
mod events;
#[path = "__otelier_failure.rs"]
mod failure;

use std::sync::Arc;

use otelier_agent::mongodb::document_reader;
use otelier_agent::{mongodb as recorder, ErrorType};

use self::chain as line;
use crate as mongodb;
use crate::options::ClientOptions;

/// Called with the options of each client.
pub(crate) fn instrument(mut options: ClientOptions) -> ClientOptions {
    if let Some(recorder) = recorder::client(options.default_database.as_deref()) {
        let recorder = Arc::new(recorder);
        let pools = Arc::clone(&recorder);
        let monitoring = Arc::clone(&recorder);
        chain::chain_commands(&mut options.command_event_handler, move |event| {
            events::on_command_event(&recorder, event);
        });
        chain::chain_pools(&mut options.cmap_event_handler, move |event| {
            events::on_pool_event(&pools, event);
        });
        chain::chain_monitoring(&mut options.sdam_event_handler, move |event| {
            events::on_monitoring_event(&monitoring, event);
        });
    }
    options
}

/// A panic of ours is caught. One of the program's handlers is the program's, as without us.
fn catch_panic<T>(whose: &str, handler: impl FnOnce() -> T) -> Option<T> {
    if whose == "user" {
        return Some(handler());
    }
    otelier_agent::catch_panic(handler)
}

/// There are none in the driver itself.
#[allow(dead_code)]
fn warn_about_unknown_handler() {}
