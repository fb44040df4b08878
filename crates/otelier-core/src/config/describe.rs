//! The settings as lines for a debug log: what is in force, and where each came from.

use super::choices::{Choice, Signal};
use super::model::{ExporterSettings, OtlpSettings, Settings};
use super::setting::{Origin, Setting};

impl Settings {
    /// One line for each signal. Of an endpoint only scheme and host are shown: paths and queries may
    /// hold tokens.
    pub(crate) fn describe(&self) -> Vec<String> {
        let mut lines = vec![format!("propagators: {}", names(&self.propagators))];
        for (signal, origin) in [
            (Signal::Traces, self.traces.processors.origin),
            (Signal::Metrics, self.metrics.readers.origin),
            (Signal::Logs, self.logs.processors.origin),
        ] {
            lines.push(describe_signal(signal, &self.exporters(signal), origin));
        }
        lines
    }
}

fn describe_signal(signal: Signal, exporters: &[&ExporterSettings], origin: Origin) -> String {
    let names: Vec<&str> = exporters
        .iter()
        .map(|exporter| match exporter {
            ExporterSettings::Otlp(_) => "otlp",
            ExporterSettings::Console(_) => "console",
        })
        .collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(",") };
    let mut line = format!("{signal}: {names} ({origin})");
    for exporter in exporters {
        if let ExporterSettings::Otlp(otlp) = exporter {
            line += &describe_otlp(otlp);
        }
    }
    line
}

fn describe_otlp(otlp: &OtlpSettings) -> String {
    let mut line = format!(
        ", {} ({}) to {} ({}), timeout {:?} ({})",
        otlp.protocol.value.name(),
        otlp.protocol.origin,
        otlp.endpoint.value.shown(),
        otlp.endpoint.origin,
        otlp.timeout.value,
        otlp.timeout.origin,
    );
    if otlp.proxy.value.is_some() {
        line += &format!(", through a proxy ({})", otlp.proxy.origin);
    }
    line
}

fn names<T: Choice>(setting: &Setting<Vec<T>>) -> String {
    let names: Vec<&str> = setting.value.iter().map(|value| value.name()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(",") };
    format!("{names} ({})", setting.origin)
}
