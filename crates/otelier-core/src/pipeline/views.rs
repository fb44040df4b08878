//! The views that the settings ask for, for the SDK.
//!
//! A view of the settings becomes a closure that the SDK asks about each new instrument. What it
//! returns is a stream; `None` means that this view does not select it. Attribute keys are not
//! given to the SDK, which knows exact keys only: they go into `AttributeKeys`, and the exporters
//! leave out the rest.
//!
//! If an instrument is selected by several views there is a stream for each of them. If no view
//! selects it, the SDK makes its default stream, unless the settings change the defaults: then one
//! more view is added, after all others, which applies them to what is not selected.

use std::sync::Arc;

use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, MeterProviderBuilder, Stream, StreamBuilder,
};

use crate::config::{
    AggregationSettings, HistogramAggregation, MeterProviderSettings, Setting, ViewSelector,
    ViewSettings, is_match,
};
use crate::export::AttributeKeys;

/// The boundaries that the specification has for histograms.
/// They are given to the SDK where a view asks for explicit buckets without boundaries.
const BOUNDARIES: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0,
    10000.0,
];

/// Adds the views of `settings`. The last one is for the instruments that no other selects: the
/// SDK makes a stream for each view, and has no defaults beside them.
///
/// The closures share one copy of the settings, since the SDK keeps them as long as the provider.
/// The keys are registered under the name of the stream, as the exporter sees it, and not of the
/// instrument.
/// A view that does not select an instrument returns `None`, and the SDK asks the next one.
pub(super) fn add(
    builder: MeterProviderBuilder,
    settings: &MeterProviderSettings,
    attribute_keys: &AttributeKeys,
) -> MeterProviderBuilder {
    let settings = Arc::new(settings.clone());
    let views = (0..settings.views.len()).fold(builder, |builder, at| {
        let (settings, keys) = (Arc::clone(&settings), attribute_keys.clone());
        builder.with_view(move |instrument: &Instrument| {
            let view = &settings.views.get(at)?.value;
            if !selects(&view.selector, instrument) {
                return None;
            }
            if !view.stream.attribute_keys.is_everything() {
                let name = view.stream.name.as_deref().unwrap_or(instrument.name());
                keys.keep(instrument.scope().name(), name, &view.stream.attribute_keys);
            }
            stream(view, &settings, instrument)
        })
    });
    let changes_nothing = settings.default_histogram_aggregation.value
        == HistogramAggregation::ExplicitBuckets
        && settings.cardinality_limits.value == Default::default();
    if changes_nothing {
        return views;
    }
    views.with_view(move |instrument: &Instrument| {
        let is_selected = |view: &Setting<ViewSettings>| selects(&view.value.selector, instrument);
        if settings.views.iter().any(is_selected) {
            return None;
        }
        let aggregation = default_aggregation(&settings, instrument);
        let limit = settings.cardinality_limits.value.of(instrument.kind());
        if aggregation.is_none() && limit.is_none() {
            return None;
        }
        finish(Stream::builder(), aggregation, limit)
    })
}

/// Whether all conditions of a selector hold. One that is absent holds for every instrument.
/// Names of instruments may have wildcards and are compared without regard to case; all else is
/// compared exactly.
/// The type of an instrument is compared as well.
fn selects(selector: &ViewSelector, instrument: &Instrument) -> bool {
    let scope = instrument.scope();
    let is = |wanted: &Option<String>, found: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| Some(wanted) == found)
    };
    // Names of instruments differ in more than case.
    let name = instrument.name().to_ascii_lowercase();
    let wanted = selector.instrument_name.as_deref();
    wanted.is_none_or(|wanted| is_match(&wanted.to_ascii_lowercase(), &name))
        && selector.instrument_type.is_none_or(|kind| kind == instrument.kind())
        && is(&selector.unit, Some(instrument.unit()))
        && is(&selector.meter_name, Some(scope.name()))
        && is(&selector.meter_version, scope.version())
        && is(&selector.meter_schema_url, scope.schema_url())
}

/// The stream that `view` makes of an instrument. A limit of cardinality of the view replaces that
/// of the settings.
/// The default aggregation is the one of the settings, or what the SDK takes for the kind of the
/// instrument.
fn stream(
    view: &ViewSettings,
    settings: &MeterProviderSettings,
    instrument: &Instrument,
) -> Option<Stream> {
    let stream = &view.stream;
    let mut builder = Stream::builder();
    if let Some(name) = &stream.name {
        builder = builder.with_name(name.clone());
    }
    if let Some(description) = &stream.description {
        builder = builder.with_description(description.clone());
    }
    let aggregation = match &stream.aggregation {
        AggregationSettings::Default => default_aggregation(settings, instrument),
        AggregationSettings::Drop => Some(Aggregation::Drop),
        AggregationSettings::Sum => Some(Aggregation::Sum),
        AggregationSettings::LastValue => Some(Aggregation::LastValue),
        AggregationSettings::ExplicitBuckets { boundaries, record_min_max } => {
            Some(Aggregation::ExplicitBucketHistogram {
                boundaries: boundaries.clone().unwrap_or_else(|| BOUNDARIES.to_vec()),
                record_min_max: *record_min_max,
            })
        }
        &AggregationSettings::ExponentialBuckets { max_scale, max_size, record_min_max } => {
            Some(Aggregation::Base2ExponentialHistogram { max_size, max_scale, record_min_max })
        }
    };
    let limit = stream
        .aggregation_cardinality_limit
        .or_else(|| settings.cardinality_limits.value.of(instrument.kind()));
    finish(builder, aggregation, limit)
}

/// `None` if the SDK refuses the stream; the view then does not select the instrument.
/// What is `None` in the arguments is left to the SDK.
fn finish(
    mut builder: StreamBuilder,
    aggregation: Option<Aggregation>,
    limit: Option<usize>,
) -> Option<Stream> {
    if let Some(aggregation) = aggregation {
        builder = builder.with_aggregation(aggregation);
    }
    if let Some(limit) = limit {
        builder = builder.with_cardinality_limit(limit);
    }
    builder.build().ok()
}

/// The numbers are the specification's.
///
/// `None` leaves the choice to the SDK.
/// Only histograms have another one than the SDK, and only if the settings ask for exponential
/// buckets.
fn default_aggregation(
    settings: &MeterProviderSettings,
    instrument: &Instrument,
) -> Option<Aggregation> {
    let is_exponential = settings.default_histogram_aggregation.value
        == HistogramAggregation::ExponentialBuckets
        && instrument.kind() == InstrumentKind::Histogram;
    is_exponential.then_some(Aggregation::Base2ExponentialHistogram {
        max_size: 160,
        max_scale: 20,
        record_min_max: true,
    })
}
