//! Random and mutated headers: nothing panics, and what was accepted is sent in a form that is
//! accepted again.

use std::cell::RefCell;
use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::by_name;

const VALID: [&str; 6] = [
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "foo=1,bar@@x=2, baz@v=3",
    "user=caf%C3%A9;ttl=1;p,x=a=b",
    "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-d",
    "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1",
    "e457b5a2e4d86bd1",
];
const NOISE: [char; 20] = [
    '-', '=', ',', ';', '%', ' ', '\t', '\0', '\n', '0', '1', 'a', 'f', 'F', 'z', '@', '"', 'é',
    '日', '💥',
];
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

/// A valid header with some characters replaced, removed or inserted, or nothing but noise.
fn header() -> impl Strategy<Value = String> {
    let noise = || prop::sample::select(NOISE.to_vec());
    let change = (any::<prop::sample::Index>(), 0..3_u8, noise());
    let changed = (prop::sample::select(VALID.to_vec()), prop::collection::vec(change, 0..4))
        .prop_map(|(valid, changes)| {
            let mut text: Vec<char> = valid.chars().collect();
            for (index, kind, noise) in changes {
                let at = index.index(text.len() + 1);
                match kind {
                    1 if at < text.len() => text[at] = noise,
                    2 if at < text.len() => {
                        text.remove(at);
                    }
                    _ => text.insert(at, noise),
                }
            }
            text.into_iter().collect()
        });
    let only_noise = prop::collection::vec(noise(), 0..80).prop_map(String::from_iter);
    prop_oneof![3 => changed, 1 => only_noise]
}

/// A value for each header, and now and then two.
fn carrier() -> impl Strategy<Value = Carrier> {
    let values = prop_oneof![
        7 => prop::collection::vec(header(), 1),
        1 => prop::collection::vec(header(), 2),
    ];
    prop::collection::vec(values, HEADERS.len()).prop_map(|values| {
        Carrier(HEADERS.iter().map(|name| (*name).to_owned()).zip(values).collect())
    })
}

/// A carrier that holds several values for a name, in whatever encoding.
#[derive(Debug)]
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

mod any_input {
    use super::*;

    #[test]
    fn what_is_accepted_is_sent_and_accepted_again() {
        let propagators =
            ["tracecontext", "baggage", "b3", "b3multi", "xray"].map(|name| by_name(name).unwrap());
        let accepted = RefCell::new([0; 5]);
        let config = Config {
            cases: Config::default().cases.max(5_000),
            source_file: Some(file!()),
            ..Config::default()
        };
        let result = TestRunner::new(config).run(&carrier(), |carrier| {
            for (index, propagator) in propagators.iter().enumerate() {
                let cx = propagator.extract_with_context(&Context::new(), &carrier);
                let (sent, again) = round(&**propagator, &cx);
                prop_assert_eq!(&again, &sent);
                accepted.borrow_mut()[index] += usize::from(!sent.is_empty());
                for (name, value) in &sent {
                    prop_assert!(!value.is_empty(), "{} was sent empty", name);
                    prop_assert!(
                        value.bytes().all(|b| matches!(b, b' '..=b'~')),
                        "{name}: {value:?} is no header value"
                    );
                }
            }
            Ok(())
        });
        if let Err(error) = result {
            panic!("{error}");
        }
        // Otherwise the loop would say nothing about what is accepted.
        let accepted = accepted.into_inner();
        assert!(accepted.iter().all(|count| *count > 100), "{accepted:?}");
    }
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
