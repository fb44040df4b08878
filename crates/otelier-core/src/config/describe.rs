//! The one line at start: which signals go where, or why nothing does.
//!
//! The line is written at level `info` once the settings are known and before the pipeline is
//! built. It answers the first question about a service that sends nothing. For each signal it
//! names every place that telemetry goes to; for a signal that goes nowhere it names the origin of
//! that decision, and for a preset also what turns the signal on.
//!
//! No place shows more than scheme and host of an endpoint, and no header or token is shown.

use super::choices::{Choice as _, Signal};
use super::model::{ExporterSettings, OtlpSettings, ReaderSettings, Settings};
use super::setting::{Origin, Setting};

/// The processors and readers that code adds, by signal.
///
/// They are in no model, so the caller counts them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InCode {
    pub(crate) traces: usize,
    pub(crate) metrics: usize,
    pub(crate) logs: usize,
}

impl Settings {
    /// What is said at start. Of an endpoint only scheme and host are shown: paths and queries may
    /// hold tokens.
    ///
    /// `service` is `None` where no resource was detected, because nothing is set up.
    pub(crate) fn summary(&self, version: &str, service: Option<&str>, in_code: InCode) -> String {
        let start = format!("version {version}");
        if self.switched_off.value {
            let origin = self.switched_off.origin;
            return format!("{start}: switched off by {origin}, nothing is set up");
        }
        if self.sdk_disabled.value {
            let origin = self.sdk_disabled.origin;
            return format!("{start}: disabled by {origin}, only context is propagated");
        }
        let on = Setting::default(true);
        let signals = [
            (
                Signal::Traces,
                &self.traces.enabled,
                self.traces.processors.origin,
                in_code.traces,
                self.traces.dump.value.as_ref(),
            ),
            (Signal::Metrics, &on, self.metrics.readers.origin, in_code.metrics, None),
            (
                Signal::Logs,
                &self.logs.enabled,
                self.logs.processors.origin,
                in_code.logs,
                self.logs.dump.value.as_ref(),
            ),
        ]
        .map(|(signal, enabled, origin, in_code, dump)| {
            if !enabled.value {
                return format!("{signal} off by {}", enabled.origin);
            }
            let origin = self.why_off(signal, origin);
            let mut places: Vec<String> =
                self.exporters(signal).into_iter().map(describe_exporter).collect();
            if signal == Signal::Metrics {
                places.extend(self.metrics.readers.value.iter().filter_map(describe_pull));
            }
            match in_code {
                0 => {}
                1 => places.push("a processor set in code".to_owned()),
                more => places.push(format!("{more} processors set in code")),
            }
            places.extend(dump.map(|output| format!("{output} (dump)")));
            match places.is_empty() {
                true => format!("{signal} off by {origin}"),
                false => format!("{signal} to {}", places.join(" and ")),
            }
        });
        let service = service.unwrap_or("without a name");
        format!("{start}: service {service}, {}", signals.join(", "))
    }
}

impl Settings {
    /// Who turned a signal off that goes nowhere, and what turns it on.
    ///
    /// `origin` is that of the list of processors or readers. Only a preset needs the explanation:
    /// a variable or a place in code explains itself.
    fn why_off(&self, signal: Signal, origin: Origin) -> String {
        let (Origin::Preset(preset), Some(vendor)) = (origin, self.backend.vendor.value) else {
            return origin.to_string();
        };
        let on = match signal {
            _ if !vendor.signals.contains(&signal) => {
                "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT sends them elsewhere"
            }
            Signal::Logs if vendor.logs_on_request => "OTELIER_ENABLE_LOGS=true turns them on",
            _ => return format!("{preset}, without {}", vendor.token),
        };
        format!("{preset}; {on}")
    }
}

/// Where Prometheus asks. `None` for a reader that sends.
fn describe_pull(reader: &ReaderSettings) -> Option<String> {
    match reader {
        ReaderSettings::Periodic(_) => None,
        ReaderSettings::Pull(prometheus) => Some(prometheus.to_string()),
    }
}

/// The place of one exporter, such as an endpoint, a path or the console.
///
/// It is used for signals that are on; several places are joined by "and".
fn describe_exporter(exporter: &ExporterSettings) -> String {
    match exporter {
        ExporterSettings::Otlp(otlp) => describe_otlp(otlp),
        ExporterSettings::File(file) => file.output.value.to_string(),
        ExporterSettings::Console(_) => "the console".to_owned(),
    }
}

/// Endpoint and protocol. A proxy is shown by its origin only, since its URL may hold a password.
fn describe_otlp(otlp: &OtlpSettings) -> String {
    let mut place = format!("{} ({})", otlp.endpoint.value.shown(), otlp.protocol.value.name());
    if otlp.proxy.value.is_some() {
        place += &format!(" through a proxy ({})", otlp.proxy.origin);
    }
    place
}
