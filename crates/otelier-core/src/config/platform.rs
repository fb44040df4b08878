//! What the platform says to its programs in their environment, for detectors.

use std::ffi::OsString;
use std::fmt;

/// The variables that a platform sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Platform {
    pub(crate) ecs_metadata_uri: Option<String>,
    pub(crate) ecs_metadata_uri_v4: Option<String>,
    /// What runs the program, by the word of AWS.
    pub(crate) aws_execution: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) lambda: Option<Lambda>,
    pub(crate) ec2_metadata_disabled: bool,
    pub(crate) ec2_metadata_endpoint: Option<String>,
    /// Whether there are credentials of the kind that EKS gives to pods.
    pub(crate) has_eks_credentials: bool,
    pub(crate) host_name: Option<String>,
    /// Every variable, if they are to be in the resource.
    pub(crate) variables: Variables,
}

/// The function of Lambda.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lambda {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    /// In mebibytes.
    pub(crate) memory: Option<i64>,
    pub(crate) log_group: Option<String>,
    pub(crate) log_stream: Option<String>,
}

impl Platform {
    pub(crate) fn is_ecs(&self) -> bool {
        self.ecs_metadata_uri.is_some() || self.ecs_metadata_uri_v4.is_some()
    }

    pub(crate) fn is_fargate(&self) -> bool {
        self.aws_execution.as_deref() == Some("AWS_ECS_FARGATE")
    }
}

/// Names and values as they are, with what is secret in them.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Variables(pub(crate) Vec<(OsString, OsString)>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
