//! What the platform says to its programs in their environment, for detectors.
//!
//! Detectors read this model and not the environment, so that a test can give them any platform. An
//! absent variable is `None`, and so is an empty one. A platform sets these variables itself, so a
//! wrong one leads to no warning: the detector leaves out what it would have said.

use std::ffi::OsString;
use std::fmt;

/// The variables that a platform sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Platform {
    /// `ECS_CONTAINER_METADATA_URI`. Only its presence counts.
    pub(crate) ecs_metadata_uri: Option<String>,
    /// `ECS_CONTAINER_METADATA_URI_V4`: the address that describes the container and its task.
    pub(crate) ecs_metadata_uri_v4: Option<String>,
    /// What runs the program, by the word of AWS.
    ///
    /// `AWS_EXECUTION_ENV`, such as `AWS_ECS_FARGATE`.
    pub(crate) aws_execution: Option<String>,
    /// `AWS_REGION`.
    pub(crate) region: Option<String>,
    /// Present if there is a name of a function.
    pub(crate) lambda: Option<Lambda>,
    /// `AWS_EC2_METADATA_DISABLED` is `true`, in any case.
    pub(crate) ec2_metadata_disabled: bool,
    /// An address in place of the well-known one.
    pub(crate) ec2_metadata_endpoint: Option<String>,
    /// Whether there are credentials of the kind that EKS gives to pods.
    pub(crate) has_eks_credentials: bool,
    /// `HOSTNAME` or `COMPUTERNAME`, for systems that have no file with the name.
    pub(crate) host_name: Option<String>,
    /// Every variable, if they are to be in the resource.
    pub(crate) variables: Variables,
}

/// The function of Lambda.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lambda {
    /// `AWS_LAMBDA_FUNCTION_NAME`.
    pub(crate) name: String,
    /// `AWS_LAMBDA_FUNCTION_VERSION`.
    pub(crate) version: Option<String>,
    /// In mebibytes.
    pub(crate) memory: Option<i64>,
    /// `AWS_LAMBDA_LOG_GROUP_NAME`.
    pub(crate) log_group: Option<String>,
    /// `AWS_LAMBDA_LOG_STREAM_NAME`. Each instance of a function has its own.
    pub(crate) log_stream: Option<String>,
}

impl Platform {
    /// Whether the program runs in a container of ECS, with Fargate or without.
    pub(crate) fn is_ecs(&self) -> bool {
        self.ecs_metadata_uri.is_some() || self.ecs_metadata_uri_v4.is_some()
    }

    /// Whether ECS runs the program without an instance of EC2 that could be asked for metadata.
    pub(crate) fn is_fargate(&self) -> bool {
        self.aws_execution.as_deref() == Some("AWS_ECS_FARGATE")
    }
}

/// Names and values as they are, with what is secret in them.
///
/// The resource masks the values. Empty unless the detector `environ` runs.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Variables(pub(crate) Vec<(OsString, OsString)>);

/// Shows the names only.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
