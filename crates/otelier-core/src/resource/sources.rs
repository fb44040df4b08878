//! What detectors look at: the environment, files, and the cloud's metadata service.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use otelier_instrument::masking::MaskingPolicy;

use super::files::Files;
use super::imds::Imds;
use crate::config::Platform;

/// Everything that detectors look at. They share it, so that nothing is asked for twice.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) platform: Platform,
    pub(super) files: Files,
    pub(super) masking: MaskingPolicy,
    /// The file name of the program.
    pub(super) executable: Option<String>,
    /// When requests have to be answered.
    pub(super) deadline: Instant,
    imds: OnceLock<Result<Imds, String>>,
}

impl Sources {
    pub(super) fn new(
        platform: Platform,
        files: Files,
        masking: MaskingPolicy,
        executable: Option<String>,
        time: Duration,
    ) -> Self {
        let deadline = Instant::now() + time;
        Self { platform, files, masking, executable, deadline, imds: OnceLock::new() }
    }

    /// The session with EC2's metadata service. Who asks while another one does waits for it.
    pub(super) fn imds(&self) -> Result<&Imds, &str> {
        let open = || Imds::open(self.platform.ec2_metadata_endpoint.as_deref(), self.deadline);
        self.imds.get_or_init(open).as_ref().map_err(String::as_str)
    }
}
