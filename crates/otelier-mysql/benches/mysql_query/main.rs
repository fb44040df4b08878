//! Time and allocations of one query, through the driver alone and through us in each state of
//! telemetry.
//!
//! Against a server in the same process, which answers at once, on a thread whose allocations do
//! not count; and with `MYSQL_URL` set, against that server too, whose noise is part of the times.
#![allow(missing_docs, clippy::expect_used)]

mod stub;
mod workload;

use divan::{AllocProfiler, Bencher};
use mysql_async::{Opts, OptsBuilder};
use workload::{Mode, Session};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A text query without rows.
#[divan::bench(args = Mode::ALL)]
fn text_without_rows(bencher: Bencher<'_, '_>, mode: Mode) {
    let mut session = Session::with_stub(mode);
    session.text_without_rows();
    bencher.bench_local(|| session.text_without_rows());
}

/// A text query with a literal and one row.
#[divan::bench(args = Mode::ALL)]
fn text_with_a_row(bencher: Bencher<'_, '_>, mode: Mode) {
    let mut session = Session::with_stub(mode);
    session.text_with_a_row();
    bencher.bench_local(|| session.text_with_a_row());
}

/// A statement by text, which the driver finds in its cache, with a parameter and one row.
#[divan::bench(args = Mode::ALL)]
fn statement_with_a_row(bencher: Bencher<'_, '_>, mode: Mode) {
    let mut session = Session::with_stub(mode);
    session.statement_with_a_row();
    bencher.bench_local(|| session.statement_with_a_row());
}

/// A text query without rows, on the server of `MYSQL_URL`; without one, on the stub again.
#[divan::bench(args = Mode::ALL)]
fn text_on_a_server(bencher: Bencher<'_, '_>, mode: Mode) {
    let mut session = match std::env::var("MYSQL_URL") {
        Ok(url) => {
            Session::new(mode, OptsBuilder::from_opts(Opts::from_url(&url).expect("a MySQL URL")))
        }
        Err(_) => Session::with_stub(mode),
    };
    session.text_without_rows();
    bencher.bench_local(|| session.text_without_rows());
}
