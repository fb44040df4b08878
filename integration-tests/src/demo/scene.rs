//! What a scene of the demo is.

use anyhow::Result;
use async_trait::async_trait;
use otelier_testing::Received;

use super::stage::Stage;

/// Some services, the requests they get, and what has to arrive at the receiver because of them.
#[async_trait]
pub(crate) trait Scene: Send {
    /// What `--only` calls it.
    fn name(&self) -> &'static str;

    /// What is going to happen, in half a line.
    fn about(&self) -> &'static str;

    /// Starts the services on `stage` and drives the requests. The services still run when this
    /// returns; the demo stops them, and with that they deliver what they have.
    async fn play(&mut self, stage: &mut Stage) -> Result<()>;

    /// Compares what arrived, since the scene began, with what had to arrive. Called again and
    /// again with `--keep`.
    fn check(&self, received: &Received) -> Result<()>;
}
