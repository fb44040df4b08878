//! What is captured of a payload, in parts of any size and under any limit.

use proptest::prelude::*;

use super::*;
use crate::masking::SensitiveKeys;

fn captured(content: Content, limit: usize, parts: &[&[u8]]) -> Option<String> {
    captured_with(&MaskingPolicy::default(), content, limit, parts)
}

fn captured_with(
    masking: &MaskingPolicy,
    content: Content,
    limit: usize,
    parts: &[&[u8]],
) -> Option<String> {
    let context = MaskingContext::HttpRequestBodies;
    let mut capture = PayloadCapture::with_limit(content, masking, context, limit);
    for part in parts {
        capture.push(part);
    }
    capture.finish().map(|value| value.as_str().to_owned())
}

fn check(content: Content, payload: &str, expected: Option<&str>) {
    for size in [1, 3, 1000] {
        let parts: Vec<&[u8]> = payload.as_bytes().chunks(size).collect();
        assert_eq!(captured(content, 2048, &parts).as_deref(), expected, "{payload} by {size}");
    }
}

#[test]
fn payloads_are_masked_by_their_content() {
    for (content, payload, expected) in [
        (
            Content::Json,
            r#" {"password": "x", "a": [1]}"#,
            Some(r#" {"password": "****", "a": [1]}"#),
        ),
        (
            Content::Json,
            r#"{"a": "login?user=joe&password=x", "b": "{\"c\": \"pwd: x\"}"}"#,
            Some(r#"{"a": "login?user=joe&password=REDACTED", "b": "{\"c\": \"pwd: ****\"}"}"#),
        ),
        (Content::Text, "hello", Some("hello")),
        (Content::Text, "hello password=abc rest", Some("hello password****")),
        (Content::Text, r#"{"token": "abc"}"#, Some(r#"{"token": "****"}"#)),
        (Content::Form, "user=joe&token=abc", Some("user=joe&token=****")),
        // As `curl -d` sends it, without a `-H`.
        (Content::Form, r#"{"password": "a=b&c"}"#, Some(r#"{"password": "****"}"#)),
        (Content::Unknown, r#"{"token": "abc"}"#, Some(r#"{"token": "****"}"#)),
        (Content::Unknown, "token=abc", None),
        (Content::Text, " <password>abc</password>", None),
        (Content::Json, "<a/>", None),
        (Content::Json, "", None),
        (Content::Json, " \n ", Some(" \n ")),
    ] {
        check(content, payload, expected);
    }
}

#[test]
fn secrets_of_urls_in_payloads_are_masked() {
    check(
        Content::Json,
        r#"{"next": "https://joe:abc@h/?token=abc&x=1", "a": 1}"#,
        Some(r#"{"next": "https://REDACTED:REDACTED@h/?token=REDACTED&x=1", "a": 1}"#),
    );
    check(
        Content::Text,
        "see mysql://joe:abc@db/shop today",
        Some("see mysql://REDACTED:REDACTED@db/shop today"),
    );
}

#[test]
fn url_cut_inside_its_password_is_left_out() {
    let long = format!("{} https://joe:abcdefgh{}@h", "x".repeat(30), "i".repeat(60));
    let text = captured(Content::Text, 20, &[long.as_bytes()]).expect("text");
    assert!(!text.contains("abc"), "{text}");
    let long = format!("{}https://joe:abcdefgh{}@h", "é".repeat(5), "i".repeat(60));
    let text = captured(Content::Text, 20, &[long.as_bytes()]).expect("text");
    assert!(!text.contains("abc"), "{text}");
}

#[test]
fn values_are_cut_after_masking_and_say_so() {
    let json = br#"{"key":"b"}"#;
    for (limit, expected) in [
        (3, r#"{"k"#),
        (13, r#"{"key":"****""#),
        (14, r#"{"key":"****"}"#),
        (20, r#"{"key":"****"}"#),
    ] {
        assert_eq!(captured(Content::Json, limit, &[json]).as_deref(), Some(expected), "{limit}");
    }
    let text = "abcdefghijklmnopqrstuvwxyz";
    for (limit, expected) in [
        (0, ""),
        (3, "abc"),
        (13, "abcdefghijklm"),
        (14, "a...[too long]"),
        (20, "abcdefg...[too long]"),
        (25, "abcdefghijkl...[too long]"),
        (26, text),
    ] {
        for size in [1, 26] {
            let parts: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let value = captured(Content::Text, limit, &parts);
            assert_eq!(value.as_deref(), Some(expected), "{limit}");
        }
    }
    // A secret that is longer than the limit takes four characters.
    let long = format!(r#"{{"token": "{}", "a": 1}}"#, "s3cret".repeat(10_000));
    let value = captured(Content::Json, 30, &[long.as_bytes()]);
    assert_eq!(value.as_deref(), Some(r#"{"token": "****", "a": 1}"#));
    assert_eq!(captured(Content::Text, 3, &["äöüß".as_bytes()]).as_deref(), Some("äöü"));
}

#[test]
fn what_masking_made_short_is_still_cut() {
    let secret = "x".repeat(100);
    let payload = format!(r#"{{"a": "token={secret}", "b": "{secret}"}}"#);
    let captured = captured(Content::Json, 20, &[payload.as_bytes()]);
    assert_eq!(captured.as_deref(), Some(r#"{"a": "...[too long]"#));
}

#[test]
fn bytes_that_are_no_text_are_hexadecimal() {
    let latin = b"{\"token\": \"abc\", \"name\": \"J\xf6rg\"}";
    let value = captured(Content::Json, 2048, &[latin]).expect("a value");
    assert!(value.starts_with("0x7b22746f6b656e22"), "{value}");
    assert!(!value.contains("616263"), "the secret is masked before: {value}");
    assert_eq!(captured(Content::Text, 2048, &[b"\xff\x00"]).as_deref(), Some("0xff00"));
    // As digits it would be just as readable.
    let pair: &[u8] = b"{\"a\":\"\xff pwd=abc\"}";
    let masked = "{\"a\":\"\u{fffd} pwd=****\"}";
    assert_eq!(captured(Content::Json, 2048, &[pair]).as_deref(), Some(masked));
    assert_eq!(captured(Content::Text, 15, &[&[0xff; 9]]).as_deref(), Some("0x...[too long]"));
    // The end of the character did not pass.
    assert_eq!(captured(Content::Text, 2048, &[b"a\xc3"]).as_deref(), Some("a"));
}

#[test]
fn what_was_not_seen_ends_the_capture() {
    let masking = MaskingPolicy::default();
    let mut capture = PayloadCapture::with_limit(
        Content::Json,
        &masking,
        MaskingContext::HttpRequestBodies,
        2048,
    );
    capture.push_frame(br#"{"a": ""#, 9000);
    capture.push(br#", "token": "abc"}"#);
    let value = capture.finish().expect("a value");
    assert_eq!(value.as_str(), r#"{"a": "...[too long]"#);
}

#[test]
fn context_decides_what_is_masked() {
    let masking = MaskingPolicy::default()
        .with_context(MaskingContext::HttpRequestBodies, SensitiveKeys::none());
    for payload in [r#"{"password": "abc"}"#, "<password>abc</password>", "https://a:b@h/?sig=c"] {
        let value = captured_with(&masking, Content::Text, 2048, &[payload.as_bytes()]);
        assert_eq!(value.as_deref(), Some(payload));
    }
    let masking = MaskingPolicy::new(SensitiveKeys::all());
    for content in [Content::Json, Content::Form, Content::Text] {
        let value = captured_with(&masking, content, 2048, &[b"a", b"=1&b=2"]);
        assert_eq!(value.as_deref(), Some("****"));
    }
}

#[test]
fn settings_and_properties_turn_it_on() {
    let mut settings = Settings::default();
    let enabled = |chosen, settings: &Settings| {
        PayloadSettings::resolve(chosen, &["aws-sqs", "aws"], settings).is_enabled()
    };
    assert!(!enabled(None, &settings), "off by default");
    assert!(enabled(Some(true), &settings));
    settings.properties_mut("aws").set("capture_payloads", true);
    assert!(enabled(None, &settings));
    settings.properties_mut("aws-sqs").set("capture_payloads", false);
    assert!(!enabled(None, &settings), "the more special one first");
    settings.capture_payloads = true;
    assert!(!enabled(None, &settings));
    assert!(enabled(None, &Settings { capture_payloads: true, ..Settings::default() }));
    assert_eq!(PayloadSettings::resolve(None, &[], &Settings::default()).text("a"), None);
}

#[test]
fn several_texts_are_an_array() {
    let settings = PayloadSettings::resolve(Some(true), &[], &Settings::default());
    let texts = |texts: &[&str]| {
        let value = settings.texts(|take| texts.iter().for_each(|text| take(text)));
        value.map(|value| value.as_str().to_owned()).expect("it is on")
    };
    assert_eq!(texts(&[]), "[]");
    assert_eq!(
        texts(&[r#"{"token":"S3CRET"}"#, "a\n\u{1}\\ password=S3CRET", "<a/>"]),
        r#"["{\"token\":\"****\"}","a\n\u0001\\ password****",null]"#
    );
    let long = "x".repeat(3000);
    let value = texts(&[long.as_str(); 10]);
    assert_eq!(value.chars().count(), 2048);
    assert!(value.ends_with("...[too long]"));
    assert_eq!(PayloadSettings::default().texts(|take| take("a")), None);
}

#[test]
fn memory_is_bounded_whatever_passes() {
    let chunk = vec![b'x'; 1 << 16];
    let masking = MaskingPolicy::default();
    let context = MaskingContext::HttpRequestBodies;
    for content in [Content::Json, Content::Form, Content::Text] {
        let mut capture = PayloadCapture::with_limit(content, &masking, context, 2048);
        let used = allocation_counter::measure(|| {
            for _ in 0..100 {
                capture.push(&chunk);
            }
        });
        assert!(used.bytes_max < 1 << 16, "{content:?}: {used:?}");
        let value = capture.finish().expect("a value");
        assert_eq!(value.as_str().chars().count(), 2048, "{content:?}");
        assert!(value.as_str().ends_with("...[too long]"), "{content:?}");
    }
}

mod any_input {
    use super::*;

    proptest! {
        #[test]
        fn value_is_within_the_limit_in_any_parts(
            payload in proptest::collection::vec(any::<u8>(), 0..300),
            size in 1_usize..50,
            limit in 0_usize..100,
        ) {
            for content in [Content::Json, Content::Form, Content::Text, Content::Unknown] {
                let whole = captured(content, limit, &[&payload]);
                let parts: Vec<&[u8]> = payload.chunks(size).collect();
                let in_parts = captured(content, limit, &parts);
                prop_assert_eq!(&in_parts, &whole, "{:?}", content);
                if let Some(value) = whole {
                    prop_assert!(value.chars().count() <= limit);
                }
            }
        }

        #[test]
        fn no_secret_is_left_under_any_limit(
            before in "[a-z ,:{}\"=&]{0,40}",
            after in "[a-z ,:{}\"=&]{0,40}",
            limit in 0_usize..200,
        ) {
            let json = format!("{{\"a\": {before:?}, \"password\": \"S3CRET\", \"b\": {after:?}}}");
            let form = format!("a={}&password=S3CRET&b={}",
                before.replace(['&', '='], "_"), after.replace('&', "_"));
            for (content, payload) in [(Content::Json, json), (Content::Form, form)] {
                if let Some(value) = captured(content, limit, &[payload.as_bytes()]) {
                    prop_assert!(!value.contains("S3C"), "{}", value);
                }
            }
        }
    }
}
