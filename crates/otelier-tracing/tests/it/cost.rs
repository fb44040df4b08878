//! What a request with five events in two spans costs, beside what others put together by hand.

use crate::workload::{Mode, answer, app, request};

/// The allocations of one request, after the first.
fn allocations(mode: Mode) -> u64 {
    let _subscriber = mode.subscribe();
    let mut app = app();
    answer(&mut app, request());
    let request = request();
    allocation_counter::measure(|| answer(&mut app, request)).count_total
}

#[test]
fn a_request_allocates_no_more_than_by_hand() {
    let [bare, otelier, by_hand] = Mode::ALL.map(allocations);
    assert!(bare < otelier && otelier <= by_hand, "{bare} {otelier} {by_hand}");
}
