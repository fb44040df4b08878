//! Time and allocations of one request, through axum alone and with the layer in each of its
//! states.
//!
//! Compare with `IdentityLayer`, not with `Bare`: axum boxes whatever is put around a route.
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
fn http_server(bencher: Bencher<'_, '_>, mode: Mode) {
    let mut app = mode.app();
    workload::answer(&mut app, workload::request());
    bencher
        .with_inputs(workload::request)
        .bench_local_values(|request| workload::answer(&mut app, request));
}
