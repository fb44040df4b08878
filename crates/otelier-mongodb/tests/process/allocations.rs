//! How many allocations the handlers cost a command, beyond what the driver does for any handler.
use crate::workload::{Mode, Workload};
use allocation_counter::measure;

/// The most that each state of the handlers may cost over handlers that do nothing. The driver's
/// own tasks run on the same thread and may be counted along, so that the least of several
/// commands is taken.
const COSTS: [(Mode, u64); 5] = [
    (Mode::NoProvider, 0),
    (Mode::SampledOut, 8),
    (Mode::Traces, 9),
    (Mode::TracesAndMetrics, 11),
    (Mode::WithQueryText, 13),
];

fn allocations(mode: Mode) -> u64 {
    let workload = Workload::with_stub(mode);
    (0..20).map(|_| measure(|| drop(workload.find_one())).count_total).min().expect("twenty")
}

pub(crate) fn check() {
    let driver = allocations(Mode::AnyHandler);
    let costs = COSTS.map(|(mode, _)| (mode, allocations(mode) - driver));
    assert_eq!(costs, COSTS);
    assert_eq!(Mode::ALL.len(), COSTS.len() + 2, "every mode but the two without our handlers");
    assert!(allocations(Mode::Bare) < driver, "a handler of any kind costs something");
}
