//! What the baggage header may hold, and where its limits are.

use std::collections::{BTreeMap, HashMap};

use http::{HeaderMap, HeaderValue};
use opentelemetry::KeyValue;
use opentelemetry::baggage::KeyValueMetadata;
use opentelemetry_http::HeaderExtractor;

use super::*;

type Entries = BTreeMap<String, (String, String)>;

fn entries(cx: &Context) -> Entries {
    let entry =
        |(key, (value, metadata)): (&opentelemetry::Key, &(opentelemetry::StringValue, _))| {
            let metadata: &opentelemetry::baggage::BaggageMetadata = metadata;
            (key.to_string(), (value.to_string(), metadata.as_str().to_owned()))
        };
    cx.baggage().iter().map(entry).collect()
}

fn extract(lines: &[&str]) -> Entries {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("baggage", HeaderValue::from_str(line).unwrap());
    }
    entries(
        &BaggagePropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(&headers)),
    )
}

fn inject(baggage: impl Into<Baggage>) -> Option<String> {
    let mut carrier = HashMap::new();
    BaggagePropagator::new().inject_context(&Context::new().with_baggage(baggage), &mut carrier);
    carrier.remove("baggage")
}

#[track_caller]
fn check(lines: &[&str], expected: &[(&str, &str, &str)]) {
    let expected: Entries = expected
        .iter()
        .map(|(key, value, metadata)| (key.to_string(), (value.to_string(), metadata.to_string())))
        .collect();
    assert_eq!(extract(lines), expected, "{lines:?}");
}

#[test]
fn extracts_members_values_and_properties() {
    check(&["a=1"], &[("a", "1", "")]);
    check(&["a=1,b=2"], &[("a", "1", ""), ("b", "2", "")]);
    check(&[" a = 1 \t,\t b\t=\t2 "], &[("a", "1", ""), ("b", "2", "")]);
    check(&["a=1,b=2", "c=3"], &[("a", "1", ""), ("b", "2", ""), ("c", "3", "")]);
    check(&["a=1;p;q=2 , b=2 ; r"], &[("a", "1", "p;q=2"), ("b", "2", "r")]);
    check(&["a=x=y==,b="], &[("a", "x=y==", ""), ("b", "", "")]);
    check(&["a=caf%C3%A9%20%2C%3B%3D%25"], &[("a", "café ,;=%", "")]);
    check(&["a=1+1"], &[("a", "1+1", "")]);
    check(&["a=%zz%4,b=%ff"], &[("a", "%zz%4", ""), ("b", "\u{fffd}", "")]);
    check(&["!#$%&'*+-.^_`|~09azAZ=1"], &[("!#$%&'*+-.^_`|~09azAZ", "1", "")]);
    check(&["a=1,a=2"], &[("a", "2", "")]);
}

#[test]
fn leaves_out_invalid_members_alone() {
    check(&["a=1,,novalue,=2,b c=3,(d)=4,e=5"], &[("a", "1", ""), ("e", "5", "")]);
    check(&["a=1;p=x", ";b=2", "c"], &[("a", "1", "p=x")]);
}

#[test]
fn invalid_members_take_no_room() {
    let invalid = "b c=3,".repeat(MAX_MEMBERS);
    check(&[&format!("{invalid}e=5")], &[("e", "5", "")]);
}

#[test]
fn a_failed_extraction_keeps_the_context() {
    let before = Context::new().with_baggage([KeyValue::new("kept", "1")]);
    for line in ["", ",", "novalue", "=x"] {
        let carrier = HashMap::from([("baggage".to_owned(), line.to_owned())]);
        let after = BaggagePropagator::new().extract_with_context(&before, &carrier);
        assert_eq!(entries(&after), entries(&before), "{line:?}");
    }
    let after =
        BaggagePropagator::new().extract_with_context(&before, &HashMap::<String, String>::new());
    assert_eq!(entries(&after), entries(&before));
}

#[test]
fn injects_members_percent_encoded() {
    assert_eq!(inject([KeyValue::new("a", "1")]).as_deref(), Some("a=1"));
    assert_eq!(
        inject([KeyValue::new("a", "x=y \",;\\%+é\r\n")]).as_deref(),
        Some("a=x=y%20%22%2C%3B%5C%25%2B%C3%A9%0D%0A")
    );
    assert_eq!(
        inject([KeyValueMetadata::new("a", "1", " p ; q = 2;; r=%20\r\nx,y ")]).as_deref(),
        Some("a=1;p;q=2;r=%20%0D%0Ax%2Cy")
    );
    assert_eq!(inject(Baggage::new()), None);
}

#[test]
fn what_is_injected_is_extracted_again() {
    let baggage = Baggage::from_iter([
        KeyValueMetadata::new("user", "Zoë, \"the\" 100%+ user; really=\\", "ttl=3;secure"),
        KeyValueMetadata::new("empty", "", ""),
        KeyValueMetadata::new("k", "日本語", ""),
    ]);
    let before = Context::new().with_baggage(baggage);
    let mut carrier = HashMap::new();
    BaggagePropagator::new().inject_context(&before, &mut carrier);
    let after = BaggagePropagator::new().extract_with_context(&Context::new(), &carrier);
    assert_eq!(entries(&after), entries(&before));
}

#[test]
fn passes_exactly_the_required_members_and_bytes() {
    let member = |n: usize| format!("key{n:02}=v");
    let line = |count: usize| (0..count).map(member).collect::<Vec<_>>().join(",");
    assert_eq!(extract(&[&line(64)]).len(), 64);
    assert_eq!(extract(&[&line(65)]).len(), 64);
    assert_eq!(extract(&[&line(40), &line(64)[8 * 40..]]).len(), 64);
    assert_eq!(
        inject(Baggage::from_iter((0..64).map(|n| KeyValue::new(format!("key{n:02}"), "v"))))
            .unwrap()
            .len(),
        64 * 8 - 1
    );

    let exact = format!("a={},b={}", "x".repeat(4000), "y".repeat(8192 - 4000 - 5));
    assert_eq!(exact.len(), 8192);
    assert_eq!(extract(&[&exact]).len(), 2);
    assert_eq!(extract(&[&format!("{exact}y")]).keys().collect::<Vec<_>>(), ["a"]);
    let (first, second) = exact.split_once(',').unwrap();
    assert_eq!(extract(&[first, second]).len(), 2);

    // Commas and equals signs count.
    let most = |last: usize| {
        let member =
            |n: usize| format!("key{n:02}={}", "x".repeat(if n < 63 { 100 } else { last }));
        (0..64).map(member).collect::<Vec<_>>().join(",")
    };
    assert_eq!(most(1445).len(), 8192);
    assert_eq!(extract(&[&most(1445)]).len(), 64);
    assert_eq!(extract(&[&most(1446)]).len(), 63);

    assert_eq!(inject([KeyValue::new("a", "x".repeat(8190))]).unwrap().len(), 8192);
    // 3000 characters that become three each: too long once encoded, so the member stays at home.
    assert_eq!(inject([KeyValue::new("a", " ".repeat(3000))]), None);
    let sent = inject([KeyValue::new("a", " ".repeat(3000)), KeyValue::new("b", "1")]);
    assert_eq!(sent.as_deref(), Some("b=1"));
}

#[test]
fn fields_are_the_one_header() {
    assert_eq!(BaggagePropagator::new().fields().collect::<Vec<_>>(), ["baggage"]);
}
