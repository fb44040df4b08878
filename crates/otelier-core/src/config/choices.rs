//! The settings that are one of a few names, as types.
//!
//! Each of these types implements `Choice`, mostly through the macro `choice!`, which writes the
//! enum and its table of names from one list. The environment compares names without regard to
//! case; a configuration file needs the exact spelling, as its schema does. Text that is no name
//! never becomes an error in the environment: the reader warns with `EXPECTED` and takes the
//! default.

use std::fmt;

/// A type whose values have names in the environment.
pub(crate) trait Choice: Copy + 'static {
    /// Completes "expected …" in a warning.
    const EXPECTED: &'static str;
    /// Every value with its name.
    const ALL: &'static [(&'static str, Self)];

    /// The value of this name or alias, in any case; `None` if there is no such name.
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|&(_, value)| value)
    }

    /// The first name of the value, never an alias. It is what warnings and lists of settings show.
    fn name(self) -> &'static str;
}

/// One of the three kinds of telemetry.
///
/// ```
/// # use otelier_core as otelier;
/// use otelier::Signal;
///
/// assert_eq!(format!("/v1/{}", Signal::Traces), "/v1/traces");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Measurements.
    Metrics,
    /// Log records.
    Logs,
}

impl Signal {
    /// The name in lower case, as it stands in the path of an OTLP endpoint: `traces`, `metrics` or
    /// `logs`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Defines an enum and its `Choice`. Text after `|` is an alias: it is read, and never shown.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident, expected $expected:literal {
            $($(#[$doc:meta])* $variant:ident = $text:literal $(| $alias:literal)*,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl Choice for $name {
            const EXPECTED: &'static str = $expected;
            const ALL: &'static [(&'static str, Self)] =
                &[$(($text, Self::$variant), $(($alias, Self::$variant),)*)+];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

choice! {
    /// How the lines look that a program logs. The variable is `OTELIER_LOG_FORMAT`.
    #[non_exhaustive]
    pub enum LogFormat, expected "pretty, compact, json or none" {
        /// Several lines an event, for a person at a terminal.
        Pretty = "pretty",
        /// One line an event.
        Compact = "compact",
        /// One JSON object an event, with `trace_id` and `span_id`.
        Json = "json",
        /// No lines.
        None = "none",
    }
}

choice! {
    /// How telemetry is sent to an OTLP endpoint. The variable is `OTEL_EXPORTER_OTLP_PROTOCOL`.
    #[non_exhaustive]
    pub enum Protocol, expected "grpc, http/protobuf or http/json" {
        /// gRPC, usually on port 4317.
        Grpc = "grpc",
        /// HTTP with protobuf bodies, usually on port 4318. The default.
        HttpProtobuf = "http/protobuf",
        /// HTTP with JSON bodies, usually on port 4318.
        HttpJson = "http/json",
    }
}

choice! {
    /// How request bodies are compressed. The variable is `OTEL_EXPORTER_OTLP_COMPRESSION`; the
    /// default is not at all.
    #[non_exhaustive]
    pub enum Compression, expected "gzip or none" {
        /// gzip.
        Gzip = "gzip",
    }
}

choice! {
    /// Where a signal goes. The variables are `OTEL_TRACES_EXPORTER`, `OTEL_METRICS_EXPORTER` and
    /// `OTEL_LOGS_EXPORTER`; several may be listed, and `none` stands for an empty list.
    #[non_exhaustive]
    pub enum Exporter, expected "a list of otlp, console and prometheus, or none" {
        /// An OTLP endpoint. The default.
        Otlp = "otlp",
        /// The terminal, drawn for a developer to read.
        Console = "console",
        /// For metrics only: Prometheus, which asks for them at
        /// `OTEL_EXPORTER_PROMETHEUS_HOST` and `OTEL_EXPORTER_PROMETHEUS_PORT`, under `/metrics`.
        /// It needs the feature `prometheus`.
        Prometheus = "prometheus",
    }
}

choice! {
    /// How context travels between services. The variable is `OTEL_PROPAGATORS`; `none` stands for
    /// an empty list.
    #[non_exhaustive]
    pub enum Propagator, expected "a list of tracecontext, baggage, b3, b3multi and xray, or none" {
        /// W3C Trace Context. On by default.
        TraceContext = "tracecontext",
        /// W3C Baggage. On by default.
        Baggage = "baggage",
        /// Zipkin's B3 in one header.
        B3 = "b3",
        /// Zipkin's B3 in several headers.
        B3Multi = "b3multi",
        /// AWS X-Ray's header.
        Xray = "xray",
    }
}

choice! {
    /// The least severe of our own diagnostics that is shown.
    #[derive(PartialOrd, Ord)]
    pub(crate) enum LogLevel, expected "none, error, warn, info or debug" {
        /// Not even errors are shown.
        None = "none" | "off",
        /// Errors only.
        Error = "error",
        /// Also values that cannot be used, and telemetry that is lost.
        Warn = "warn" | "warning",
        /// Also the one line at start. The default.
        Info = "info",
        /// Also each setting with its origin.
        Debug = "debug" | "trace" | "verbose" | "all",
    }
}

choice! {
    /// The names of OTEL_TRACES_SAMPLER.
    ///
    /// Source: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.
    pub(crate) enum SamplerName, expected "always_on, always_off, traceidratio or one of them with \
                                           parentbased_ before it" {
        /// Every span, whatever its parent did.
        AlwaysOn = "always_on",
        /// No span.
        AlwaysOff = "always_off",
        /// The share of traces that `OTEL_TRACES_SAMPLER_ARG` says, by their ids.
        TraceIdRatio = "traceidratio",
        /// As the parent did; every trace that begins here. The default.
        ParentBasedAlwaysOn = "parentbased_always_on",
        /// As the parent did; no trace that begins here.
        ParentBasedAlwaysOff = "parentbased_always_off",
        /// As the parent did; a share of the traces that begin here.
        ParentBasedTraceIdRatio = "parentbased_traceidratio",
    }
}

choice! {
    /// The names of OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE.
    pub(crate) enum TemporalityPreference, expected "cumulative, delta or lowmemory" {
        /// Each export has the sums since the start. The default.
        Cumulative = "cumulative",
        /// Each export has what was added since the last one.
        Delta = "delta",
        /// Delta for synchronous counters and histograms, cumulative for the rest.
        LowMemory = "lowmemory",
    }
}

choice! {
    /// The names of OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION.
    pub(crate) enum HistogramAggregation, expected "explicit_bucket_histogram or \
                                                    base2_exponential_bucket_histogram" {
        /// Buckets with fixed boundaries. The default.
        ExplicitBuckets = "explicit_bucket_histogram",
        /// Buckets whose boundaries adapt to the values.
        ExponentialBuckets = "base2_exponential_bucket_histogram",
    }
}

choice! {
    /// The names of OTEL_METRICS_EXEMPLAR_FILTER.
    pub(crate) enum ExemplarFilter, expected "always_on, always_off or trace_based" {
        AlwaysOn = "always_on",
        AlwaysOff = "always_off",
        TraceBased = "trace_based",
    }
}

choice! {
    /// Whose child a message taken from a queue becomes.
    pub(crate) enum SqsParent, expected "receive or producer" {
        /// The span of the receive call. The default.
        Receive = "receive",
        /// The span that sent the message, by the context in the message.
        Producer = "producer",
    }
}

choice! {
    /// What describes the process, in the order in which they count: the first that has an
    /// attribute gives its value.
    ///
    /// The derived order is this order of preference, and lists that are read from the environment
    /// are sorted by it.
    #[derive(PartialOrd, Ord)]
    pub(crate) enum Detector, expected "a list of process, host, os, container, ecs, ec2, eks, \
                                        lambda, k8s and environ, or all, or none" {
        Ecs = "ecs",
        Lambda = "lambda",
        Eks = "eks",
        Ec2 = "ec2",
        K8s = "k8s",
        Container = "container",
        Process = "process",
        Host = "host",
        Os = "os",
        /// The whole environment, masked. Last, and off unless it is asked for or a vendor wants
        /// it.
        Environ = "environ",
    }
}
