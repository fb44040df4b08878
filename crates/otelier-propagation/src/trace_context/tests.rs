//! The cases of the W3C trace-context test harness (levels 1 and 2, strict), and what goes beyond
//! them.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{Span as _, SpanContext, Tracer, TracerProvider};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, Sampler, SdkTracerProvider};

use super::*;

const TRACE: &str = "12345678901234567890123456789012";
const PARENT: &str = "00-12345678901234567890123456789012-1234567890123456-00";

type Header<'a> = (&'a str, &'a str);

/// What a service that received the headers must send on.
enum Expect<'a> {
    /// A new trace, and no `tracestate`.
    Restarted,
    /// The same trace, and this `tracestate` (none if empty).
    Continued(&'a str),
}
use Expect::{Continued, Restarted};

/// Receives `headers` as an HTTP server does, starts `spans` spans one after the other, and sends
/// each one's context.
fn relay(headers: &[Header<'_>], spans: usize) -> Vec<HeaderMap> {
    let mut received = HeaderMap::new();
    for (name, value) in headers {
        received
            .append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let propagator = TraceContextPropagator::new();
    let cx = propagator.extract_with_context(&Context::new(), &HeaderExtractor(&received));
    let tracer = SdkTracerProvider::builder().build().tracer("relay");
    let send = |_| {
        let mut sent = HeaderMap::new();
        let span = tracer.start_with_context("request", &cx);
        propagator.inject_context(&cx.with_span(span), &mut HeaderInjector(&mut sent));
        sent
    };
    (0..spans).map(send).collect()
}

fn sent<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[track_caller]
fn check_sent(name: &str, received: &[Header<'_>], headers: &HeaderMap, expect: &Expect<'_>) {
    let fields: Vec<_> = sent(headers, TRACEPARENT).split('-').collect();
    let [version, trace_id, span_id, flags] = fields[..] else {
        panic!("{name}: {received:?} led to {headers:?}");
    };
    assert_eq!((version, trace_id.len(), span_id.len(), flags.len()), ("00", 32, 16, 2), "{name}");
    assert_ne!(span_id, "1234567890123456", "{name}: the parent's id must not be sent on");
    let (same, state) = match expect {
        Restarted => (false, ""),
        Continued(state) => (true, *state),
    };
    assert_eq!(trace_id == TRACE, same, "{name}: {received:?} led to {headers:?}");
    assert_eq!(sent(headers, TRACESTATE), state, "{name}: {received:?}");
    assert_eq!(
        headers.contains_key(TRACESTATE),
        !state.is_empty(),
        "{name}: an empty tracestate was sent"
    );
}

#[test]
fn passes_every_case_of_the_w3c_harness() {
    let mut names = Vec::new();
    let mut case = |name: &'static str, variants: &[(&[Header<'_>], Expect<'_>)]| {
        for (received, expect) in variants {
            let headers = relay(received, 1);
            check_sent(name, received, &headers[0], expect);
        }
        names.push(name);
    };
    let parent = |value| [("traceparent", value)];
    let state = |value| [("traceparent", PARENT), ("tracestate", value)];
    let parent_twice = |first, second| [("traceparent", first), ("traceparent", second)];
    let renamed = |name| [(name, "00-12345678901234567890123456789012-1234567890123456-01")];
    let state_named = |name| [("traceparent", PARENT), (name, "foo=1")];
    let state_twice =
        |first, second| [("traceparent", PARENT), ("tracestate", first), ("tracestate", second)];

    // traceparent
    case("both_traceparent_and_tracestate_missing", &[(&[], Restarted)]);
    case(
        "traceparent_included_tracestate_missing",
        &[(&parent("00-12345678901234567890123456789012-1234567890123456-01"), Continued(""))],
    );
    case(
        "traceparent_duplicated",
        &[
            (
                &parent_twice(
                    "00-12345678901234567890123456789011-1234567890123456-01",
                    "00-12345678901234567890123456789012-1234567890123456-01",
                ),
                Restarted,
            ),
            (
                &parent_twice(PARENT, "00-12345678901234567890123456789011-1234567890123456-01"),
                Restarted,
            ),
        ],
    );
    case(
        "traceparent_header_name",
        &[(&renamed("trace-parent"), Restarted), (&renamed("trace.parent"), Restarted)],
    );
    case(
        "traceparent_header_name_valid_casing",
        &[
            (&renamed("TraceParent"), Continued("")),
            (&renamed("TrAcEpArEnT"), Continued("")),
            (&renamed("TRACEPARENT"), Continued("")),
        ],
    );
    case(
        "traceparent_version_0x00",
        &[
            (&parent("00-12345678901234567890123456789012-1234567890123456-01."), Restarted),
            (
                &parent(
                    "00-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
                ),
                Restarted,
            ),
        ],
    );
    case(
        "traceparent_version_0xcc",
        &[
            (&parent("cc-12345678901234567890123456789012-1234567890123456-01"), Continued("")),
            (
                &parent(
                    "cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
                ),
                Continued(""),
            ),
            (
                &parent(
                    "cc-12345678901234567890123456789012-1234567890123456-01.what-the-future-will-be-like",
                ),
                Restarted,
            ),
        ],
    );
    let invalid = [
        (
            "traceparent_version_0xff",
            &["ff-12345678901234567890123456789012-1234567890123456-01"][..],
        ),
        (
            "traceparent_version_illegal_characters",
            &[
                ".0-12345678901234567890123456789012-1234567890123456-01",
                "0.-12345678901234567890123456789012-1234567890123456-01",
            ],
        ),
        (
            "traceparent_version_too_long",
            &[
                "000-12345678901234567890123456789012-1234567890123456-01",
                "0000-12345678901234567890123456789012-1234567890123456-01",
            ],
        ),
        (
            "traceparent_version_too_short",
            &["0-12345678901234567890123456789012-1234567890123456-01"],
        ),
        (
            "traceparent_trace_id_all_zero",
            &["00-00000000000000000000000000000000-1234567890123456-01"],
        ),
        (
            "traceparent_trace_id_illegal_characters",
            &[
                "00-.2345678901234567890123456789012-1234567890123456-01",
                "00-1234567890123456789012345678901.-1234567890123456-01",
            ],
        ),
        (
            "traceparent_trace_id_too_long",
            &["00-123456789012345678901234567890123-1234567890123456-01"],
        ),
        (
            "traceparent_trace_id_too_short",
            &["00-1234567890123456789012345678901-1234567890123456-01"],
        ),
        (
            "traceparent_parent_id_all_zero",
            &["00-12345678901234567890123456789012-0000000000000000-01"],
        ),
        (
            "traceparent_parent_id_illegal_characters",
            &[
                "00-12345678901234567890123456789012-.234567890123456-01",
                "00-12345678901234567890123456789012-123456789012345.-01",
            ],
        ),
        (
            "traceparent_parent_id_too_long",
            &["00-12345678901234567890123456789012-12345678901234567-01"],
        ),
        (
            "traceparent_parent_id_too_short",
            &["00-12345678901234567890123456789012-123456789012345-01"],
        ),
        (
            "traceparent_trace_flags_illegal_characters",
            &[
                "00-12345678901234567890123456789012-1234567890123456-.0",
                "00-12345678901234567890123456789012-1234567890123456-0.",
            ],
        ),
        (
            "traceparent_trace_flags_too_long",
            &["00-12345678901234567890123456789012-1234567890123456-001"],
        ),
        (
            "traceparent_trace_flags_too_short",
            &["00-12345678901234567890123456789012-1234567890123456-1"],
        ),
    ];
    for (name, values) in invalid {
        for value in values {
            // A valid `tracestate` does not survive an invalid `traceparent`.
            check_sent(
                name,
                &parent(value),
                &relay(&[("traceparent", value), ("tracestate", "foo=1")], 1)[0],
                &Restarted,
            );
        }
        case(name, &[]);
    }
    case(
        "traceparent_ows_handling",
        &[
            (&parent(" 00-12345678901234567890123456789012-1234567890123456-01"), Continued("")),
            (&parent("\t00-12345678901234567890123456789012-1234567890123456-01"), Continued("")),
            (&parent("00-12345678901234567890123456789012-1234567890123456-01 "), Continued("")),
            (&parent("00-12345678901234567890123456789012-1234567890123456-01\t"), Continued("")),
            (
                &parent("\t 00-12345678901234567890123456789012-1234567890123456-01 \t"),
                Continued(""),
            ),
        ],
    );

    // tracestate
    case(
        "tracestate_included_traceparent_missing",
        &[(&[("tracestate", "foo=1")], Restarted), (&[("tracestate", "foo=1,bar=2")], Restarted)],
    );
    case(
        "tracestate_included_traceparent_included",
        &[(&state("foo=1,bar=2"), Continued("foo=1,bar=2"))],
    );
    case(
        "tracestate_header_name",
        &[
            (&state_named("trace-state"), Continued("")),
            (&state_named("trace.state"), Continued("")),
        ],
    );
    case(
        "tracestate_header_name_valid_casing",
        &[
            (&state_named("TraceState"), Continued("foo=1")),
            (&state_named("TrAcEsTaTe"), Continued("foo=1")),
            (&state_named("TRACESTATE"), Continued("foo=1")),
        ],
    );
    case(
        "tracestate_empty_header",
        &[
            (&state(""), Continued("")),
            (&state_twice("foo=1", ""), Continued("foo=1")),
            (&state_twice("", "foo=1"), Continued("foo=1")),
        ],
    );
    case(
        "tracestate_multiple_headers_different_keys",
        &[(
            &[
                ("traceparent", PARENT),
                ("tracestate", "foo=1,bar=2"),
                ("tracestate", "rojo=1,congo=2"),
                ("tracestate", "baz=3"),
            ],
            Continued("foo=1,bar=2,rojo=1,congo=2,baz=3"),
        )],
    );
    case(
        "tracestate_duplicated_keys",
        &[
            (&state("foo=1,foo=1"), Continued("foo=1")),
            (&state("foo=1,foo=2"), Continued("foo=1")),
            (&state_twice("foo=1", "foo=1"), Continued("foo=1")),
            (&state_twice("foo=1", "foo=2"), Continued("foo=1")),
        ],
    );
    let value: String = (' '..='~').filter(|c| !",=".contains(*c)).collect();
    let plain = format!("abcdefghijklmnopqrstuvwxyz0123456789_-*/={value}");
    let vendor = format!("abcdefghijklmnopqrstuvwxyz0123456789_-*/@a-z0-9_-*/={value}");
    case(
        "tracestate_all_allowed_characters",
        &[(&state(&plain), Continued(&plain)), (&state(&vendor), Continued(&vendor))],
    );
    case(
        "tracestate_ows_handling",
        &[
            (&state("foo=1 \t , \t bar=2, \t baz=3"), Continued("foo=1,bar=2,baz=3")),
            (&state("foo=1\t \t,\t \tbar=2,\t \tbaz=3"), Continued("foo=1,bar=2,baz=3")),
            (&state(" foo=1"), Continued("foo=1")),
            (&state("\tfoo=1"), Continued("foo=1")),
            (&state("foo=1 "), Continued("foo=1")),
            (&state("foo=1\t"), Continued("foo=1")),
            (&state("\t foo=1 \t"), Continued("foo=1")),
        ],
    );
    case(
        "tracestate_key_illegal_characters",
        &[
            (&state("foo =1"), Continued("")),
            (&state("FOO=1"), Continued("")),
            (&state("foo.bar=1"), Continued("")),
        ],
    );
    case(
        "tracestate_key_illegal_vendor_format",
        &[
            (&state("foo@=1,bar=2"), Continued("foo@=1,bar=2")),
            (&state("@foo=1,bar=2"), Continued("")),
            (&state("foo@@bar=1,bar=2"), Continued("foo@@bar=1,bar=2")),
            (&state("foo@bar@baz=1,bar=2"), Continued("foo@bar@baz=1,bar=2")),
        ],
    );
    let members = |range: std::ops::RangeInclusive<u8>| {
        range.map(|n| format!("bar{n:02}={n:02}")).collect::<Vec<_>>().join(",")
    };
    let lines =
        [members(1..=10), members(11..=20), members(21..=30), members(31..=32), members(31..=33)];
    let line = |index: usize| ("tracestate", lines[index].as_str());
    case(
        "tracestate_member_count_limit",
        &[
            (
                &[("traceparent", PARENT), line(0), line(1), line(2), line(3)],
                Continued(&members(1..=32)),
            ),
            (&[("traceparent", PARENT), line(0), line(1), line(2), line(4)], Continued("")),
        ],
    );
    let with_key = |key: String| format!("{key}=1");
    let longest = with_key("z".repeat(256));
    let too_long = with_key("z".repeat(257));
    let vendors = [
        with_key(format!("{}@{}", "t".repeat(241), "v".repeat(14))),
        with_key(format!("{}@v", "t".repeat(242))),
        with_key(format!("t@{}", "v".repeat(15))),
    ];
    case(
        "tracestate_key_length_limit",
        &[
            (&state_twice("foo=1", &longest), Continued(&format!("foo=1,{longest}"))),
            (&state_twice("foo=1", &too_long), Continued("")),
            (&state_twice("foo=1", &vendors[0]), Continued(&format!("foo=1,{}", vendors[0]))),
            (&state_twice("foo=1", &vendors[1]), Continued(&format!("foo=1,{}", vendors[1]))),
            (&state_twice("foo=1", &vendors[2]), Continued(&format!("foo=1,{}", vendors[2]))),
        ],
    );
    case(
        "tracestate_value_illegal_characters",
        &[(&state("foo=bar=baz"), Continued("")), (&state("foo=,bar=3"), Continued(""))],
    );

    // Several requests for one received
    for (name, received, expect) in [
        ("multiple_requests_with_valid_traceparent", &[("traceparent", PARENT)][..], Continued("")),
        ("multiple_requests_without_traceparent", &[], Restarted),
        (
            "multiple_requests_with_illegal_traceparent",
            &[("traceparent", "00-00000000000000000000000000000000-1234567890123456-01")],
            Restarted,
        ),
    ] {
        let requests = relay(received, 3);
        for request in &requests {
            check_sent(name, received, request, &expect);
        }
        let span_ids: std::collections::HashSet<_> =
            requests.iter().map(|request| &sent(request, TRACEPARENT)[36..52]).collect();
        assert_eq!(span_ids.len(), 3, "{name}");
        case(name, &[]);
    }

    // Level 2
    // Once by a span that the parent-based sampler drops, and once by one that it records.
    for flags in ["02", "03"] {
        let received = format!("00-{TRACE}-1234567890123456-{flags}");
        let headers = relay(&[("traceparent", &received)], 1);
        assert_eq!(sent(&headers[0], TRACEPARENT)[53..], *flags);
    }
    case("propagates_random_flag", &[]);

    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 41, "{names:#?}");
}

