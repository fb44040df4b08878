//! Which detectors run, and what they find in the environment.
//!
//! The list of detectors is read before the variables: `process.environ` needs a copy of the whole
//! environment, which is made only if that detector runs. The result is plain data, so that
//! detectors need no access to the environment of the process.

use super::super::choices::{Choice as _, Detector};
use super::super::platform::{Lambda, Platform, Variables};
use super::super::setting::{Origin, Setting};
use super::super::vendor::BackendSettings;
use super::parse;
use super::reader::Reader;

/// The detectors of `OTELIER_RESOURCE_DETECTORS`. Without it, all run; the one that shows the
/// environment only for a vendor that wants it.
///
/// Unknown names are left out with a warning. If no name is known, the default is used. The result
/// is sorted by the order of `Detector`, and `none` stands for no detector at all.
///
/// A list that has `all` in it includes `environ`, unlike the default. A warning names the
/// detectors that are used.
pub(super) fn detectors(
    backend: &BackendSettings,
    reader: &mut Reader<'_>,
) -> Setting<Vec<Detector>> {
    const VARIABLE: &str = "OTELIER_RESOURCE_DETECTORS";
    let all = || Detector::ALL.iter().map(|(_, detector)| *detector);
    let wants_environ = backend.vendor.value.is_some_and(|vendor| vendor.wants_environ);
    let is_wanted = |detector: &Detector| wants_environ || *detector != Detector::Environ;
    let default = || all().filter(is_wanted).collect();
    let Some(text) = reader.text(VARIABLE) else { return Setting::default(default()) };
    if text.eq_ignore_ascii_case("none") {
        return Setting::environment(Vec::new(), VARIABLE);
    }
    let mut known = Vec::new();
    let mut is_complete = true;
    for name in parse::list(&text) {
        match Detector::from_name(name) {
            Some(detector) => known.push(detector),
            None if name.eq_ignore_ascii_case("all") => known.extend(all()),
            None => is_complete = false,
        }
    }
    known.sort_unstable();
    known.dedup();
    let setting = match known.is_empty() {
        true => Setting::default(default()),
        false => Setting::environment(known, VARIABLE),
    };
    if !is_complete || setting.origin == Origin::Default {
        let used: Vec<&str> = setting.value.iter().map(|detector| detector.name()).collect();
        let used = used.join(",");
        reader.warn(VARIABLE, format_args!("expected {}; using {used}", Detector::EXPECTED));
    }
    setting
}

/// What the detectors need. What a platform sets is right by definition, so nothing is warned
/// about.
///
/// The pods of EKS are recognized by the paths of the files that EKS mounts for their credentials.
/// Of the two variables with the name of the host the first that is set counts.
pub(in super::super) fn read(detectors: &[Detector], reader: &mut Reader<'_>) -> Platform {
    let variables = match detectors.contains(&Detector::Environ) {
        true => reader.all(),
        false => Vec::new(),
    };
    let eks_credentials = [
        reader.text("AWS_WEB_IDENTITY_TOKEN_FILE"),
        reader.text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    ];
    let is_disabled = reader.text("AWS_EC2_METADATA_DISABLED");
    Platform {
        ecs_metadata_uri: reader.text("ECS_CONTAINER_METADATA_URI"),
        ecs_metadata_uri_v4: reader.text("ECS_CONTAINER_METADATA_URI_V4"),
        aws_execution: reader.text("AWS_EXECUTION_ENV"),
        region: reader.text("AWS_REGION"),
        lambda: lambda(reader),
        ec2_metadata_disabled: is_disabled.is_some_and(|text| text.eq_ignore_ascii_case("true")),
        ec2_metadata_endpoint: reader.text("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
        has_eks_credentials: eks_credentials
            .into_iter()
            .flatten()
            .any(|path| path.contains("eks.amazonaws.com") || path.contains("eks-pod-identity")),
        host_name: [reader.text("HOSTNAME"), reader.text("COMPUTERNAME")]
            .into_iter()
            .flatten()
            .next(),
        variables: Variables(variables),
    }
}

/// `None` without the name of a function. A size of the memory that is no number is left out.
///
/// The size is in mebibytes, as Lambda sets it.
fn lambda(reader: &mut Reader<'_>) -> Option<Lambda> {
    let [name, version, memory, log_group, log_stream] = [
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
    ]
    .map(|variable| reader.text(variable));
    let memory = memory.and_then(|text| text.parse().ok());
    Some(Lambda { name: name?, version, memory, log_group, log_stream })
}
