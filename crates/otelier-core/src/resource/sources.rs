//! What detectors look at: the environment, files, and the cloud's metadata service.
//!
//! Detectors run on threads of their own and share one of these behind an `Arc`. Everything in it
//! is fixed at the start, except the session with EC2's metadata service: that one is opened by the
//! first detector that needs it, so that machines outside of EC2 send no request, and `ec2` and
//! `eks` together open only one.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use otelier_instrument::masking::MaskingPolicy;

use super::files::Files;
use super::imds::Imds;
use crate::config::Platform;

/// Everything that detectors look at. They share it, so that nothing is asked for twice.
#[derive(Debug)]
pub(super) struct Sources {
    /// What the platform sets in the environment.
    pub(super) platform: Platform,
    /// The files of the system, or of another one in tests.
    pub(super) files: Files,
    /// What hides secrets in the variables of the environment.
    pub(super) masking: MaskingPolicy,
    /// The file name of the program. `None` if the system does not tell it.
    pub(super) executable: Option<String>,
    /// When requests have to be answered. All requests of all detectors together, counted from the
    /// start.
    pub(super) deadline: Instant,
    /// Empty until it is needed; a failure is kept too, and not tried again.
    imds: OnceLock<Result<Imds, String>>,
}

impl Sources {
    /// `time` is how long requests may take, from now on.
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

    /// The session with EC2's metadata service. A detector that asks while another one does waits
    /// for it. The error is a reason to show.
    pub(super) fn imds(&self) -> Result<&Imds, &str> {
        let open = || Imds::open(self.platform.ec2_metadata_endpoint.as_deref(), self.deadline);
        self.imds.get_or_init(open).as_ref().map_err(String::as_str)
    }
}
