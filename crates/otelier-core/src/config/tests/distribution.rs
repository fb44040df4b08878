//! The variables of the distribution, and what is shown of all settings.

use otelier_instrument::masking::MaskingContext;

use super::*;

#[test]
fn switches_of_signals_fail_towards_off() {
    for (names, enabled) in [
        (
            ["OTELIER_ENABLE_TRACES", "LUMIGO_ENABLE_TRACES"],
            (|s| s.traces.enabled) as fn(&Settings) -> Setting<bool>,
        ),
        (["OTELIER_ENABLE_LOGS", "LUMIGO_ENABLE_LOGS"], |s| s.logs.enabled),
    ] {
        let [own, alias] = names;
        assert_eq!(enabled(&resolve(&[]).0), Setting::default(true));
        for variable in names {
            for (value, expected) in [("true", true), ("TRUE", true), ("false", false)] {
                let (settings, warnings) = resolve(&[(variable, value)]);
                let expected = Setting::environment(expected, variable);
                assert_eq!((enabled(&settings), warnings), (expected, vec![]), "{value}");
            }
            assert_eq!(enabled(&resolve(&[(variable, " ")]).0), Setting::default(true));
            let (settings, warnings) = resolve(&[(variable, "s3cret")]);
            assert_eq!(enabled(&settings), Setting::environment(false, variable));
            assert_eq!(warnings, [format!("{variable}: expected true or false; using false")]);
        }
        let both = [(own, "true"), (alias, "false")];
        assert_eq!(enabled(&resolve(&both).0), Setting::environment(true, own));
    }
}

#[test]
fn integrations_are_disabled_by_name() {
    const OWN: &str = "OTELIER_DISABLE_INSTRUMENTATION";
    const ALIAS: &str = "LUMIGO_DISABLE_INSTRUMENTATION";
    let disabled = |variables: &[(&str, &str)]| {
        let (settings, warnings) = resolve(variables);
        let names: Vec<String> =
            settings.integrations().disabled_integrations.into_iter().collect();
        (names.join(","), settings.instrumentation.disabled.origin, warnings)
    };
    let aws = "aws,aws-dynamodb,aws-s3,aws-sns,aws-sqs";
    for (variables, names, origin) in [
        (&[][..], "", Origin::Default),
        (&[(OWN, " , ")], "", Origin::Default),
        (&[(OWN, "mysql, axum,,mysql")], "axum,mysql", Origin::Environment(OWN)),
        (&[(OWN, "aws")], aws, Origin::Environment(OWN)),
        (&[(OWN, "aws-sqs")], "aws-sqs", Origin::Environment(OWN)),
        (&[(ALIAS, "boto")], aws, Origin::Environment(ALIAS)),
        (&[(ALIAS, "fastapi,pymongo")], "axum,mongodb,tower", Origin::Environment(ALIAS)),
        (&[(ALIAS, "requests,pymysql")], "mysql,reqwest", Origin::Environment(ALIAS)),
        (&[(ALIAS, "botocore")], aws, Origin::Environment(ALIAS)),
        (&[(ALIAS, "httpx")], "reqwest", Origin::Environment(ALIAS)),
        (&[(ALIAS, "fast-api")], "axum,tower", Origin::Environment(ALIAS)),
        (&[(ALIAS, "flask")], "axum,tower", Origin::Environment(ALIAS)),
        (&[(ALIAS, "django")], "axum,tower", Origin::Environment(ALIAS)),
        (&[(ALIAS, "redis")], "redis", Origin::Environment(ALIAS)),
        (&[(OWN, "mysql"), (ALIAS, "boto")], "mysql", Origin::Environment(OWN)),
    ] {
        assert_eq!(disabled(variables), (names.to_owned(), origin, vec![]), "{variables:?}");
    }
    let (names, _, warnings) = disabled(&[(OWN, "AXUM,mysql,s3cret,my-database")]);
    assert_eq!(names, "AXUM,my-database,mysql,s3cret", "case counts");
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.starts_with("OTELIER_DISABLE_INSTRUMENTATION: expected names"), "{warning}");
    assert!(!warning.contains("s3cret"), "{warning}");
}

