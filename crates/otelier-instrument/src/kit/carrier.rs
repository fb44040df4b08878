//! Carriers: how a propagator reads and writes the headers of an HTTP message, and collects fields
//! for other carriers.

#[cfg(feature = "http")]
use http::header::{HeaderMap, HeaderName, HeaderValue};
#[cfg(feature = "http")]
use opentelemetry::propagation::Extractor;
use opentelemetry::propagation::Injector;

/// Reads propagation fields from HTTP headers.
///
/// Names are matched in any case. A field that was sent several times has all of its values, in
/// order. Values that are not visible ASCII count as absent.
///
/// ```
/// use http::HeaderMap;
/// use opentelemetry::propagation::Extractor;
/// use otelier_instrument::kit::HeaderExtractor;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("tracestate", http::HeaderValue::from_static("a=1"));
/// assert_eq!(HeaderExtractor::new(&headers).get("TraceState"), Some("a=1"));
/// ```
#[cfg(feature = "http")]
#[derive(Clone, Copy, Debug)]
pub struct HeaderExtractor<'a>(&'a HeaderMap);

#[cfg(feature = "http")]
impl<'a> HeaderExtractor<'a> {
    /// Reads from `headers`.
    #[must_use]
    pub fn new(headers: &'a HeaderMap) -> Self {
        Self(headers)
    }
}

#[cfg(feature = "http")]
impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let mut values = self.0.get_all(key).iter().map(|value| value.to_str().ok()).peekable();
        values.peek()?;
        values.collect()
    }
}

/// Writes propagation fields into HTTP headers, replacing what was there under the same name.
///
/// A field is left out if it is empty or if HTTP forbids a byte of its name or value: a missing
/// field is harmless, a malformed request is not.
///
/// ```
/// use http::HeaderMap;
/// use opentelemetry::propagation::Injector;
/// use otelier_instrument::kit::HeaderInjector;
///
/// let mut headers = HeaderMap::new();
/// HeaderInjector::new(&mut headers).set("tracestate", "a=1".to_owned());
/// assert_eq!(headers["tracestate"], "a=1");
/// ```
#[cfg(feature = "http")]
#[derive(Debug)]
pub struct HeaderInjector<'a>(&'a mut HeaderMap);

#[cfg(feature = "http")]
impl<'a> HeaderInjector<'a> {
    /// Writes into `headers`.
    #[must_use]
    pub fn new(headers: &'a mut HeaderMap) -> Self {
        Self(headers)
    }
}

#[cfg(feature = "http")]
impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        if value.is_empty() {
            return;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// Collects propagation fields, for a carrier that has room for some of them only.
///
/// `traceparent` comes first, because the others are worth nothing without it. The rest follows in
/// the propagator's order. An empty field is left out.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use otelier_instrument::kit::FieldList;
///
/// let mut fields = FieldList::default();
/// fields.set("baggage", "a=1".to_owned());
/// fields.set("traceparent", "00-1-2-01".to_owned());
/// let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["traceparent", "baggage"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldList(Vec<(String, String)>);

impl FieldList {
    /// The fields, the most important first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is nothing to carry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Injector for FieldList {
    fn set(&mut self, key: &str, value: String) {
        if value.is_empty() {
            return;
        }
        if let Some((_, known)) = self.0.iter_mut().find(|(name, _)| name == key) {
            *known = value;
            return;
        }
        let at = if key.eq_ignore_ascii_case("traceparent") { 0 } else { self.0.len() };
        self.0.insert(at, (key.to_owned(), value));
    }
}

#[cfg(feature = "http")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_header_in_any_case() {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_static("x"));
        let extractor = HeaderExtractor::new(&headers);
        assert_eq!(extractor.get("TraceParent"), Some("x"));
        assert_eq!(extractor.get("tracestate"), None);
    }

    #[test]
    fn lists_each_name_once() {
        let mut headers = HeaderMap::new();
        assert!(HeaderExtractor::new(&headers).keys().is_empty());
        for (name, value) in [("TraceState", "a=1"), ("tracestate", "b=2"), ("Baggage", "c=3")] {
            let name = HeaderName::try_from(name).expect("a name");
            headers.append(name, HeaderValue::from_static(value));
        }
        let extractor = HeaderExtractor::new(&headers);
        let mut keys = extractor.keys();
        keys.sort_unstable();
        assert_eq!(keys, ["baggage", "tracestate"]);
    }

    #[test]
    fn replaces_what_an_earlier_attempt_wrote() {
        let mut headers = HeaderMap::new();
        headers.append("traceparent", HeaderValue::from_static("old"));
        headers.append("traceparent", HeaderValue::from_static("older"));
        HeaderInjector::new(&mut headers).set("TraceParent", "new".to_owned());
        assert_eq!(headers.len(), 1);
        assert_eq!(headers["traceparent"], "new");
    }

    #[test]
    fn yields_every_value_of_a_repeated_header_in_order() {
        let mut headers = HeaderMap::new();
        headers.append("tracestate", HeaderValue::from_static("a=1"));
        headers.append("tracestate", HeaderValue::from_static("b=2"));
        assert_eq!(HeaderExtractor::new(&headers).get_all("tracestate"), Some(vec!["a=1", "b=2"]));
        assert_eq!(HeaderExtractor::new(&headers).get_all("traceparent"), None);
    }

    #[test]
    fn a_value_that_is_not_ascii_counts_as_absent() {
        let mut headers = HeaderMap::new();
        headers.append("tracestate", HeaderValue::from_static("a=1"));
        headers
            .append("tracestate", HeaderValue::from_bytes(b"b=\xff").expect("obs-text is legal"));
        assert_eq!(HeaderExtractor::new(&headers).get_all("tracestate"), None);
    }

    #[test]
    fn leaves_out_what_cannot_be_a_header() {
        let mut headers = HeaderMap::new();
        let mut injector = HeaderInjector::new(&mut headers);
        injector.set("tracestate", String::new());
        injector.set("bad name", "v".to_owned());
        injector.set("good", "line\nbreak".to_owned());
        assert!(headers.is_empty());
    }

    #[test]
    fn a_list_has_traceparent_first_and_nothing_empty() {
        let mut fields = FieldList::default();
        for (name, value) in
            [("baggage", "a=1"), ("tracestate", ""), ("TraceParent", "x"), ("baggage", "a=2")]
        {
            fields.set(name, value.to_owned());
        }
        assert!(fields.iter().eq([("TraceParent", "x"), ("baggage", "a=2")]));
        fields.set("b3", "y".to_owned());
        assert!(fields.iter().eq([("TraceParent", "x"), ("baggage", "a=2"), ("b3", "y")]));
    }

    #[test]
    fn a_list_is_empty_until_a_field_has_a_value() {
        let mut fields = FieldList::default();
        fields.set("baggage", String::new());
        assert!(fields.is_empty());
        fields.set("baggage", "a=1".to_owned());
        assert!(!fields.is_empty());
    }
}
