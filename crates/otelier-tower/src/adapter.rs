//! What every layer of this crate does to map tower's types to the recorder, whichever framework it
//! is for.

mod body;
mod error;
mod hooks;
mod mark;
mod request;

pub use body::ResponseObserver;
pub(crate) use error::error_type;
pub(crate) use hooks::Hooks;
pub(crate) use mark::{mark_of, set_mark};
pub use request::PeerAddress;
pub(crate) use request::RequestReader;
