//! Programs outside of the workspace, each with a lock file of its own: other versions and features
//! of the libraries than the workspace has.
//!
//! They are apart from the other tests because `cargo xtask matrix`, which runs those with each
//! version, would build them again and learn nothing: they have the same versions every time.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]

mod by_hand;
mod http_lines;
mod mongodb_features;
mod mongodb_lines;
mod mysql_lines;
mod newcomer;
mod panics;
mod readme;
mod second_opentelemetry;
