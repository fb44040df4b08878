//! Every environment variable that is read, each with its default.
//!
//! Each constant is the name of a variable. Its documentation says what the variable does.
//!
//! - Code beats the environment, which beats the default, for each value by itself.
//! - A variable that is set to nothing counts as unset. Values are trimmed, and so are the items of
//!   lists, which are separated by commas.
//! - A boolean is `true` or `false`, in any case.
//! - What cannot be used is never an error: one warning names the variable and what is used
//!   instead, and never shows the value.
//!
//! Names that begin with `OTEL_` are OpenTelemetry's, with the meaning of its specification. Those
//! that begin with `OTELIER_` are Otelier's own. Those that begin with `LUMIGO_` or `LS_` are those
//! of a vendor's distributions: most of them are aliases, so that a service can change to Otelier
//! with its environment as it is. The others are variables that a platform, a shell or a network
//! sets for all programs.
//!
//! With [`OTEL_CONFIG_FILE`] only some of them count; the others are named in a warning, unless the
//! file refers to them.

/// Makes a public constant of each variable, whose value is its own name, and a list of all names.
/// The meaning and the default become the documentation of the constant. A test in `config/env.rs`
/// compares the list with the variables that are read: neither may have one that the other lacks.
macro_rules! variables {
    ($($name:ident: $meaning:literal, default $default:literal;)+) => {
        $(
            #[doc = concat!($meaning, " Default: ", $default, ".")]
            pub const $name: &str = stringify!($name);
        )+

        /// Every name.
        pub(crate) const ALL: &[&str] = &[$($name),+];
    };
}

/// Whether a variable says the same with a configuration file as without: those that turn
/// everything off, are about diagnostics, dumps and log lines, say what is masked, or how the
/// network, the platform and the terminal are.
///
/// A new variable that is about the process and not about telemetry has to be added here, or its
/// users are warned that it is ignored.
pub(crate) fn counts_beside_a_file(variable: &str) -> bool {
    const BEGINNINGS: [&str; 5] = [
        "OTELIER_SECRET_MASKING_REGEX",
        "LUMIGO_SECRET_MASKING_REGEX",
        "LUMIGO_BLACKLIST_REGEX",
        "AWS_",
        "ECS_",
    ];
    let others = [
        OTEL_CONFIG_FILE,
        OTELIER_SWITCH_OFF,
        LUMIGO_SWITCH_OFF,
        OTELIER_DEBUG,
        LUMIGO_DEBUG,
        RUST_LOG,
        OTELIER_LOG_FORMAT,
        OTELIER_PANIC_HOOK,
        OTELIER_SIGNAL_HANDLER,
        OTELIER_SPANDUMP,
        LUMIGO_DEBUG_SPANDUMP,
        OTELIER_LOGDUMP,
        LUMIGO_DEBUG_LOGDUMP,
        HTTP_PROXY,
        HTTPS_PROXY,
        ALL_PROXY,
        NO_PROXY,
        NO_COLOR,
        COLUMNS,
        HOSTNAME,
        COMPUTERNAME,
    ];
    others.contains(&variable) || BEGINNINGS.iter().any(|it| variable.starts_with(it))
}

