//! The process, vendors, diagnostics, masking and the resource.

use opentelemetry::KeyValue;

use super::super::super::super::*;
use super::{BOOLEAN, Row, TOKEN, boolean, booleans, platform, row};

/// All of them.
pub(super) fn rows() -> Vec<Row> {
    [process(), backend(), diagnostics(), masking(), resource()].into_iter().flatten().collect()
}

/// What runs, and what the process does at its end.
fn process() -> Vec<Row> {
    let mut rows = Vec::from(booleans(
        ["OTELIER_SWITCH_OFF", "LUMIGO_SWITCH_OFF"],
        "otelier.switch_off",
        false,
        |row| row,
    ));
    rows.push(boolean("OTEL_SDK_DISABLED", "disabled", false).file(
        "disabled: @",
        "false",
        "false",
    ));
    for (names, entry) in [
        (["OTELIER_ENABLE_TRACES", "LUMIGO_ENABLE_TRACES"], "tracer_provider.enabled"),
        (["OTELIER_ENABLE_LOGS", "LUMIGO_ENABLE_LOGS"], "logger_provider.enabled"),
        (
            ["OTELIER_REPORT_DEPENDENCIES", "LUMIGO_REPORT_DEPENDENCIES"],
            "otelier.dependency_report.enabled",
        ),
    ] {
        rows.extend(booleans(names, entry, true, |row| row.fails_to("false")));
    }
    rows.push(
        boolean("OTELIER_SIGNAL_HANDLER", "otelier.signal_handler", true)
            .code(|code| code.signal_handler = Some(false), "false (code)"),
    );
    rows
}

/// Vendors.
fn backend() -> Vec<Row> {
    const ENDPOINT: &str = "tracer_provider.processors[0].batch.exporter.otlp.endpoint";
    const LUMIGO: &str = "https://ga-otlp.lumigo-tracer-edge.golumigo.com (preset lumigo)";
    vec![
        row("OTELIER_BACKEND", "otelier.backend", "otlp")
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")
            .good("lumigo", "lumigo")
            .good("LightStep", "lightstep")
            .good("otlp", "otlp")
            .bad(&["s3cret", "datadog"])
            .over("LS_ACCESS_TOKEN", TOKEN),
        // Without a usable token nothing is sent to a vendor, and not elsewhere either.
        row("LUMIGO_TRACER_TOKEN", "otelier.backend", "otlp")
            .good(TOKEN, "lumigo")
            .bad(&["s3cret\n\u{1}x"])
            .fails_to("lumigo"),
        row("LS_ACCESS_TOKEN", "otelier.backend", "otlp")
            .good(TOKEN, "lightstep")
            .bad(&["s3cret\n\u{1}x"])
            .fails_to("lightstep"),
        row("LUMIGO_ENDPOINT", ENDPOINT, "")
            .unset(LUMIGO)
            .with("LUMIGO_TRACER_TOKEN", TOKEN)
            .good("http://c:4318/in", "http://c:4318")
            .bad(&["s3cret", "ftp://s3cret"])
            .over("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://d:4318/in")
            .over("OTEL_EXPORTER_OTLP_ENDPOINT", "http://d:4318")
            .code(
                |code| code.otlp = OtlpExporter::new("http://coded:4318"),
                "http://coded:4318 (code)",
            ),
        row("LUMIGO_LOGS_ENDPOINT", ENDPOINT.replace("tracer", "logger"), "")
            .unset(LUMIGO)
            .with("LUMIGO_TRACER_TOKEN", TOKEN)
            .with("LUMIGO_ENABLE_LOGS", "true")
            .good("http://c:4318/in", "http://c:4318")
            .bad(&["s3cret", "ftp://s3cret"])
            .over("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://d:4318/in"),
        row("LUMIGO_CONNECTION_TIMEOUT", "otelier.dependency_report.timeout", "3000")
            .good("0.25", "250")
            .good("7", "7000")
            .bad(&["s3cret", "0", "-1", "inf", "1e9"]),
    ]
}

