//! The parts of `cargo otelier`, which builds a Rust program with its libraries traced.
//!
//! They are public for the program of this package and for the tools of the workspace, and change
//! without notice. [`edits`] says what is changed in which library:
//!
//! ```
//! use cargo_otelier::edits::Edits;
//!
//! let edits = Edits::embedded();
//! for name in edits.libraries()? {
//!     for range in edits.library(&name)?.into_iter().flat_map(|library| library.ranges) {
//!         println!("{name} {}: {} edits", range.versions, range.edits.len());
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks through its output"
)]

mod agent;
#[allow(dead_code, reason = "xtask has the same text and uses the rest")]
mod cargo_lock;
mod clean;
mod cli;
mod doctor;
mod driver;
pub mod edits;
mod prepare;
mod rustdoc;
mod session;
mod status;
mod unix;
#[allow(dead_code, reason = "xtask has the same text and uses the rest")]
mod version;
mod wrapper;

pub use cli::main;
