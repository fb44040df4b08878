//! What a command costs over the bare driver: time and allocations, against a server in this
//! process that answers at once; and with `MONGODB_URI` set, against that server too, whose noise
//! is part of the times.
#![allow(missing_docs, clippy::expect_used)]

mod workload;

use divan::{AllocProfiler, Bencher};
use workload::{Mode, Workload};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench(args = Mode::ALL, sample_count = 200, sample_size = 20)]
fn find_one(bencher: Bencher<'_, '_>, mode: Mode) {
    let workload = Workload::with_stub(mode);
    bencher.bench_local(|| workload.find_one());
}

#[divan::bench(args = Mode::ALL, sample_count = 200, sample_size = 5)]
fn insert_100(bencher: Bencher<'_, '_>, mode: Mode) {
    let workload = Workload::with_stub(mode);
    bencher.bench_local(|| workload.insert_100());
}

const SERVER: &str = "MONGODB_URI";

#[divan::bench(args = modes_with_a_server(), sample_count = 200, sample_size = 20)]
fn find_one_on_a_server(bencher: Bencher<'_, '_>, mode: Mode) {
    let uri = std::env::var(SERVER).expect("no mode is tried without it");
    let workload = Workload::new(mode, &uri, None);
    bencher.bench_local(|| workload.find_one());
}

/// None where there is no server.
fn modes_with_a_server() -> Vec<Mode> {
    if std::env::var_os(SERVER).is_some() { Mode::ALL.to_vec() } else { Vec::new() }
}