fn extract(traceparent: &str) -> SpanContext {
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    cx.span().span_context().clone()
}

#[test]
fn extracts_a_remote_parent() {
    for (flags, known) in
        [("00", 0), ("01", 1), ("02", 2), ("03", 3), ("ff", 3), ("f0", 0), ("0d", 1)]
    {
        let expected = SpanContext::new(
            TraceId::from(0x1234_5678_9012_3456_7890_1234_5678_9012),
            SpanId::from(0x1234_5678_9012_3456),
            TraceFlags::new(known),
            true,
            TraceState::NONE,
        );
        assert_eq!(extract(&format!("00-{TRACE}-1234567890123456-{flags}")), expected);
    }
}

#[test]
fn refuses_upper_case_and_non_ascii() {
    for value in [
        "00-ABCDEF78901234567890123456789012-1234567890123456-01",
        "00-12345678901234567890123456789012-ABCDEF7890123456-01",
        "00-12345678901234567890123456789012-1234567890123456-0A",
        "0A-12345678901234567890123456789012-1234567890123456-01",
        "00-1234567890123456789012345678901é-1234567890123456-01",
        "00_12345678901234567890123456789012-1234567890123456-01",
        "",
        "-",
        "00",
    ] {
        assert_eq!(extract(value), SpanContext::NONE, "{value}");
    }
}

