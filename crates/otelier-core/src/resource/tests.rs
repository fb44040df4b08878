//! The resource as a whole: what is in it, and which of two values counts.

use std::collections::BTreeMap;

use super::testing::{Server, System};
use super::*;
use crate::config::{Code, Environment};

type Attributes = BTreeMap<String, String>;

/// The resource of a program on `system`.
fn describe_on(
    system: &System,
    code: &Code,
    variables: &[(&str, &str)],
) -> (Attributes, Described) {
    let environment: Environment = variables.iter().copied().collect();
    let (settings, _) = Settings::resolve(code, &environment).unwrap();
    let described = super::describe_with(&settings, Files::below(system.root()));
    let attributes =
        described.resource.iter().map(|(key, value)| (key.to_string(), value.to_string()));
    (attributes.collect(), described)
}

fn describe_with(code: &Code, variables: &[(&str, &str)]) -> (Attributes, Described) {
    describe_on(&System::with(&[]), code, variables)
}

#[test]
fn a_process_without_settings_is_described() {
    let system = System::with(&[
        ("/proc/sys/kernel/hostname", "box"),
        ("/etc/machine-id", "5eed"),
        ("/etc/os-release", "NAME=Debian\nVERSION_ID=12\nPRETTY_NAME=\"Debian 12\"\n"),
    ]);
    let (mut attributes, described) = describe_on(&system, &Code::default(), &[]);
    let executable = env::executable_name().unwrap();
    assert_eq!(described.resource.schema_url(), Some(SCHEMA_URL));
    let name = format!("unknown_service:{executable}");
    assert_eq!((described.name, described.is_named), (name, false));
    let instance = attributes.remove("service.instance.id").unwrap();
    assert_eq!(uuid::Uuid::parse_str(&instance).unwrap().get_version_num(), 4);
    assert!(attributes.remove("telemetry.sdk.version").is_some());
    let created = attributes.remove("process.creation.time").unwrap();
    assert_eq!((created.len(), created.ends_with('Z')), (24, true), "{created}");
    let (name, rest) = attributes["process.runtime.description"].split_once(' ').unwrap();
    let version = attributes["process.runtime.version"].clone();
    assert!(name == "rustc" && rest.starts_with(&*version), "{name} {rest}");
    let target = rest.rsplit(' ').next().unwrap();
    assert!(target.starts_with(std::env::consts::ARCH), "{target}");
    for key in ["process.runtime.version", "process.runtime.description", "host.arch", "os.type"] {
        assert!(attributes.remove(key).is_some(), "{key}");
    }
    let expected = [
        ("host.id", "5eed".to_owned()),
        ("host.name", "box".to_owned()),
        ("os.description", "Debian 12".to_owned()),
        ("os.name", "Debian".to_owned()),
        ("os.version", "12".to_owned()),
        ("process.executable.name", executable.clone()),
        ("process.pid", std::process::id().to_string()),
        ("process.runtime.name", "rustc".to_owned()),
        ("service.name", format!("unknown_service:{executable}")),
        ("telemetry.distro.name", "otelier".to_owned()),
        ("telemetry.distro.version", VERSION.to_owned()),
        ("telemetry.sdk.language", "rust".to_owned()),
        ("telemetry.sdk.name", "opentelemetry".to_owned()),
    ];
    assert_eq!(attributes, expected.map(|(key, value)| (key.to_owned(), value)).into());
}

#[test]
fn each_init_is_another_instance() {
    let instance = || {
        let (attributes, _) = describe_with(&Code::default(), &[]);
        attributes["service.instance.id"].clone()
    };
    assert_ne!(instance(), instance());
}

#[test]
fn code_then_service_name_then_resource_attributes() {
    const VARIABLES: &[(&str, &str)] = &[
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.name=third,service.version=1%2E2,team=env,service.instance.id=me",
        ),
        ("OTEL_SERVICE_NAME", "second"),
    ];
    let attribute = |value: &'static str| KeyValue::new("service.name", value);
    let name_in_attributes =
        Code { resource_attributes: vec![attribute("coded")], ..Code::default() };
    let both = Code { service_name: Some("first".to_owned()), ..name_in_attributes.clone() };
    for (code, variables, expected) in [
        (&Code::default(), &VARIABLES[..1], "third"),
        (&Code::default(), VARIABLES, "second"),
        (&name_in_attributes, VARIABLES, "coded"),
        (&both, VARIABLES, "first"),
    ] {
        let (attributes, described) = describe_with(code, variables);
        assert_eq!(attributes["service.name"], expected);
        assert_eq!(attributes["service.version"], "1.2");
        assert_eq!(attributes["service.instance.id"], "me");
        assert_eq!((&*described.name, described.is_named), (expected, true));
    }
    let team = Code { resource_attributes: vec![KeyValue::new("team", "code")], ..Code::default() };
    assert_eq!(describe_with(&team, VARIABLES).0["team"], "code");
}

