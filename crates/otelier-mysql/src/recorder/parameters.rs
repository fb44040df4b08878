//! The values of parameters as text, for those who ask for them.
//!
//! A value may be a file of many megabytes, of which the first characters are recorded. So the cut
//! comes first and the conversion after it.

use std::borrow::Cow;

/// The text of a parameter's `bytes`, at most `chars` characters of it. What is left out is not
/// copied.
#[must_use]
pub fn bounded(bytes: &[u8], chars: usize) -> String {
    // No character is longer than four bytes, so that these hold enough of them.
    let looked_at = bytes.len().min(chars.saturating_mul(4));
    let mut text = match String::from_utf8_lossy(&bytes[..looked_at]) {
        Cow::Borrowed(text) => text,
        // At most the last character is cut by the bound, and then it is left out below.
        Cow::Owned(text) => return first_chars(&text, chars).to_owned(),
    };
    text = first_chars(text, chars);
    text.to_owned()
}

/// The whole `text` if it has no more than `most` characters.
fn first_chars(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_at_characters() {
        assert_eq!(bounded(b"abc", 3), "abc");
        assert_eq!(bounded(b"abcd", 3), "abc");
        assert_eq!(bounded("ééé".as_bytes(), 2), "éé");
        assert_eq!(bounded("𝄞𝄞𝄞".as_bytes(), 2), "𝄞𝄞");
        assert_eq!(bounded("a𝄞𝄞𝄞".as_bytes(), 3), "a𝄞𝄞");
        assert_eq!(bounded(b"a\xffb", 3), "a\u{fffd}b");
        assert_eq!(bounded(&[b'x'; 1 << 20], 2048).len(), 2048);
        assert_eq!(bounded(b"abc", 0), "");
    }
}