#[test]
fn debug_beats_the_log_level() {
    for variable in ["OTELIER_DEBUG", "LUMIGO_DEBUG"] {
        let level = |value| resolve(&[(variable, value), ("OTEL_LOG_LEVEL", "error")]).0.log_level;
        assert_eq!(level("true"), Setting::environment(LogLevel::Debug, variable));
        assert_eq!(level("false"), Setting::environment(LogLevel::Error, "OTEL_LOG_LEVEL"));
        check(
            variable,
            |s| s.log_level.value,
            &[("True", "Debug"), ("false", "Info")],
            &["s3cret"],
        );
    }
}

#[test]
fn tags_describe_the_service() {
    let value = |variables: &[(&str, &str)], key: &str| {
        let (settings, warnings) = resolve(variables);
        let value = settings.resource.get(key).map(|attribute| attribute.value.value.to_string());
        (value, warnings)
    };
    for (variable, key) in [("OTELIER_TAG", "otelier.tag"), ("LUMIGO_TAG", "lumigo.tag")] {
        assert_eq!(value(&[(variable, "blue")], key), (Some("blue".to_owned()), vec![]));
        assert_eq!(value(&[(variable, "")], key), (None, vec![]));
        let warning = format!("{variable} contains a semicolon, which is not allowed");
        assert_eq!(value(&[(variable, "a;b")], key), (None, vec![warning]));
        let general = format!("{key}=general");
        let both = [("OTEL_RESOURCE_ATTRIBUTES", &*general), (variable, "own")];
        assert_eq!(value(&both, key).0.as_deref(), Some("own"));
    }
    let container = [
        ("OTEL_RESOURCE_ATTRIBUTES", "k8s.container.name=general"),
        ("LUMIGO_CONTAINER_NAME", "shop"),
    ];
    assert_eq!(value(&container, "k8s.container.name").0.as_deref(), Some("shop"));
}

#[test]
fn payloads_are_captured_only_when_asked_for() {
    const VARIABLE: &str = "OTELIER_CAPTURE_PAYLOADS";
    let captures = |settings: &Settings| settings.integrations().capture_payloads;
    check(VARIABLE, captures, &[("true", "true"), ("FALSE", "false")], &["1", "s3cret"]);
    let (settings, warnings) = resolve(&[("LUMIGO_TRACER_TOKEN", "t_123456789"), (VARIABLE, "")]);
    assert!(!captures(&settings), "a token does not turn it on");
    assert_eq!(warnings, Vec::<String>::new());
    let code = Code { payload_capture: Some(false), ..Code::default() };
    let (settings, _) = resolve_with(&code, &[(VARIABLE, "true")]);
    assert_eq!(settings.instrumentation.payload_capture, Setting::code(false));
}

