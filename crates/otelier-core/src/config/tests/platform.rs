//! The variables that choose detectors, and those that a platform sets.

use super::*;

const ALL_BUT_ENVIRON: &str = "ecs,lambda,eks,ec2,k8s,container,process,host,os";

#[test]
fn detectors_are_chosen_by_name() {
    const VARIABLE: &str = "OTELIER_RESOURCE_DETECTORS";
    let detectors = |s: &Settings| {
        let names: Vec<&str> = s.resource.detectors.value.iter().map(|it| it.name()).collect();
        names.join(",")
    };
    check(
        VARIABLE,
        detectors,
        &[
            ("none", "\"\""),
            ("NONE", "\"\""),
            ("os, Host,,os", "\"host,os\""),
            ("all", &format!("\"{ALL_BUT_ENVIRON},environ\"")),
            ("host,ALL", &format!("\"{ALL_BUT_ENVIRON},environ\"")),
            ("environ", "\"environ\""),
        ],
        &["s3cret", ",", "none,s3cret"],
    );
    assert_eq!(detectors(&resolve(&[]).0), ALL_BUT_ENVIRON);
    let (settings, warnings) = resolve(&[(VARIABLE, "gcp,host")]);
    assert_eq!(detectors(&settings), "host");
    assert_eq!(settings.resource.detectors.origin, Origin::Environment(VARIABLE));
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.starts_with(VARIABLE) && warning.ends_with("; using host"), "{warning}");
    let entry = settings.to_config().get("resource.detectors").cloned().unwrap();
    assert_eq!((entry.value(), entry.origin()), ("host", VARIABLE));
}

#[test]
fn the_environment_is_kept_for_its_detector_only() {
    let variables = [("A", " b "), ("API_TOKEN", "s3cret")];
    assert_eq!(resolve(&variables).0.resource.platform.variables, Variables::default());
    let all = [&variables[..], &[("OTELIER_RESOURCE_DETECTORS", "environ")]].concat();
    let kept = resolve(&all).0.resource.platform.variables;
    assert_eq!(kept.0.len(), 3);
    assert!(kept.0.contains(&("A".into(), " b ".into())), "{kept:?}");
    assert!(!format!("{kept:?}").contains("s3cret"));
}

#[test]
fn platforms_describe_themselves() {
    let platform = |variables: &[(&str, &str)]| {
        let (settings, warnings) = resolve(variables);
        assert_eq!(warnings, [""; 0]);
        settings.resource.platform
    };
    let text = |text: &str| Some(text.to_owned());
    let nothing = Platform::default();
    let lambda = |lambda| Platform { lambda: Some(lambda), ..Platform::default() };
    let resize = || Lambda { name: "resize".to_owned(), ..Lambda::default() };
    const NAME: (&str, &str) = ("AWS_LAMBDA_FUNCTION_NAME", "resize");
    for (variables, expected) in [
        (&[][..], nothing.clone()),
        (
            &[("ECS_CONTAINER_METADATA_URI", "http://a")],
            Platform { ecs_metadata_uri: text("http://a"), ..nothing.clone() },
        ),
        (
            &[("ECS_CONTAINER_METADATA_URI_V4", "http://b")],
            Platform { ecs_metadata_uri_v4: text("http://b"), ..nothing.clone() },
        ),
        (
            &[("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE")],
            Platform { aws_execution: text("AWS_ECS_FARGATE"), ..nothing.clone() },
        ),
        (&[("AWS_REGION", "moon")], Platform { region: text("moon"), ..nothing.clone() }),
        (&[NAME], lambda(resize())),
        (
            &[NAME, ("AWS_LAMBDA_FUNCTION_VERSION", "7"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "x")],
            lambda(Lambda { version: text("7"), ..resize() }),
        ),
        (
            &[
                NAME,
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
            ],
            lambda(Lambda {
                memory: Some(128),
                log_group: text("group"),
                log_stream: text("stream"),
                ..resize()
            }),
        ),
        (&[("AWS_LAMBDA_FUNCTION_VERSION", "7")], nothing.clone()),
        (
            &[("AWS_EC2_METADATA_DISABLED", "TRUE")],
            Platform { ec2_metadata_disabled: true, ..nothing.clone() },
        ),
        (&[("AWS_EC2_METADATA_DISABLED", "false")], nothing.clone()),
        (
            &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://c")],
            Platform { ec2_metadata_endpoint: text("http://c"), ..nothing.clone() },
        ),
        (
            &[(
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
            )],
            Platform { has_eks_credentials: true, ..nothing.clone() },
        ),
        (
            &[(
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
            )],
            Platform { has_eks_credentials: true, ..nothing.clone() },
        ),
        (&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/token")], nothing.clone()),
        (&[("HOSTNAME", "box")], Platform { host_name: text("box"), ..nothing.clone() }),
        (&[("COMPUTERNAME", "BOX")], Platform { host_name: text("BOX"), ..nothing.clone() }),
    ] {
        assert_eq!(platform(variables), expected, "{variables:?}");
    }
}