/// The prefixes of the keys that a detector finds.
fn domains(attributes: &Attributes) -> Vec<&str> {
    let mut domains: Vec<&str> =
        attributes.keys().filter_map(|key| Some(key.split_once('.')?.0)).collect();
    domains.dedup();
    domains
}

#[test]
fn each_detector_can_be_turned_off() {
    let hosts = ("/etc/hosts", "# Kubernetes-managed hosts file.\n");
    let uid = "6a1f0e6c-8f5b-4a51-9c1e-0d8a2f3b4c5d";
    let id = "a".repeat(64);
    let group = format!("1:cpu:/kubepods/pod{uid}/{id}");
    let system = System::with(&[hosts, ("/proc/self/cgroup", &group)]);
    for (names, expected) in [
        ("none", &["service", "telemetry"][..]),
        ("host", &["host", "service", "telemetry"]),
        (" os ,, process", &["os", "process", "service", "telemetry"]),
        ("container", &["container", "service", "telemetry"]),
        ("K8s,lambda", &["k8s", "service", "telemetry"]),
        ("ecs,eks,ec2", &["service", "telemetry"]),
        ("", &["container", "host", "k8s", "os", "process", "service", "telemetry"]),
    ] {
        let variables = [("OTELIER_RESOURCE_DETECTORS", names), ("HOSTNAME", "x")];
        let (attributes, _) = describe_on(&system, &Code::default(), &variables);
        assert_eq!(domains(&attributes), expected, "{names:?}");
    }
}

#[test]
fn the_environment_is_shown_on_request_only() {
    let variables = [("API_TOKEN", "s3cret"), ("B", "2")];
    let environ = |detectors: &'static str, more: &[(&str, &str)]| {
        let detectors = [("OTELIER_RESOURCE_DETECTORS", detectors)];
        let all = [&variables[..], &detectors, more].concat();
        describe_with(&Code::default(), &all).0.remove("process.environ")
    };
    assert_eq!(environ("", &[]), None);
    assert_eq!(environ("host,process", &[]), None);
    let detectors = r#""OTELIER_RESOURCE_DETECTORS": "environ""#;
    let expected = format!(r#"{{"API_TOKEN": "****", "B": "2", {detectors}}}"#);
    assert_eq!(environ("environ", &[]), Some(expected));
    assert!(environ("all", &[]).is_some());
    let masking = [("OTELIER_SECRET_MASKING_REGEX_ENVIRONMENT", "all")];
    assert_eq!(environ("environ", &masking).as_deref(), Some("****"));
}

#[test]
fn settings_beat_detectors_and_ecs_the_others() {
    let server = Server::start(|asked| {
        let text = match asked.line.contains("/task") {
            true => "{\"Family\": \"shop\"}",
            false => "{\"DockerId\": \"by ecs\"}",
        };
        Some((200, text.to_owned()))
    });
    let instance = Server::of_an_instance(&[]);
    let group = format!("1:cpu:/docker/{}", "a".repeat(64));
    let system =
        System::with(&[("/proc/sys/kernel/hostname", "box"), ("/proc/self/cgroup", &group)]);
    let variables = [
        ("ECS_CONTAINER_METADATA_URI_V4", &*server.url),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*instance.url),
        ("OTEL_RESOURCE_ATTRIBUTES", "aws.ecs.task.family=mine,cloud.region=moon"),
    ];
    let (attributes, _) = describe_on(&system, &Code::default(), &variables);
    for (key, expected) in [
        ("container.id", "by ecs"),
        ("cloud.platform", "aws_ecs"),
        ("host.id", "i-0def"),
        ("host.name", "ip-10-0-0-1.ec2.internal"),
        ("container.name", "box"),
        ("aws.ecs.task.family", "mine"),
        ("cloud.region", "moon"),
    ] {
        assert_eq!(attributes.get(key).map(String::as_str), Some(expected), "{key}");
    }
}
