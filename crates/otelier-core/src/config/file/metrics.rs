//! `meter_provider`: when metrics are collected, where they go, and how views change them.
//!
//! Each reader of the file becomes a reader of the model. Three options stand at another level in
//! the schema than in the model: the temporality is on the exporter there and on the reader here,
//! and the default aggregation and the cardinality limits are on the exporter and the reader there
//! and on the provider here. For the latter two the first value counts, and a different one in
//! another reader is a warning.
//!
//! What is known to the schema and not supported gets a warning that says what happens instead:
//! exemplars, configurators of meters and producers.

use std::time::Duration;

use opentelemetry_sdk::metrics::InstrumentKind;

use super::super::choices::{HistogramAggregation, Signal, TemporalityPreference};
use super::super::model::{
    AggregationSettings, CardinalityLimits, ExporterSettings, MeterProviderSettings,
    PeriodicSettings, PrometheusSettings, ReaderSettings, ViewSelector, ViewSettings, ViewStream,
};
use super::super::patterns::IncludeExclude;
use super::super::setting::{Origin, Setting};
use super::exporters::{Exporters, MetricOptions, millis, size};
use super::item::Item;
use super::mapping::Mapping;

/// Without `meter_provider` there are no metrics, unless code has exporters or readers.
///
/// Readers that code lists replace those of the file, and views of the file apply to them too.
pub(super) fn read(
    file: &mut Mapping<'_>,
    exporters: &mut Exporters<'_, '_>,
) -> MeterProviderSettings {
    let mut settings = MeterProviderSettings {
        readers: file.as_item().setting(Vec::new()),
        default_histogram_aggregation: Setting::default(HistogramAggregation::ExplicitBuckets),
        cardinality_limits: Setting::default(CardinalityLimits::default()),
        views: Vec::new(),
    };
    if let Some(item) = file.value("meter_provider") {
        settings.readers.origin = Origin::File(item.at);
        item.mapping(|provider| {
            let items = provider.required("readers").map(|item| item.items());
            for item in items.unwrap_or_default() {
                reader(&item, &mut settings, exporters);
            }
            let views = provider.value("views").map(|item| item.items()).unwrap_or_default();
            settings.views.extend(views.iter().filter_map(view));
            if let Some(item) = provider.value("exemplar_filter") {
                let names = [("always_on", true), ("trace_based", true), ("always_off", false)];
                if item.one_of(&names).is_some_and(|wanted| wanted.value) {
                    item.warn("not supported; no exemplars are recorded");
                }
            }
            provider.unsupported("meter_configurator/development", "all meters are enabled");
        });
    }
    if let Some(instead) = exporters.instead(Signal::Metrics) {
        let pulled = exporters.pulls_instead().then(PrometheusSettings::default);
        settings.readers = instead.map(|list| {
            let pulled = pulled.map(ReaderSettings::Pull);
            list.into_iter().map(of_code).chain(pulled).collect()
        });
    }
    settings.readers.value.extend(exporters.more(Signal::Metrics).into_iter().map(of_code));
    settings
}

/// Code says nothing about intervals, so the defaults of the schema count.
fn of_code(exporter: ExporterSettings) -> ReaderSettings {
    ReaderSettings::Periodic(periodic(exporter, &MetricOptions::default()))
}

/// A minute from one collection to the next, and half a minute for each.
fn periodic(exporter: ExporterSettings, options: &MetricOptions) -> PeriodicSettings {
    let preference = options.temporality_preference;
    PeriodicSettings {
        interval: Setting::default(Duration::from_secs(60)),
        timeout: Setting::default(Duration::from_secs(30)),
        max_export_batch_size: Setting::default(None),
        temporality_preference: preference
            .unwrap_or(Setting::default(TemporalityPreference::Cumulative)),
        exporter,
    }
}

/// One item of `readers`.
///
/// An interval of zero becomes one millisecond, because the SDK takes zero for its own default.
fn reader(
    item: &Item<'_>,
    settings: &mut MeterProviderSettings,
    exporters: &mut Exporters<'_, '_>,
) {
    let Some((name, item)) = item.single() else { return };
    match name {
        "periodic" => {
            item.mapping(|it| {
                let interval = it.value("interval").and_then(|item| millis(&item));
                let timeout = it.value("timeout").and_then(|item| millis(&item));
                let batch = it.value("max_export_batch_size/development");
                let batch = batch.and_then(|item| size(&item, 1));
                common(it, settings);
                let Some(exporter) = it.required("exporter") else { return };
                let Some((exporter, options)) = exporters.read(&exporter, Signal::Metrics) else {
                    return;
                };
                default_histogram_aggregation(&options, settings, it);
                let mut reader = periodic(exporter, &options);
                if let Some(interval) = interval {
                    // The SDK takes zero for its own default.
                    let least = Duration::from_millis(1);
                    reader.interval = interval.map(|interval| interval.max(least));
                }
                reader.timeout = timeout.unwrap_or(reader.timeout);
                if let Some(batch) = batch {
                    reader.max_export_batch_size = batch.map(Some);
                }
                settings.readers.value.push(ReaderSettings::Periodic(reader));
            });
        }
        "pull" => {
            item.mapping(|it| {
                common(it, settings);
                let Some((name, item)) = it.required("exporter").and_then(|item| item.single())
                else {
                    return;
                };
                if name != "prometheus/development" {
                    item.fault("prometheus/development");
                } else if let Some(pulled) = item.component(prometheus) {
                    settings.readers.value.push(ReaderSettings::Pull(pulled));
                }
            });
        }
        _ => item.fault("periodic or pull"),
    }
}