#[test]
fn baggage_becomes_attributes_by_name() {
    const VARIABLE: &str = "OTELIER_BAGGAGE_SPAN_ATTRIBUTES";
    let good = [("tenant, team,", r#"["tenant", "team"]"#), (" , ", "[]")];
    check(VARIABLE, |s| s.traces.baggage_attributes.value.clone(), &good, &[]);
    let code = Code { baggage_span_attributes: Some(vec!["own".to_owned()]), ..Code::default() };
    let (settings, _) = resolve_with(&code, &[(VARIABLE, "tenant")]);
    assert_eq!(settings.traces.baggage_attributes, Setting::code(vec!["own".to_owned()]));
}

const SECRETS: [(&str, &str); 7] = [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://me:s3cret@collector/s3cret?key=s3cret"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret"),
    ("OTEL_RESOURCE_ATTRIBUTES", "api.token=s3cret,team=blue"),
    ("HTTPS_PROXY", "http://me:s3cret@proxy:1"),
    ("OTEL_LOGS_EXPORTER", "none"),
    ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
    ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
];

#[test]
fn the_list_has_origins_and_no_secret() {
    let code = Code { service_name: Some("coded".to_owned()), ..Code::default() };
    let (settings, _) = resolve_with(&code, &SECRETS);
    let config = settings.to_config();
    let otlp = "tracer_provider.processors[0].batch.exporter.otlp";
    for (name, expected) in [
        ("resource.attributes.service.name", "coded (code)"),
        ("resource.attributes.team", "blue (OTEL_RESOURCE_ATTRIBUTES)"),
        ("resource.attributes.api.token", "**** (OTEL_RESOURCE_ATTRIBUTES)"),
        ("propagator.composite", "tracecontext,baggage (default)"),
        (
            "tracer_provider.sampler",
            "parent_based(trace_id_ratio_based(0.25)) (OTEL_TRACES_SAMPLER)",
        ),
        ("tracer_provider.processors[0].batch.schedule_delay", "5000 (default)"),
        (&format!("{otlp}.endpoint"), "https://collector (OTEL_EXPORTER_OTLP_ENDPOINT)"),
        (&format!("{otlp}.headers"), "authorization=**** (OTEL_EXPORTER_OTLP_HEADERS)"),
        (&format!("{otlp}.proxy"), "**** (HTTPS_PROXY)"),
        ("meter_provider.readers[0].periodic.interval", "60000 (default)"),
        ("logger_provider.processors", "0 (OTEL_LOGS_EXPORTER)"),
        ("instrumentation.mongodb.filter_noise", "true (default)"),
    ] {
        let entry = config.get(name).unwrap_or_else(|| panic!("{name} in {config}"));
        assert_eq!(format!("{} ({})", entry.value(), entry.origin()), expected, "{name}");
    }
    assert!(!config.to_string().contains("s3cret"), "{config}");
}

#[test]
fn the_summary_says_what_goes_where() {
    let summary = |variables: &[(&str, &str)], in_code| {
        resolve(variables).0.summary("0.1.0", Some("shop"), in_code)
    };
    let nothing = InCode::default();
    assert_eq!(
        summary(&SECRETS, nothing),
        "version 0.1.0: service shop, traces to https://collector (http/protobuf) through a proxy \
         (HTTPS_PROXY), metrics to https://collector (http/protobuf) through a proxy \
         (HTTPS_PROXY), logs off by OTEL_LOGS_EXPORTER"
    );
    let variables = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_EXPORTER", "otlp,console"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTELIER_ENABLE_LOGS", "no"),
    ];
    let added = InCode { metrics: 1, logs: 2, ..nothing };
    assert_eq!(
        summary(&variables, added),
        "version 0.1.0: service shop, traces to http://localhost:4317 (grpc) and the console, \
         metrics to a processor set in code, logs off by OTELIER_ENABLE_LOGS"
    );
    assert_eq!(
        summary(&[("LUMIGO_SWITCH_OFF", "true")], nothing),
        "version 0.1.0: switched off by LUMIGO_SWITCH_OFF, nothing is set up"
    );
    assert_eq!(
        summary(&[("OTEL_SDK_DISABLED", "true")], nothing),
        "version 0.1.0: disabled by OTEL_SDK_DISABLED, only context is propagated"
    );
}

/// A small generator (xorshift64*), so that a failure can be repeated by its seed.
struct Random(u64);

impl Random {
    /// Other numbers in each run, unless it is given a seed. What a test prints is shown if it
    /// fails.
    #[allow(clippy::print_stdout, reason = "shown if a test fails")]
    fn of_this_run() -> Self {
        let given = std::env::var("OTELIER_FUZZ_SEED").ok().map(|seed| seed.parse().unwrap());
        let clock = || {
            let now = std::time::SystemTime::now();
            now.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64
        };
        let seed: u64 = given.unwrap_or_else(clock);
        println!("OTELIER_FUZZ_SEED={seed} repeats this run");
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % bound
    }

    fn value(&mut self) -> String {
        const PARTS: [&str; 36] = [
            "true",
            "FALSE",
            "none",
            "otlp",
            "console",
            "grpc",
            "http/json",
            "gzip",
            "delta",
            "b3",
            "xray",
            "traceidratio",
            "0",
            "1",
            "-1",
            "0.5",
            "2048",
            "18446744073709551616",
            "NaN",
            "http://",
            "https://",
            "s3cret",
            "s3cret@",
            "localhost:4318",
            "/v1",
            "?s3cret",
            "=",
            ",",
            ";",
            "%",
            "%41",
            "%ff",
            " ",
            "\u{1f4a5}",
            "\0",
            "é",
        ];
        (0..1 + self.below(4)).map(|_| PARTS[self.below(PARTS.len())]).collect()
    }
}