#[test]
fn a_failed_extraction_keeps_the_context() {
    #[derive(Debug, PartialEq)]
    struct Kept(u8);
    let local = SpanContext::new(
        TraceId::from(1),
        SpanId::from(2),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let before = Context::new().with_value(Kept(7)).with_remote_span_context(local.clone());
    let carrier = HashMap::from([("traceparent".to_owned(), "00-nonsense".to_owned())]);
    let after = TraceContextPropagator::new().extract_with_context(&before, &carrier);
    assert_eq!(after.span().span_context(), &local);
    assert_eq!(after.get::<Kept>(), Some(&Kept(7)));
}

#[test]
fn injects_nothing_for_an_invalid_span_context() {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Context::new(), &mut carrier);
    assert_eq!(carrier, HashMap::<String, String>::new());
}

fn sent_with(cx: &Context, state: TraceState) -> Option<String> {
    let trace_id = cx.span().span_context().trace_id();
    let child = SpanContext::new(trace_id, SpanId::from(9), TraceFlags::SAMPLED, false, state);
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&cx.with_remote_span_context(child), &mut carrier);
    carrier.remove("tracestate")
}

#[test]
fn a_changed_state_comes_before_withheld_members() {
    let carrier = HashMap::from([
        ("traceparent".to_owned(), PARENT.to_owned()),
        ("tracestate".to_owned(), "a@@b=1,foo=2,c@@d=3".to_owned()),
    ]);
    let propagator = TraceContextPropagator::new();
    let cx = propagator.extract_with_context(&Context::new(), &carrier);
    let held = cx.span().span_context().trace_state().clone();
    assert_eq!(held.header(), "foo=2");
    assert_eq!(sent_with(&cx, held.clone()).as_deref(), Some("a@@b=1,foo=2,c@@d=3"));
    let changed = held.insert("ours", "x").unwrap();
    assert_eq!(sent_with(&cx, changed).as_deref(), Some("ours=x,foo=2,a@@b=1,c@@d=3"));

    // Another trace in the same context owes nothing to the first.
    let other = SpanContext::new(
        TraceId::from(5),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    assert_eq!(sent_with(&cx.with_remote_span_context(other), TraceState::NONE), None);

    // Nor does the same trace when it arrives again with another list.
    let again = HashMap::from([("traceparent".to_owned(), PARENT.to_owned())]);
    let again = propagator.extract_with_context(&cx, &again);
    assert_eq!(sent_with(&again, TraceState::NONE), None);
}

#[test]
fn fields_are_the_two_headers() {
    assert_eq!(
        TraceContextPropagator::new().fields().collect::<Vec<_>>(),
        ["traceparent", "tracestate"]
    );
}

#[test]
fn a_local_span_is_sent_unchanged() {
    let provider = SdkTracerProvider::builder().build();
    let span = provider.tracer("test").start("local");
    let context = span.span_context().clone();
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Context::new().with_span(span), &mut carrier);
    let expected = format!("00-{}-{}-01", context.trace_id(), context.span_id());
    assert_eq!(carrier, HashMap::from([("traceparent".to_owned(), expected)]));
}

