//! How metrics are collected, aggregated and exported.
//!
//! The SDK has fewer places for some options than the schema: one set of cardinality limits and one
//! default aggregation for the whole provider. Both sources therefore keep the first value that
//! they find, and a file with several gets a warning.

use std::fmt;
use std::time::Duration;

use opentelemetry_sdk::metrics::InstrumentKind;

use super::super::choices::{HistogramAggregation, TemporalityPreference};
use super::super::patterns::IncludeExclude;
use super::super::setting::Setting;
use super::ExporterSettings;

/// How metrics are aggregated and exported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MeterProviderSettings {
    /// One for each exporter, since each exporter is asked at its own interval.
    pub(crate) readers: Setting<Vec<ReaderSettings>>,
    /// In the schema each exporter has its own; the SDK knows one for the whole provider.
    pub(crate) default_histogram_aggregation: Setting<HistogramAggregation>,
    /// In the schema each reader has its own; the SDK knows one set for the whole provider.
    pub(crate) cardinality_limits: Setting<CardinalityLimits>,
    /// An instrument may match several of them.
    pub(crate) views: Vec<Setting<ViewSettings>>,
}

/// How metrics leave the process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ReaderSettings {
    /// They are collected from time to time, and sent.
    Periodic(PeriodicSettings),
    /// They are collected when Prometheus asks for them.
    Pull(PrometheusSettings),
}

impl ReaderSettings {
    /// `None` where nothing is sent.
    pub(crate) fn exporter(&self) -> Option<&ExporterSettings> {
        match self {
            Self::Periodic(settings) => Some(&settings.exporter),
            Self::Pull(_) => None,
        }
    }
}

/// Where metrics are served to Prometheus, and how they look.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PrometheusSettings {
    /// An address of this machine, or a name of it.
    pub(crate) host: Setting<String>,
    /// Zero is any that is free.
    pub(crate) port: Setting<u16>,
    /// Whether each metric has the name of its scope as a label.
    pub(crate) scope_info: Setting<bool>,
    /// Whether there is the metric `target_info`, with the attributes of the resource.
    pub(crate) target_info: Setting<bool>,
    /// Whether names end in their unit, and those of counters in `_total`.
    pub(crate) suffixes: Setting<bool>,
    /// The attributes of the resource that each metric has as labels, by their keys.
    pub(crate) resource_labels: Option<IncludeExclude>,
}

impl Default for PrometheusSettings {
    /// The defaults of the specification. Only this machine is served.
    fn default() -> Self {
        Self {
            host: Setting::default("localhost".to_owned()),
            port: Setting::default(9464),
            scope_info: Setting::default(true),
            target_info: Setting::default(true),
            suffixes: Setting::default(true),
            resource_labels: None,
        }
    }
}

impl fmt::Display for PrometheusSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.host.value;
        match host.contains(':') {
            true => write!(f, "Prometheus at [{host}]:{}", self.port.value),
            false => write!(f, "Prometheus at {host}:{}", self.port.value),
        }
    }
}

/// When metrics are collected, and where they go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PeriodicSettings {
    /// From one collection to the next. Never zero.
    pub(crate) interval: Setting<Duration>,
    /// Of one collection with its export.
    pub(crate) timeout: Setting<Duration>,
    /// The most data points of one request. `None` is without limit.
    pub(crate) max_export_batch_size: Setting<Option<usize>>,
    /// Whether sums begin at the start of the process or at the last export.
    pub(crate) temporality_preference: Setting<TemporalityPreference>,
    pub(crate) exporter: ExporterSettings,
}

/// How many sets of attributes an instrument has at most, by its kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CardinalityLimits {
    /// For the kinds that have no limit of their own.
    pub(crate) default: Option<usize>,
    pub(crate) counter: Option<usize>,
    pub(crate) gauge: Option<usize>,
    pub(crate) histogram: Option<usize>,
    pub(crate) observable_counter: Option<usize>,
    pub(crate) observable_gauge: Option<usize>,
    pub(crate) observable_up_down_counter: Option<usize>,
    pub(crate) up_down_counter: Option<usize>,
}

