//! How many allocations the layer costs a request: exact numbers, so that a change of them is seen.
#![allow(missing_docs, clippy::expect_used)]

#[path = "../benches/http_server/workload.rs"]
mod workload;

use allocation_counter::measure;
use workload::Mode;

/// The allocations of one request over those with a layer that does nothing.
fn over_identity(mode: Mode) -> u64 {
    let count = |mode: Mode| {
        let mut app = mode.app();
        // The first requests fill tables that the later ones use.
        for _ in 0..3 {
            workload::answer(&mut app, workload::request());
        }
        let request = workload::request();
        measure(|| drop(workload::answer(&mut app, request))).count_total
    };
    count(mode) - count(Mode::IdentityLayer)
}

#[test]
fn without_a_provider() {
    assert_eq!(over_identity(Mode::NoProvider), 0);
}

#[test]
fn sampled_out() {
    assert_eq!(over_identity(Mode::SampledOut), 0);
}

#[test]
fn traces() {
    assert_eq!(over_identity(Mode::Traces), 0);
}

#[test]
fn traces_and_metrics() {
    assert_eq!(over_identity(Mode::TracesAndMetrics), 0);
}
