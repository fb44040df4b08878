//! Which spans are filtered, what becomes of their children, and what is propagated.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, TraceFlags, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

use super::*;
use crate::config::Setting;
use crate::propagation::TraceContextPropagator;

fn filters(general: &[&str], server: &[&str], client: &[&str]) -> Option<EndpointFilters> {
    let list = |texts: &[&str]| {
        Setting::default(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    };
    EndpointFilters::new(&EndpointFilterSettings {
        general: list(general),
        server: list(server),
        client: list(client),
    })
}

fn attributes(pairs: &[(&'static str, &'static str)]) -> Vec<KeyValue> {
    pairs.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect()
}

#[test]
fn no_expression_is_no_filter() {
    assert!(filters(&[], &[], &[]).is_none());
    assert!(filters(&["a"], &[], &[]).is_some());
}

#[test]
fn each_kind_has_its_own_text() {
    use SpanKind::{Client, Consumer, Internal, Producer, Server};
    let path = &[("url.path", "/health/db")][..];
    let query = &[("url.path", "/health"), ("url.query", "deep=1")][..];
    let full = &[("url.full", "https://h/health?deep=1")][..];
    let all = [path, query, full].concat();
    for (general, server, client, kind, attributes_of, expected) in [
        // Searched for, not anchored, and case counts.
        (&["ealth"][..], &[][..], &[][..], Server, path, true),
        (&["^/health$"], &[], &[], Server, path, false),
        (&["HEALTH"], &[], &[], Server, path, false),
        (&["(?i)HEALTH"], &[], &[], Server, path, true),
        (&["^/health\\?deep=1$"], &[], &[], Server, query, true),
        (&["^/health/db$"], &[], &[], Server, path, true),
        (&["^https://h/health\\?"], &[], &[], Client, full, true),
        (&[], &["health"], &[], Server, path, true),
        (&[], &["health"], &[], Client, full, false),
        (&[], &[], &["health"], Client, full, true),
        (&[], &[], &["health"], Server, path, false),
        (&["none"], &["health"], &[], Server, path, true),
        // A server has no `url.full`, and a client is not asked for its path.
        (&["health"], &[], &[], Client, path, false),
        (&["health"], &[], &[], Server, full, false),
        (&["health"], &[], &[], Internal, &all, false),
        (&["health"], &[], &[], Producer, &all, false),
        (&["health"], &[], &[], Consumer, &all, false),
        (&[".*"], &[], &[], Client, &[("db.system.name", "mysql")][..], false),
    ] {
        let filters = filters(general, server, client).unwrap();
        let matches = filters.matches(&kind, &attributes(attributes_of));
        assert_eq!(matches, expected, "{general:?} {server:?} {client:?} {kind:?}");
    }
}

/// A provider that samples everything, behind a filter of `/health`.
fn provider() -> SdkTracerProvider {
    let filters = filters(&["^/health"], &[], &[]).unwrap();
    let sampler = EndpointFilter::new(filters, Arc::new(Sampler::AlwaysOn));
    SdkTracerProvider::builder().with_sampler(sampler).build()
}

/// Counts how often it is asked, and samples nothing.
#[derive(Clone, Debug)]
struct Asked(Arc<std::sync::atomic::AtomicUsize>);

impl ShouldSample for Asked {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        SamplingResult {
            decision: SamplingDecision::Drop,
            attributes: Vec::new(),
            trace_state: TraceState::default(),
        }
    }
}

#[test]
fn filters_come_before_the_sampler_and_only_drop() {
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let sampler = Asked(Arc::clone(&asked));
    let filters = filters(&["^/health"], &[], &[]).unwrap();
    let sampler = EndpointFilter::new(filters, Arc::new(sampler));
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    for (path, expected) in [("/health", 0), ("/orders", 1)] {
        let cx = served(&provider, path, &Context::new());
        assert!(!cx.span().is_recording(), "{path}");
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), expected, "{path}");
    }
}

fn served(provider: &SdkTracerProvider, path: &'static str, parent: &Context) -> Context {
    let tracer = provider.tracer("test");
    let builder = tracer
        .span_builder("GET")
        .with_kind(SpanKind::Server)
        .with_attributes([KeyValue::new(attribute::URL_PATH, path)]);
    parent.with_span(builder.start_with_context(&tracer, parent))
}

fn sent(cx: &Context) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    TraceContextPropagator::new().inject_context(cx, &mut headers);
    headers
}

#[test]
fn children_of_a_filtered_span_are_not_recorded() {
    let provider = provider();
    let tracer = provider.tracer("test");
    for (path, recorded) in [("/health", false), ("/orders", true)] {
        let server = served(&provider, path, &Context::new());
        assert_eq!(server.span().is_recording(), recorded, "{path}");
        assert!(server.span().span_context().is_valid());
        let child = server.with_span(tracer.start_with_context("child", &server));
        let grandchild = tracer.start_with_context("grandchild", &child);
        assert_eq!(child.span().is_recording(), recorded);
        assert_eq!(grandchild.is_recording(), recorded);
        let trace = child.span().span_context().trace_id();
        assert_eq!(trace, server.span().span_context().trace_id());
    }
}

#[test]
fn a_filtered_span_sends_flag_00_and_no_mark() {
    let provider = provider();
    let state = TraceState::from_key_value([("vendor", "1")]).unwrap();
    let flags = TraceFlags::SAMPLED;
    let remote = SpanContext::new(1.into(), SpanId::from(2), flags, true, state);
    for (parent, state) in [
        (Context::new(), None),
        (Context::new().with_remote_span_context(remote), Some("vendor=1")),
    ] {
        let server = served(&provider, "/health", &parent);
        let tracer = provider.tracer("test");
        let child = server.with_span(tracer.start_with_context("child", &server));
        for cx in [server, child] {
            let headers = sent(&cx);
            let flag = headers["traceparent"].rsplit('-').next().map(str::to_owned);
            // The other flag says that the id is random.
            assert!(matches!(flag.as_deref(), Some("00" | "02")), "{headers:?}");
            assert_eq!(headers.get("tracestate").map(String::as_str), state);
        }
    }
}

#[test]
fn a_mark_from_elsewhere_filters_nothing() {
    let state = filtered::mark(TraceState::default());
    let remote = SpanContext::new(1.into(), SpanId::from(2), TraceFlags::SAMPLED, true, state);
    let parent = Context::new().with_remote_span_context(remote);
    assert!(served(&provider(), "/orders", &parent).span().is_recording());
}
