//! A program without a word of telemetry, built plainly and by `cargo otelier`.

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use otelier_testing::{Received, check_trees};

use super::super::scene::Scene;
use super::super::stage::Stage;
use crate::untouched::{Untouched as Program, expected};

/// The scene.
pub(super) struct Untouched;

#[async_trait]
impl Scene for Untouched {
    fn name(&self) -> &'static str {
        "untouched"
    }

    fn about(&self) -> &'static str {
        "not a line of telemetry: the same program plainly, and by `cargo otelier`"
    }

    async fn play(&mut self, stage: &mut Stage) -> Result<()> {
        let programs = stage.programs();
        let target = programs.parent().context("the programs are in no target directory")?;
        let program = Program::new(target.to_owned(), programs.join("cargo-otelier"));
        program.compare(stage.receiver.http()).await
    }

    fn check(&self, received: &Received) -> Result<()> {
        Ok(check_trees(&received.spans(), expected())?)
    }
}
