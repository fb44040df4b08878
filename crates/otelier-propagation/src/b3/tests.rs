//! Both forms of B3, and how they meet.

use std::collections::HashMap;

use super::*;

const TRACE: u128 = 0x80f1_98ee_5634_3ba8_64fe_8b2a_57d3_eff7;
const SPAN: u64 = 0xe457_b5a2_e4d8_6bd1;

fn carrier(headers: &[(&str, &str)]) -> HashMap<String, String> {
    headers.iter().map(|(name, value)| (name.to_lowercase(), (*value).to_owned())).collect()
}

fn extract(headers: &[(&str, &str)]) -> Context {
    B3Propagator::new().extract_with_context(&Context::new(), &carrier(headers))
}

fn remote(trace_id: u128, sampled: bool) -> SpanContext {
    let flags = TraceFlags::NOT_SAMPLED.with_sampled(sampled);
    SpanContext::new(trace_id.into(), SPAN.into(), flags, true, TraceState::NONE)
}

fn inject(propagator: &B3Propagator, cx: &Context) -> HashMap<String, String> {
    let mut sent = HashMap::new();
    propagator.inject_context(cx, &mut sent);
    sent
}

#[track_caller]
fn check(headers: &[(&str, &str)], expected: &SpanContext, sent: &str) {
    let cx = extract(headers);
    assert_eq!(cx.span().span_context(), expected, "{headers:?}");
    assert_eq!(inject(&B3Propagator::new(), &cx), carrier(&[("b3", sent)]), "{headers:?}");
}

#[test]
fn extracts_the_single_header() {
    let ids = "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1";
    let single = |value: &str, sampled, sent: &str| {
        check(&[("b3", value)], &remote(TRACE, sampled), &format!("{ids}-{sent}"));
    };
    single(ids, false, "0");
    single(&format!("{ids}-0"), false, "0");
    single(&format!("{ids}-1"), true, "1");
    single(&format!("{ids}-d"), true, "d");
    single(&format!(" {ids}-1-05e3ac9a4f6e3b90\t"), true, "1");
    check(
        &[("b3", "64fe8b2a57d3eff7-e457b5a2e4d86bd1-1")],
        &remote(0x64fe_8b2a_57d3_eff7, true),
        "000000000000000064fe8b2a57d3eff7-e457b5a2e4d86bd1-1",
    );
}

const MULTI: [(&str, &str); 2] =
    [("X-B3-TraceId", "80f198ee56343ba864fe8b2a57d3eff7"), ("X-B3-SpanId", "e457b5a2e4d86bd1")];

#[test]
fn extracts_the_multiple_headers() {
    let ids = "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1";
    for (decision, sampled, sent) in [
        (&[][..], false, "0"),
        (&[("X-B3-Sampled", "0")], false, "0"),
        (&[("X-B3-Sampled", "false")], false, "0"),
        (&[("X-B3-Sampled", "1")], true, "1"),
        (&[("X-B3-Sampled", "true")], true, "1"),
        (&[("X-B3-Flags", "1")], true, "d"),
        (&[("X-B3-Flags", "1"), ("X-B3-Sampled", "0")], true, "d"),
        (&[("X-B3-Flags", "0"), ("X-B3-Sampled", "1")], true, "1"),
    ] {
        check(&[&MULTI[..], decision].concat(), &remote(TRACE, sampled), &format!("{ids}-{sent}"));
    }
}

#[test]
fn a_valid_single_header_comes_first() {
    let single = ("b3", "0000000000000001e457b5a2e4d86bd1-e457b5a2e4d86bd1-1");
    let cx = extract(&[single, MULTI[0], MULTI[1]]);
    assert_eq!(cx.span().span_context().trace_id(), TraceId::from(0x1_e457_b5a2_e4d8_6bd1));
    for invalid in ["0", "d", "nonsense", ""] {
        let cx = extract(&[("b3", invalid), MULTI[0], MULTI[1]]);
        assert_eq!(cx.span().span_context(), &remote(TRACE, false), "{invalid:?}");
    }
}

#[test]
fn invalid_headers_keep_the_context() {
    let ids = "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1";
    let before = Context::new().with_remote_span_context(remote(7, true));
    let singles = [
        "0".to_owned(),
        "80f198ee56343ba864fe8b2a57d3eff7".to_owned(),
        "80F198EE56343BA864FE8B2A57D3EFF7-e457b5a2e4d86bd1-1".to_owned(),
        "00000000000000000000000000000000-e457b5a2e4d86bd1-1".to_owned(),
        "80f198ee56343ba864fe8b2a57d3eff7-0000000000000000-1".to_owned(),
        "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86b-1".to_owned(),
        format!("{ids}-2"),
        format!("{ids}-"),
        format!("{ids}-1-nothex"),
        format!("{ids}-1-05e3ac9a4f6e3b90-more"),
    ];
    let singles = singles.iter().map(|value| carrier(&[("b3", value)]));
    let multis = [
        carrier(&[MULTI[0]]),
        carrier(&[MULTI[1]]),
        carrier(&[MULTI[0], MULTI[1], ("X-B3-Sampled", "yes")]),
        carrier(&[MULTI[0], ("X-B3-SpanId", "xyz")]),
    ];
    for headers in singles.chain(multis) {
        let after = B3Propagator::new().extract_with_context(&before, &headers);
        assert_eq!(after.span().span_context(), before.span().span_context(), "{headers:?}");
    }
}

#[test]
fn injects_the_multiple_headers_when_asked_to() {
    for (last, sampled) in [(("X-B3-Sampled", "1"), true), (("X-B3-Sampled", "0"), false)] {
        let cx = Context::new().with_remote_span_context(remote(TRACE, sampled));
        assert_eq!(inject(&B3Propagator::multi(), &cx), carrier(&[MULTI[0], MULTI[1], last]));
    }
    let debug = extract(&[MULTI[0], MULTI[1], ("X-B3-Flags", "1")]);
    assert_eq!(
        inject(&B3Propagator::multi(), &debug),
        carrier(&[MULTI[0], MULTI[1], ("X-B3-Flags", "1")])
    );
    assert_eq!(inject(&B3Propagator::multi(), &Context::new()), HashMap::new());
    assert_eq!(inject(&B3Propagator::new(), &Context::new()), HashMap::new());
}

#[test]
fn the_debug_flag_stays_with_its_trace() {
    let debug = extract(&[MULTI[0], MULTI[1], ("X-B3-Flags", "1")]);
    let other = debug.with_remote_span_context(remote(7, true));
    assert_eq!(
        inject(&B3Propagator::new(), &other),
        carrier(&[("b3", "00000000000000000000000000000007-e457b5a2e4d86bd1-1")])
    );
}

#[test]
fn fields_are_all_headers_that_are_read() {
    let expected = ["b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags"];
    assert_eq!(B3Propagator::new().fields().collect::<Vec<_>>(), expected);
    assert_eq!(B3Propagator::multi().fields().collect::<Vec<_>>(), expected);
}
