//! Environment variables as a carrier of context, between a process and its children.

use std::collections::BTreeMap;

use opentelemetry::propagation::{Extractor, Injector};

/// Environment variables that carry a context: `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, or what
/// other propagators use.
///
/// A propagator's field becomes the name of a variable as the specification says: in capitals, with
/// `_` for each character that is no ASCII letter or digit, and one more `_` in front of a digit.
/// Of the values nothing is changed and nothing is checked, which is what propagators do. A value
/// that no variable can hold, because it has a zero byte, is left out.
///
/// ```
/// # mod otelier { pub use otelier_propagation as propagation; }
/// use opentelemetry::Context;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::TraceContextExt;
/// use otelier::propagation::{EnvironmentCarrier, TraceContextPropagator};
///
/// let variables = [("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
/// let carrier = EnvironmentCarrier::from_iter(variables);
/// let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
/// assert!(cx.span().span_context().is_remote());
/// ```
///
/// Source: <https://opentelemetry.io/docs/specs/otel/context/env-carriers/>.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvironmentCarrier(BTreeMap<String, String>);

impl EnvironmentCarrier {
    /// The name of the variable that carries `field`.
    ///
    /// ```
    /// # mod otelier { pub use otelier_propagation as propagation; }
    /// use otelier::propagation::EnvironmentCarrier;
    ///
    /// assert_eq!(EnvironmentCarrier::variable("X-Amzn-Trace-Id"), "X_AMZN_TRACE_ID");
    /// ```
    #[must_use]
    pub fn variable(field: &str) -> String {
        let mut name = String::with_capacity(field.len());
        if field.starts_with(|first: char| first.is_ascii_digit()) {
            name.push('_');
        }
        name.extend(field.chars().map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' => character.to_ascii_uppercase(),
            _ => '_',
        }));
        name
    }

    /// The variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether it carries nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for EnvironmentCarrier {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Extractor for EnvironmentCarrier {
    fn get(&self, field: &str) -> Option<&str> {
        self.0.get(&Self::variable(field)).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

impl Injector for EnvironmentCarrier {
    fn set(&mut self, field: &str, value: String) {
        let name = Self::variable(field);
        if !name.is_empty() && !value.contains('\0') {
            self.0.insert(name, value);
        }
    }
}

// Baggage may be secret.
impl std::fmt::Debug for EnvironmentCarrier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;
    use opentelemetry::baggage::BaggageExt as _;

    use super::*;
    use crate::by_name;

    #[test]
    fn names_are_those_of_the_specification() {
        for (field, name) in [
            ("traceparent", "TRACEPARENT"),
            ("tracestate", "TRACESTATE"),
            ("baggage", "BAGGAGE"),
            ("b3", "B3"),
            ("X-B3-TraceId", "X_B3_TRACEID"),
            ("X-Amzn-Trace-Id", "X_AMZN_TRACE_ID"),
            ("9.lives", "_9_LIVES"),
            ("é=x", "__X"),
        ] {
            assert_eq!(EnvironmentCarrier::variable(field), name);
        }
    }

    #[test]
    fn variables_are_listed_by_name() {
        let carrier = EnvironmentCarrier::from_iter([("TRACESTATE", "a=1"), ("BAGGAGE", "b=2")]);
        let listed: Vec<(&str, &str)> = carrier.iter().collect();
        assert_eq!(listed, [("BAGGAGE", "b=2"), ("TRACESTATE", "a=1")]);
        assert_eq!(carrier.keys(), ["BAGGAGE", "TRACESTATE"]);
    }

    #[test]
    fn each_propagator_reads_what_it_wrote() {
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let received = EnvironmentCarrier::from_iter([
            ("TRACEPARENT", header),
            ("TRACESTATE", "a=1,b=2"),
            ("BAGGAGE", "user=ada;kind=vip"),
        ]);
        let both = |carrier: &EnvironmentCarrier| {
            let cx =
                by_name("tracecontext").unwrap().extract_with_context(&Context::new(), carrier);
            by_name("baggage").unwrap().extract_with_context(&cx, carrier)
        };
        let cx = both(&received);
        assert_eq!(cx.baggage().get("user").map(ToString::to_string).as_deref(), Some("ada"));
        for name in ["tracecontext", "b3", "b3multi", "xray"] {
            let propagator = by_name(name).unwrap();
            let mut sent = EnvironmentCarrier::default();
            propagator.inject_context(&cx, &mut sent);
            let again = propagator.extract_with_context(&Context::new(), &sent);
            let mut resent = EnvironmentCarrier::default();
            propagator.inject_context(&again, &mut resent);
            assert!(!sent.is_empty() && sent == resent, "{name}");
        }
        let mut sent = EnvironmentCarrier::default();
        by_name("tracecontext").unwrap().inject_context(&cx, &mut sent);
        by_name("baggage").unwrap().inject_context(&cx, &mut sent);
        assert_eq!(sent, received);
    }

    #[test]
    fn what_no_variable_can_hold_is_left_out() {
        let mut carrier = EnvironmentCarrier::default();
        carrier.set("a", "x\0y".to_owned());
        carrier.set("", "x".to_owned());
        assert!(carrier.is_empty());
    }
}
