//! The settings that calls are made with.

/// Variables of OpenTelemetry and of Otelier, and which calls are made with them.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) name: &'static str,
    pub(crate) variables: &'static [(&'static str, &'static str)],
    /// These calls only; all if there are none.
    calls: &'static [&'static str],
}

impl Settings {
    /// Whether the call is made with them.
    pub(crate) fn has(&self, call: &str) -> bool {
        self.calls.is_empty() || self.calls.contains(&call)
    }

    /// How long values may be.
    pub(crate) fn value_limit(&self) -> Option<usize> {
        let (_, limit) = self.variables.iter().find(|(name, _)| *name == VALUE_LIMIT)?;
        limit.parse().ok()
    }
}

/// Those that the calls of HTTP libraries are made with.
pub(crate) fn http() -> Vec<Settings> {
    let few = &["found", "posted", "relayed", "failed", "panicked", "unknown_method"];
    let added = Settings {
        name: "headers that axum adds",
        variables: &[(
            "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS",
            "content-length,allow",
        )],
        calls: &["found", "method_not_allowed"],
    };
    let sampler = Settings {
        name: "a sampler by route",
        variables: &[(
            "OTEL_CONFIG_FILE",
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/zero_code/contract/sampler_by_route.yaml"),
        )],
        calls: &["sampled_by_route"],
    };
    [DEFAULTS, EVERYTHING, added, sampler].into_iter().chain(partly(few)).collect()
}

/// Those that all other calls are made with; some of them with these `few` calls only.
pub(crate) fn others(few: &'static [&'static str]) -> Vec<Settings> {
    [DEFAULTS, EVERYTHING].into_iter().chain(partly(few)).collect()
}

const VALUE_LIMIT: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";

const DEFAULTS: Settings = Settings { name: "defaults", variables: &[], calls: &[] };

/// Everything that is opt-in.
const EVERYTHING: Settings = Settings {
    name: "everything",
    variables: &[
        ("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "true"),
        ("OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY", "true"),
        ("OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS", "x-asked,authorization"),
        ("OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS", "content-type,location"),
        ("OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS", "x-asked,content-type"),
        ("OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS", "content-type,allow"),
        ("OTELIER_CAPTURE_PAYLOADS", "true"),
        ("OTELIER_REDUCED_MONGO_INSTRUMENTATION", "false"),
    ],
    calls: &[],
};

/// Settings that leave something out, or change what is recorded.
fn partly(calls: &'static [&'static str]) -> impl Iterator<Item = Settings> {
    const PARTLY: [(&str, &[(&str, &str)]); 6] = [
        ("no traces", &[("OTEL_TRACES_EXPORTER", "none")]),
        ("no metrics", &[("OTEL_METRICS_EXPORTER", "none")]),
        ("no span is sampled", &[("OTEL_TRACES_SAMPLER", "always_off")]),
        ("short values", &[(VALUE_LIMIT, "6")]),
        (
            "some libraries left out",
            &[("OTELIER_DISABLE_INSTRUMENTATION", "axum,mysql,mongodb,aws-sqs")],
        ),
        (
            "other propagation, methods and a filter",
            &[
                ("OTEL_PROPAGATORS", "b3,xray"),
                ("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET,PURGE"),
                ("OTELIER_FILTER_HTTP_ENDPOINTS_REGEX", r#"[".*/users/.*"]"#),
            ],
        ),
    ];
    PARTLY.into_iter().map(move |(name, variables)| Settings { name, variables, calls })
}
