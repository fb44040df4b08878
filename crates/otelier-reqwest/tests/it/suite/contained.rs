//! What others plug into OpenTelemetry may panic: the request must not notice.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use otelier_testing::{Capture, assert_tree};

use super::support::{Server, client, otel};

#[derive(Debug)]
struct PanickingPropagator {
    at_fields: bool,
}

impl TextMapPropagator for PanickingPropagator {
    fn inject_context(&self, _: &Context, _: &mut dyn Injector) {
        panic!("on purpose")
    }
    fn extract_with_context(&self, _: &Context, _: &dyn Extractor) -> Context {
        panic!("on purpose")
    }
    fn fields(&self) -> FieldIter<'_> {
        assert!(!self.at_fields, "on purpose");
        FieldIter::new(&[])
    }
}

#[tokio::test]
async fn a_panicking_propagator() {
    for at_fields in [true, false] {
        let (server, capture) = (Server::start().await, Capture::new());
        let http =
            client(otel(&capture).with_propagator(PanickingPropagator { at_fields }).build());

        let response = http.get(server.url("/hello")).send().await.expect("a response");

        assert_eq!(response.text().await.expect("text"), "hello");
        assert_tree(&capture.spans(), server.answered("GET", "/hello", 200));
    }
}