variables! {
    // What runs.
    OTEL_CONFIG_FILE:
        "A file with the whole configuration, in OpenTelemetry's declarative form. With it other \
         variables count only where the file refers to them, as in `${OTEL_SERVICE_NAME}`, except \
         those that turn everything off, are about diagnostics and log lines, say what is masked, \
         and those of proxies and terminals.",
        default "none";
    OTELIER_SWITCH_OFF:
        "`true`: nothing is set up, and every integration passes through.",
        default "`false`";
    LUMIGO_SWITCH_OFF: "The same as [`OTELIER_SWITCH_OFF`], which comes first.", default "unset";
    OTEL_SDK_DISABLED: "`true`: no telemetry; context is still propagated.", default "`false`";
    OTELIER_ENABLE_TRACES:
        "Anything but `true` turns traces off, processors set in code included.",
        default "`true`";
    LUMIGO_ENABLE_TRACES:
        "The same as [`OTELIER_ENABLE_TRACES`], which comes first.",
        default "unset";
    OTELIER_ENABLE_LOGS:
        "Anything but `true` turns logs off, processors set in code included.",
        default "`true`";
    LUMIGO_ENABLE_LOGS: "The same as [`OTELIER_ENABLE_LOGS`], which comes first.", default "unset";

    // Backend.
    OTELIER_BACKEND:
        "The vendor that telemetry goes to: `lumigo` or `lightstep`, with its address, protocol and \
         token; or `otlp`, for none. It also lets the token go to an address that \
         `OTEL_EXPORTER_OTLP_*_ENDPOINT` or code names.",
        default "the vendor whose token is set; `otlp` without a token, or with two";
    LUMIGO_TRACER_TOKEN:
        "The token of Lumigo, and with it the backend `lumigo`: traces over HTTP; logs only with \
         [`OTELIER_ENABLE_LOGS`]; no metrics, unless an exporter or an endpoint is set for them; \
         and `process.environ` in the resource.",
        default "none";
    LUMIGO_ENDPOINT:
        "For the backend `lumigo`: the address of traces, used as it is. It beats \
         `OTEL_EXPORTER_OTLP_*_ENDPOINT`.",
        default "Lumigo's";
    LUMIGO_LOGS_ENDPOINT:
        "For the backend `lumigo`: the address of logs, used as it is.",
        default "Lumigo's";
    OTELIER_REPORT_DEPENDENCIES:
        "Anything but `true`: the names and versions of the program's dependencies are not sent to \
         the backend. They are sent only to Lumigo, and only if traces go to Lumigo's own address.",
        default "`true`";
    LUMIGO_REPORT_DEPENDENCIES:
        "The same as [`OTELIER_REPORT_DEPENDENCIES`], which comes first.",
        default "unset";
    LUMIGO_CONNECTION_TIMEOUT:
        "How long the report of dependencies may take, in seconds, such as `0.5`.",
        default "`3`";
    LS_ACCESS_TOKEN:
        "The token of Lightstep, and with it the backend `lightstep`: all signals over gRPC.",
        default "none";
    LS_SERVICE_NAME: "The same as [`OTEL_SERVICE_NAME`], which comes first.", default "unset";
    LS_SERVICE_VERSION: "The version of the service, `service.version`.", default "none";

    // Diagnostics.
    OTEL_LOG_LEVEL:
        "The least severe of Otelier's own diagnostics that is shown: `none`, `error`, `warn`, \
         `info` or `debug`.",
        default "`info`";
    OTELIER_DEBUG:
        "`true`: all diagnostics, with each setting and where it came from.",
        default "`false`";
    LUMIGO_DEBUG: "The same as [`OTELIER_DEBUG`], which comes first.", default "unset";

    OTELIER_SPANDUMP:
        "A file to which every span is written as it ends, as a line of OTLP/JSON: also without an \
         exporter, and also a span that is marked as not to be exported. It is emptied at start. A \
         fifo, `/dev/stdout`, `/dev/stderr`, `console:log` and `console:error` work too.",
        default "none";
    LUMIGO_DEBUG_SPANDUMP: "The same as [`OTELIER_SPANDUMP`], which comes first.", default "unset";
    OTELIER_LOGDUMP:
        "The same as [`OTELIER_SPANDUMP`] for log records, while logs are on.",
        default "none";
    LUMIGO_DEBUG_LOGDUMP: "The same as [`OTELIER_LOGDUMP`], which comes first.", default "unset";

    // The lines that a program logs, by the crate `otelier-tracing`.
    RUST_LOG:
        "Which spans and events of `tracing` are recorded, as directives of `EnvFilter`.",
        default "the level of [`OTEL_LOG_LEVEL`]";
    OTELIER_LOG_FORMAT:
        "How log lines on standard error look: `pretty`, `compact`, `json`, or `none` for no lines.",
        default "`pretty` on a terminal, else `compact`";
    OTELIER_PANIC_HOOK: "`true`: each panic becomes a log record.", default "`false`";

    // The end of the process.
    OTELIER_SIGNAL_HANDLER:
        "`true`: SIGTERM and SIGINT deliver what is pending before they end the process, where \
         the program does not handle them itself. On Linux, with the feature `signal`.",
        default "`true`";

    // Masking.
    OTELIER_SECRET_MASKING_REGEX:
        "The keys whose values are masked, as a JSON array of regular expressions that are searched \
         for in any case, or `all`. `[]` masks nothing.",
        default "the keys that contain one of `masking::DEFAULT_KEYS`";
    LUMIGO_SECRET_MASKING_REGEX:
        "The same as [`OTELIER_SECRET_MASKING_REGEX`], which comes first.",
        default "unset";
    LUMIGO_BLACKLIST_REGEX:
        "The same as [`OTELIER_SECRET_MASKING_REGEX`], which comes first.",
        default "unset";
    OTELIER_SECRET_MASKING_REGEX_HTTP_REQUEST_BODIES:
        "The same as [`OTELIER_SECRET_MASKING_REGEX`], in its place for bodies of HTTP requests.",
        default "unset";
    LUMIGO_SECRET_MASKING_REGEX_HTTP_REQUEST_BODIES:
        "The same as [`OTELIER_SECRET_MASKING_REGEX_HTTP_REQUEST_BODIES`], which comes first.",
        default "unset";
    OTELIER_SECRET_MASKING_REGEX_HTTP_REQUEST_HEADERS:
        "The same as [`OTELIER_SECRET_MASKING_REGEX`], in its place for headers of HTTP requests.",
        default "unset";
    LUMIGO_SECRET_MASKING_REGEX_HTTP_REQUEST_HEADERS:
        "The same as [`OTELIER_SECRET_MASKING_REGEX_HTTP_REQUEST_HEADERS`], which comes first.",
        default "unset";
    OTELIER_SECRET_MASKING_REGEX_HTTP_RESPONSE_BODIES:
        "The same as [`OTELIER_SECRET_MASKING_REGEX`], in its place for bodies of HTTP responses.",
        default "unset";
    LUMIGO_SECRET_MASKING_REGEX_HTTP_RESPONSE_BODIES:
        "The same as [`OTELIER_SECRET_MASKING_REGEX_HTTP_RESPONSE_BODIES`], which comes first.",
        default "unset";
    OTELIER_SECRET_MASKING_REGEX_HTTP_RESPONSE_HEADERS:
        "The same as [`OTELIER_SECRET_MASKING_REGEX`], in its place for headers of HTTP responses.",
        default "unset";
    LUMIGO_SECRET_MASKING_REGEX_HTTP_RESPONSE_HEADERS:
        "The same as [`OTELIER_SECRET_MASKING_REGEX_HTTP_RESPONSE_HEADERS`], which comes first.",
        default "unset";
    OTELIER_SECRET_MASKING_REGEX_HTTP_QUERY_PARAMS:
        "The same as [`OTELIER_SECRET_MASKING_REGEX`], in its place for queries of URLs.",
        default "unset";
    LUMIGO_SECRET_MASKING_REGEX_HTTP_QUERY_PARAMS:
        "The same as [`OTELIER_SECRET_MASKING_REGEX_HTTP_QUERY_PARAMS`], which comes first.",
        default "unset";
    OTELIER_SECRET_MASKING_REGEX_ENVIRONMENT:
        "The same as [`OTELIER_SECRET_MASKING_REGEX`], in its place for environment variables.",
        default "unset";
    LUMIGO_SECRET_MASKING_REGEX_ENVIRONMENT:
        "The same as [`OTELIER_SECRET_MASKING_REGEX_ENVIRONMENT`], which comes first.",
        default "unset";

    // Payloads.
    OTELIER_CAPTURE_PAYLOADS:
        "`true`: bodies of HTTP requests and responses, messages, and MongoDB's commands and replies \
         are recorded, masked and cut to the limit of attribute values.",
        default "`false`";

    // Resource.
    OTEL_SERVICE_NAME:
        "The logical name of the service, `service.name`.",
        default "`unknown_service:` and the name of the program";
    OTEL_RESOURCE_ATTRIBUTES:
        "Attributes that describe the service, as `key=value,key=value`, percent-encoded. One \
         item that is wrong discards all.",
        default "none";
    OTELIER_TAG:
        "The resource attribute `otelier.tag`. A value with a semicolon is ignored.",
        default "none";
    LUMIGO_TAG:
        "The resource attribute `lumigo.tag`. A value with a semicolon is ignored.",
        default "none";
    LUMIGO_CONTAINER_NAME: "The resource attribute `k8s.container.name`.", default "none";
    OTELIER_RESOURCE_DETECTORS:
        "What is detected: a list of `process`, `host`, `os`, `container`, `ecs`, `ec2`, `eks`, \
         `lambda`, `k8s` and `environ`, or `all`, or `none`. `environ` is the whole environment, \
         masked, as `process.environ`.",
        default "all but `environ`; with the backend `lumigo` that too";

    // What a platform says to its programs.
    ECS_CONTAINER_METADATA_URI:
        "Set by ECS. It marks its containers, and is not requested.",
        default "unset";
    ECS_CONTAINER_METADATA_URI_V4:
        "Set by ECS: where the detector `ecs` requests what describes the task.",
        default "unset";
    AWS_EXECUTION_ENV:
        "Set by AWS. On Fargate no metadata of an instance is requested.",
        default "unset";
    AWS_REGION: "Set by AWS: `cloud.region` on Lambda and EKS.", default "unset";
    AWS_LAMBDA_FUNCTION_NAME: "Set by Lambda: `faas.name`.", default "unset";
    AWS_LAMBDA_FUNCTION_VERSION: "Set by Lambda: `faas.version`.", default "unset";
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "Set by Lambda: `faas.max_memory`.", default "unset";
    AWS_LAMBDA_LOG_GROUP_NAME: "Set by Lambda: `aws.log.group.names`.", default "unset";
    AWS_LAMBDA_LOG_STREAM_NAME: "Set by Lambda: `faas.instance`.", default "unset";
    AWS_EC2_METADATA_DISABLED:
        "`true`: the metadata of an EC2 instance is not requested.",
        default "`false`";
    AWS_EC2_METADATA_SERVICE_ENDPOINT:
        "Where the detectors `ec2` and `eks` request the metadata of an instance. Without it, they \
         request it only if the machine's firmware says that it is EC2's.",
        default "`http://169.254.169.254`";
    AWS_WEB_IDENTITY_TOKEN_FILE: "Set by EKS, whose pods are recognized by it.", default "unset";
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE:
        "Set by EKS, whose pods are recognized by it.",
        default "unset";
    HOSTNAME: "`host.name` where the system has no file with it.", default "unset";
    COMPUTERNAME: "The same on Windows.", default "unset";

    // Exporters.
    OTEL_TRACES_EXPORTER:
        "Where spans go: a list of `otlp` and `console`, or `none`. With `none` no trace is \
         started here, and context is passed on.",
        default "`otlp`";
    OTEL_METRICS_EXPORTER:
        "Where metrics go: a list of `otlp`, `console` and, with the feature `prometheus`, \
         `prometheus`; or `none`.",
        default "`otlp`";
    OTEL_LOGS_EXPORTER:
        "Where log records go: a list of `otlp` and `console`, or `none`.",
        default "`otlp`";
    OTEL_EXPORTER_PROMETHEUS_HOST:
        "Where `prometheus` is served metrics, under `/metrics`: an address or name of this \
         machine. `0.0.0.0` is all of its addresses.",
        default "`localhost`";
    OTEL_EXPORTER_PROMETHEUS_PORT:
        "The port of it. With one that is in use the service runs on, with a warning.",
        default "`9464`";
    NO_COLOR: "Set to anything: `console` draws without colors.", default "unset";
    COLUMNS: "How wide `console` draws.", default "the width of the terminal";

    // OTLP.
    OTEL_EXPORTER_OTLP_ENDPOINT:
        "The address of the collector. HTTP adds `v1/<signal>` to the path.",
        default "`http://localhost:4318` with HTTP, `http://localhost:4317` with gRPC";
    OTEL_EXPORTER_OTLP_PROTOCOL:
        "`grpc`, `http/protobuf` or `http/json`.",
        default "`http/protobuf`";
    OTEL_EXPORTER_OTLP_HEADERS:
        "Headers of each request, as `name=value,name=value`, percent-encoded.",
        default "none";
    OTEL_EXPORTER_OTLP_TIMEOUT:
        "How long one export may take, in milliseconds, retries included; 0 is without limit.",
        default "`10000`";
    OTEL_EXPORTER_OTLP_COMPRESSION: "`gzip` or `none`.", default "`none`";
    OTEL_EXPORTER_OTLP_CERTIFICATE:
        "A file of certificate authorities, in PEM form, in place of the built-in ones.",
        default "none";
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE:
        "A file with the certificate of the client, in PEM form.",
        default "none";
    OTEL_EXPORTER_OTLP_CLIENT_KEY:
        "A file with the key of that certificate, in PEM form.",
        default "none";
    OTEL_EXPORTER_OTLP_INSECURE:
        "`true`: gRPC to an address without a scheme is not encrypted.",
        default "`false`";
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT:
        "For traces only: the address of the collector. It is used as it is.",
        default "that of [`OTEL_EXPORTER_OTLP_ENDPOINT`]";
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL:
        "For traces only: `grpc`, `http/protobuf` or `http/json`.",
        default "that of [`OTEL_EXPORTER_OTLP_PROTOCOL`]";
    OTEL_EXPORTER_OTLP_TRACES_HEADERS:
        "For traces only: headers of each request, as `name=value,name=value`, percent-encoded.",
        default "that of [`OTEL_EXPORTER_OTLP_HEADERS`]";
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT:
        "For traces only: how long one export may take, in milliseconds, retries included; 0 is \
         without limit.",
        default "that of [`OTEL_EXPORTER_OTLP_TIMEOUT`]";
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION:
        "For traces only: `gzip` or `none`.",
        default "that of [`OTEL_EXPORTER_OTLP_COMPRESSION`]";
    OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE:
        "For traces only: a file of certificate authorities, in PEM form, in place of the \
         built-in ones.",
        default "that of [`OTEL_EXPORTER_OTLP_CERTIFICATE`]";
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE:
        "For traces only: a file with the certificate of the client, in PEM form.",
        default "that of [`OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`]";
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY:
        "For traces only: a file with the key of that certificate, in PEM form.",
        default "that of [`OTEL_EXPORTER_OTLP_CLIENT_KEY`]";
    OTEL_EXPORTER_OTLP_TRACES_INSECURE:
        "For traces only: `true`: gRPC to an address without a scheme is not encrypted.",
        default "that of [`OTEL_EXPORTER_OTLP_INSECURE`]";
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT:
        "For metrics only: the address of the collector. It is used as it is.",
        default "that of [`OTEL_EXPORTER_OTLP_ENDPOINT`]";
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL:
        "For metrics only: `grpc`, `http/protobuf` or `http/json`.",
        default "that of [`OTEL_EXPORTER_OTLP_PROTOCOL`]";
    OTEL_EXPORTER_OTLP_METRICS_HEADERS:
        "For metrics only: headers of each request, as `name=value,name=value`, percent-encoded.",
        default "that of [`OTEL_EXPORTER_OTLP_HEADERS`]";
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT:
        "For metrics only: how long one export may take, in milliseconds, retries included; 0 is \
         without limit.",
        default "that of [`OTEL_EXPORTER_OTLP_TIMEOUT`]";
    OTEL_EXPORTER_OTLP_METRICS_COMPRESSION:
        "For metrics only: `gzip` or `none`.",
        default "that of [`OTEL_EXPORTER_OTLP_COMPRESSION`]";
    OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE:
        "For metrics only: a file of certificate authorities, in PEM form, in place of the \
         built-in ones.",
        default "that of [`OTEL_EXPORTER_OTLP_CERTIFICATE`]";
    OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE:
        "For metrics only: a file with the certificate of the client, in PEM form.",
        default "that of [`OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`]";
    OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY:
        "For metrics only: a file with the key of that certificate, in PEM form.",
        default "that of [`OTEL_EXPORTER_OTLP_CLIENT_KEY`]";
    OTEL_EXPORTER_OTLP_METRICS_INSECURE:
        "For metrics only: `true`: gRPC to an address without a scheme is not encrypted.",
        default "that of [`OTEL_EXPORTER_OTLP_INSECURE`]";
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT:
        "For logs only: the address of the collector. It is used as it is.",
        default "that of [`OTEL_EXPORTER_OTLP_ENDPOINT`]";
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL:
        "For logs only: `grpc`, `http/protobuf` or `http/json`.",
        default "that of [`OTEL_EXPORTER_OTLP_PROTOCOL`]";
    OTEL_EXPORTER_OTLP_LOGS_HEADERS:
        "For logs only: headers of each request, as `name=value,name=value`, percent-encoded.",
        default "that of [`OTEL_EXPORTER_OTLP_HEADERS`]";
    OTEL_EXPORTER_OTLP_LOGS_TIMEOUT:
        "For logs only: how long one export may take, in milliseconds, retries included; 0 is \
         without limit.",
        default "that of [`OTEL_EXPORTER_OTLP_TIMEOUT`]";
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION:
        "For logs only: `gzip` or `none`.",
        default "that of [`OTEL_EXPORTER_OTLP_COMPRESSION`]";
    OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE:
        "For logs only: a file of certificate authorities, in PEM form, in place of the built-in \
         ones.",
        default "that of [`OTEL_EXPORTER_OTLP_CERTIFICATE`]";
    OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE:
        "For logs only: a file with the certificate of the client, in PEM form.",
        default "that of [`OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`]";
    OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY:
        "For logs only: a file with the key of that certificate, in PEM form.",
        default "that of [`OTEL_EXPORTER_OTLP_CLIENT_KEY`]";
    OTEL_EXPORTER_OTLP_LOGS_INSECURE:
        "For logs only: `true`: gRPC to an address without a scheme is not encrypted.",
        default "that of [`OTEL_EXPORTER_OTLP_INSECURE`]";
    HTTP_PROXY:
        "The proxy to an HTTP endpoint with `http://`; never used to this machine. `http_proxy` \
         comes first.",
        default "none";
    HTTPS_PROXY:
        "The proxy to an HTTP endpoint with `https://`; never used to this machine. `https_proxy` \
         comes first.",
        default "none";
    ALL_PROXY:
        "The proxy where neither of the two is set. `all_proxy` comes first.",
        default "none";
    NO_PROXY: "Hosts, and networks such as `10.0.0.0/8`, that are reached without a proxy. `no_proxy` comes first.", default "none";

    // Traces.
    OTEL_TRACES_SAMPLER:
        "Which spans are recorded: `always_on`, `always_off`, `traceidratio`, or one of them with \
         `parentbased_` before it.",
        default "`parentbased_always_on`";
    OTEL_TRACES_SAMPLER_ARG:
        "The share of traces that `traceidratio` records, from 0 to 1.",
        default "`1.0`";
    OTELIER_FILTER_HTTP_ENDPOINTS_REGEX:
        "HTTP requests that leave no span, and neither does what they cause: a JSON array of \
         regular expressions, which are searched for and whose case counts. For both sides. \
         Metrics are not filtered.",
        default "none";
    LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX:
        "The same as [`OTELIER_FILTER_HTTP_ENDPOINTS_REGEX`], which comes first.",
        default "unset";
    OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_SERVER:
        "The same as [`OTELIER_FILTER_HTTP_ENDPOINTS_REGEX`] for requests that are served, by \
         their path and, after a `?`, their query.",
        default "none";
    LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX_SERVER:
        "The same as [`OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_SERVER`], which comes first.",
        default "unset";
    OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT:
        "The same as [`OTELIER_FILTER_HTTP_ENDPOINTS_REGEX`] for requests that are made, by their \
         whole URL, in which secrets are masked.",
        default "none";
    LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT:
        "The same as [`OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT`], which comes first.",
        default "unset";
    OTELIER_BAGGAGE_SPAN_ATTRIBUTES:
        "The entries of baggage that become attributes of each span, as a list of their names. \
         Values of sensitive keys are masked.",
        default "none";
    OTEL_BSP_SCHEDULE_DELAY:
        "How long spans wait for others before they are exported, in milliseconds.",
        default "`5000`";
    OTEL_BSP_EXPORT_TIMEOUT:
        "How long the export of a batch of spans may take, in milliseconds.",
        default "`30000`";
    OTEL_BSP_MAX_QUEUE_SIZE: "How many spans may wait; more are dropped.", default "`2048`";
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "How many spans are exported at once.", default "`512`";

    // Metrics.
    OTEL_METRIC_EXPORT_INTERVAL:
        "How often metrics are exported, in milliseconds.",
        default "`60000`, with `console` 10000";
    OTEL_METRIC_EXPORT_TIMEOUT:
        "How long an export of metrics may take, in milliseconds.",
        default "`30000`";
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE:
        "`cumulative`, `delta` or `lowmemory`.",
        default "`cumulative`";
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION:
        "`explicit_bucket_histogram` or `base2_exponential_bucket_histogram`, for every \
         exporter.",
        default "`explicit_bucket_histogram`";
    OTEL_METRICS_EXEMPLAR_FILTER:
        "`always_off`, since the SDK has no exemplars yet; `always_on` and `trace_based` are warned \
         about.",
        default "`always_off`";

    // Logs.
    OTEL_BLRP_SCHEDULE_DELAY:
        "How long log records wait for others before they are exported, in milliseconds.",
        default "`1000`";
    OTEL_BLRP_EXPORT_TIMEOUT:
        "How long the export of a batch of log records may take, in milliseconds.",
        default "`30000`";
    OTEL_BLRP_MAX_QUEUE_SIZE: "How many log records may wait; more are dropped.", default "`2048`";
    OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: "How many log records are exported at once.", default "`512`";

    // Limits.
    OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT:
        "How many characters a string attribute of a span keeps, and each string of an array.",
        default "`2048`";
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT:
        "The same for spans and log records, where they have no limit of their own.",
        default "`2048` for spans, none for log records";
    OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: "The same for log records.", default "none";
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "How many attributes a span keeps.", default "`128`";
    OTEL_ATTRIBUTE_COUNT_LIMIT:
        "How many attributes a span, event, link or log record keeps, where it has no limit of \
         its own.",
        default "`128`";
    OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT:
        "How many attributes a log record keeps.",
        default "`128`";
    OTEL_SPAN_EVENT_COUNT_LIMIT: "How many events a span keeps.", default "`128`";
    OTEL_SPAN_LINK_COUNT_LIMIT: "How many links a span keeps.", default "`128`";
    OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: "How many attributes an event keeps.", default "`128`";
    OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: "How many attributes a link keeps.", default "`128`";

    // Propagation.
    OTEL_PROPAGATORS:
        "How context travels between services: a list of `tracecontext`, `baggage`, `b3`, \
         `b3multi` and `xray`, or `none`.",
        default "`tracecontext,baggage`";

    // Integrations.
    OTELIER_DISABLE_INSTRUMENTATION:
        "Integrations that make no spans and no metrics, as a list of their features' names. \
         They still pass context on.",
        default "none";
    LUMIGO_DISABLE_INSTRUMENTATION:
        "The same as [`OTELIER_DISABLE_INSTRUMENTATION`], which comes first. It takes Lumigo's \
         names too.",
        default "unset";
    OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS:
        "The HTTP methods that are reported by name, in place of the default list.",
        default "the methods of RFC 9110 and PATCH";
    OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS:
        "Request headers that HTTP servers record, as a list.",
        default "none";
    OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS:
        "Response headers that HTTP servers record, as a list.",
        default "none";
    OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY:
        "`true`: HTTP servers also measure active requests and body sizes.",
        default "`false`";
    OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS:
        "Request headers that HTTP clients record, as a list.",
        default "none";
    OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS:
        "Response headers that HTTP clients record, as a list.",
        default "none";
    OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY:
        "`true`: HTTP clients also measure active requests and body sizes.",
        default "`false`";
    OTELIER_SQS_PARENT:
        "Whose child the span of a message from SQS is: `receive` or `producer`.",
        default "`receive`";
    OTELIER_AUTO_FILTER_EMPTY_SQS:
        "`true`: a poll that brings no message, and does not fail, leaves no span.",
        default "`true`";
    LUMIGO_AUTO_FILTER_EMPTY_SQS:
        "The same as [`OTELIER_AUTO_FILTER_EMPTY_SQS`], which comes first.",
        default "unset";
    OTELIER_REDUCED_MONGO_INSTRUMENTATION:
        "`true`: MongoDB's `hello`, `ping` and their like leave no trace.",
        default "`true`";
    LUMIGO_REDUCED_MONGO_INSTRUMENTATION:
        "The same as [`OTELIER_REDUCED_MONGO_INSTRUMENTATION`], which comes first.",
        default "unset";
}
