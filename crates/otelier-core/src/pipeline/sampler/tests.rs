//! Samplers, with and without a parent.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceState};
use opentelemetry::{Array, Value};

use super::*;
use crate::config::{AttributeCondition, ComposableSettings, IncludeExclude, SamplerRule, Setting};

fn result(
    settings: &SamplerSettings,
    parent: Option<SpanContext>,
    kind: &SpanKind,
    attributes: &[KeyValue],
) -> SamplingResult {
    let cx = parent.map(|parent| Context::new().with_remote_span_context(parent));
    ConfiguredSampler::new(settings).should_sample(
        cx.as_ref(),
        TraceId::from(1),
        "name",
        kind,
        attributes,
        &[],
    )
}

fn is_sampled(result: &SamplingResult) -> bool {
    result.decision == SamplingDecision::RecordAndSample
}

fn parent(trace_id: u128, flags: TraceFlags, is_remote: bool) -> Option<SpanContext> {
    let state: TraceState = "vendor=1".parse().unwrap();
    Some(SpanContext::new(TraceId::from(trace_id), SpanId::from(2), flags, is_remote, state))
}

const OFF: TraceFlags = TraceFlags::NOT_SAMPLED;
const ON: TraceFlags = TraceFlags::SAMPLED;

#[test]
fn a_valid_parent_decides() {
    for (root, flags) in [(SamplerSettings::AlwaysOff, ON), (SamplerSettings::AlwaysOn, OFF)] {
        let settings = SamplerSettings::parent_based(root);
        let result = result(&settings, parent(1, flags, true), &SpanKind::Server, &[]);
        assert_eq!(is_sampled(&result), flags.is_sampled());
        assert_eq!(result.trace_state.header(), "vendor=1");
    }
}

#[test]
fn without_a_valid_parent_the_root_decides() {
    for (root, expected) in [(SamplerSettings::AlwaysOn, true), (SamplerSettings::AlwaysOff, false)]
    {
        let settings = SamplerSettings::parent_based(root);
        let without = result(&settings, None, &SpanKind::Server, &[]);
        assert_eq!((is_sampled(&without), without.trace_state.header()), (expected, String::new()));
        let invalid = result(&settings, parent(0, OFF, true), &SpanKind::Server, &[]);
        assert_eq!(is_sampled(&invalid), expected, "an invalid parent is none");
    }
}

#[test]
fn each_kind_of_parent_has_its_sampler() {
    let off = || SamplerSettings::AlwaysOff;
    let all_off = ParentBasedSettings {
        root: off(),
        remote_parent_sampled: off(),
        remote_parent_not_sampled: off(),
        local_parent_sampled: off(),
        local_parent_not_sampled: off(),
    };
    let on = || SamplerSettings::AlwaysOn;
    let parents = [
        None,
        parent(1, ON, true),
        parent(1, OFF, true),
        parent(1, ON, false),
        parent(1, OFF, false),
    ];
    for (at, one_on) in [
        ParentBasedSettings { root: on(), ..all_off.clone() },
        ParentBasedSettings { remote_parent_sampled: on(), ..all_off.clone() },
        ParentBasedSettings { remote_parent_not_sampled: on(), ..all_off.clone() },
        ParentBasedSettings { local_parent_sampled: on(), ..all_off.clone() },
        ParentBasedSettings { local_parent_not_sampled: on(), ..all_off.clone() },
    ]
    .into_iter()
    .enumerate()
    {
        let settings = SamplerSettings::ParentBased(Box::new(one_on));
        let sampled = parents
            .each_ref()
            .map(|parent| is_sampled(&result(&settings, parent.clone(), &SpanKind::Server, &[])));
        let mut expected = [false; 5];
        expected[at] = true;
        assert_eq!(sampled, expected);
    }
}

#[test]
fn always_record_records_what_is_dropped() {
    for (root, expected) in [
        (SamplerSettings::AlwaysOff, SamplingDecision::RecordOnly),
        (SamplerSettings::AlwaysOn, SamplingDecision::RecordAndSample),
    ] {
        let settings = SamplerSettings::AlwaysRecord(Box::new(root));
        assert_eq!(result(&settings, None, &SpanKind::Server, &[]).decision, expected);
    }
}

fn rule(attributes: Vec<AttributeCondition>, sampler: ComposableSettings) -> SamplerRule {
    SamplerRule { attributes, span_kinds: None, parents: None, sampler }
}

fn values(key: &str, values: &[&str]) -> AttributeCondition {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    AttributeCondition::Values { key: key.to_owned(), values }
}

fn patterns(key: &str, included: &[&str], excluded: &[&str]) -> AttributeCondition {
    let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
    let patterns = IncludeExclude { included: list(included), excluded: list(excluded) };
    AttributeCondition::Patterns { key: key.to_owned(), patterns }
}

