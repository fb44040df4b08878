//! Which context a message may carry, rule by rule.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use otelier_instrument::Providers;
use otelier_instrument::semconv::aws::AwsOptions;

use crate::recorder::{AwsRecorder, XRAY_HEADER};

use super::*;

type Attributes = Option<HashMap<String, Text>>;

#[derive(Clone, Debug, PartialEq)]
struct Text(String);

impl AttributeValue for Text {
    fn text(data_type: &str, value: String) -> Option<Self> {
        assert_eq!(data_type, "String");
        Some(Self(value))
    }

    fn size(&self) -> usize {
        DATA_TYPE.len() + self.0.len()
    }
}

#[derive(Debug)]
struct Fields(Vec<String>);

impl TextMapPropagator for Fields {
    fn inject_context(&self, _cx: &Context, _injector: &mut dyn Injector) {}

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

fn recorder(fields: &[&str]) -> AwsRecorder {
    let mut providers = Providers::default();
    providers.set_propagator(Fields(fields.iter().map(|&field| field.to_owned()).collect()));
    AwsRecorder::new(providers, AwsOptions::default())
}

fn can_carry(attributes: &Attributes, header: TraceHeader, fields: &[&str], size: usize) -> bool {
    let recorder = recorder(fields);
    let budget = SizeBudget::after(size);
    MessageAttributes::can_carry(attributes, header, recorder.propagation_fields(), &budget)
}

fn fields(fields: &[(&str, &str)]) -> FieldList {
    let mut list = FieldList::default();
    fields.iter().for_each(|(name, value)| list.set(name, (*value).to_owned()));
    list
}

fn attributes(names: &[&str]) -> Attributes {
    Some(names.iter().map(|name| ((*name).to_owned(), Text("own".to_owned()))).collect())
}

/// What is added to `before`, as `name=value`.
fn injected(mut before: Attributes, list: &FieldList, budget: &mut SizeBudget) -> Vec<String> {
    let own = before.clone().unwrap_or_default();
    MessageAttributes(&mut before).inject(TraceHeader::Unsupported, list, budget);
    let after = before.unwrap_or_default();
    assert!(
        own.iter().all(|(name, value)| after.get(name) == Some(value)),
        "nothing is overwritten"
    );
    let mut added: Vec<_> = after
        .into_iter()
        .filter(|(name, _)| !own.contains_key(name))
        .map(|(name, Text(value))| format!("{name}={value}"))
        .collect();
    added.sort();
    added
}

const NINE: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
const TRACEPARENT_SIZE: usize = "traceparent".len() + DATA_TYPE.len() + "00-x".len();

#[test]
fn adds_every_field_that_fits() {
    let list = fields(&[("baggage", "k=v"), ("traceparent", "00-x"), ("tracestate", "a=b")]);
    let added = injected(None, &list, &mut SizeBudget::after(0));
    assert_eq!(added, ["baggage=k=v", "traceparent=00-x", "tracestate=a=b"]);
}

#[test]
fn traceparent_takes_the_last_place() {
    let list = fields(&[("baggage", "k=v"), ("tracestate", "a=b"), ("traceparent", "00-x")]);
    let added = injected(attributes(&NINE), &list, &mut SizeBudget::after(0));
    assert_eq!(added, ["traceparent=00-x"]);
}

#[test]
fn a_full_message_is_unchanged() {
    let list = fields(&[("traceparent", "00-x")]);
    for (names, fits) in [(NINE.to_vec(), true), ([&NINE[..], &["j"]].concat(), false)] {
        let own = attributes(&names);
        assert_eq!(can_carry(&own, TraceHeader::Unsupported, &["traceparent"], 0), fits);
        assert_eq!(injected(own, &list, &mut SizeBudget::after(0)).is_empty(), !fits);
    }
}

#[test]
fn context_of_the_user_is_unchanged() {
    let list = fields(&[("traceparent", "00-x"), ("tracestate", "a=b")]);
    let own = attributes(&["TraceParent"]);
    assert!(!can_carry(&own, TraceHeader::Unsupported, &["traceparent"], 0));
    assert_eq!(injected(own, &list, &mut SizeBudget::after(0)), [""; 0]);
}

#[test]
fn no_size_limit_is_exceeded() {
    let list = fields(&[("traceparent", "00-x"), ("tracestate", "a=b")]);
    for max in [256 * 1024, 1024 * 1024] {
        let added = |size| injected(None, &list, &mut SizeBudget::after(size));
        assert_eq!(added(max - TRACEPARENT_SIZE + 1), [""; 0]);
        assert_eq!(added(max - TRACEPARENT_SIZE), ["traceparent=00-x"]);

        let carries = |size| can_carry(&None, TraceHeader::Unsupported, &["traceparent"], size);
        assert!(carries(max - MIN_CONTEXT_SIZE));
        assert!(!carries(max - MIN_CONTEXT_SIZE + 1));
    }
    // Above the smaller limit already, so the larger one must apply.
    let added = injected(None, &list, &mut SizeBudget::after(256 * 1024 + 1));
    assert_eq!(added, ["traceparent=00-x", "tracestate=a=b"]);
    // Above both: the service will refuse it whatever we do.
    assert_eq!(injected(None, &list, &mut SizeBudget::after(1024 * 1024 + 1)), [""; 0]);
}

#[test]
fn size_counts_names_types_and_values() {
    let own = attributes(&["a", "bc"]);
    assert_eq!(MessageAttributes::size(&own), "a".len() + "bc".len() + 2 * "Stringown".len());
    assert_eq!(MessageAttributes::<Text>::size(&None), 0);
}

#[test]
fn messages_of_a_batch_share_the_budget() {
    let list = fields(&[("traceparent", "00-x")]);
    let mut budget = SizeBudget::after(1024 * 1024 - TRACEPARENT_SIZE - 1);
    assert_eq!(injected(None, &list, &mut budget), ["traceparent=00-x"]);
    assert_eq!(injected(None, &list, &mut budget), [""; 0]);
}

#[test]
fn unaccepted_names_and_values_are_left_out() {
    let longest = "n".repeat(256);
    let too_long = "n".repeat(257);
    for (name, value) in [
        ("", "v"),
        ("with space", "v"),
        ("ümlaut", "v"),
        ("AWS.x", "v"),
        ("amazon.x", "v"),
        (".x", "v"),
        ("x.", "v"),
        ("x..y", "v"),
        (&too_long, "v"),
        ("x", ""),
        ("x", "a\u{0}b"),
        ("x", "a\u{ffff}"),
    ] {
        assert!(!is_accepted(name, value), "{name:?} {value:?}");
        let list = fields(&[(name, value), ("traceparent", "00-x")]);
        let added = injected(None, &list, &mut SizeBudget::after(0));
        assert_eq!(added, ["traceparent=00-x"], "{name:?} {value:?}");
    }
    for name in ["X-B3-TraceId", "aws", "a.b", "_", &longest] {
        assert!(is_accepted(name, "0af7"), "{name}");
    }
}

#[test]
fn nothing_to_add_makes_no_empty_map() {
    let mut none: Attributes = None;
    let list = fields(&[(XRAY_HEADER, "Root=1"), ("bad name", "v")]);
    let mut budget = SizeBudget::after(0);
    MessageAttributes(&mut none).inject(TraceHeader::Unsupported, &list, &mut budget);
    assert_eq!(none, None);
}

#[test]
fn a_free_system_attribute_is_of_use_to_xray_only() {
    let full = attributes(&[&NINE[..], &["j"]].concat());
    for (fields, carries) in [(["traceparent"], false), ([XRAY_HEADER], true)] {
        assert_eq!(can_carry(&full, TraceHeader::Free, &fields, 0), carries, "{fields:?}");
        assert_eq!(can_carry(&None, TraceHeader::Taken, &fields, 0), !carries, "{fields:?}");
    }
}

#[test]
fn xray_header_goes_into_a_free_system_attribute() {
    let list = fields(&[("traceparent", "00-x"), (XRAY_HEADER, "Root=1")]);
    let both = ["traceparent", XRAY_HEADER];
    for (header, own, carries, set, added) in [
        (TraceHeader::Free, None, true, Some("Root=1"), 1),
        (TraceHeader::Taken, None, false, None, 0),
        (TraceHeader::Unsupported, None, true, None, 1),
        (TraceHeader::Free, attributes(&["traceparent"]), false, None, 0),
    ] {
        assert_eq!(can_carry(&own, header, &both, 0), carries, "{header:?}");
        let (mut after, mut budget) = (own.clone(), SizeBudget::after(0));
        let result = MessageAttributes(&mut after).inject(header, &list, &mut budget);
        assert_eq!(result, set, "{header:?}");
        let count = |it: &Attributes| it.as_ref().map_or(0, HashMap::len);
        assert_eq!(count(&after) - count(&own), added, "{header:?}");
    }
    // It counts neither in number nor in size.
    let full = attributes(&[&NINE[..], &["j"]].concat());
    assert!(can_carry(&full, TraceHeader::Free, &[XRAY_HEADER], 1024 * 1024));
    assert!(!can_carry(&None, TraceHeader::Unsupported, &[XRAY_HEADER], 0));
}

#[test]
fn a_poll_requests_what_is_missing() {
    let recorder = recorder(&["traceparent", "tracestate", XRAY_HEADER]);
    let fields = recorder.propagation_fields();
    let missing = |requested: &[&str]| {
        fields.missing_from(&requested.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(missing(&[]), ["traceparent", "tracestate"]);
    assert_eq!(missing(&["own", "tracestate"]), ["traceparent"]);
    for all in ["All", ".*"] {
        assert_eq!(missing(&[all]), [""; 0]);
    }
    assert!(fields.lacks_trace_header(["SenderId"]));
    assert!(!fields.lacks_trace_header(["AWSTraceHeader"]));
    assert!(!fields.lacks_trace_header(["All"]));
}