/// Where Prometheus asks for metrics, and what it is told.
fn prometheus(it: &mut Mapping<'_>) -> PrometheusSettings {
    let mut settings = PrometheusSettings::default();
    if let Some(host) = it.value("host").and_then(|item| item.text()) {
        settings.host = host;
    }
    let port = it.value("port").and_then(|item| item.integer(0..=i64::from(u16::MAX)));
    if let Some(port) = port {
        settings.port = port.map(|port| u16::try_from(port).unwrap_or_default());
    }
    for (name, setting) in [
        ("scope_info_enabled", &mut settings.scope_info),
        ("target_info_enabled/development", &mut settings.target_info),
    ] {
        if let Some(found) = it.value(name).and_then(|item| item.boolean()) {
            *setting = found;
        }
    }
    if let Some(item) = it.value("resource_constant_labels") {
        settings.resource_labels = item.mapping(include_exclude);
    }
    if let Some(item) = it.value("translation_strategy")
        && let Some(strategy) = item.one_of(STRATEGIES)
    {
        match strategy.value {
            Some(suffixes) => settings.suffixes = item.setting(suffixes),
            None => item.warn("not supported; using underscore_escaping_with_suffixes"),
        }
    }
    settings
}

/// How names are translated, by the names of the schema, each with whether there are suffixes.
/// `None` is not supported.
const STRATEGIES: &[(&str, Option<bool>)] = &[
    ("underscore_escaping_with_suffixes", Some(true)),
    ("underscore_escaping_without_suffixes/development", Some(false)),
    ("no_utf8_escaping_with_suffixes/development", None),
    ("no_translation/development", None),
];

/// How many sets of attributes are kept apart, which is at least one.
fn cardinality_limit(item: &Item<'_>) -> Option<usize> {
    let limit = item.integer(1..=i64::MAX)?.value;
    // The SDK adds one, which must not overflow where a `usize` has 32 bits.
    Some(usize::try_from(limit).unwrap_or(usize::MAX - 1))
}

/// What readers of both kinds have.
fn common(it: &mut Mapping<'_>, settings: &mut MeterProviderSettings) {
    it.unsupported("producers", "metrics come from the instruments of this program only");
    let Some(item) = it.value("cardinality_limits") else { return };
    let limits = item.mapping(|limits| {
        let mut of = |name| limits.value(name).as_ref().and_then(cardinality_limit);
        CardinalityLimits {
            default: of("default"),
            counter: of("counter"),
            gauge: of("gauge"),
            histogram: of("histogram"),
            observable_counter: of("observable_counter"),
            observable_gauge: of("observable_gauge"),
            observable_up_down_counter: of("observable_up_down_counter"),
            up_down_counter: of("up_down_counter"),
        }
    });
    let Some(limits) = limits else { return };
    let known = &mut settings.cardinality_limits;
    if known.origin == Origin::Default {
        *known = item.setting(limits);
    } else if known.value != limits {
        item.warn("all readers have the same limits; using those of the first one that has any");
    }
}

/// In the schema each exporter has its own; the SDK knows one for the whole provider.
fn default_histogram_aggregation(
    options: &MetricOptions,
    settings: &mut MeterProviderSettings,
    it: &Mapping<'_>,
) {
    let Some(wanted) = options.default_histogram_aggregation else { return };
    let known = &mut settings.default_histogram_aggregation;
    if known.origin == Origin::Default {
        *known = wanted;
    } else if known.value != wanted.value {
        it.as_item().warn(
            "all exporters have the same default_histogram_aggregation; using that of the first \
             one that has any",
        );
    }
}

/// `included` and `excluded`.
///
/// Lists of patterns, each of which may be absent. An empty list is a fault.
pub(super) fn include_exclude(it: &mut Mapping<'_>) -> IncludeExclude {
    let mut patterns = |name| {
        let items = it.value(name).map(|item| item.items()).unwrap_or_default();
        let texts = items.iter().filter_map(Item::required_text);
        texts.map(|text| text.value).collect()
    };
    IncludeExclude { included: patterns("included"), excluded: patterns("excluded") }
}

