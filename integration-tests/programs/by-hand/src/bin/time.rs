//! Prints how long a request takes in each mode, and a `debug!` that is disabled.
//!
//! Each mode runs in a process of its own, because a program has one subscriber from its start.
//! The processes take turns, so that what else the machine does meets all of them; what counts is
//! the median of the ratios within a round.

use std::env;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use by_hand::{Mode, answer, disabled_event, request};

const ROUNDS: usize = 15;
const REQUESTS: u32 = 20_000;
const EVENTS: u32 = 20_000_000;

fn main() {
    if let Some(mode) = env::args().nth(1).and_then(|it| it.parse::<usize>().ok()) {
        return measure(Mode::ALL[mode]);
    }
    let program = env::current_exe().expect("this program");
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push([0, 1, 2, 3].map(|mode| {
            let output = Command::new(&program).arg(mode.to_string()).output().expect("a process");
            let text = String::from_utf8(output.stdout).expect("text");
            let mut numbers = text.split_whitespace().map(|it| it.parse().expect("a number"));
            [numbers.next(), numbers.next()].map(|it: Option<f64>| it.expect("two numbers"))
        }));
    }
    println!("{:<36} {:>12} {:>16} {:>16}", "", "request", "to by hand", "disabled debug!");
    for (at, mode) in Mode::ALL.into_iter().enumerate() {
        let request = median(rounds.iter().map(|round| round[at][0]));
        let ratio = median(rounds.iter().map(|round| round[at][0] / round[3][0]));
        let event = median(rounds.iter().map(|round| round[at][1]));
        println!("{:<36} {request:>9.0} ns {ratio:>16.2} {event:>13.2} ns", mode.name());
    }
}

/// Prints the nanoseconds of one request and of one disabled event.
fn measure(mode: Mode) {
    let (mut app, subscriber) = mode.service();
    tracing::dispatcher::set_global_default(subscriber).expect("the first subscriber");
    for _ in 0..REQUESTS / 10 {
        answer(&mut app, request());
    }
    let start = Instant::now();
    for _ in 0..REQUESTS {
        answer(&mut app, black_box(request()));
    }
    let request = start.elapsed().as_nanos() as f64 / f64::from(REQUESTS);
    let start = Instant::now();
    for value in 0..EVENTS {
        disabled_event(black_box(value.into()));
    }
    let event = start.elapsed().as_nanos() as f64 / f64::from(EVENTS);
    println!("{request} {event}");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
