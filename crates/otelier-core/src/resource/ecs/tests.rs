//! Tasks of ECS, by a real metadata service on this machine.

use super::super::detected::Problem;
use super::super::testing::{Server, System, assert_pairs};
use super::*;
use crate::config::Platform;

const CONTAINER: &str = r#"{
    "DockerId": "4cd1", "Name": "app", "LogDriver": "awslogs",
    "LogOptions": {
        "awslogs-group": "/ecs/shop", "awslogs-region": "us-east-2",
        "awslogs-stream": "ecs/app/5f0"
    },
    "ContainerARN": "arn:aws:ecs:us-west-2:111122223333:container/05966557"
}"#;
const TASK: &str = r#"{
    "Cluster": "default", "Family": "shop", "Revision": "26", "LaunchType": "FARGATE",
    "TaskARN": "arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c",
    "AvailabilityZone": "us-west-2d"
}"#;

const HOST: &[(&str, &str)] = &[("/proc/sys/kernel/hostname", "ip-10-0-0-9\n")];

fn version_4(server: &Server) -> Platform {
    let uri = Some(format!("{}/v4/5f0", server.url));
    Platform { ecs_metadata_uri_v4: uri, ..Platform::default() }
}

/// A service that has these two documents.
fn server(container: &'static str, task: &'static str) -> Server {
    Server::start(move |asked| match &*asked.line {
        "GET /v4/5f0 HTTP/1.1" => Some((200, container.to_owned())),
        "GET /v4/5f0/task HTTP/1.1" => Some((200, task.to_owned())),
        _ => Some((404, String::new())),
    })
}

#[test]
fn a_task_is_described_by_its_metadata() {
    let server = server(CONTAINER, TASK);
    let detected = detect(&System::with(HOST).sources(version_4(&server)));
    assert_eq!(detected.problem, None);
    let logs = "arn:aws:logs:us-east-2:111122223333:log-group:/ecs/shop";
    assert_pairs(
        &detected.attributes,
        &[
            ("aws.ecs.cluster.arn", "arn:aws:ecs:us-west-2:111122223333:cluster/default"),
            ("aws.ecs.container.arn", "arn:aws:ecs:us-west-2:111122223333:container/05966557"),
            ("aws.ecs.launchtype", "fargate"),
            (
                "aws.ecs.task.arn",
                "arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c",
            ),
            ("aws.ecs.task.family", "shop"),
            ("aws.ecs.task.revision", "26"),
            ("aws.log.group.arns", &format!("[\"{logs}:*\"]")),
            ("aws.log.group.names", "[\"/ecs/shop\"]"),
            ("aws.log.stream.arns", &format!("[\"{logs}:log-stream:ecs/app/5f0\"]")),
            ("aws.log.stream.names", "[\"ecs/app/5f0\"]"),
            ("cloud.account.id", "111122223333"),
            ("cloud.availability_zone", "us-west-2d"),
            ("cloud.platform", "aws_ecs"),
            ("cloud.provider", "aws"),
            ("cloud.region", "us-west-2"),
            ("container.id", "4cd1"),
            ("container.name", "ip-10-0-0-9"),
        ],
    );
    assert_eq!(server.asked().len(), 2);
}

const PLATFORM: [(&str, &str); 3] =
    [("cloud.platform", "aws_ecs"), ("cloud.provider", "aws"), ("container.name", "ip-10-0-0-9")];

#[test]
fn a_missing_field_leaves_out_its_attribute_only() {
    let container = r#"{"DockerId": 7, "LogDriver": "fluentd",
        "LogOptions": {"awslogs-group": "other"}}"#;
    let task = r#"{"Cluster": "default", "Family": "shop", "Revision": 26, "LaunchType": null,
        "TaskARN": "nonsense"}"#;
    let server = server(container, task);
    let detected = detect(&System::with(HOST).sources(version_4(&server)));
    assert_eq!(detected.problem, None);
    let found = [("aws.ecs.task.arn", "nonsense"), ("aws.ecs.task.family", "shop")];
    assert_pairs(&detected.attributes, &[&found[..], &PLATFORM].concat());

    let cluster = "arn:aws-cn:ecs:cn-north-1:1:cluster/x";
    let task = r#"{"Cluster": "arn:aws-cn:ecs:cn-north-1:1:cluster/x"}"#;
    let server = self::server(r#"{"LogDriver": "awslogs"}"#, task);
    let detected = detect(&System::with(HOST).sources(version_4(&server)));
    let found = [("aws.ecs.cluster.arn", cluster)];
    assert_pairs(&detected.attributes, &[&found[..], &PLATFORM].concat());
}

#[test]
fn version_3_makes_no_request() {
    let server = server(CONTAINER, TASK);
    let uri = Some(server.url.clone());
    let platform = Platform { ecs_metadata_uri: uri, ..Platform::default() };
    let id = "a".repeat(64);
    let group = format!("1:cpu:/ecs/task/{id}");
    let files = [HOST[0], ("/proc/self/cgroup", &group)];
    let detected = detect(&System::with(&files).sources(platform));
    let mut expected = PLATFORM.to_vec();
    expected.insert(2, ("container.id", &id));
    assert_eq!(detected.problem, None);
    assert_pairs(&detected.attributes, &expected);
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn outside_of_ecs_nothing_is_found() {
    let detected = detect(&System::with(HOST).sources(Platform::default()));
    assert_eq!(detected, Detected::default());
}

#[test]
fn answers_that_fail_are_a_warning() {
    for (answer, reason) in [
        (Some((500, "down".to_owned())), "http status: 500"),
        (Some((200, "down".to_owned())), "the answer is no JSON"),
        (Some((200, "[]".to_owned())), "the answer is no JSON object"),
        (None, "timeout"),
    ] {
        let server = Server::start(move |asked| {
            let is_task = asked.line.contains("/task");
            if is_task { answer.clone() } else { Some((200, CONTAINER.to_owned())) }
        });
        let detected = detect(&System::with(HOST).sources(version_4(&server)));
        let Some(Problem::Unexpected(problem)) = &detected.problem else { panic!("{detected:?}") };
        assert!(problem.contains(reason), "{problem}");
        // What the other request found is there.
        assert!(detected.attributes.iter().any(|it| it.key.as_str() == "container.id"));
    }
    // Nothing listens.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let platform =
        Platform { ecs_metadata_uri_v4: Some(format!("http://{closed}")), ..Platform::default() };
    let detected = detect(&System::with(HOST).sources(platform));
    assert!(matches!(detected.problem, Some(Problem::Unexpected(_))), "{detected:?}");
    assert_pairs(&detected.attributes, &PLATFORM);
}
