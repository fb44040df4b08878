//! Prints how many allocations a request makes in each mode, and how many a disabled `debug!`.
//!
//! A line has the mode, the two numbers, and tabs between them.

use by_hand::{Mode, answer, disabled_event, request};

fn main() {
    for mode in Mode::ALL {
        let (mut app, subscriber) = mode.service();
        let _subscriber = tracing::dispatcher::set_default(&subscriber);
        // What is made once: tables of routes and attributes, buffers of the registry.
        for _ in 0..100 {
            answer(&mut app, request());
        }
        let prepared = request();
        let of_request = allocation_counter::measure(|| answer(&mut app, prepared)).count_total;
        let of_event = allocation_counter::measure(|| disabled_event(7)).count_total;
        println!("{}\t{of_request}\t{of_event}", mode.name());
    }
}
