//! Settings in code, and the one moment in which telemetry is set up.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::logs::LogProcessor;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::trace::{ShouldSample, SpanProcessor};
use otelier_instrument::semconv::resource as key;

use crate::catch_panic::CatchPanic;
use crate::config::{
    Code, Compression, Environment, Exporter, OtlpExporter, Propagator, Protocol, Settings, Signal,
    set_current,
};
use crate::dependencies;
use crate::diagnostics;
use crate::error::InitError;
use crate::globals::{install_propagators, install_providers};
use crate::guard::{Guard, SharedGuard};
use crate::pipeline::{Components, Pipeline, set_sampler};
use crate::resource::{self, Described, VERSION};
use crate::runtime_metrics;
use crate::second_version;

/// Whether telemetry was ever set up in this process. Layers and clients keep what they resolved,
/// so there is no going back.
static INITIALIZED: AtomicBool = AtomicBool::new(false);

/// Sets telemetry up from the environment, for the whole process.
///
/// The same as [`builder`]`().`[`init`](Builder::init)`()`.
///
/// # Errors
///
/// Fails only if telemetry was set up before. What is wrong in the environment is a warning, and
/// the default is used.
///
/// # Example
///
/// ```no_run
/// # use otelier_core as otelier;
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let _otel = otelier::init()?;
///     // The service runs; what it recorded is delivered when `_otel` is dropped.
///     Ok(())
/// }
/// ```
pub fn init() -> Result<Guard, InitError> {
    builder().init()
}

/// Sets telemetry up from the environment at the first call, and returns the same guard at every
/// later one.
///
/// This is for tests, which run side by side in one process: each holds its part of the guard, and
/// what it recorded is exported at its end.
///
/// ```
/// # use otelier_core as otelier;
/// # fn main() -> Result<(), otelier::InitError> {
/// # // Nothing listens where this is tested.
/// # let nowhere = [("OTEL_SDK_DISABLED", "true")];
/// # let nowhere = nowhere.into_iter().collect();
/// # let _first = otelier::builder().with_environment(nowhere).init_shared()?;
/// // In each test:
/// let otel = otelier::init_shared()?;
/// // … the work of the test …
/// otel.force_flush().expect("the collector takes everything");
/// # Ok(())
/// # }
/// ```
///
/// Tests that look at what was recorded need no exporter: give
/// [`Builder::with_span_processor`] a processor that keeps spans in memory, and call
/// [`Builder::init_shared`].
///
/// # Errors
///
/// Fails if [`init`] has set telemetry up.
pub fn init_shared() -> Result<SharedGuard, InitError> {
    builder().init_shared()
}

/// Starts with the settings of the environment, to which code can add.
///
/// ```no_run
/// # use otelier_core as otelier;
/// # fn main() -> Result<(), otelier::InitError> {
/// let _otel = otelier::builder()
///     .with_service_name("checkout")
///     .with_endpoint("https://collector.internal:4318")
///     .init()?;
/// # Ok(())
/// # }
/// ```
pub fn builder() -> Builder {
    Builder::default()
}

/// Settings in code. What is set here beats the environment, which beats the defaults.
///
/// The per-signal variables of the environment count as environment too: an endpoint set here is
/// that of every signal.
///
/// ```no_run
/// # use otelier_core as otelier;
/// use std::time::Duration;
///
/// use otelier::{Compression, Protocol};
///
/// let _otel = otelier::builder()
///     .with_service_name("checkout")
///     .with_endpoint("https://collector.internal:4317")
///     .with_protocol(Protocol::Grpc)
///     .with_header("api-key", std::env::var("API_KEY").unwrap_or_default())
///     .with_compression(Compression::Gzip)
///     .with_timeout(Duration::from_secs(3))
///     .init()?;
/// # Ok::<(), otelier::InitError>(())
/// ```
#[derive(Default)]
#[must_use = "nothing happens before `init` is called"]
pub struct Builder {
    code: Code,
    components: Components,
    environment: Environment,
    /// Cargo.lock.
    lock_file: Option<&'static str>,
}