/// `None` after a fault. Both parts are required.
///
/// The origin is the place of the item in the list.
fn view(item: &Item<'_>) -> Option<Setting<ViewSettings>> {
    let view = item.mapping(|view| {
        let selector = view.required("selector").and_then(|item| item.mapping(selector));
        let stream = view.required("stream").and_then(|item| item.mapping(stream));
        Some(ViewSettings { selector: selector?, stream: stream? })
    });
    view.flatten().map(|view| item.setting(view))
}

/// `None` for a property that is absent or null, or after a fault.
fn text(it: &mut Mapping<'_>, name: &'static str) -> Option<String> {
    it.value(name)?.text().map(|text| text.value)
}

/// A property that is absent matches every instrument.
///
/// All properties that are there have to be true of an instrument. An unknown kind of instrument is
/// a fault.
fn selector(it: &mut Mapping<'_>) -> ViewSelector {
    const KINDS: &[(&str, InstrumentKind)] = &[
        ("counter", InstrumentKind::Counter),
        ("gauge", InstrumentKind::Gauge),
        ("histogram", InstrumentKind::Histogram),
        ("observable_counter", InstrumentKind::ObservableCounter),
        ("observable_gauge", InstrumentKind::ObservableGauge),
        ("observable_up_down_counter", InstrumentKind::ObservableUpDownCounter),
        ("up_down_counter", InstrumentKind::UpDownCounter),
    ];
    let kind = it.value("instrument_type").and_then(|item| item.one_of(KINDS));
    ViewSelector {
        instrument_name: text(it, "instrument_name"),
        instrument_type: kind.map(|kind| kind.value),
        unit: text(it, "unit"),
        meter_name: text(it, "meter_name"),
        meter_version: text(it, "meter_version"),
        meter_schema_url: text(it, "meter_schema_url"),
    }
}

/// A name or description that is absent stays that of the instrument.
fn stream(it: &mut Mapping<'_>) -> ViewStream {
    let aggregation = it.value("aggregation").and_then(|item| aggregation(&item));
    let limit = it.value("aggregation_cardinality_limit").as_ref().and_then(cardinality_limit);
    let keys = it.value("attribute_keys");
    let attribute_keys = keys.and_then(|item| item.mapping(include_exclude)).unwrap_or_default();
    ViewStream {
        name: text(it, "name"),
        description: text(it, "description"),
        aggregation: aggregation.unwrap_or(AggregationSettings::Default),
        aggregation_cardinality_limit: limit,
        attribute_keys,
    }
}

/// `None` after a fault. The histograms have properties of their own, all of them optional.
///
/// Names that are not in this list are a fault, because a wrong aggregation would change what
/// numbers mean.
fn aggregation(item: &Item<'_>) -> Option<AggregationSettings> {
    let (name, item) = item.single()?;
    match name {
        "default" => item.component(|_| AggregationSettings::Default),
        "drop" => item.component(|_| AggregationSettings::Drop),
        "last_value" => item.component(|_| AggregationSettings::LastValue),
        "sum" => item.component(|_| AggregationSettings::Sum),
        "explicit_bucket_histogram" => item.component(explicit_buckets),
        "base2_exponential_bucket_histogram" => item.component(exponential_buckets),
        _ => {
            item.fault(
                "default, drop, sum, last_value, explicit_bucket_histogram or \
                 base2_exponential_bucket_histogram",
            );
            None
        }
    }
}

/// `true` unless the file says otherwise.
fn record_min_max(it: &mut Mapping<'_>) -> bool {
    let wanted = it.value("record_min_max").and_then(|item| item.boolean());
    wanted.is_none_or(|wanted| wanted.value)
}

/// The boundaries have to rise strictly, and may be an empty list: one bucket for everything.
fn explicit_buckets(it: &mut Mapping<'_>) -> AggregationSettings {
    let boundaries = it.value("boundaries").map(|item| {
        let items = item.items_or_none();
        let numbers = items.iter().filter_map(|item| {
            if item.is_null() {
                item.fault("a number");
            }
            item.number(f64::MIN..=f64::MAX)
        });
        let boundaries: Vec<f64> = numbers.map(|number| number.value).collect();
        if !boundaries.is_sorted_by(|a, b| a < b) {
            item.fault("numbers, each larger than the one before");
        }
        boundaries
    });
    AggregationSettings::ExplicitBuckets { boundaries, record_min_max: record_min_max(it) }
}

/// The defaults of the specification: a scale of at most 20, and at most 160 buckets.
fn exponential_buckets(it: &mut Mapping<'_>) -> AggregationSettings {
    let scale = it.value("max_scale").and_then(|item| item.integer(-10..=20));
    let size = it.value("max_size").and_then(|item| item.integer(2..=i64::from(u32::MAX)));
    AggregationSettings::ExponentialBuckets {
        max_scale: scale.and_then(|scale| i8::try_from(scale.value).ok()).unwrap_or(20),
        max_size: size.and_then(|size| u32::try_from(size.value).ok()).unwrap_or(160),
        record_min_max: record_min_max(it),
    }
}
