//! Makes one call of a library, with Otelier: see the program `calls`.

mod libraries;
#[path = "../../calls/src/work/run.rs"]
mod work;

fn main() -> work::Result {
    let _otel = otelier::init()?;
    // What the runtime still does when it is dropped is recorded.
    tokio::runtime::Runtime::new()?.block_on(work::run())
}