impl Builder {
    /// The logical name of the service, `service.name`. The variable is `OTEL_SERVICE_NAME`.
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.code.service_name = Some(name.into());
        self
    }

    /// The version of the service, `service.version`.
    ///
    /// ```
    /// # use otelier_core as otelier;
    /// let builder = otelier::builder().with_service_version(env!("CARGO_PKG_VERSION"));
    /// ```
    pub fn with_service_version(self, version: impl Into<String>) -> Self {
        self.with_resource_attributes([KeyValue::new(key::SERVICE_VERSION, version.into())])
    }

    /// What the service belongs to, `service.namespace`: its name is unique in there.
    pub fn with_service_namespace(self, namespace: impl Into<String>) -> Self {
        self.with_resource_attributes([KeyValue::new(key::SERVICE_NAMESPACE, namespace.into())])
    }

    /// Where the service is deployed, `deployment.environment.name`: `production`, for example.
    pub fn with_deployment_environment_name(self, name: impl Into<String>) -> Self {
        let key = key::DEPLOYMENT_ENVIRONMENT_NAME;
        self.with_resource_attributes([KeyValue::new(key, name.into())])
    }

    /// Adds attributes that describe the service. They beat those of `OTEL_RESOURCE_ATTRIBUTES`,
    /// key by key.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// use opentelemetry::KeyValue;
    ///
    /// let _otel = otelier::builder()
    ///     .with_resource_attributes([
    ///         KeyValue::new("service.namespace", "shop"),
    ///         KeyValue::new("team", "payments"),
    ///     ])
    ///     .init()?;
    /// # Ok::<(), otelier::InitError>(())
    /// ```
    pub fn with_resource_attributes(
        mut self,
        attributes: impl IntoIterator<Item = KeyValue>,
    ) -> Self {
        self.code.resource_attributes.extend(attributes);
        self
    }

    /// The address of the OTLP endpoint, such as `https://collector:4318`. HTTP adds `v1/<signal>`
    /// to its path. The variable is `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn with_endpoint(mut self, url: impl Into<String>) -> Self {
        self.code.otlp.endpoint = Some(url.into());
        self
    }

    /// How telemetry is sent to the OTLP endpoint. The variable is `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.code.otlp.protocol = Some(protocol);
        self
    }

    /// Adds a header to every export, such as a token. Headers set in code replace those of
    /// `OTEL_EXPORTER_OTLP_HEADERS`. Its value appears in no log of ours. Headers that describe the
    /// body are the exporter's own, and an error here.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.code.otlp.headers.get_or_insert_default().push((name.into(), value.into()));
        self
    }

    /// How long one export may take; no retry begins after that. Zero is without limit. The
    /// variable is `OTEL_EXPORTER_OTLP_TIMEOUT`, the default ten seconds.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.code.otlp.timeout = Some(timeout);
        self
    }

    /// How export requests are compressed. The variable is `OTEL_EXPORTER_OTLP_COMPRESSION`.
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.code.otlp.compression = Some(compression);
        self
    }

    /// Where spans go; nowhere if empty. The variable is `OTEL_TRACES_EXPORTER`.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// use otelier::Exporter;
    ///
    /// // To a collector, and to the terminal for the developer to read.
    /// let _otel = otelier::builder()
    ///     .with_traces_exporters([Exporter::Otlp, Exporter::Console])
    ///     .init()?;
    /// # Ok::<(), otelier::InitError>(())
    /// ```
    pub fn with_traces_exporters(mut self, exporters: impl IntoIterator<Item = Exporter>) -> Self {
        self.code.traces_exporters = Some(exporters.into_iter().collect());
        self
    }

    /// Where measurements go; nowhere if empty. The variable is `OTEL_METRICS_EXPORTER`.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// // No metrics at all.
    /// let _otel = otelier::builder().with_metrics_exporters([]).init()?;
    /// # Ok::<(), otelier::InitError>(())
    /// ```
    pub fn with_metrics_exporters(mut self, exporters: impl IntoIterator<Item = Exporter>) -> Self {
        self.code.metrics_exporters = Some(exporters.into_iter().collect());
        self
    }

    /// Where log records go; nowhere if empty. The variable is `OTEL_LOGS_EXPORTER`.
    pub fn with_logs_exporters(mut self, exporters: impl IntoIterator<Item = Exporter>) -> Self {
        self.code.logs_exporters = Some(exporters.into_iter().collect());
        self
    }

    /// Adds an OTLP exporter for each of `signals`, besides the exporters that those signals have.
    /// So telemetry goes to two backends.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// # fn main() -> Result<(), otelier::InitError> {
    /// use otelier::{OtlpExporter, Signal};
    ///
    /// let second = OtlpExporter::new("https://second.example:4318").with_header("api-key", "…");
    /// let _otel = otelier::builder()
    ///     .with_otlp_exporter([Signal::Traces, Signal::Logs], second)
    ///     .init()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_otlp_exporter(
        mut self,
        signals: impl IntoIterator<Item = Signal>,
        exporter: OtlpExporter,
    ) -> Self {
        self.code.more_otlp.push((signals.into_iter().collect(), exporter));
        self
    }

    /// How many characters a string attribute of a span keeps, and each string of an array. The
    /// variables are `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT` and, for log records too,
    /// `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`; the default is 2048.
    pub fn with_span_attribute_value_length_limit(mut self, characters: usize) -> Self {
        self.code.span_attribute_value_length_limit = Some(characters);
        self
    }

    /// Whether payloads are recorded: bodies of HTTP requests and responses, messages, and
    /// MongoDB's commands and replies. They are masked, and cut to the limit of attribute values.
    /// The variable is `OTELIER_CAPTURE_PAYLOADS`, the default `false`.
    ///
    /// The builder of an integration can choose otherwise for itself.
    pub fn with_payload_capture(mut self, on: bool) -> Self {
        self.code.payload_capture = Some(on);
        self
    }

    /// Which spans are recorded. The variable is `OTEL_TRACES_SAMPLER`, the default to do as the
    /// parent did and to record every new trace.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// use opentelemetry_sdk::trace::Sampler;
    ///
    /// let tenth = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(0.1)));
    /// let _otel = otelier::builder().with_sampler(tenth).init()?;
    /// # Ok::<(), otelier::InitError>(())
    /// ```
    pub fn with_sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.code.has_sampler = true;
        self.components.sampler =
            Some(Box::new(move |builder, filters| set_sampler(builder, sampler, filters)));
        self
    }

    /// The entries of baggage that become attributes of each span, by their names. The variable is
    /// `OTELIER_BAGGAGE_SPAN_ATTRIBUTES`; the default is none, because baggage comes from those who
    /// call. Values of [sensitive keys](crate::configuration::OTELIER_SECRET_MASKING_REGEX) are
    /// masked, and an attribute that a span has by itself stays.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// # fn main() -> Result<(), otelier::InitError> {
    /// let _otel = otelier::builder().with_baggage_span_attributes(["tenant"]).init()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_baggage_span_attributes<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.code.baggage_span_attributes = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// How context travels between services; not at all if empty. The variable is
    /// `OTEL_PROPAGATORS`, the default W3C Trace Context and Baggage.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// use otelier::Propagator;
    ///
    /// // Beside services that know only B3.
    /// let _otel = otelier::builder()
    ///     .with_propagators([Propagator::TraceContext, Propagator::Baggage, Propagator::B3Multi])
    ///     .init()?;
    /// # Ok::<(), otelier::InitError>(())
    /// ```
    pub fn with_propagators(mut self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        self.code.propagators = Some(propagators.into_iter().collect());
        self
    }

    /// Adds a processor of spans, before those of the exporters. It makes traces work without an
    /// exporter too. A panic in it is caught.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// use std::time::Duration;
    ///
    /// use opentelemetry::Context;
    /// use opentelemetry_sdk::error::OTelSdkResult;
    /// use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
    ///
    /// /// Prints the name of each span that ends.
    /// #[derive(Debug)]
    /// struct Names;
    ///
    /// impl SpanProcessor for Names {
    ///     fn on_start(&self, _: &mut Span, _: &Context) {}
    ///
    ///     fn on_end(&self, span: SpanData) {
    ///         println!("{}", span.name);
    ///     }
    ///
    ///     fn force_flush(&self) -> OTelSdkResult {
    ///         Ok(())
    ///     }
    ///
    ///     fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let _otel = otelier::builder().with_span_processor(Names).init()?;
    /// # Ok::<(), otelier::InitError>(())
    /// ```
    pub fn with_span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.components.span_processors.push(Box::new(CatchPanic(processor)));
        self
    }

    /// Adds a reader of metrics: a `PeriodicReader` with an exporter of your own, or one that is
    /// asked for the metrics, such as that of `opentelemetry-prometheus`. It makes metrics work
    /// without another exporter too.
    ///
    /// With the feature `prometheus`, [`Exporter::Prometheus`] serves metrics at a port of their
    /// own. The example `prometheus-metrics` in the repository serves those of an axum service at
    /// its own `/metrics`, beside OTLP.
    pub fn with_metric_reader(mut self, reader: impl MetricReader) -> Self {
        self.components.metric_readers.push(Box::new(move |builder| builder.with_reader(reader)));
        self
    }

    /// Measures this process: `process.cpu.time`, `process.memory.usage` and `.virtual`,
    /// `process.thread.count`, `process.unix.file_descriptor.count`, `process.context_switches` and
    /// `process.paging.faults`. They are read from `/proc` at each collection, so there are none
    /// where the system has no `/proc`. A configuration file has
    /// `distribution: otelier: runtime_metrics: process` for it.
    ///
    /// Source: <https://opentelemetry.io/docs/specs/semconv/system/process-metrics/>.
    pub fn with_process_metrics(mut self) -> Self {
        self.code.process_metrics = true;
        self
    }

    /// Measures the tokio runtime in which [`init`](Self::init) is called: `tokio.workers`,
    /// `tokio.alive_tasks`, `tokio.global_queue_depth` and others, by
    /// `opentelemetry-instrumentation-tokio`. Outside of a runtime a warning says that there is
    /// none. The conventions have no such metrics.
    #[cfg(feature = "tokio-metrics")]
    pub fn with_tokio_metrics(mut self) -> Self {
        self.code.tokio_metrics = true;
        self
    }

    /// Adds a processor of log records, before those of the exporters. It makes logs work without
    /// an exporter too. A panic in it is caught.
    pub fn with_log_processor(mut self, processor: impl LogProcessor + 'static) -> Self {
        self.components.log_processors.push(Box::new(CatchPanic(processor)));
        self
    }

    /// Whether SIGTERM and SIGINT deliver what is pending before they end the process. The variable
    /// is `OTELIER_SIGNAL_HANDLER`, the default `true`. It needs Linux and the feature `signal`.
    ///
    /// Each of the two signals is handled only if it takes its default action when `init` is
    /// called. Then, when it arrives and the program has not begun to handle it since, what is
    /// pending is exported, five seconds at most, and the signal takes its default action, so that
    /// the exit status is as without Otelier. A second signal ends the process at once.
    ///
    /// Where the program handles the signal itself, nothing of this happens: through
    /// [`shutdown_signal`](crate::shutdown_signal), tokio or `signal-hook`, or by a handler that
    /// takes the place of this one. Otelier cannot tell for which signals `signal-hook` was asked,
    /// and takes it for both. Turn the handler off before `ctrlc::try_set_handler`, which fails if
    /// there is a handler, and for a program that goes on in a forked child, in which nothing waits
    /// for the signal.
    pub fn with_signal_handler(mut self, enabled: bool) -> Self {
        self.code.signal_handler = Some(enabled);
        self
    }

    /// Where the settings come from that are not made in code. The default is the environment of
    /// the process.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// use otelier::Environment;
    ///
    /// // Nothing of the process's own environment counts.
    /// let environment: Environment = [("OTEL_SERVICE_NAME", "checkout")].into_iter().collect();
    /// let _otel = otelier::builder().with_environment(environment).init()?;
    /// # Ok::<(), otelier::InitError>(())
    /// ```
    pub fn with_environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// The text of the program's Cargo.lock, for the names and versions of dependencies that are
    /// reported to a backend that asks for them (see [`OTELIER_REPORT_DEPENDENCIES`]).
    ///
    /// A library cannot see what else a program is built from, so it needs this line. An executable
    /// that `cargo auditable build` has made holds a list of its own, which comes first, and needs
    /// none.
    ///
    /// ```no_run
    /// # use otelier_core as otelier;
    /// # macro_rules! include_str { ($path:literal) => { "" }; }
    /// # fn main() -> Result<(), otelier::InitError> {
    /// let _otel = otelier::builder().with_lock_file(include_str!("../Cargo.lock")).init()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`OTELIER_REPORT_DEPENDENCIES`]: crate::configuration::OTELIER_REPORT_DEPENDENCIES
    pub fn with_lock_file(mut self, text: &'static str) -> Self {
        self.lock_file = Some(text);
        self
    }

    /// Sets telemetry up for the whole process: the global providers and propagator, and the
    /// settings of every integration.
    ///
    /// # Errors
    ///
    /// Fails if telemetry was set up before, and for a value set in code that cannot be used. What
    /// is wrong in the environment is a warning, and the default is used.
    pub fn init(self) -> Result<Guard, InitError> {
        if INITIALIZED.swap(true, Ordering::AcqRel) {
            return Err(InitError::already_initialized());
        }
        let result = self.set_up();
        if result.is_err() {
            INITIALIZED.store(false, Ordering::Release);
        }
        result
    }

    /// As [`init`](Self::init) at the first call in the process; every later call returns the same
    /// guard, whatever the settings of its builder are. See [`init_shared`].
    ///
    /// # Errors
    ///
    /// Fails as `init` does, and if `init` was called before.
    pub fn init_shared(self) -> Result<SharedGuard, InitError> {
        SharedGuard::get_or_init(|| self.init())
    }

    fn set_up(self) -> Result<Guard, InitError> {
        let (settings, warnings) = Settings::resolve(&self.code, &self.environment)?;
        diagnostics::set_level(settings.log_level.value);
        for warning in warnings {
            diagnostics::warn(&warning);
        }
        let config = settings.to_config();
        for entry in config.entries() {
            diagnostics::debug(|| entry.to_string());
        }
        set_current(config);
        otelier_instrument::settings::install(settings.integrations());
        let summary = |service| {
            diagnostics::info(&settings.summary(VERSION, service, self.components.counts()));
        };
        if settings.switched_off.value {
            summary(None);
            return Ok(Guard::new(
                diagnostics::without_sdk_warnings(Pipeline::disabled),
                &settings,
            ));
        }
        install_propagators(&settings.propagators.value);
        if settings.sdk_disabled.value {
            summary(None);
            return Ok(Guard::new(
                diagnostics::without_sdk_warnings(Pipeline::disabled),
                &settings,
            ));
        }
        let Described { resource, name, is_named } = resource::describe(&settings);
        if !is_named {
            diagnostics::warn(&format!(
                "the service has no name and is called {name}; set OTEL_SERVICE_NAME"
            ));
        }
        summary(Some(&name));
        let components = self.components;
        dependencies::report(&settings, &resource, self.lock_file);
        second_version::look();
        let pipeline =
            diagnostics::without_sdk_warnings(|| Pipeline::build(&settings, components, resource));
        install_providers(&pipeline);
        let has_metrics = pipeline.is_on(Signal::Metrics);
        if has_metrics && settings.runtime_metrics.process.value {
            runtime_metrics::observe_process(&pipeline.meter_provider);
        }
        if has_metrics && settings.runtime_metrics.tokio.value {
            runtime_metrics::observe_tokio();
        }
        let guard = Guard::new(pipeline, &settings);
        #[cfg(feature = "signal")]
        if settings.signal_handler.value {
            crate::signal::install_handler();
        }
        Ok(guard)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers, endpoints and variables may hold secrets.
        f.debug_struct("Builder")
            .field("service_name", &self.code.service_name)
            .finish_non_exhaustive()
    }
}
