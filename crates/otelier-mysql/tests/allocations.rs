//! How many allocations a query costs beyond the driver's own: exact numbers, so that a change of
//! them is seen.
#![allow(missing_docs, clippy::expect_used)]

#[path = "../benches/mysql_query/stub.rs"]
mod stub;
#[path = "../benches/mysql_query/workload.rs"]
mod workload;

use allocation_counter::measure;
use workload::{Mode, Session};

/// What each state of telemetry may cost over the driver alone.
const COSTS: [(Mode, u64); 4] =
    [(Mode::NoProvider, 1), (Mode::SampledOut, 5), (Mode::Traces, 6), (Mode::TracesAndMetrics, 6)];

fn check(query: impl Fn(&mut Session)) {
    let allocations = |mode| {
        let mut session = Session::with_stub(mode);
        // The first query prepares statements and fills tables that the later ones use.
        (0..20).map(|_| measure(|| query(&mut session)).count_total).min().expect("twenty")
    };
    let driver = allocations(Mode::Bare);
    assert_eq!(COSTS.map(|(mode, _)| (mode, allocations(mode) - driver)), COSTS);
    assert_eq!(Mode::ALL.len(), COSTS.len() + 1, "every mode but the driver alone");
}

#[test]
fn a_text_query_without_rows() {
    check(Session::text_without_rows);
}

#[test]
fn a_text_query_with_a_row() {
    check(Session::text_with_a_row);
}

#[test]
fn a_statement_with_a_row() {
    check(Session::statement_with_a_row);
}
