//! The value that captured bytes become: text, masked in its URLs too, and cut to a limit.

use std::fmt::Write;

use crate::masking::{MaskingContext, MaskingPolicy};

/// What a value that was cut ends in.
const TOO_LONG: &str = "...[too long]";

/// `bytes` as text, or as hexadecimal digits if they are none. With `masking`, what is secret in
/// strings and URLs is masked, and bytes with such a secret are text with replacement characters.
/// `is_cut` says that there was more, so that a URL at the end may be incomplete.
pub(super) fn of_bytes(
    bytes: Vec<u8>,
    is_cut: bool,
    masking: Option<(&MaskingPolicy, MaskingContext)>,
) -> String {
    let masked = |text: &str| {
        let (policy, context) = masking?;
        let end = if is_cut { without_last_url(text) } else { text.len() };
        let masked = policy.strings(context, &text[..end]);
        (masked != text).then(|| masked.into_owned())
    };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (cut, mut bytes) = (error.utf8_error(), error.into_bytes());
            // A character whose end did not pass is left out.
            if cut.error_len().is_none() {
                bytes.truncate(cut.valid_up_to());
            }
            match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => {
                    let masked = masked(&String::from_utf8_lossy(error.as_bytes()));
                    return masked.unwrap_or_else(|| hexadecimal(error.as_bytes()));
                }
            }
        }
    };
    masked(&text).unwrap_or(text)
}

/// Where a URL starts that `text` ends in, else the length of `text`: the sign that ends user
/// information may not have passed.
fn without_last_url(text: &str) -> usize {
    let is_outside = |character| matches!(character, '<' | '>' | '"' | ' ' | '\t' | '\n' | '\r');
    let start = text.rfind(is_outside).map_or(0, |at| at + 1);
    let last = &text[start..];
    let is_http = last.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"));
    let is_url = is_http || last.starts_with("//") || last.contains(":/") || last.contains(":\\");
    if is_url { start } else { text.len() }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("0x");
    for byte in bytes {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// `text` with at most `limit` characters. If it is cut, or was before, it says so at its end.
pub(super) fn limited(mut text: String, limit: usize, is_cut: bool) -> String {
    let kept = |limit: usize| text.char_indices().nth(limit).map(|(end, _)| end);
    if kept(limit).is_none() && !is_cut {
        return text;
    }
    let suffix = if limit > TOO_LONG.len() { TOO_LONG } else { "" };
    if let Some(end) = kept(limit - suffix.len()) {
        text.truncate(end);
    }
    text.push_str(suffix);
    text.shrink_to_fit();
    text
}
