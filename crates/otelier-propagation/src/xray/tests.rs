//! The X-Ray header as its services write it.

use std::collections::HashMap;

use super::*;

const HEADER_VALUE: &str =
    "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1";

fn extract(cx: &Context, value: &str) -> SpanContext {
    let carrier = HashMap::from([("x-amzn-trace-id".to_owned(), value.to_owned())]);
    XrayPropagator::new().extract_with_context(cx, &carrier).span().span_context().clone()
}

fn remote(sampled: bool) -> SpanContext {
    SpanContext::new(
        TraceId::from(0x5840_6520_a006_6491_27e3_7190_3a2d_e979),
        SpanId::from(0x5399_5c3f_42cd_8ad8),
        TraceFlags::NOT_SAMPLED.with_sampled(sampled),
        true,
        TraceState::NONE,
    )
}

#[test]
fn extracts_the_parts_in_any_order() {
    let root = "Root=1-58406520-a006649127e371903a2de979";
    let parent = "Parent=53995c3f42cd8ad8";
    for (value, sampled) in [
        (HEADER_VALUE.to_owned(), true),
        (format!("{root};{parent};Sampled=0"), false),
        (format!("{root};{parent};Sampled=?"), false),
        (format!("{root};{parent}"), false),
        (format!(" Sampled=1 ; {parent} ; {root} "), true),
        (
            format!(
                "Self=1-67891234-12456789abcdef012345678;{root};{parent};Sampled=1;Lineage=a:1|b:2;x"
            ),
            true,
        ),
    ] {
        assert_eq!(extract(&Context::new(), &value), remote(sampled), "{value}");
    }
}

#[test]
fn invalid_headers_keep_the_context() {
    let local = SpanContext::new(
        TraceId::from(1),
        SpanId::from(2),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let before = Context::new().with_remote_span_context(local.clone());
    for value in [
        "",
        "Root=1-58406520-a006649127e371903a2de979",
        "Parent=53995c3f42cd8ad8;Sampled=1",
        "Root=2-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8",
        "Root=1-58406520a006649127e371903a2de979;Parent=53995c3f42cd8ad8",
        "Root=1-5840652-a006649127e371903a2de979;Parent=53995c3f42cd8ad8",
        "Root=1-58406520-A006649127E371903A2DE979;Parent=53995c3f42cd8ad8",
        "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
        "Root=1-58406520-a006649127e371903a2de979;Parent=0000000000000000",
        "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=2",
    ] {
        assert_eq!(extract(&before, value), local, "{value}");
    }
}

#[test]
fn injects_what_it_extracted() {
    for (sampled, decision) in [(true, '1'), (false, '0')] {
        let mut carrier = HashMap::new();
        let cx = Context::new().with_remote_span_context(remote(sampled));
        XrayPropagator::new().inject_context(&cx, &mut carrier);
        let expected = format!("{}{decision}", &HEADER_VALUE[..HEADER_LEN - 1]);
        assert_eq!(XrayPropagator::header_value(&remote(sampled)), Some(expected.clone()));
        assert_eq!(carrier, HashMap::from([("x-amzn-trace-id".to_owned(), expected)]));
    }
    let mut carrier = HashMap::new();
    XrayPropagator::new().inject_context(&Context::new(), &mut carrier);
    assert_eq!(carrier, HashMap::<String, String>::new());
    assert_eq!(XrayPropagator::header_value(&SpanContext::NONE), None);
    assert_eq!(HEADER_VALUE.len(), HEADER_LEN);
}

#[test]
fn fields_are_the_one_header() {
    assert_eq!(XrayPropagator::new().fields().collect::<Vec<_>>(), ["X-Amzn-Trace-Id"]);
}
