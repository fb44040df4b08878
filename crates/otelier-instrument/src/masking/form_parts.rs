//! The body of a form without the values of sensitive fields, read in parts of any size.

use super::MASK;
use super::keys::SensitiveKeys;

/// How many bytes of one field are kept until its end has come. A longer one ends the output.
const LONGEST_FIELD: usize = 16 * 1024;

/// Masks the body of a form (`application/x-www-form-urlencoded`) that comes in parts.
///
/// ```
/// use otelier_instrument::masking::{FormMasker, SensitiveKeys};
///
/// let mut masker = FormMasker::new(SensitiveKeys::default(), 2048);
/// for part in ["user=joe&pass", "word=a%2", "6b&page=2"] {
///     masker.push(part.as_bytes());
/// }
/// assert_eq!(masker.finish(), b"user=joe&password=****&page=2");
/// ```
#[derive(Debug)]
pub struct FormMasker {
    keys: SensitiveKeys,
    limit: usize,
    out: Vec<u8>,
    /// The field whose end has not come.
    field: Vec<u8>,
    is_full: bool,
}

impl FormMasker {
    /// A masker that masks the values of `keys`, and gives about `limit` bytes at most.
    #[must_use]
    pub fn new(keys: SensitiveKeys, limit: usize) -> Self {
        Self { keys, limit, out: Vec::new(), field: Vec::new(), is_full: false }
    }

    /// Whether the limit is reached, so that further parts change nothing.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Takes the next part of the body.
    pub fn push(&mut self, part: &[u8]) {
        if self.keys.is_all() && !part.is_empty() && !self.is_full {
            self.out.extend_from_slice(MASK.as_bytes());
            self.is_full = true;
        }
        let mut rest = part;
        while !rest.is_empty() && !self.is_full {
            let end = rest.iter().position(|byte| *byte == b'&');
            let piece = &rest[..end.unwrap_or(rest.len())];
            let room = LONGEST_FIELD - self.field.len();
            self.field.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                self.end_field();
                self.is_full = true;
            } else if end.is_some() {
                self.end_field();
                self.out.push(b'&');
            }
            rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
        }
    }

    /// The masked body.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        if !self.is_full {
            self.end_field();
        }
        self.out
    }

    fn end_field(&mut self) {
        let field = std::mem::take(&mut self.field);
        let mut copied = 0;
        if !self.keys.is_none() {
            self.keys.find_in_pairs(&field, 0, MASK, 0, &mut |part, mask| {
                if part.start >= copied && part.end <= field.len() {
                    self.out.extend_from_slice(&field[copied..part.start]);
                    self.out.extend_from_slice(mask.as_bytes());
                    copied = part.end;
                }
            });
        }
        self.out.extend_from_slice(&field[copied..]);
        self.is_full |= self.out.len() >= self.limit;
        // The room is kept for the next one.
        self.field = field;
        self.field.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::masking::{MaskingContext, MaskingPolicy};

    fn masked(keys: &SensitiveKeys, body: &str, size: usize) -> String {
        let mut masker = FormMasker::new(keys.clone(), 1 << 20);
        for part in body.as_bytes().chunks(size) {
            masker.push(part);
        }
        String::from_utf8(masker.finish()).expect("text")
    }

    #[test]
    fn parts_of_any_size_mask_the_same() {
        let policy = MaskingPolicy::default();
        for body in [
            "",
            "a=1",
            "user=joe&password=ab%26c&code=1&next=https%3A%2F%2Fh%2F%3Fsig%3Dabc",
            "&&a&=b&token=&token=x&",
            "filter=%7B%22password%22%3A%22abc%22%7D&a=1",
            "größe_token=ü&a=ü",
        ] {
            let whole = policy.form(MaskingContext::General, body);
            for size in [1, 2, 3, 7, 1000] {
                assert_eq!(masked(&SensitiveKeys::default(), body, size), whole, "{body} {size}");
            }
        }
    }

    #[test]
    fn all_and_none_hold_for_the_whole_body() {
        assert_eq!(masked(&SensitiveKeys::all(), "a=1&b=2", 3), "****");
        assert_eq!(masked(&SensitiveKeys::none(), "token=1&b=2", 3), "token=1&b=2");
    }

    #[test]
    fn long_fields_and_bodies_are_bounded() {
        let mut masker = FormMasker::new(SensitiveKeys::default(), 100);
        let long = format!("token={}", "s3cret".repeat(100_000));
        masker.push(long.as_bytes());
        assert!(masker.is_full());
        assert_eq!(masker.finish(), b"token=****");

        let mut masker = FormMasker::new(SensitiveKeys::default(), 1 << 20);
        for _ in 0..LONGEST_FIELD {
            masker.push(b"a");
        }
        assert!(!masker.is_full());
        masker.push(b"a");
        assert!(masker.is_full());
        assert_eq!(masker.finish().len(), LONGEST_FIELD);

        let mut masker = FormMasker::new(SensitiveKeys::default(), 100);
        for _ in 0..1000 {
            masker.push(b"page=2&");
        }
        assert!(masker.is_full());
        assert!(masker.finish().len() < 120);
    }
}
