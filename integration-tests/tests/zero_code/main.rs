//! `cargo otelier` on whole programs, with the agent and the edits as they are installed.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]

mod aws;
mod contract;
mod installed;
mod signals;
mod sqlx;

use integration_tests::untouched::{Untouched, expected};
use otelier_testing::{OtlpReceiver, assert_trees};

use self::installed::{CargoOtelier, target};

/// What cargo calls this test.
const TEST: &str = env!("CARGO_CRATE_NAME");

#[tokio::test]
async fn a_program_without_a_word_of_telemetry_is_traced() {
    let receiver = OtlpReceiver::start();
    let installed = CargoOtelier::install();
    let program = Untouched::new(target(), installed.binary());
    program.compare(&receiver.http_endpoint()).await.unwrap();
    assert_trees(&receiver.spans(), expected());
}
