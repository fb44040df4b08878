//! Makes one call of a library: `calls LIBRARY CALL`. Without arguments it prints all there are.
//!
//! Where a call needs a server it prints what differs from run to run: `NAME=value`.

mod libraries;
#[path = "work/run.rs"]
mod work;

#[tokio::main]
async fn main() -> work::Result {
    work::run().await
}
