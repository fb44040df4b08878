//! The events of a MongoDB client.
//!
//! The driver has events for all that is recorded. A hook gives them to the recorder, which takes
//! plain data: nothing is left to do here but to make one for a client.

use std::sync::OnceLock;

use otelier_instrument::{Providers, catch_panic};
#[doc(no_inline)]
pub use otelier_mongodb::recorder::{
    ClientRecorder, CommandFailure, CommandStarted, ConnectionId, Document, ExtendedJson,
    PoolEvent, PoolEventKind, ServerAddress, Value,
};
use otelier_mongodb::recorder::{RecorderOptions, Recorders};

use crate::process;

#[doc(hidden)]
pub use otelier_mongodb::document_reader;

/// The recorder of one client, with the name of its default database. `None` where nothing is to be
/// done.
///
/// ```
/// if let Some(recorder) = otelier_agent::mongodb::client(Some("shop")) {
///     // Give it the client's events.
///     # drop(recorder);
/// }
/// ```
#[must_use]
pub fn client(default_database: Option<&str>) -> Option<ClientRecorder> {
    static RECORDERS: OnceLock<Recorders> = OnceLock::new();
    if !process::is_on() {
        return None;
    }
    let recorders = || Recorders::new(Providers::default(), RecorderOptions::default());
    catch_panic(|| RECORDERS.get_or_init(recorders).client(default_database))
}
