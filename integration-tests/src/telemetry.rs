//! Telemetry as a program has it: set up once for a test binary, and judged by what the receiver
//! got.

use std::sync::OnceLock;

use otelier_testing::{OtlpReceiver, Span};

static TELEMETRY: OnceLock<(OtlpReceiver, otelier_core::Guard)> = OnceLock::new();

/// Sets telemetry up for `service`, unless that was done before.
///
/// # Panics
///
/// If something else in the process has set telemetry up.
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
pub fn start(service: &str) -> &'static OtlpReceiver {
    let (receiver, _) = TELEMETRY.get_or_init(|| {
        let receiver = OtlpReceiver::start();
        let guard = otelier_core::builder()
            .with_service_name(service)
            .with_endpoint(receiver.http_endpoint())
            .init()
            .expect("nothing else in this process sets telemetry up");
        (receiver, guard)
    });
    receiver
}

/// What the receiver got until now.
///
/// # Panics
///
/// If it does not take everything.
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
pub fn delivered(service: &str) -> &'static OtlpReceiver {
    let receiver = start(service);
    if let Some((_, guard)) = TELEMETRY.get() {
        guard.force_flush().expect("the receiver takes everything");
    }
    receiver
}

/// The spans that the receiver got until now. Metrics are left to the next export: a process with
/// many tests has so many that to export them for each trace would take most of the tests' time.
///
/// # Panics
///
/// If it does not take everything.
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
pub fn delivered_spans(service: &str) -> Vec<Span> {
    let receiver = start(service);
    if let Some((_, guard)) = TELEMETRY.get() {
        guard.tracer_provider().force_flush().expect("the receiver takes every span");
    }
    receiver.spans()
}

/// Defines each test twice: on a runtime of several threads and on one of a single thread. The test
/// binary has `crate::support::run`, which runs a test on the runtime it is given.
#[macro_export]
#[allow(clippy::crate_in_macro_def, reason = "each test binary has its own way to run a test")]
macro_rules! on_both_runtimes {
    ($($name:ident),* $(,)?) => {
        mod multi_thread {
            $(#[test] fn $name() {
                crate::support::run(tokio::runtime::Builder::new_multi_thread(), super::$name);
            })*
        }
        mod current_thread {
            $(#[test] fn $name() {
                crate::support::run(tokio::runtime::Builder::new_current_thread(), super::$name);
            })*
        }
    };
}
