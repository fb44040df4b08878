//! Sends requests to itself, with Otelier: see the program `requests`.

mod libraries;
#[path = "../../requests/src/work.rs"]
mod work;

#[tokio::main(flavor = "current_thread")]
async fn main() -> work::Result {
    let _otel = otelier::init()?;
    work::run().await
}
