//! How many allocations the layer costs a request: exact numbers, so that a change of them is seen.
#![allow(missing_docs, clippy::expect_used)]

#[path = "../benches/http_server/workload.rs"]
mod workload;

use allocation_counter::measure;
use workload::Mode;

/// What each state of the layer may cost over a layer that does nothing. One of them is axum's,
/// which boxes a layer that has any state.
const COSTS: [(Mode, u64); 4] =
    [(Mode::NoProvider, 1), (Mode::SampledOut, 5), (Mode::Traces, 6), (Mode::TracesAndMetrics, 6)];

fn allocations(mode: Mode) -> u64 {
    let mut app = mode.app();
    // The first requests fill tables that the later ones use.
    for _ in 0..3 {
        workload::answer(&mut app, workload::request());
    }
    // Now and then one looks whether there are global providers by now.
    let requests = (0..8).map(|_| workload::request());
    requests
        .map(|request| measure(|| drop(workload::answer(&mut app, request))).count_total)
        .min()
        .expect("eight")
}

#[test]
fn request_costs_exact_allocations() {
    let identity = allocations(Mode::IdentityLayer);
    let costs = COSTS.map(|(mode, _)| (mode, allocations(mode) - identity));
    assert_eq!(costs, COSTS);
    assert_eq!(Mode::ALL.len(), COSTS.len() + 2, "every mode but the two without the layer");
    assert!(allocations(Mode::Bare) < identity, "a layer of any kind costs something");
}
