//! Replaces parts of a text, and allocates only if there is one to replace.

use std::borrow::Cow;
use std::ops::Range;

/// Where to put what in place of a part of a text. Parts are given in the text's order.
pub(super) type Replace<'r> = &'r mut dyn FnMut(Range<usize>, &'static str);

/// `text` with the parts replaced that `find` tells of.
pub(super) fn rewrite(text: &str, find: impl FnOnce(Replace<'_>)) -> Cow<'_, str> {
    let mut rewritten: Option<Vec<u8>> = None;
    let mut copied = 0;
    find(&mut |part, replacement| {
        let Some(old) = text.as_bytes().get(part.clone()) else { return };
        if part.start < copied || old == replacement.as_bytes() {
            return;
        }
        let out = rewritten.get_or_insert_with(|| Vec::with_capacity(text.len() + 32));
        out.extend_from_slice(&text.as_bytes()[copied..part.start]);
        out.extend_from_slice(replacement.as_bytes());
        copied = part.end;
    });
    match rewritten {
        None => Cow::Borrowed(text),
        Some(mut out) => {
            out.extend_from_slice(&text.as_bytes()[copied..]);
            // Parts end where an ASCII character stands, so that no character is torn.
            Cow::Owned(
                String::from_utf8(out)
                    .unwrap_or_else(|torn| String::from_utf8_lossy(torn.as_bytes()).into_owned()),
            )
        }
    }
}

/// A percent-decoded text, and where each of its bytes came from.
pub(super) struct Decoded {
    pub(super) text: Vec<u8>,
    starts: Vec<usize>,
}

impl Decoded {
    /// Decodes `%XX` and `+`. What is no valid escape stays as it is.
    pub(super) fn new(raw: &[u8]) -> Self {
        let mut text = Vec::with_capacity(raw.len());
        let mut starts = Vec::with_capacity(raw.len() + 1);
        let mut at = 0;
        while let Some(byte) = raw.get(at) {
            starts.push(at);
            let escaped = match (byte, raw.get(at + 1), raw.get(at + 2)) {
                (b'%', Some(high), Some(low)) => hex(*high).zip(hex(*low)),
                _ => None,
            };
            match escaped {
                Some((high, low)) => {
                    text.push(high << 4 | low);
                    at += 3;
                }
                None => {
                    text.push(if *byte == b'+' { b' ' } else { *byte });
                    at += 1;
                }
            }
        }
        starts.push(raw.len());
        Self { text, starts }
    }

    /// The part of the raw text that `part` of the decoded one was decoded from.
    pub(super) fn raw(&self, part: &Range<usize>) -> Range<usize> {
        let start = |at: usize| self.starts.get(at).or(self.starts.last()).copied();
        start(part.start).unwrap_or_default()..start(part.end).unwrap_or_default()
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_bytes_know_their_origin() {
        let raw = b"a%3Db+%zz%4";
        let decoded = Decoded::new(raw);
        assert_eq!(decoded.text, b"a=b %zz%4");
        assert_eq!(decoded.raw(&(1..2)), 1..4);
        assert_eq!(decoded.raw(&(2..4)), 4..6);
        assert_eq!(decoded.raw(&(0..decoded.text.len())), 0..raw.len());
    }

    #[test]
    fn only_told_parts_are_replaced() {
        assert!(matches!(rewrite("abc", |_| ()), Cow::Borrowed("abc")));
        let replaced = rewrite("äbcdé", |replace| {
            replace(2..3, "X");
            replace(4..5, "YY");
            replace(5..7, "Z");
            replace(0..2, "too late");
            replace(9..99, "out of the text");
        });
        assert_eq!(replaced, "äXcYYZ");
    }
}