#[test]
fn random_environments_never_fail_or_leak() {
    let mut random = Random::of_this_run();
    let mut warned = 0;
    for _ in 0..3000 {
        let mut variables: Vec<(&str, String)> = Vec::new();
        for name in crate::configuration::ALL {
            if random.below(3) == 0 {
                variables.push((name, random.value()));
            }
        }
        let environment: Environment = variables.iter().cloned().collect();
        let (settings, warnings) = Settings::resolve(&Code::default(), &environment).unwrap();
        for warning in &warnings {
            assert!(!warning.contains("s3cret"), "{warning} of {variables:?}");
        }
        warned += usize::from(!warnings.is_empty());
        // What is shown of them must not fail either.
        let _ = settings.to_config().to_string();
        let _ = settings.summary("0.1.0", None, InCode::default());
        settings.integrations();
    }
    assert!(warned > 2000, "otherwise the loop says nothing about what is wrong");
}

/// Whether `tenant` and `password` are masked in `context`, and what was warned about.
fn masked(variables: &[(&str, &str)], context: MaskingContext) -> (bool, bool, Vec<String>) {
    let (settings, warnings) = resolve(variables);
    let masking = settings.integrations().masking;
    let keys = masking.keys(context);
    (keys.matches("x-Tenant"), keys.matches("password"), warnings)
}

#[test]
fn masked_keys_are_those_of_the_variable() {
    use MaskingContext::{Environment, General, HttpQueryParams};
    const OWN: &str = r#"["tenant"]"#;
    let general = "OTELIER_SECRET_MASKING_REGEX";
    let query = "OTELIER_SECRET_MASKING_REGEX_HTTP_QUERY_PARAMS";
    for (variables, context, tenant, password) in [
        (vec![], General, false, true),
        (vec![(general, OWN)], General, true, false),
        (vec![(general, "ALL")], HttpQueryParams, true, true),
        (vec![(general, "[]")], Environment, false, false),
        (vec![("LUMIGO_SECRET_MASKING_REGEX", OWN)], General, true, false),
        (vec![("LUMIGO_BLACKLIST_REGEX", OWN)], General, true, false),
        (
            vec![("LUMIGO_BLACKLIST_REGEX", "[]"), ("LUMIGO_SECRET_MASKING_REGEX", OWN)],
            General,
            true,
            false,
        ),
        (vec![("LUMIGO_SECRET_MASKING_REGEX", "[]"), (general, OWN)], General, true, false),
        (vec![(general, OWN)], HttpQueryParams, true, false),
        (vec![(general, OWN), (query, "[]")], HttpQueryParams, false, false),
        (vec![(general, OWN), (query, "[]")], General, true, false),
        (vec![("LUMIGO_SECRET_MASKING_REGEX_ENVIRONMENT", OWN)], Environment, true, false),
    ] {
        assert_eq!(masked(&variables, context), (tenant, password, vec![]), "{variables:?}");
    }
}

#[test]
fn keys_that_cannot_be_read_never_mask_less() {
    use MaskingContext::{General, HttpQueryParams};
    let (general, query) =
        ("OTELIER_SECRET_MASKING_REGEX", "OTELIER_SECRET_MASKING_REGEX_HTTP_QUERY_PARAMS");
    for bad in ["tenant", r#"["tenant", 1]"#, r#"["tenant("]"#, "none"] {
        let (tenant, password, warnings) = masked(&[(general, bad)], General);
        assert_eq!((tenant, password, warnings.len()), (false, true, 1), "{bad}");
        assert!(warnings[0].starts_with(general) && warnings[0].contains("the default keys"));
        assert!(!warnings[0].contains("tenant"), "{warnings:?}");

        let (tenant, _, warnings) =
            masked(&[(general, r#"["tenant"]"#), (query, bad)], HttpQueryParams);
        assert_eq!((tenant, warnings.len()), (true, 1), "{bad}");
        assert!(warnings[0].contains("the general keys"), "{warnings:?}");
    }
}
