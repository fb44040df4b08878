//! Attribute keys of the resource: what describes the process that emits telemetry.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/>.

/// The logical name of the service.
pub const SERVICE_NAME: &str = "service.name";
/// The version of the service.
pub const SERVICE_VERSION: &str = "service.version";
/// What the service belongs to; the name is unique in there.
pub const SERVICE_NAMESPACE: &str = "service.namespace";
/// Where the service is deployed, such as `production`.
pub const DEPLOYMENT_ENVIRONMENT_NAME: &str = "deployment.environment.name";
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
/// The variables of the environment as JSON, masked; Lumigo's key.
pub const PROCESS_ENVIRON: &str = "process.environ";
/// The name of the host.
pub const HOST_NAME: &str = "host.name";
/// The identifier of the host: the machine's own, or that of the cloud's instance.
pub const HOST_ID: &str = "host.id";
/// The architecture of the processor.
pub const HOST_ARCH: &str = "host.arch";
/// The type of the cloud's instance.
pub const HOST_TYPE: &str = "host.type";
/// The image from which the cloud's instance was started.
pub const HOST_IMAGE_ID: &str = "host.image.id";
/// The kind of operating system.
pub const OS_TYPE: &str = "os.type";
/// The name of the operating system.
pub const OS_NAME: &str = "os.name";
/// The version of the operating system.
pub const OS_VERSION: &str = "os.version";
/// The operating system in its own words.
pub const OS_DESCRIPTION: &str = "os.description";
/// The identifier of the container.
pub const CONTAINER_ID: &str = "container.id";
/// The name of the container.
pub const CONTAINER_NAME: &str = "container.name";
/// The identifier of the pod.
pub const K8S_POD_UID: &str = "k8s.pod.uid";
/// The namespace of the pod.
pub const K8S_NAMESPACE_NAME: &str = "k8s.namespace.name";
/// The name of the cluster.
pub const K8S_CLUSTER_NAME: &str = "k8s.cluster.name";
/// The cloud.
pub const CLOUD_PROVIDER: &str = "cloud.provider";
/// The platform within the cloud.
pub const CLOUD_PLATFORM: &str = "cloud.platform";
/// The cloud's account.
pub const CLOUD_ACCOUNT_ID: &str = "cloud.account.id";
/// The region of the cloud.
pub const CLOUD_REGION: &str = "cloud.region";
/// The zone within the region.
pub const CLOUD_AVAILABILITY_ZONE: &str = "cloud.availability_zone";
/// The container's ARN in ECS.
pub const AWS_ECS_CONTAINER_ARN: &str = "aws.ecs.container.arn";
/// The ARN of the ECS cluster.
pub const AWS_ECS_CLUSTER_ARN: &str = "aws.ecs.cluster.arn";
/// How the ECS task was launched: `ec2` or `fargate`.
pub const AWS_ECS_LAUNCHTYPE: &str = "aws.ecs.launchtype";
/// The ARN of the ECS task.
pub const AWS_ECS_TASK_ARN: &str = "aws.ecs.task.arn";
/// The family of the ECS task.
pub const AWS_ECS_TASK_FAMILY: &str = "aws.ecs.task.family";
/// The revision of the ECS task's definition.
pub const AWS_ECS_TASK_REVISION: &str = "aws.ecs.task.revision";
/// The ARN of the EKS cluster.
pub const AWS_EKS_CLUSTER_ARN: &str = "aws.eks.cluster.arn";
/// The CloudWatch log groups that the program writes to.
pub const AWS_LOG_GROUP_NAMES: &str = "aws.log.group.names";
/// Their ARNs.
pub const AWS_LOG_GROUP_ARNS: &str = "aws.log.group.arns";
/// The CloudWatch log streams that the program writes to.
pub const AWS_LOG_STREAM_NAMES: &str = "aws.log.stream.names";
/// Their ARNs.
pub const AWS_LOG_STREAM_ARNS: &str = "aws.log.stream.arns";
/// The name of the function.
pub const FAAS_NAME: &str = "faas.name";
/// The version of the function.
pub const FAAS_VERSION: &str = "faas.version";
/// The running instance of the function.
pub const FAAS_INSTANCE: &str = "faas.instance";
/// The memory of the function, in bytes.
pub const FAAS_MAX_MEMORY: &str = "faas.max_memory";
/// The version of the distribution, by Lumigo's key.
pub const LUMIGO_DISTRO_VERSION: &str = "lumigo.distro.version";
/// The web framework that is instrumented, by Lumigo's key.
pub const FRAMEWORK: &str = "framework";
