//! A text as a string of JSON, for payloads that are written here.

use std::fmt::Write;

/// Appends `text` to `out` as a JSON string, with its quotes.
pub(super) fn write(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a text does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn string_reads_back_as_the_text() {
        for text in ["", "a", "\"\\\n\r\t\u{0}\u{8}\u{1f}\u{7f}\u{85}", "é😀\u{2028}"] {
            let mut out = String::new();
            write(&mut out, text);
            assert_eq!(serde_json::from_str::<String>(&out).ok().as_deref(), Some(text), "{out}");
        }
    }
}
