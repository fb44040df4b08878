//! Sends requests to itself, one after the other: `requests COUNT`.

mod libraries;
mod work;

#[tokio::main(flavor = "current_thread")]
async fn main() -> work::Result {
    work::run().await
}
