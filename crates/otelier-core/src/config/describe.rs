//! The settings as lines for a debug log: what is in force, and where each came from.

use super::choices::{Choice, Exporter};
use super::otlp::OtlpSettings;
use super::reader::{Origin, Setting};
use super::{Settings, Signal};

impl Settings {
    /// One line for each signal. Of an endpoint only scheme and host are shown: paths and queries may hold tokens.
    pub(crate) fn describe(&self) -> Vec<String> {
        let Self { traces, metrics, logs, .. } = self;
        vec![
            format!("propagators: {}", names(&self.propagators)),
            signal(Signal::Traces, &traces.exporters, &traces.otlp),
            signal(Signal::Metrics, &metrics.exporters, &metrics.otlp),
            signal(Signal::Logs, &logs.exporters, &logs.otlp),
        ]
    }
}

fn signal(signal: Signal, exporters: &Setting<Vec<Exporter>>, otlp: &OtlpSettings) -> String {
    let mut line = format!("{signal}: {}", names(exporters));
    if exporters.value.contains(&Exporter::Otlp) {
        let Setting { value: timeout, origin } = otlp.timeout;
        line += &format!(
            ", {} {} to {} {}, timeout {:?} {}",
            otlp.protocol.value.name(),
            from(otlp.protocol.origin),
            otlp.endpoint.value.shown(),
            from(otlp.endpoint.origin),
            timeout,
            from(origin),
        );
        if otlp.proxy.value.is_some() {
            line += &format!(", through a proxy {}", from(otlp.proxy.origin));
        }
    }
    line
}

fn names<T: Choice>(setting: &Setting<Vec<T>>) -> String {
    let names: Vec<&str> = setting.value.iter().map(|value| value.name()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(",") };
    format!("{names} {}", from(setting.origin))
}

fn from(origin: Origin) -> String {
    match origin {
        Origin::Code => "(code)".to_owned(),
        Origin::Environment(variable) => format!("({variable})"),
        Origin::Default => "(default)".to_owned(),
    }
}
