//! The program of docs/first-trace.md, as it stands there; `build.rs` takes it out of the page.

include!(concat!(env!("OUT_DIR"), "/page.rs"));
