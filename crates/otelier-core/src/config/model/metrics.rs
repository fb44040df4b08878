//! How metrics are collected, aggregated and exported.
//!
//! The SDK has fewer places for some options than the schema: one set of cardinality limits and one
//! default aggregation for the whole provider. Both sources therefore keep the first value that
//! they find, and a file with several gets a warning.

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

/// When metrics are collected, and where they go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReaderSettings {
    /// From one collection to the next. Never zero.
    pub(crate) interval: Setting<Duration>,
    /// Of one collection with its export.
    pub(crate) timeout: Setting<Duration>,
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