impl MeterProviderSettings {
    /// What Prometheus is not served though the settings ask for it, in words that end in where
    /// they do. Empty without a reader that is pulled.
    pub(crate) fn not_pulled(&self) -> Vec<String> {
        let is_pulled = |reader: &ReaderSettings| matches!(reader, ReaderSettings::Pull(_));
        if !self.readers.value.iter().any(is_pulled) {
            return Vec::new();
        }
        let exponential = "Prometheus is not served histograms with exponential buckets";
        let default = &self.default_histogram_aggregation;
        let default = (default.value == HistogramAggregation::ExponentialBuckets)
            .then(|| format!("{exponential} ({})", default.origin));
        let views = self.views.iter().filter_map(|view| {
            let stream = &view.value.stream;
            match stream.aggregation {
                AggregationSettings::ExponentialBuckets { .. } => {
                    Some(format!("{exponential} ({})", view.origin))
                }
                _ if stream.attribute_keys.is_everything() => None,
                _ => Some(format!(
                    "Prometheus is served all attributes: attribute_keys of a view hold where \
                     metrics are sent ({})",
                    view.origin
                )),
            }
        });
        default.into_iter().chain(views).collect()
    }
}

impl CardinalityLimits {
    /// The limit of instruments of this kind, unless it is that of the SDK.
    pub(crate) fn of(&self, kind: InstrumentKind) -> Option<usize> {
        let own = match kind {
            InstrumentKind::Counter => self.counter,
            InstrumentKind::Gauge => self.gauge,
            InstrumentKind::Histogram => self.histogram,
            InstrumentKind::ObservableCounter => self.observable_counter,
            InstrumentKind::ObservableGauge => self.observable_gauge,
            InstrumentKind::ObservableUpDownCounter => self.observable_up_down_counter,
            InstrumentKind::UpDownCounter => self.up_down_counter,
        };
        own.or(self.default)
    }
}

/// What becomes of some instruments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ViewSettings {
    pub(crate) selector: ViewSelector,
    pub(crate) stream: ViewStream,
}

/// Which instruments: those that all of this is true of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ViewSelector {
    /// With wildcards.
    pub(crate) instrument_name: Option<String>,
    pub(crate) instrument_type: Option<InstrumentKind>,
    /// Exactly as the instrument has it.
    pub(crate) unit: Option<String>,
    pub(crate) meter_name: Option<String>,
    pub(crate) meter_version: Option<String>,
    pub(crate) meter_schema_url: Option<String>,
}

/// What becomes of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ViewStream {
    /// In place of the name of the instrument.
    pub(crate) name: Option<String>,
    /// In place of that of the instrument.
    pub(crate) description: Option<String>,
    /// How the measurements of the stream are put together.
    pub(crate) aggregation: AggregationSettings,
    /// How many sets of attributes the stream has at most.
    pub(crate) aggregation_cardinality_limit: Option<usize>,
    /// The keys of the attributes that are kept.
    pub(crate) attribute_keys: IncludeExclude,
}

/// How measurements are put together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AggregationSettings {
    /// As suits the instrument.
    Default,
    /// No metric is made of the measurements.
    Drop,
    Sum,
    /// Keeps the newest measurement.
    LastValue,
    ExplicitBuckets {
        /// Those of the instrument, or of the specification, if absent.
        boundaries: Option<Vec<f64>>,
        record_min_max: bool,
    },
    ExponentialBuckets {
        max_scale: i8,
        max_size: u32,
        record_min_max: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_without_a_limit_has_the_default() {
        let limits =
            CardinalityLimits { counter: Some(1), gauge: Some(2), ..CardinalityLimits::default() };
        assert_eq!(limits.of(InstrumentKind::Counter), Some(1));
        assert_eq!(limits.of(InstrumentKind::Gauge), Some(2));
        assert_eq!(limits.of(InstrumentKind::Histogram), None);
        let limits = CardinalityLimits { default: Some(9), ..limits };
        assert_eq!(limits.of(InstrumentKind::Counter), Some(1));
        assert_eq!(limits.of(InstrumentKind::UpDownCounter), Some(9));
    }
}
