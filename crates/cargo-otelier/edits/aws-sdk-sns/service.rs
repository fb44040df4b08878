//! Otelier: what this service adds to the recording of its calls.

mod sns;

use aws_runtime::__otelier::{names, service};

pub(crate) const SERVICE: &dyn service::Service = &sns::Sns;