#[test]
fn the_first_matching_rule_decides() {
    use ComposableSettings::{AlwaysOff, AlwaysOn};

    let settings = SamplerSettings::Composite(ComposableSettings::RuleBased(vec![
        rule(vec![values("http.route", &["/healthz", "/livez"])], AlwaysOff),
        rule(vec![patterns("url.path", &["/internal/*"], &["/internal/special/*"])], AlwaysOn),
        rule(vec![values("http.response.status_code", &["404"])], AlwaysOn),
        rule(vec![values("a", &["x"]), values("b", &["y"])], AlwaysOn),
    ]));
    let strings = |items: &[&'static str]| {
        Value::Array(Array::String(items.iter().map(|item| (*item).into()).collect()))
    };
    for (attributes, expected) in [
        (vec![], false),
        (vec![KeyValue::new("http.route", "/healthz")], false),
        (vec![KeyValue::new("url.path", "/internal/x")], true),
        (vec![KeyValue::new("url.path", "/internal/special/x")], false),
        (vec![KeyValue::new("http.response.status_code", 404)], true),
        (vec![KeyValue::new("http.response.status_code", 200)], false),
        (vec![KeyValue::new("a", "x")], false),
        (vec![KeyValue::new("a", "x"), KeyValue::new("b", "y")], true),
        (vec![KeyValue::new("a", "z"), KeyValue::new("a", "x"), KeyValue::new("b", "y")], true),
        (vec![KeyValue::new("url.path", strings(&["/x", "/internal/y"]))], true),
        (
            vec![
                KeyValue::new("http.route", "/livez"),
                KeyValue::new("url.path", "/internal/livez"),
            ],
            false,
        ),
    ] {
        let result = result(&settings, None, &SpanKind::Server, &attributes);
        assert_eq!(is_sampled(&result), expected, "{attributes:?}");
    }
}

#[test]
fn rules_look_at_kind_and_parent() {
    let rule = SamplerRule {
        attributes: vec![],
        span_kinds: Some(vec![SpanKind::Client, SpanKind::Producer]),
        parents: Some(vec![ParentKind::None, ParentKind::Local]),
        sampler: ComposableSettings::AlwaysOn,
    };
    let settings = SamplerSettings::Composite(ComposableSettings::RuleBased(vec![rule]));
    for (kind, parent, expected) in [
        (SpanKind::Client, None, true),
        (SpanKind::Server, None, false),
        (SpanKind::Producer, parent(1, OFF, false), true),
        (SpanKind::Client, parent(1, ON, true), false),
    ] {
        let result = result(&settings, parent.clone(), &kind, &[]);
        assert_eq!(is_sampled(&result), expected, "{kind:?} {parent:?}");
        let state = match (expected, parent.is_some()) {
            (true, true) => "ot=th:0,vendor=1",
            (true, false) => "ot=th:0",
            (false, true) => "vendor=1",
            (false, false) => "",
        };
        assert_eq!(result.trace_state.header(), state);
    }
}

/// Whether a span of the trace is sampled by a composite sampler, and the trace state then.
fn composite(
    settings: ComposableSettings,
    trace_id: u128,
    parent: Option<(&str, TraceFlags)>,
) -> (bool, String) {
    let cx = parent.map(|(state, flags)| {
        let state = state.parse().unwrap();
        let parent = SpanContext::new(TraceId::from(trace_id), SpanId::from(2), flags, true, state);
        Context::new().with_remote_span_context(parent)
    });
    let result = ConfiguredSampler::new(&SamplerSettings::Composite(settings)).should_sample(
        cx.as_ref(),
        TraceId::from(trace_id),
        "name",
        &SpanKind::Server,
        &[],
        &[],
    );
    (is_sampled(&result), result.trace_state.header())
}

/// Traces whose randomness is just above and just below a half.
const UPPER: u128 = 0x0102_0304_0506_0708_0980_0000_0000_0000;
const LOWER: u128 = 0x0102_0304_0506_0708_097f_ffff_ffff_ffff;

#[test]
fn a_probability_is_told_by_its_threshold() {
    let half = || ComposableSettings::Probability(Setting::default(0.5));
    for (trace_id, parent, expected) in [
        (UPPER, None, (true, "ot=th:8")),
        (LOWER, None, (false, "")),
        // The decision does not depend on that of the parent, but on the same randomness.
        (UPPER, Some(("ot=th:c,a=1", OFF)), (true, "ot=th:8,a=1")),
        (LOWER, Some(("ot=th:0,a=1", ON)), (false, "a=1")),
        (LOWER, Some(("ot=rv:ffffffffffffff", ON)), (true, "ot=th:8;rv:ffffffffffffff")),
    ] {
        let (sampled, state) = composite(half(), trace_id, parent);
        assert_eq!((sampled, &*state), expected, "{trace_id:x} {parent:?}");
    }
}

#[test]
fn the_threshold_of_a_parent_is_kept() {
    let quarter = || {
        let root = ComposableSettings::Probability(Setting::default(0.25));
        ComposableSettings::ParentThreshold(Box::new(root))
    };
    for (trace_id, parent, expected) in [
        (UPPER, None, (false, "")),
        (UPPER | 0xff << 48, None, (true, "ot=th:c")),
        (UPPER, Some(("ot=th:8", ON)), (true, "ot=th:8")),
        (LOWER, Some(("ot=th:8", ON)), (false, "")),
        // Nothing is known about the share of a parent without a threshold.
        (LOWER, Some(("a=1", ON)), (true, "a=1")),
        (UPPER, Some(("a=1", OFF)), (false, "a=1")),
    ] {
        let (sampled, state) = composite(quarter(), trace_id, parent);
        assert_eq!((sampled, &*state), expected, "{trace_id:x} {parent:?}");
    }
}
