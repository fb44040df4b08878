//! The variables of the environment, masked.
//!
//! This detector runs only if it is chosen, or for a vendor that wants it, because an environment
//! holds secrets. Each value goes through the masking policy, by the name of the variable and by
//! what looks like a secret in the text. Masking comes before cutting, so that no part of a secret
//! is left at the end that the masking no longer recognizes.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;

use opentelemetry::KeyValue;
use otelier_instrument::masking::{MASK, MaskingContext, MaskingPolicy};
use otelier_instrument::semconv::resource as key;

use super::sources::Sources;

/// The most characters of the attribute. As many as any attribute that is detected may have.
const MOST: usize = 2048;
/// How a text that was cut ends, within that number.
const CUT: &str = "...[too long]";

/// `process.environ`: the variables as one JSON object, sorted by name. Secrets are masked before
/// the text is cut. Nothing if there are no variables, as when they were not read.
pub(super) fn detect(sources: &Sources) -> Vec<KeyValue> {
    let variables = &sources.platform.variables.0;
    if variables.is_empty() {
        return Vec::new();
    }
    vec![KeyValue::new(key::PROCESS_ENVIRON, describe(variables, &sources.masking))]
}

/// `variables` come in any order. Where the policy masks every variable, the text is the mask
/// alone, because names can say something too.
fn describe(variables: &[(OsString, OsString)], masking: &MaskingPolicy) -> String {
    if masking.keys(MaskingContext::Environment).is_all() {
        return MASK.to_owned();
    }
    let mut sorted: Vec<_> = variables.iter().collect();
    sorted.sort();
    let mut text = String::from("{");
    for (at, (name, value)) in sorted.into_iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        let name = name.to_string_lossy();
        push_json(&mut text, &name);
        text.push_str(": ");
        push_json(&mut text, &masked(&name, value, masking));
        // Each character has one byte at least.
        if text.len() > MOST * 4 {
            break;
        }
    }
    text.push('}');
    cut(text)
}

/// The value without what is secret in it; bytes that are no Unicode as `0x` and hexadecimal
/// digits. Such bytes are masked as text first, with what is no Unicode replaced.
fn masked(name: &str, value: &OsStr, masking: &MaskingPolicy) -> String {
    let text = value.to_string_lossy();
    let masked = masking.variable(name, &text);
    if value.to_str().is_some() || masked != text {
        // What was masked as text is not to be shown as digits.
        return masked.into_owned();
    }
    let mut digits = String::from("0x");
    for byte in value.as_encoded_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Appends `value` as a JSON string, in quotation marks.
fn push_json(text: &mut String, value: &str) {
    text.push_str(&serde_json::Value::from(value).to_string());
}

/// The text, or its beginning with the mark behind it. What was cut is no longer valid JSON.
fn cut(mut text: String) -> String {
    if text.chars().count() > MOST {
        let keep = MOST - CUT.len();
        let end = text.char_indices().nth(keep).map_or(text.len(), |(at, _)| at);
        text.truncate(end);
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests {
    use otelier_instrument::masking::SensitiveKeys;

    use super::*;

    fn describe_with(variables: &[(&str, &str)], masking: &MaskingPolicy) -> String {
        let owned = |&(name, value): &(&str, &str)| (name.into(), value.into());
        describe(&variables.iter().map(owned).collect::<Vec<_>>(), masking)
    }

    #[test]
    fn variables_are_sorted_and_masked() {
        let variables = [
            ("Z", "last \"quoted\"\n"),
            ("API_TOKEN", "s3cret"),
            ("DATABASE_URL", "mysql://joe:s3cret@db/shop"),
            ("A", ""),
        ];
        let masked = describe_with(&variables, &MaskingPolicy::default());
        let expected = r#"{"A": "", "API_TOKEN": "****", "#.to_owned()
            + r#""DATABASE_URL": "mysql://REDACTED:REDACTED@db/shop", "Z": "last \"quoted\"\n"}"#;
        assert_eq!(masked, expected);
    }

    #[test]
    fn keys_of_the_environment_replace_the_general_ones() {
        let variables = [("API_TOKEN", "t"), ("TENANT", "x")];
        let own = |keys| MaskingPolicy::default().with_context(MaskingContext::Environment, keys);
        for (keys, expected) in [
            (SensitiveKeys::containing(["tenant"]), r#"{"API_TOKEN": "t", "TENANT": "****"}"#),
            (SensitiveKeys::none(), r#"{"API_TOKEN": "t", "TENANT": "x"}"#),
            (SensitiveKeys::all(), "****"),
        ] {
            assert_eq!(describe_with(&variables, &own(keys)), expected);
        }
    }

    #[test]
    fn long_environments_are_cut_after_masking() {
        // `{"A": "…"}` has 9 characters beside the value.
        for (length, is_cut) in [(MOST - 9, false), (MOST - 8, true), (100_000, true)] {
            let text = describe_with(&[("A", &"é".repeat(length))], &MaskingPolicy::default());
            assert_eq!((text.chars().count(), text.ends_with("é...[too long]")), (MOST, is_cut));
            assert_eq!(text.ends_with("é\"}"), !is_cut);
        }
        let secret = "s3cret".repeat(1000);
        let text = describe_with(&[("A_TOKEN", &secret)], &MaskingPolicy::default());
        assert_eq!(text, r#"{"A_TOKEN": "****"}"#);
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_shown_as_digits() {
        use std::os::unix::ffi::OsStringExt as _;

        let bytes = |text: &[u8]| OsString::from_vec(text.to_vec());
        let variables = [
            ("BYTES".into(), bytes(b"\xff\x01")),
            ("TOKEN".into(), bytes(b"s3cret\xff")),
            ("URL".into(), bytes(b"mysql://joe:s3cret\xff@db/shop")),
        ];
        let expected = r#"{"BYTES": "0xff01", "TOKEN": "****", "#.to_owned()
            + r#""URL": "mysql://REDACTED:REDACTED@db/shop"}"#;
        assert_eq!(describe(&variables, &MaskingPolicy::default()), expected);
    }
}
