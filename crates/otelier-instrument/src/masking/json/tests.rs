//! What passes and what is masked, by example and by property.

mod planted;

use serde_json::Value;

use super::*;

fn masked(text: &str) -> String {
    let keys = SensitiveKeys::default();
    let whole = keys.mask_json(text).into_owned();
    for size in [1, 2, 3, 7] {
        let mut masker = JsonMasker::new(keys.clone());
        text.as_bytes().chunks(size).for_each(|part| masker.push(part));
        assert_eq!(masker.finish(), whole, "in parts of {size}: {text}");
    }
    // The quick ways for runs of bytes give what single steps give.
    let mut steps = JsonMasker::new(keys.clone());
    for byte in text.as_bytes() {
        steps.layer.step(&keys, *byte, &[*byte], &mut steps.out);
    }
    assert_eq!(steps.finish(), whole, "in steps: {text}");
    assert_eq!(keys.mask_json(&whole), whole, "masked twice: {text}");
    whole
}

fn check(text: &str, expected: &str) {
    assert_eq!(masked(text), expected, "{text}");
}

#[test]
fn harmless_text_keeps_its_bytes() {
    for text in [
        "",
        " ",
        "null",
        "\"token\"",
        "[]",
        "{ }",
        " [ 1 , -2.5e+10,\ttrue ,null, \"a\\\"b\\\\\" ]\r\n",
        r#"{"a":{"b":[{"c":[[],{}]}]},"d" : "\u00e9 token: x"}"#,
        r#"{"a":1}{"b":2} {"c":3}"#,
        "{\"a\": 1}\n{\"a\": 2}\n",
        "\u{feff}{\"a\": 1}",
        "{\"a\": \"b\\",
        "{\"a\": \"\\u00",
        "{\"a\": \"{\\\"b\\u00",
        "\"{\\\"token\\\":\" \n",
        "\u{feff} {\"a\": \"password: x\"}",
        r#"["password", "x"]"#,
        r#"{"a": "password", "b": "x"}"#,
        "[NaN, Infinity, -Infinity]",
        "{\"a\": [1, 2,], }",
        "[info] the token was refreshed",
        "[2026-01-02 03:04] a token was seen",
        "{not json} but a text",
        r#"{"a": "the \"token\" was \"x\" at: 5", "b": "Unexpected token \"}\" at: 5\n"}"#,
        r#"{"a": "{not json} but a text", "b": "[x", "c": "{", "d": "\"quoted\" token"}"#,
        r#"{"a": "by \"x\" token: y"}"#,
        // A string does not know what was in the one before.
        r#"{"a": "[x password", "b": "[y z: 1"}"#,
    ] {
        check(text, text);
    }
    let mut masker = JsonMasker::new(SensitiveKeys::none());
    masker.push(b"{\"token\": ");
    masker.push(b"1}");
    assert_eq!(masker.finish(), "{\"token\": 1}");
    let unchanged = SensitiveKeys::default();
    assert!(matches!(unchanged.mask_json(r#"{"a": 1}"#), Cow::Borrowed(_)));
}

#[test]
fn values_of_sensitive_keys_are_masked() {
    for value in [
        "\"abc\"",
        "\"\"",
        "\"a\\\"b\\\\\"",
        "\"a\\nb\\u0062c\"",
        "1",
        "-1.5e3",
        "true",
        "null",
        "{}",
        "[]",
        "[\"a\\nb\", \"c\"]",
        "[1, \"]\", {\"a\": [\"}\", \"\\\"\"]}]",
        "{\"a\": {\"b\": \"c\"}}",
    ] {
        check(
            &format!("{{ \"Password\" :  {value} ,\"a\":1}}"),
            "{ \"Password\" :  \"****\" ,\"a\":1}",
        );
        check(
            &format!("[{{\"a\":[{{\"x-api-key\":{value}}}]}}]"),
            r#"[{"a":[{"x-api-key":"****"}]}]"#,
        );
    }
    check(r#"{"a": "b\\", "token": 1}"#, r#"{"a": "b\\", "token": "****"}"#);
    check(r#"{"token":"a","token":"b"}"#, r#"{"token":"****","token":"****"}"#);
}

#[test]
fn the_text_goes_on_behind_a_masked_value() {
    for (text, expected) in [
        (r#""a" {"token": "S3CRET"} {"b": 1}"#, r#""a" {"token": "****"} {"b": 1}"#),
        (r#"{} {"token": "S3CRET"} {"b": 1}"#, r#"{} {"token": "****"} {"b": 1}"#),
        (r#"[{"a":[]},{"token":"S3CRET"},[]]"#, r#"[{"a":[]},{"token":"****"},[]]"#),
        (
            r#"{"a": 12, "b": true, "c": null, "token": "S3CRET", "d": 1}"#,
            r#"{"a": 12, "b": true, "c": null, "token": "****", "d": 1}"#,
        ),
        (
            r#"{"a": "[[", "b": "{\"x\":1}{\"token\":\"S3CRET\"}{\"z\":1}"}"#,
            r#"{"a": "[[", "b": "{\"x\":1}{\"token\":\"****\"}{\"z\":1}"}"#,
        ),
    ] {
        check(text, expected);
    }
}

#[test]
fn values_are_read_to_a_depth() {
    let nested = |open: &str, value: &str, close: &str, depth: usize| {
        open.repeat(depth) + value + &close.repeat(depth)
    };
    let deepest = brackets::DEEPEST_VALUE;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let most = nested(open, "1", close, deepest);
        check(&most, &most);
        check(&nested(open, "1", close, deepest + 1), &nested(open, "\"****\"", close, deepest));
    }
}

#[test]
fn escaped_keys_are_recognized() {
    check(r#"{"p\u0061ssword": "abc"}"#, r#"{"p\u0061ssword": "****"}"#);
    check(r#"{"\u0050AS\u0053": "abc"}"#, r#"{"\u0050AS\u0053": "****"}"#);
    let long = "a".repeat(10_000);
    check(&format!("{{\"{long}\": 1}}"), &format!("{{\"{long}\": \"****\"}}"));
    let longest = "a".repeat(token::LONGEST);
    check(&format!("{{\"{longest}\": 1}}"), &format!("{{\"{longest}\": 1}}"));
    check(&format!("{{\"{longest}a\": 1}}"), &format!("{{\"{longest}a\": \"****\"}}"));
}

#[test]
fn json_in_strings_is_masked() {
    check(
        r#"{"body": "{\"password\": \"abc\", \"n\": [1]}", "m": 1}"#,
        r#"{"body": "{\"password\": \"****\", \"n\": [1]}", "m": 1}"#,
    );
    check(
        r#"{"b": "{\"n\": 1\u0032\u002e5, \"token\":5}"}"#,
        r#"{"b": "{\"n\": 1\u0032\u002e5, \"token\":\"****\"}"}"#,
    );
    check(r#"{"body": " [{\"token\":{\"a\":1}}]"}"#, r#"{"body": " [{\"token\":\"****\"}]"}"#);
    check(
        r#"{"b": "\u007b\u0022token\u0022:7}"}"#,
        r#"{"b": "\u007b\u0022token\u0022:\"****\"}"}"#,
    );
    // Nothing but the value changes, however often it is encoded.
    let mut text = r#"{"token": "abc", "a": "é\n"}"#.to_owned();
    let mut expected = r#"{"token": "****", "a": "é\n"}"#.to_owned();
    for _ in 0..layer::DEEPEST_LAYER {
        text = format!("{{\"body\": {}}}", Value::from(text));
        expected = format!("{{\"body\": {}}}", Value::from(expected));
        check(&text, &expected);
    }
    let deeper = masked(&format!("{{\"body\": {}}}", Value::from(text)));
    assert!(!deeper.contains("abc") && deeper.contains("****"), "{deeper}");
    let twice = Value::from(Value::from(r#"{"token": "abc"}"#).to_string()).to_string();
    let expected = Value::from(Value::from(r#"{"token": "****"}"#).to_string()).to_string();
    check(&twice, &expected);
}

#[test]
fn broken_json_is_masked_after_sensitive_key() {
    for (text, expected) in [
        (r#"{"password": "abc"#, r#"{"password": "****"#),
        (r#"{"password": {"a": "abc"#, r#"{"password": "****""#),
        (r#"{"password": abc def, "a": 1}"#, r#"{"password": ****"#),
        (r#"{"password": 123 abc, "a": 1}"#, r#"{"password": "****" ****"#),
        (r#"{"password": "a", "bc", "a": 1}"#, r#"{"password": "****", ****"#),
        (r#"{"password": "a", "bc"#, r#"{"password": "****", ****"#),
        (r#"{"password": [}, "abc"], "a": 1}"#, r#"{"password": "****"****"#),
        (r#"{"password": "a"}bc"}"#, r#"{"password": "****"}****"#),
        (r#"{"password": "a"bc", "a": 1}"#, r#"{"password": "****"****"#),
        (r#"{"password": 'abc'}"#, r#"{"password": ****"#),
        (r#"{"password" "abc"}"#, r#"{"password" ****"#),
        (r#"{"password"; "abc"}"#, r#"{"password"****"#),
        (r#"{password: "abc"}"#, r#"{password****"#),
        (r#"{'password': 'abc'}"#, r#"{'password****"#),
        (r#"{"a": "b, "password": "abc"}"#, r#"{"a": "b, "password****"#),
        (r#"{"a": "b, 'password': "abc"}"#, r#"{"a": "b, 'password': "****"#),
        (r#"{"a": b, "\u0070assword": "abc"}"#, r#"{"a": b, "\u0070assword****"#),
        (r#"{"a": x, pass\u0077ord: abc}"#, r#"{"a": x, pass****"#),
        (r#""password": "abc""#, r#""password"****"#),
        ("password=abc&x=1", "password****"),
        ("[info] token: abc", "[info] token****"),
        ("[info] \"token\"\r\n: abc", "[info] \"token\"\r\n****"),
        ("[info] token\n: abc", "[info] token\n: abc"),
        (r#"{"a": nope, "token": 1}"#, r#"{"a": nope, "token****"#),
        (r#"{"a": 1x, "token": 1}"#, r#"{"a": 1x, "token****"#),
        (r#"[{"a": 1], "token": 5}]"#, r#"[{"a": 1], "token****"#),
        (r#"{"a": [1}, "token": 5}"#, r#"{"a": [1}, "token****"#),
        (r#"{"a": "{\"token\": \"abc\u00"#, r#"{"a": "{\"token\": \"****"#),
        (
            r#"{"a": "{\"b\": \"{\\\"token\\\": \\\"abc\"#,
            r#"{"a": "{\"b\": \"{\\\"token\\\": \\\"****"#,
        ),
        (r#"{"a": "b \"token\" \"\": 1"}"#, r#"{"a": "b \"token\" \"\"****"}"#),
        (r#"{"a": "to"ken, "b": 1}"#, r#"{"a": "to"ken, "b": 1}"#),
        (r#"{"a": "{\"token\": 1, \"b\u00"#, r#"{"a": "{\"token\": \"****\", ****"#),
        ("{\"a\": \u{feff}\"token\", \"b\": 1}", "{\"a\": \u{feff}\"token****"),
        (r#"["password":"abc"}]"#, r#"["password"****"#),
        (r#"{"a": "{\"password\": \"abc", "b": 1}"#, r#"{"a": "{\"password\": \"****", "b": 1}"#),
        (r#"{"a": "{password: abc}", "b": 1}"#, r#"{"a": "{password****", "b": 1}"#),
        (
            r#"{"a": "got {\"password\" : \"abc\"}", "b": 1}"#,
            r#"{"a": "got {\"password\" ****", "b": 1}"#,
        ),
        (r#""[{\"password"": \"abc\"}]""#, r#""[{\"password"****"#),
        (r#""{password""abc""#, r#""{password"****"#),
        (r#"{"a": "{"password\": \"abc"}"#, r#"{"a": "{"password****"#),
        (r#"["[password": "abc"]"#, r#"["[password"****"#),
        (r#"] {"token": "abc"} {"b": 1}"#, r#"] {"token"****"#),
        (r#"{"a": ]} {"token": "abc"}"#, r#"{"a": ]} {"token****"#),
        (r#"{"a": "by \"\\u0074oken\": \"abc\""}"#, r#"{"a": "by \"\\u0074oken\"****"}"#),
    ] {
        check(text, expected);
    }
}

#[test]
fn secret_that_goes_on_behind_its_string_is_masked() {
    // So many that what was before them is forgotten.
    let spaces = " ".repeat(layer::DEEPEST_LAYER as usize * token::LONGEST);
    for (text, expected) in [
        (r#""{\"token\":_"abc"}""#, r#""{\"token\":_"****"#),
        (r#""{\"token\"_"abc"}""#, r#""{\"token\"_"****"#),
        (r#""{\"token\": \"a\"_"bc"}""#, r#""{\"token\": \"****\"_"****"#),
        (r#""{\"token\": {\"a_"bc"}""#, r#""{\"token\": \"****\""****"#),
        (r#""{\"token\": 1, \"b_"cd"}""#, r#""{\"token\": \"****\", ****"****"#),
        (r#""{\"a\": x, token_"bc"}""#, r#""{\"a\": x, token****"****"#),
        (r#""{\"b\"_"cd"}""#, r#""{\"b\"_"cd"}""#),
        (r#""{\"b\": \"token\"_"cd"}""#, r#""{\"b\": \"token\"_"cd"}""#),
        (r#""{\"b\": \"a\"_"bc"}""#, r#""{\"b\": \"a\"_"bc"}""#),
        (r#""{\"token\": \"a\"}_" "bc""#, r#""{\"token\": \"****\"}_" "bc""#),
    ] {
        check(&text.replace('_', &spaces), &expected.replace('_', &spaces));
    }
}

#[test]
fn key_after_masked_value_has_bounded_length() {
    let check = |key: usize, spaces: usize, is_known: bool| {
        let start = r#"{"token": "abc""#;
        let (key, spaces) = ("b".repeat(key), " ".repeat(spaces));
        let rest = format!(",\"{key}\"{spaces}: 1}}");
        let expected = match is_known {
            true => format!(r#"{{"token": "****"{rest}"#),
            false => r#"{"token": "****",****"#.to_owned(),
        };
        check(&format!("{start}{rest}"), &expected);
    };
    check(510, 0, true);
    check(511, 0, false);
    check(500, 10, true);
    check(500, 11, false);
    check(100_000, 0, false);
    check(1, 100_000, false);
}

#[test]
fn plain_text_is_taken_at_once() {
    let plain = "x-1".repeat(100);
    for (before, text) in [
        ("", "  \r\n\t"),
        ("{\"a\"", "    "),
        ("{\"a\": 1", &plain),
        ("{\"a\": \"b", &plain),
        ("{\"a_", &plain),
        ("{\"a\": \"", &plain),
        ("{\"a\": \"[\\\"", &plain),
        ("{\"token\": \"", &plain),
        ("{\"token\": {\"", &plain),
        ("{\"token\": x", "\"a\": {\"b\\n\"}"),
        ("{", "\"a b\" \t:"),
        ("{\"a\":", "\"b c\""),
        ("{\"a\":", "\"b \\\"c\\\"\\n? \\\"d \\t e\\\"\\\"\", \"f\": 1,"),
        ("[\"{\\\"a\\\":", "\\\"b \\\\\\\"c\\\\\\\"\\\\n d\\\""),
        ("{\"token\":", "\"b\\n \\\"c\\\" d\", \"pass\": \"e\", \"f\": 1,"),
    ] {
        let (keys, mut layer) = (SensitiveKeys::default(), Layer::outermost());
        let mut out = Output::default();
        before.bytes().for_each(|byte| layer.step(&keys, byte, &[byte], &mut out));
        assert_eq!(layer.run(&keys, text.as_bytes(), &mut out), text.len(), "{before}");
    }
}

#[test]
fn what_broke_off_after_a_value_is_searched_in_any_parts() {
    for behind in ["\\t\"b\": 1}]", "x\"b\": 1}]", ": 1}]"] {
        check(&format!("[{{\"b\": \"a token\", {behind}"), "[{\"b\": \"a token\", ****");
        let nested = Value::from(format!("[{{\"b\": \"a token\", {behind}")).to_string();
        check(&nested, &Value::from("[{\"b\": \"a token\", ****").to_string());
    }
}

#[test]
fn quoted_key_in_a_string_is_seen_before_every_sign() {
    for sign in [":", "=", " :", "\\n:", "\\t =", "\\u003a", "\\r\\n \\f:", "\\u0020:", "  ="] {
        let text = format!("[\"a \\\"b\\\" \\\"token\\\"{sign} hunter2\", \"c\"]");
        let masked = masked(&text);
        assert!(!masked.contains("hunter2") && masked.ends_with("****\", \"c\"]"), "{masked}");
        // The same in a string.
        let masked = self::masked(&Value::from(text).to_string());
        assert!(!masked.contains("hunter2") && masked.contains("****"), "{masked}");
    }
    for sign in ["", ",", " -:", "\\/:", "\\b:"] {
        let text = format!("[\"a \\\"token\\\"{sign} b\", \"c\"]");
        check(&text, &text);
    }
}

#[test]
fn end_of_long_string_is_searched_for_keys() {
    let text = |before, after, rest: &str| {
        let string = "b ".repeat(before) + "token" + &" b".repeat(after);
        format!("{{\"a\": \"{string}\"{rest}")
    };
    let rest = "x, \"c\": 1}";
    for (before, after) in [(0, 250), (100, 150), (2000, 125)] {
        check(&text(before, after, rest), &text(before, after, "****"));
    }
    for (before, after) in [(50, 250), (2000, 126)] {
        check(&text(before, after, rest), &text(before, after, rest));
    }
}

#[test]
fn long_word_of_broken_json_may_be_key() {
    let before = format!("{{\"a\": x,token{}", "b".repeat(251));
    check(&before, &before);
    check(&format!("{before}b"), &format!("{before}****"));
    let quoted = format!("[\"b \\\"token{}\\\"", "b".repeat(251));
    check(&format!("{quoted}: 1\", 1]"), &format!("{quoted}****\", 1]"));
    check("{\"a\": x, \"to\"ken\", 1}", "{\"a\": x, \"to\"ken\", 1}");
}

#[cfg(feature = "regex")]
#[test]
fn last_word_of_broken_text_may_be_key() {
    let keys = SensitiveKeys::matching(["^tenant$"]).unwrap();
    // The start of the piece is forgotten within the word.
    let long = "b".repeat(250) + " ";
    for before in ["", "a ", "a\tb ", "a \"", &long, &long.repeat(3)] {
        let text = |rest| format!("[x] {before}tenant{rest}");
        assert_eq!(keys.mask_json(&text(": abc")), text("****"));
        assert_eq!(keys.mask_json(&text("s: abc")), text("s: abc"));
    }
}

#[test]
fn quotes_of_each_layer_are_found() {
    for level in 0..=layer::DEEPEST_LAYER {
        let mut expected = "\"".to_owned();
        for _ in 0..level {
            expected = Value::from(expected).to_string();
            expected = expected[1..expected.len() - 1].to_owned();
        }
        assert_eq!(layer::quote(level), expected.as_bytes(), "{level}");
    }
}

#[test]
fn string_that_ends_inside_of_another_is_no_longer_than_it() {
    for (text, expected) in [
        (r#"{"a":"[\"b"nc\",1]"}"#, r#"{"a":"[\"b"nc\",1]"}"#),
        (r#"{"a":"{\"b\":\"c","token":"hunter2\"}"}"#, r#"{"a":"{\"b\":\"c","token":"****"}"#),
        (r#"{"a":"{\"b\":\"c"t","token":"hunter2"}"#, r#"{"a":"{\"b\":\"c"t","token****"#),
        (r#"{"a":"{\"b\":\"c\n","token":"hunter2"}"#, r#"{"a":"{\"b\":\"c\n","token":"****"}"#),
        (r#"{"a":"[\"b"xn\",{\"token\":\"hunter2\"}]"}"#, r#"{"a":"[\"b"xn\",{\"token****"#),
        (r#"["token=hunter2"x]"#, r#"["token=hunter2"****"#),
    ] {
        check(text, expected);
    }
}

#[test]
fn whole_text_is_masked_if_all_keys_are_sensitive() {
    let mut masker = JsonMasker::new(SensitiveKeys::all());
    masker.push(b"");
    assert_eq!(masker.out.into_text(), "");
    let mut masker = JsonMasker::new(SensitiveKeys::all());
    [b"[".as_slice(), b"", b"1]"].into_iter().for_each(|part| masker.push(part));
    assert_eq!(masker.finish(), "****");
}

#[test]
fn own_patterns_decide() {
    let keys = SensitiveKeys::containing(["tenant"]);
    let text = r#"{"tenant": 1, "password": 2}"#;
    assert_eq!(keys.mask_json(text), r#"{"tenant": "****", "password": 2}"#);
    let keys = SensitiveKeys::containing(["tenant", "€", "n_id"]);
    assert_eq!(keys.mask_json(r#"{"a": n_id 5}"#), r#"{"a": n_id****"#);
    assert_eq!(keys.mask_json(r#"{"\u20ac": 1}"#), r#"{"\u20ac": "****"}"#);
    let broken = r#"{"tenant": 1, "password": 2, x tenant 3}"#;
    assert_eq!(keys.mask_json(broken), r#"{"tenant": "****", "password": 2, x tenant****"#);
}

#[test]
fn deep_text_is_masked_in_bounded_memory() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let value = open.repeat(2000) + "1" + &close.repeat(2000);
        check(&format!("{{\"token\":{value},\"b\":1}}"), "{\"token\":\"****\",\"b\":1}");

        let text = open.repeat(200_000) + "1";
        let masked = masked_once(&text);
        assert!(masked.ends_with("\"****\""), "{open}");
        assert_eq!(masked.len(), open.len() * brackets::DEEPEST_VALUE + 6, "{open}");
    }
}

fn masked_once(text: &str) -> String {
    SensitiveKeys::default().mask_json(text).into_owned()
}

#[test]
fn limit_cuts_after_masking() {
    let text = format!("{{\"a\": \"é\", \"password\": \"{}\", \"b\": 1}}", "abc".repeat(1000));
    let whole = r#"{"a": "é", "password": "****", "b": 1}"#;
    for limit in 0..whole.len() + 2 {
        let mut masker = JsonMasker::new(SensitiveKeys::default()).with_limit(limit);
        text.as_bytes().chunks(10).for_each(|part| masker.push(part));
        let is_full = masker.is_full();
        let cut = masker.finish();
        assert!(whole.starts_with(&cut), "{limit}: {cut}");
        assert!(
            cut.len() + 1 >= limit.min(whole.len()) && cut.len() <= limit + 4,
            "{limit}: {cut}"
        );
        assert_eq!(is_full, limit <= whole.len(), "{limit}");
    }
}

#[test]
fn invalid_utf8_is_shown_as_such() {
    let mut masker = JsonMasker::new(SensitiveKeys::default());
    masker.push(b"{\"a\": \"\xff\", \"token\": \"\xff\"}");
    assert_eq!(masker.finish(), "{\"a\": \"\u{fffd}\", \"token\": \"****\"}");
}