/// Our own diagnostics, dumps, and the lines that a program logs.
fn diagnostics() -> Vec<Row> {
    let mut rows = vec![
        row("OTEL_LOG_LEVEL", "log_level", "info")
            .good("error", "error")
            .good("OFF", "none")
            .good("verbose", "debug")
            .bad(&["s3cret", "3"])
            .file("log_level: @", "warn", "warn"),
    ];
    for (variable, weaker) in [("OTELIER_DEBUG", Some("LUMIGO_DEBUG")), ("LUMIGO_DEBUG", None)] {
        let row = row(variable, "log_level", "info")
            .good("true", "debug")
            .gives("FALSE", "info (default)")
            .bad(BOOLEAN)
            .over("OTEL_LOG_LEVEL", "error");
        rows.push(match weaker {
            Some(weaker) => row.over(weaker, "true"),
            None => row,
        });
    }
    for ([own, alias], entry) in [
        (["OTELIER_SPANDUMP", "LUMIGO_DEBUG_SPANDUMP"], "otelier.dump.traces"),
        (["OTELIER_LOGDUMP", "LUMIGO_DEBUG_LOGDUMP"], "otelier.dump.logs"),
    ] {
        for variable in [own, alias] {
            let row = row(variable, entry, "none")
                .good("/tmp/dump", "/tmp/dump")
                .good("console:log", "standard output")
                .good("/dev/stderr", "standard error")
                .all("any text is a path");
            rows.push(if variable == own { row.over(alias, "other") } else { row });
        }
    }
    let lines = "otelier.log_lines";
    rows.extend([
        row("RUST_LOG", format!("{lines}.filter"), "info")
            .good("warn,shop=debug", "warn,shop=debug")
            .all("the crate that sets up a subscriber parses it")
            .file("distribution > otelier > log_lines > filter: @", "trace", "trace"),
        row("OTELIER_LOG_FORMAT", format!("{lines}.format"), "by terminal")
            .good("json", "json")
            .good("NONE", "none")
            .bad(&["s3cret", "text"])
            .file("distribution > otelier > log_lines > format: @", "compact", "compact"),
        boolean("OTELIER_PANIC_HOOK", "otelier.log_lines.panic_hook", false).file(
            "distribution > otelier > log_lines > panic_hook: @",
            "false",
            "false",
        ),
    ]);
    rows
}

