//! The tests of telemetry as a process has it. Each one that calls `init` runs in a process of its
//! own, because telemetry is set up once per process.

// Clippy's leave for tests ends at functions without `#[test]`.
#![allow(clippy::unwrap_used)]

mod any_init;
mod config_file;
mod delivery;
#[cfg(unix)]
mod dumps;
mod ending;
mod hostile;
#[cfg(target_os = "linux")]
mod limits;
mod loss;
#[cfg(unix)]
mod programs;
mod resource;
mod setup;
#[cfg(unix)]
mod short_programs;
#[cfg(all(target_os = "linux", feature = "signal"))]
mod signals;
mod support;
mod tags;
mod tls;
#[cfg(feature = "tls")]
mod vendors;

#[test]
#[ignore = "the other tests run it, in processes of their own"]
fn child() {
    support::run_child();
}
