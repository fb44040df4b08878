//! Attribute keys of the resource: what describes the process that emits telemetry.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/>.

/// The logical name of the service.
pub const SERVICE_NAME: &str = "service.name";
/// An identifier of this instance of the service.
pub const SERVICE_INSTANCE_ID: &str = "service.instance.id";
/// The name of the distribution that set the SDK up.
pub const TELEMETRY_DISTRO_NAME: &str = "telemetry.distro.name";
/// The version of the distribution.
pub const TELEMETRY_DISTRO_VERSION: &str = "telemetry.distro.version";
/// The process identifier.
pub const PROCESS_PID: &str = "process.pid";
/// The file name of the program.
pub const PROCESS_EXECUTABLE_NAME: &str = "process.executable.name";
/// The name of what the program was compiled with or runs on.
pub const PROCESS_RUNTIME_NAME: &str = "process.runtime.name";
/// The version of the compiler.
pub const PROCESS_RUNTIME_VERSION: &str = "process.runtime.version";
/// The compiler in its own words, with the target that it compiled for.
pub const PROCESS_RUNTIME_DESCRIPTION: &str = "process.runtime.description";
/// When the process was started, as ISO 8601.
pub const PROCESS_CREATION_TIME: &str = "process.creation.time";
/// A tag of the service, by Otelier's variable.
pub const OTELIER_TAG: &str = "otelier.tag";
/// A tag of the service, by Lumigo's variable.
pub const LUMIGO_TAG: &str = "lumigo.tag";
/// The name of the container, as its pod calls it.
pub const K8S_CONTAINER_NAME: &str = "k8s.container.name";