/// The keys whose values are masked.
fn masking() -> Vec<Row> {
    const BAD: &[&str] = &["s3cret", r#"["s3cret", 1]"#, r#"["s3cret("]"#, "none"];
    let keys = |variable, entry| {
        row(variable, entry, "default keys")
            .good("all", "all")
            .good("[]", "none")
            .good(r#"["tenant"]"#, "own keys")
            .bad(BAD)
    };
    let general = "otelier.masking.general";
    let aliases = ["LUMIGO_SECRET_MASKING_REGEX", "LUMIGO_BLACKLIST_REGEX"];
    let mut rows = vec![
        keys("OTELIER_SECRET_MASKING_REGEX", general)
            .over(aliases[0], "[]")
            .over(aliases[1], "[]")
            .file("distribution > otelier > masking > general: []", "", "none"),
        keys(aliases[0], general).over(aliases[1], "[]"),
        keys(aliases[1], general),
    ];
    macro_rules! context {
        ($suffix:literal, $name:literal) => {{
            let variables = [
                concat!("OTELIER_SECRET_MASKING_REGEX_", $suffix),
                concat!("LUMIGO_SECRET_MASKING_REGEX_", $suffix),
            ];
            let [own, alias] = variables.map(|variable| {
                keys(variable, concat!("otelier.masking.", $name)).unset("absent").file(
                    concat!("distribution > otelier > masking > ", $name, ": []"),
                    "",
                    "none",
                )
            });
            [own.over(variables[1], "[]"), alias]
        }};
    }
    rows.extend(context!("HTTP_REQUEST_BODIES", "http_request_bodies"));
    rows.extend(context!("HTTP_REQUEST_HEADERS", "http_request_headers"));
    rows.extend(context!("HTTP_RESPONSE_BODIES", "http_response_bodies"));
    rows.extend(context!("HTTP_RESPONSE_HEADERS", "http_response_headers"));
    rows.extend(context!("HTTP_QUERY_PARAMS", "http_query_params"));
    rows.extend(context!("ENVIRONMENT", "environment"));
    rows.push(
        boolean("OTELIER_CAPTURE_PAYLOADS", "instrumentation.payload_capture", false)
            .code(|code| code.payload_capture = Some(false), "false (code)")
            .file("distribution > otelier > capture_payloads: @", "false", "false"),
    );
    rows
}

/// What describes the service, and what a platform says about it.
fn resource() -> Vec<Row> {
    const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let attribute = |variable, key: &str| {
        row(variable, format!("resource.attributes.{key}"), "").unset("absent")
    };
    let name = |code: &mut Code| code.service_name = Some("coded".to_owned());
    let mut rows = vec![
        attribute("OTEL_SERVICE_NAME", "service.name")
            .good("shop", "shop")
            .all("any text is a name")
            .over("LS_SERVICE_NAME", "other")
            .over(ATTRIBUTES, "service.name=other")
            .code(name, "coded (code)")
            .file(
                "resource > attributes > - name: service.name\n      value: @",
                "in a file",
                "in a file",
            ),
        attribute("LS_SERVICE_NAME", "service.name")
            .good("shop", "shop")
            .all("any text is a name")
            .over(ATTRIBUTES, "service.name=other")
            .code(name, "coded (code)"),
        attribute("LS_SERVICE_VERSION", "service.version")
            .good("1.2", "1.2")
            .all("any text is a version")
            .over(ATTRIBUTES, "service.version=0"),
        attribute(ATTRIBUTES, "team")
            .good("team=blue", "blue")
            .good("a=1, team=%C3%A9%2C ,", "é,")
            .good("team=", "")
            // One error discards the whole value.
            .bad(&["s3cret", "team=1,s3cret", "team=1,rotten=%zz", "team=%FF", "=rotten"])
            .code(
                |code| code.resource_attributes = vec![KeyValue::new("team", "coded")],
                "coded (code)",
            )
            .file("resource > attributes_list: '@'", "team=red", "red"),
    ];
    for (variable, key, other) in [
        ("OTELIER_TAG", "otelier.tag", "otelier.tag=other"),
        ("LUMIGO_TAG", "lumigo.tag", "lumigo.tag=other"),
    ] {
        let row = attribute(variable, key).good("blue", "blue").bad(&["s3cret;x"]);
        rows.push(row.over(ATTRIBUTES, other));
    }
    rows.extend([
        attribute("LUMIGO_CONTAINER_NAME", "k8s.container.name")
            .good("shop", "shop")
            .all("any text is a name")
            .over(ATTRIBUTES, "k8s.container.name=other"),
        row(
            "OTELIER_RESOURCE_DETECTORS",
            "resource.detectors",
            "ecs,lambda,eks,ec2,k8s,container,process,host,os",
        )
        .good("host, PROCESS", "process,host")
        .good("none", "none")
        .good("all", "ecs,lambda,eks,ec2,k8s,container,process,host,os,environ")
        .bad(&["s3cret", ","])
        .file("resource > detection/development > detectors: [{os: }]", "", "os"),
        platform("ECS_CONTAINER_METADATA_URI", "http://m/v3", |it| {
            format!("{:?}", it.ecs_metadata_uri)
        }),
        platform("ECS_CONTAINER_METADATA_URI_V4", "http://m/v4", |it| {
            format!("{:?}", it.ecs_metadata_uri_v4)
        }),
        platform("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE", |it| format!("{:?}", it.aws_execution)),
        platform("AWS_REGION", "eu-west-1", |it| format!("{:?}", it.region)),
        platform("AWS_EC2_METADATA_DISABLED", "true", |it| it.ec2_metadata_disabled.to_string()),
        platform("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://m", |it| {
            format!("{:?}", it.ec2_metadata_endpoint)
        }),
        platform("AWS_WEB_IDENTITY_TOKEN_FILE", "/eks.amazonaws.com/token", |it| {
            eks_token(it, "/eks.amazonaws.com/token")
        }),
        platform("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/eks-pod-identity/t", |it| {
            eks_token(it, "/eks-pod-identity/t")
        }),
        platform("HOSTNAME", "pod-1", |it| format!("{:?}", it.host_name)),
        platform("COMPUTERNAME", "pod-1", |it| format!("{:?}", it.host_name)),
    ]);
    for (variable, value, show) in LAMBDA {
        let row = platform(variable, value, show);
        let is_name = variable == "AWS_LAMBDA_FUNCTION_NAME";
        rows.push(if is_name { row } else { row.with("AWS_LAMBDA_FUNCTION_NAME", "checkout") });
    }
    rows
}

/// Only whether there is a token is known.
fn eks_token(platform: &Platform, path: &str) -> String {
    if platform.has_eks_credentials { format!("Some({path:?})") } else { "None".to_owned() }
}

/// What a detector is told.
type Show = fn(&Platform) -> String;

/// Each variable of Lambda, with a value, and how the platform shows it.
const LAMBDA: [(&str, &str, Show); 5] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "shop", |it| lambda(it, |it| Some(it.name.clone()))),
    ("AWS_LAMBDA_FUNCTION_VERSION", "3", |it| lambda(it, |it| it.version.clone())),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512", |it| {
        lambda(it, |it| it.memory.map(|size| size.to_string()))
    }),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/shop", |it| lambda(it, |it| it.log_group.clone())),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "s", |it| lambda(it, |it| it.log_stream.clone())),
];

fn lambda(platform: &Platform, part: fn(&Lambda) -> Option<String>) -> String {
    format!("{:?}", platform.lambda.as_ref().and_then(part))
}
