//! How fast the SQL analyzer is, beside a parse by the crate `sqlparser` of the same texts in the
//! same run.
//!
//! Nothing but the benchmark's own clock runs here: to count allocations costs time for each, and a
//! parser makes many more than the analyzer does. `sql_allocations` counts them.

mod each_text;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use otelier_sql::{Options, analyze};

fn main() {
    divan::main();
}

/// The same bytes per second at each size show that time is linear.
mod hostile {
    use super::*;

    const SIZES: [usize; 2] = [250_000, 1_000_000];

    fn run(bencher: Bencher<'_, '_>, text: &str) {
        bencher
            .counter(BytesCount::of_str(text))
            .bench(|| analyze(black_box(text), Options::mysql()));
    }

    #[divan::bench(args = SIZES)]
    fn parentheses(bencher: Bencher<'_, '_>, size: usize) {
        run(bencher, &"(".repeat(size));
    }

    #[divan::bench(args = SIZES)]
    fn open_string(bencher: Bencher<'_, '_>, size: usize) {
        run(bencher, &format!("SELECT '{}", r"it\'s ".repeat(size / 6)));
    }

    #[divan::bench(args = SIZES)]
    fn open_comment(bencher: Bencher<'_, '_>, size: usize) {
        run(bencher, &"/* ".repeat(size / 3));
    }

    #[divan::bench(args = SIZES)]
    fn subqueries(bencher: Bencher<'_, '_>, size: usize) {
        run(bencher, &"SELECT a FROM (".repeat(size / 15));
    }
}