/// Ids that are recognized as made by this process.
#[derive(Debug)]
struct LocalIds(RandomIdGenerator);

impl IdGenerator for LocalIds {
    fn new_trace_id(&self) -> TraceId {
        trace_id::local(self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

/// The `traceparent` of a span under `parent`, and the one of its child.
fn flags_sent(sampler: Sampler, parent: &Context) -> [String; 2] {
    let tracer = SdkTracerProvider::builder()
        .with_id_generator(LocalIds(RandomIdGenerator::default()))
        .with_sampler(sampler)
        .build()
        .tracer("flags");
    let cx = parent.with_span(tracer.start_with_context("outer", parent));
    let inner = cx.with_span(tracer.start_with_context("inner", &cx));
    [cx, inner].map(|cx| {
        let mut sent = HashMap::new();
        TraceContextPropagator::new().inject_context(&cx, &mut sent);
        sent[TRACEPARENT][53..].to_owned()
    })
}

#[test]
fn new_traces_have_the_random_flag() {
    let root = Context::new();
    assert_eq!(flags_sent(Sampler::AlwaysOn, &root), ["03", "03"]);
    assert_eq!(flags_sent(Sampler::AlwaysOff, &root), ["02", "02"]);
}

#[test]
fn continued_traces_keep_their_flags() {
    for (received, expected) in [("00", "01"), ("01", "01"), ("02", "03"), ("03", "03")] {
        let header = format!("00-{TRACE}-1234567890123456-{received}");
        let headers = HashMap::from([(TRACEPARENT.to_owned(), header)]);
        let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
        assert_eq!(flags_sent(Sampler::AlwaysOn, &cx), [expected, expected], "{received}");
    }
}
