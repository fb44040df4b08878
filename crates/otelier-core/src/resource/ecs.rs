//! The task of ECS.
//!
//! Whether this is ECS follows from the variables that only ECS sets. What describes the task
//! comes from its metadata service, whose address is in the one of version 4: one answer about the
//! container and one about the task. The two requests run side by side.
//!
//! The service is a part of the platform, so that it does not answer is unexpected, and a warning.
//! Whatever the other answer and the files give is kept.
//!
//! Some attributes are ARNs that no answer has: they are put together from the ARN of the task,
//! which has partition, region and account.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/cloud-provider/aws/ecs/> and
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html>.

use opentelemetry::{Array, KeyValue, Value as AttributeValue};
use otelier_instrument::semconv::resource as key;
use serde_json::Value;

use super::detected::Detected;
use super::sources::Sources;
use super::{container, metadata};

/// The driver whose logs are CloudWatch's. Other drivers send logs to places that these attributes
/// cannot name.
const CLOUDWATCH: &str = "awslogs";

/// The attributes of the task; nothing outside of ECS. Only version 4 of the task metadata is
/// requested. What it leaves out, or does not answer, is missing alone.
///
/// The container's name is its host name, and its id is looked for in files first; the id in the
/// answer comes later and so counts.
pub(super) fn detect(sources: &Sources) -> Detected {
    if !sources.platform.is_ecs() {
        return Detected::default();
    }
    let mut attributes = vec![
        KeyValue::new(key::CLOUD_PROVIDER, "aws"),
        KeyValue::new(key::CLOUD_PLATFORM, "aws_ecs"),
    ];
    let name = sources.files.first_line("/proc/sys/kernel/hostname");
    let name = name.or_else(|| sources.platform.host_name.clone());
    attributes.extend(name.map(|name| KeyValue::new(key::CONTAINER_NAME, name)));
    let id = container::id(&sources.files);
    attributes.extend(id.map(|id| KeyValue::new(key::CONTAINER_ID, id)));
    let Some(uri) = &sources.platform.ecs_metadata_uri_v4 else { return Detected::of(attributes) };

    // One after the other they could take twice the time of a request.
    let (of_container, of_task) = std::thread::scope(|scope| {
        let url = format!("{}/task", uri.trim_end_matches('/'));
        let deadline = sources.deadline;
        let task = std::thread::Builder::new()
            .name("otelier-detect".to_owned())
            .spawn_scoped(scope, move || metadata::get_object(&url, None, deadline));
        let container = metadata::get_object(uri, None, deadline);
        let no_thread = || Err("no thread can be started".to_owned());
        let task = task.ok().and_then(|task| task.join().ok()).unwrap_or_else(no_thread);
        (container, task)
    });
    let nothing = Value::Null;
    let found = [&of_container, &of_task].map(|answer| answer.as_ref().unwrap_or(&nothing));
    attributes.extend(describe(found[0], found[1]));
    match of_container.and(of_task) {
        Ok(_) => Detected::of(attributes),
        Err(reason) => Detected::of(attributes)
            .unexpected(format_args!("the metadata of the task cannot be read: {reason}")),
    }
}

/// The attributes in the two answers. Either may be `Null`, if it could not be read. What is
/// missing in one of them is left out.
fn describe(container: &Value, task: &Value) -> Vec<KeyValue> {
    let task_arn = text(task, "TaskARN");
    let arn = task_arn.and_then(Arn::parse);
    let cluster = text(task, "Cluster").and_then(|cluster| match (cluster, &arn) {
        (cluster, _) if cluster.starts_with("arn:") => Some(cluster.to_owned()),
        (name, Some(Arn { partition, region, account })) => {
            Some(format!("arn:{partition}:ecs:{region}:{account}:cluster/{name}"))
        }
        _ => None,
    });
    let mut attributes = Vec::new();
    let mut add = |key: &'static str, value: Option<String>| {
        attributes.extend(value.map(|value| KeyValue::new(key, value)));
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    add(key::CONTAINER_ID, owned(text(container, "DockerId")));
    add(key::AWS_ECS_CONTAINER_ARN, owned(text(container, "ContainerARN")));
    add(key::AWS_ECS_CLUSTER_ARN, cluster);
    let launch = text(task, "LaunchType").map(str::to_ascii_lowercase);
    add(key::AWS_ECS_LAUNCHTYPE, launch);
    add(key::AWS_ECS_TASK_ARN, owned(task_arn));
    add(key::AWS_ECS_TASK_FAMILY, owned(text(task, "Family")));
    add(key::AWS_ECS_TASK_REVISION, owned(text(task, "Revision")));
    add(key::CLOUD_AVAILABILITY_ZONE, owned(text(task, "AvailabilityZone")));
    add(key::CLOUD_REGION, arn.map(|arn| arn.region.to_owned()));
    add(key::CLOUD_ACCOUNT_ID, arn.map(|arn| arn.account.to_owned()));
    if text(container, "LogDriver") == Some(CLOUDWATCH) {
        attributes.extend(logs(container.get("LogOptions").unwrap_or(&Value::Null), arn));
    }
    attributes
}

/// Where the logs of the container go. The region may be another one than that of the task. Each
/// value is an array of one element, as the conventions have it. The ARNs are left out where a part
/// of them is not known.
fn logs(options: &Value, arn: Option<Arn<'_>>) -> Vec<KeyValue> {
    let (group, stream) = (text(options, "awslogs-group"), text(options, "awslogs-stream"));
    let region = text(options, "awslogs-region").or(arn.map(|arn| arn.region));
    let group_arn = arn.zip(region).zip(group).map(|((arn, region), group)| {
        format!("arn:{}:logs:{region}:{}:log-group:{group}", arn.partition, arn.account)
    });
    let stream_arn =
        group_arn.as_ref().zip(stream).map(|(group, name)| format!("{group}:log-stream:{name}"));
    [
        (key::AWS_LOG_GROUP_NAMES, group.map(str::to_owned)),
        (key::AWS_LOG_GROUP_ARNS, group_arn.map(|group| format!("{group}:*"))),
        (key::AWS_LOG_STREAM_NAMES, stream.map(str::to_owned)),
        (key::AWS_LOG_STREAM_ARNS, stream_arn),
    ]
    .into_iter()
    .filter_map(|(key, value)| {
        let values = AttributeValue::Array(Array::String(vec![value?.into()]));
        Some(KeyValue::new(key, values))
    })
    .collect()
}

/// A field that is a text and not empty. `None` for everything else, also if `object` is no object.
fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// What other ARNs are made from: `arn:<partition>:ecs:<region>:<account>:…`.
///
/// It borrows from the answer, and is only made if all three parts are there.
#[derive(Clone, Copy)]
struct Arn<'a> {
    /// `aws`, or that of a part of AWS that is separate, such as `aws-cn`.
    partition: &'a str,
    /// Where the task runs.
    region: &'a str,
    /// The number of the account that owns the task.
    account: &'a str,
}

impl<'a> Arn<'a> {
    /// `None` if it is no ARN, or if one of the parts is empty.
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.split(':');
        let (partition, _, region) = (parts.next()?, parts.next()?, parts.next()?);
        let (account, _) = (parts.next()?, parts.next()?);
        let is_complete = ![partition, region, account].contains(&"");
        is_complete.then_some(Self { partition, region, account })
    }
}

#[cfg(test)]
mod tests;
