//! Random and mutated headers: nothing panics, and what was accepted is sent in a form that is
//! accepted again.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;

use super::by_name;

/// A small deterministic generator (xorshift64*), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }

    /// A valid header with some characters replaced, removed or inserted, or nothing but noise.
    fn header(&mut self) -> String {
        const VALID: [&str; 6] = [
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "foo=1,bar@@x=2, baz@v=3",
            "user=caf%C3%A9;ttl=1;p,x=a=b",
            "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-d",
            "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1",
            "e457b5a2e4d86bd1",
        ];
        const NOISE: [char; 20] = [
            '-', '=', ',', ';', '%', ' ', '\t', '\0', '\n', '0', '1', 'a', 'f', 'F', 'z', '@', '"',
            'é', '日', '💥',
        ];
        let mut text: Vec<char> = match self.below(4) {
            0 => Vec::new(),
            _ => VALID[self.below(VALID.len())].chars().collect(),
        };
        for _ in 0..self.below(if text.is_empty() { 80 } else { 4 }) {
            let at = self.below(text.len() + 1);
            let noise = NOISE[self.below(NOISE.len())];
            match self.below(3) {
                0 => text.insert(at, noise),
                1 if at < text.len() => text[at] = noise,
                _ if at < text.len() => {
                    text.remove(at);
                }
                _ => text.push(noise),
            }
        }
        text.into_iter().collect()
    }
}

/// A carrier that holds several values for a name, in whatever encoding.
#[derive(Default)]
struct Carrier(HashMap<String, Vec<String>>);

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(&key.to_lowercase())?.first().map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        panic!("listing the keys is slow on every carrier")
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        Some(self.0.get(&key.to_lowercase())?.iter().map(String::as_str).collect())
    }
}

#[test]
fn random_headers_never_panic_and_round_trip() {
    const HEADERS: [&str; 8] = [
        "traceparent",
        "tracestate",
        "baggage",
        "b3",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-b3-flags",
        "x-amzn-trace-id",
    ];
    let propagators =
        ["tracecontext", "baggage", "b3", "b3multi", "xray"].map(|name| by_name(name).unwrap());
    let mut random = Random(0x5eed);
    let mut accepted = [0; 5];
    for _ in 0..20_000 {
        let mut carrier = Carrier::default();
        for name in HEADERS {
            let values = (0..=random.below(8) / 7).map(|_| random.header()).collect();
            carrier.0.insert(name.to_owned(), values);
        }
        for (propagator, accepted) in propagators.iter().zip(&mut accepted) {
            let cx = propagator.extract_with_context(&Context::new(), &carrier);
            let (sent, again) = round(&**propagator, &cx);
            assert_eq!(again, sent, "{:?}", carrier.0);
            *accepted += usize::from(!sent.is_empty());
            for (name, value) in &sent {
                assert!(!value.is_empty(), "{name} was sent empty for {:?}", carrier.0);
                assert!(
                    value.bytes().all(|b| matches!(b, b' '..=b'~')),
                    "{name}: {value:?} is no header value"
                );
            }
        }
    }
    // Otherwise the loop would say nothing about what is accepted.
    assert!(accepted.iter().all(|count| *count > 100), "{accepted:?}");
}

type Sent = HashMap<String, String>;

/// What is sent for `cx`, and what is sent for the context that a receiver makes of that.
fn round(propagator: &dyn TextMapPropagator, cx: &Context) -> (Sent, Sent) {
    let (mut sent, mut again) = (Sent::new(), Sent::new());
    propagator.inject_context(cx, &mut sent);
    let received = propagator.extract_with_context(&Context::new(), &sent);
    propagator.inject_context(&received, &mut again);
    assert_eq!(received.span().span_context(), cx.span().span_context());
    assert_eq!(received.baggage().len(), cx.baggage().len());
    if cx.baggage().len() > 1 {
        // The API keeps baggage in no order.
        for sent in [&mut sent, &mut again] {
            sent.entry("baggage".to_owned()).and_modify(|header| {
                let mut members: Vec<_> = header.split(',').collect();
                members.sort_unstable();
                *header = members.join(",");
            });
        }
    }
    (sent, again)
}

#[test]
fn names_are_those_of_the_environment_variable() {
    let fields = |name| by_name(name).map(|propagator| propagator.fields().count());
    assert_eq!(
        ["tracecontext", "baggage", "b3", "b3multi", "xray", "none", "jaeger", ""].map(fields),
        [Some(2), Some(1), Some(5), Some(5), Some(1), None, None, None]
    );
}
