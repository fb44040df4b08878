//! Makes one call of a client of AWS: `calls-aws LIBRARY CALL`. Without arguments it prints all
//! there are.
//!
//! It prints what differs from run to run: `NAME=value`.

mod libraries;
#[path = "work/run.rs"]
mod work;

#[tokio::main]
async fn main() -> work::Result {
    work::run().await
}
