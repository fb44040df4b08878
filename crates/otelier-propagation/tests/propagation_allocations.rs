//! How much each propagator allocates. The counting allocator is the whole process's, so this is a
//! test binary of its own.

use std::collections::HashMap;

use allocation_counter::measure;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{
    Extractor, Injector, TextMapCompositePropagator, TextMapPropagator,
};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use otelier_propagation::{
    B3Propagator, BaggagePropagator, TraceContextPropagator, XrayPropagator, by_name,
};

/// A carrier that allocates nothing of its own but the list `get_all` has to return.
struct Carrier(&'static [(&'static str, &'static str)]);

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| *value)
    }

    fn keys(&self) -> Vec<&str> {
        panic!("listing the keys is slow on every carrier")
    }
}

/// Takes the values and keeps their sizes.
#[derive(Default)]
struct Sink {
    lengths: [usize; 4],
    wasted: usize,
    count: usize,
}

impl Injector for Sink {
    fn set(&mut self, _key: &str, value: String) {
        self.lengths[self.count] = value.len();
        self.wasted += value.capacity() - value.len();
        self.count += 1;
    }
}

fn allocations(f: impl FnOnce()) -> u64 {
    measure(f).count_total
}

fn extraction(
    propagator: &dyn TextMapPropagator,
    headers: &'static [(&'static str, &'static str)],
) -> u64 {
    let before = Context::new();
    let carrier = Carrier(headers);
    let mut after = None;
    let count = allocations(|| after = Some(propagator.extract_with_context(&before, &carrier)));
    drop(after);
    count
}

#[track_caller]
fn check_injection(
    propagator: &dyn TextMapPropagator,
    cx: &Context,
    expected: u64,
    lengths: &[usize],
) {
    let mut sink = Sink::default();
    let count = allocations(|| propagator.inject_context(cx, &mut sink));
    assert_eq!(count, expected, "{propagator:?}");
    assert_eq!(&sink.lengths[..sink.count], lengths, "{propagator:?}");
    assert_eq!(sink.wasted, 0, "{propagator:?} asked for more room than it used");
}

const PARENT: (&str, &str) =
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
const STATE: (&str, &str) = ("tracestate", "foo=1,bar=2");

fn traced(state: TraceState) -> Context {
    let span_context =
        SpanContext::new(TraceId::from(1), SpanId::from(2), TraceFlags::SAMPLED, true, state);
    Context::new().with_remote_span_context(span_context)
}

/// One `Arc` for the remote span: what the API's context needs for any extraction.
const CONTEXT: u64 = 1;
/// The list that [`Extractor::get_all`] returns for a header that is there.
const LIST: u64 = 1;

#[test]
fn extraction_allocates_for_carrier_and_context_only() {
    let propagator = TraceContextPropagator::new();
    assert_eq!(allocations(|| drop(traced(TraceState::NONE))), CONTEXT);
    assert_eq!(extraction(&propagator, &[]), 0);
    assert_eq!(extraction(&propagator, &[STATE]), 0);
    assert_eq!(extraction(&propagator, &[("traceparent", "00-nonsense"), STATE]), 0);
    assert_eq!(extraction(&propagator, &[PARENT]), LIST + CONTEXT);
    // A random trace id has to be remembered, because the SDK's unsampled spans forget it: one
    // value in the context.
    let random = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03")];
    let value = allocations(|| drop(Context::new().with_value(0_u8)));
    assert_eq!(value, 3);
    assert_eq!(extraction(&propagator, Box::leak(Box::new(random))), LIST + CONTEXT + value);

    // Two more for each member, a key and a value, and those of the API's own list.
    let members = || [("foo", "1"), ("bar", "2")].into_iter();
    let state = allocations(|| drop(TraceState::from_key_value(members()).unwrap()));
    assert_eq!(extraction(&propagator, &[PARENT, STATE]), LIST + LIST + state + CONTEXT);

    let single = [("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")];
    assert_eq!(extraction(&B3Propagator::new(), Box::leak(Box::new(single))), CONTEXT);
    let xray = [(
        "X-Amzn-Trace-Id",
        "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1",
    )];
    assert_eq!(extraction(&XrayPropagator::new(), Box::leak(Box::new(xray))), CONTEXT);
    assert_eq!(extraction(&BaggagePropagator::new(), &[PARENT]), 0);
}

#[test]
fn injection_allocates_only_the_headers() {
    let propagator = TraceContextPropagator::new();
    check_injection(&propagator, &Context::new(), 0, &[]);
    check_injection(&propagator, &traced(TraceState::NONE), 1, &[55]);
    let state = TraceState::from_key_value([("foo", "1"), ("bar", "2")]).unwrap();
    check_injection(&propagator, &traced(state), 2, &[55, 11]);

    check_injection(&B3Propagator::new(), &traced(TraceState::NONE), 1, &[51]);
    check_injection(&B3Propagator::multi(), &traced(TraceState::NONE), 3, &[32, 16, 1]);
    check_injection(&XrayPropagator::new(), &traced(TraceState::NONE), 1, &[74]);
    check_injection(&BaggagePropagator::new(), &Context::new(), 0, &[]);

    let received = Carrier(&[("baggage", "user=alice;ttl=1,tenant=7")]);
    let cx = BaggagePropagator::new().extract_with_context(&Context::new(), &received);
    assert_eq!(cx.baggage().len(), 2);
    let mut sent = HashMap::new();
    let count = allocations(|| BaggagePropagator::new().inject_context(&cx, &mut Count(&mut sent)));
    assert_eq!((count, sent.len()), (1, 0));
}

/// Lets go of what it is given; the map is there to show that nothing was kept.
struct Count<'a>(&'a mut HashMap<String, String>);

impl Injector for Count<'_> {
    fn set(&mut self, _key: &str, value: String) {
        assert_eq!(value.len(), 25);
        self.0.clear();
    }
}

#[test]
fn the_api_composite_adds_nothing() {
    let both = ["tracecontext", "baggage"].map(|name| by_name(name).unwrap());
    let composite = TextMapCompositePropagator::new(both.into());
    assert_eq!(extraction(&composite, &[]), 0);
    assert_eq!(extraction(&composite, &[PARENT]), LIST + CONTEXT);
    check_injection(&composite, &traced(TraceState::NONE), 1, &[55]);
}
