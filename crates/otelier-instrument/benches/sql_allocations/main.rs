//! How many allocations the SQL analyser makes, beside a parse by the crate `sqlparser` of the same texts in
//! the same run. Their time includes the counting; `sql_analyser` has the true one.

use divan::AllocProfiler;

#[path = "../sql_analyser/each_text.rs"]
mod each_text;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}
