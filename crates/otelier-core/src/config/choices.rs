//! The settings that are one of a few names, as types.

use std::fmt;

/// A type whose values have names in the environment.
pub(crate) trait Choice: Copy + 'static {
    /// Completes "expected …" in a warning.
    const EXPECTED: &'static str;
    /// Every value with its name.
    const ALL: &'static [(&'static str, Self)];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|&(_, value)| value)
    }

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
    pub enum Exporter, expected "a list of otlp and console, or none" {
        /// An OTLP endpoint. The default.
        Otlp = "otlp",
        /// The terminal, drawn for a developer to read.
        Console = "console",
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
        None = "none" | "off",
        Error = "error",
        Warn = "warn" | "warning",
        Info = "info",
        Debug = "debug" | "trace" | "verbose" | "all",
    }
}

choice! {
    /// The names of OTEL_TRACES_SAMPLER.
    pub(crate) enum SamplerName, expected "always_on, always_off, traceidratio or one of them with \
                                           parentbased_ before it" {
        AlwaysOn = "always_on",
        AlwaysOff = "always_off",
        TraceIdRatio = "traceidratio",
        ParentBasedAlwaysOn = "parentbased_always_on",
        ParentBasedAlwaysOff = "parentbased_always_off",
        ParentBasedTraceIdRatio = "parentbased_traceidratio",
    }
}

choice! {
    /// The names of OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE.
    pub(crate) enum TemporalityPreference, expected "cumulative, delta or lowmemory" {
        Cumulative = "cumulative",
        Delta = "delta",
        LowMemory = "lowmemory",
    }
}

choice! {
    /// The names of OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION.
    pub(crate) enum HistogramAggregation, expected "explicit_bucket_histogram or \
                                                    base2_exponential_bucket_histogram" {
        ExplicitBuckets = "explicit_bucket_histogram",
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
        Receive = "receive",
        Producer = "producer",
    }
}

choice! {
    /// What describes the process, in the order in which they count: the first that has an
    /// attribute gives its value.
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
        Environ = "environ",
    }
}
