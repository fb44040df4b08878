//! What the tests of hooks share.

use otelier_instrument::Providers;
use otelier_instrument::semconv::http::{HttpHeaderValue, HttpHeaders, HttpHeadersMut};
use otelier_testing::Capture;

/// The providers of `capture`, for a hook that must not use the global ones.
pub(crate) fn providers(capture: &Capture) -> Providers {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    providers.set_propagator(capture.propagator());
    providers
}

/// Headers as a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    pub(crate) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

impl HttpHeaders for Fields {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.all_headers().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), HttpHeaderValue::new(value.as_bytes())))
    }
}

impl HttpHeadersMut for Fields {
    fn set_header(&mut self, name: &str, value: String) {
        self.remove_header(name);
        self.0.push((name.to_owned(), value));
    }

    fn remove_header(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }
}

/// Headers that nobody may read: whoever does panics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread;

impl HttpHeaders for Unread {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        assert!(std::hint::black_box(false), "{name} is read");
        std::iter::empty()
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        assert!(std::hint::black_box(false), "all headers are read");
        std::iter::empty()
    }
}
