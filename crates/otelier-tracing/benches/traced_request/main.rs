//! Time and allocations of one request that logs five events in two spans: with Otelier, with what
//! a program sets up by hand from `tracing-opentelemetry` and `opentelemetry-appender-tracing`, and
//! without telemetry. And of a `debug!` that is disabled.
//!
//! Nothing is exported: spans and log records end in processors that drop them.
#![allow(missing_docs, clippy::expect_used)]

mod workload;

use divan::{AllocProfiler, Bencher};
use workload::Mode;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench(args = Mode::ALL)]
fn traced_request(bencher: Bencher<'_, '_>, mode: Mode) {
    let _subscriber = mode.subscribe();
    let mut app = workload::app();
    workload::answer(&mut app, workload::request());
    bencher
        .with_inputs(workload::request)
        .bench_local_values(|request| workload::answer(&mut app, request));
}

/// A `debug!` where the filter says `info`.
#[divan::bench(args = Mode::ALL)]
fn disabled_event(bencher: Bencher<'_, '_>, mode: Mode) {
    let _subscriber = mode.subscribe();
    bencher.bench_local(|| tracing::debug!(value = 7, "not shown"));
}
