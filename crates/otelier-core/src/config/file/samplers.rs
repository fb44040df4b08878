//! Which spans are recorded, as a tree of samplers.
//!
//! Samplers nest: most functions here call `sampler` or `composite` for what is inside. The two
//! have names of their own, because the schema allows other samplers inside of
//! `composite/development` than outside. The depth is bounded, since the parser refuses a file that
//! is nested deeper than 64 levels.

use opentelemetry::trace::SpanKind;

use super::super::model::{
    AttributeCondition, ComposableSettings, ParentBasedSettings, ParentKind, SamplerRule,
    SamplerSettings,
};
use super::super::setting::Setting;
use super::item::Item;
use super::mapping::Mapping;

/// Completes "expected …" at the outside.
const NAMES: &str = "always_on, always_off, trace_id_ratio_based, probability/development, \
                     parent_based, always_record or composite/development";
/// Completes "expected …" inside of a composite one.
const COMPOSITE_NAMES: &str = "always_on, always_off, probability, parent_threshold or rule_based";

/// `sampler`, with exactly one property that names it.
///
/// `None` after a fault. Of `jaeger_remote/development` only the initial sampler is used, with a
/// warning.
///
/// `probability/development` decides like `probability` in a composite sampler.
pub(super) fn sampler(item: &Item<'_>) -> Option<SamplerSettings> {
    let (name, item) = item.single()?;
    match name {
        "always_on" => item.component(|_| SamplerSettings::AlwaysOn),
        "always_off" => item.component(|_| SamplerSettings::AlwaysOff),
        "trace_id_ratio_based" => {
            item.component(|it| SamplerSettings::TraceIdRatioBased(ratio(it)))
        }
        "probability/development" => item
            .component(|it| SamplerSettings::Composite(ComposableSettings::Probability(ratio(it)))),
        "parent_based" => item.component(parent_based),
        "always_record" => {
            let root = item.mapping(|it| it.required("root").and_then(|root| sampler(&root)));
            root.flatten().map(|root| SamplerSettings::AlwaysRecord(Box::new(root)))
        }
        "composite/development" => composite(&item).map(SamplerSettings::Composite),
        "jaeger_remote/development" => {
            item.warn("not supported; its initial sampler is used all the time");
            let initial = item.mapping(|it| {
                it.required("endpoint");
                it.value("interval");
                it.required("initial_sampler").and_then(|initial| sampler(&initial))
            });
            initial.flatten()
        }
        _ => {
            item.fault(NAMES);
            None
        }
    }
}

/// All traces, if the file has no ratio.
fn ratio(sampler: &mut Mapping<'_>) -> Setting<f64> {
    let ratio = sampler.value("ratio").and_then(|item| item.number(0.0..=1.0));
    ratio.unwrap_or(Setting::default(1.0))
}

/// Each sampler that the file leaves out is that of the specification.
fn parent_based(settings: &mut Mapping<'_>) -> SamplerSettings {
    let mut inner = |name, default| {
        let item = settings.value(name);
        item.and_then(|item| sampler(&item)).unwrap_or(default)
    };
    SamplerSettings::ParentBased(Box::new(ParentBasedSettings {
        root: inner("root", SamplerSettings::AlwaysOn),
        remote_parent_sampled: inner("remote_parent_sampled", SamplerSettings::AlwaysOn),
        remote_parent_not_sampled: inner("remote_parent_not_sampled", SamplerSettings::AlwaysOff),
        local_parent_sampled: inner("local_parent_sampled", SamplerSettings::AlwaysOn),
        local_parent_not_sampled: inner("local_parent_not_sampled", SamplerSettings::AlwaysOff),
    }))
}

/// A sampler that can be part of a composite one.
///
/// Its rules may have composite samplers in them again.
fn composite(item: &Item<'_>) -> Option<ComposableSettings> {
    let (name, item) = item.single()?;
    match name {
        "always_on" => item.component(|_| ComposableSettings::AlwaysOn),
        "always_off" => item.component(|_| ComposableSettings::AlwaysOff),
        "probability" => item.component(|it| ComposableSettings::Probability(ratio(it))),
        "parent_threshold" => {
            let root = item.mapping(|it| it.required("root").and_then(|root| composite(&root)));
            root.flatten().map(|root| ComposableSettings::ParentThreshold(Box::new(root)))
        }
        "rule_based" => item.component(|settings| {
            let rules = settings.value("rules").map(|item| item.items()).unwrap_or_default();
            let rules = rules.iter().filter_map(|item| item.mapping(rule).flatten());
            ComposableSettings::RuleBased(rules.collect())
        }),
        _ => {
            item.fault(COMPOSITE_NAMES);
            None
        }
    }
}

/// `None` after a fault in the sampler. A condition that is absent is true of every span.
///
/// Of the two conditions on attributes each may be there once; if both are, both have to be true.
fn rule(settings: &mut Mapping<'_>) -> Option<SamplerRule> {
    const KINDS: &[(&str, SpanKind)] = &[
        ("internal", SpanKind::Internal),
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ];
    const PARENTS: &[(&str, ParentKind)] =
        &[("none", ParentKind::None), ("remote", ParentKind::Remote), ("local", ParentKind::Local)];
    let mut attributes = Vec::new();
    if let Some(item) = settings.value("attribute_values") {
        attributes.extend(item.mapping(|it| {
            let key = it.required("key").and_then(|key| key.required_text());
            let values = it.required("values").map(|values| values.items()).unwrap_or_default();
            let values = values.iter().filter_map(Item::required_text);
            let values = values.map(|value| value.value).collect();
            key.map(|key| AttributeCondition::Values { key: key.value, values })
        }));
    }
    if let Some(item) = settings.value("attribute_patterns") {
        attributes.extend(item.mapping(|it| {
            let key = it.required("key").and_then(|key| key.required_text());
            let patterns = super::metrics::include_exclude(it);
            key.map(|key| AttributeCondition::Patterns { key: key.value, patterns })
        }));
    }
    let span_kinds = one_of_each(settings, "span_kinds", KINDS);
    let parents = one_of_each(settings, "parent", PARENTS);
    let sampler = settings.required("sampler").and_then(|item| composite(&item))?;
    Some(SamplerRule {
        attributes: attributes.into_iter().flatten().collect(),
        span_kinds,
        parents,
        sampler,
    })
}

/// `None` without the property, which is another thing than an empty list.
///
/// Each item that is no such name is a fault.
fn one_of_each<T: Clone>(
    settings: &mut Mapping<'_>,
    name: &'static str,
    names: &[(&str, T)],
) -> Option<Vec<T>> {
    let items = settings.value(name)?.items();
    Some(items.iter().filter_map(|item| item.one_of(names)).map(|it| it.value).collect())
}
