//! How many allocations the SQL analyzer makes, beside a parse by the crate `sqlparser` of the same
//! texts in the same run. Their time includes the counting; `sql_analyzer` has the true one.

use divan::AllocProfiler;

#[path = "../sql_analyzer/each_text.rs"]
mod each_text;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}
