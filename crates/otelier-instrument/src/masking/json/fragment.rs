//! Text that is no JSON, or none any more: it is searched for sensitive keys.

use crate::masking::SensitiveKeys;

use super::token::Unescape;

/// How much of a piece is kept to search for a key in.
const LONGEST: usize = 256;

/// How readily a sensitive key is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// Text with quotes in it, such as a sentence that repeats JSON: a key is in quotes, and `:`
    /// or `=` follows.
    Quoted,
    /// Text that only began like JSON, such as `[info] …`: a key is followed by `:` or `=`.
    Low,
    /// JSON that broke: any word may be a key.
    High,
}

/// The piece of broken text that was read last.
#[derive(Debug, Default)]
pub(super) struct Fragment {
    bytes: Vec<u8>,
    /// Where the last word starts, if it is not the only one.
    word: Option<usize>,
    /// Whether a quote came last, spaces aside: a colon may follow on another line.
    is_quoted: bool,
    unescape: Unescape,
}

impl Fragment {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.word = None;
        self.is_quoted = false;
        self.unescape = Unescape::default();
    }

    /// Whether what comes is neither quoted nor escaped until it says so.
    pub(super) fn is_between_quotes(&self) -> bool {
        !self.is_quoted && !self.unescape.is_inside()
    }

    /// Takes bytes that are between quotes. Only the end may be a key.
    pub(super) fn extend(&mut self, plain: &[u8]) {
        let end = &plain[plain.len().saturating_sub(LONGEST)..];
        if self.bytes.len() + end.len() > 2 * LONGEST {
            self.bytes.drain(..self.bytes.len().saturating_sub(LONGEST));
        }
        self.bytes.extend_from_slice(end);
    }

    /// Takes the next byte. Whether it follows a sensitive key, so that it and the rest are to be
    /// masked.
    pub(super) fn feed(&mut self, byte: u8, keys: &SensitiveKeys, suspicion: Suspicion) -> bool {
        // A backslash ends a word even where it starts the escape of a letter: what is before it
        // may be sensitive already.
        if byte == b'\\' && suspicion == Suspicion::High && self.is_sensitive(keys) {
            return true;
        }
        let Some(unit) = self.unescape.feed(byte) else { return false };
        unit.bytes().iter().any(|byte| self.take(*byte, keys, suspicion))
    }

    fn take(&mut self, byte: u8, keys: &SensitiveKeys, suspicion: Suspicion) -> bool {
        if suspicion == Suspicion::Quoted {
            return self.take_quoted(byte, keys);
        }
        let is_in_word = byte >= 0x80 || byte.is_ascii_alphanumeric() || b"_-.*".contains(&byte);
        if is_in_word {
            self.is_quoted = false;
            self.bytes.push(byte);
            if self.bytes.len() > LONGEST {
                if suspicion == Suspicion::High && self.is_sensitive(keys) {
                    return true;
                }
                self.bytes.drain(..LONGEST / 2);
                self.word = self.word.map(|word| word.saturating_sub(LONGEST / 2));
            }
            return false;
        }
        let asks = suspicion == Suspicion::High || matches!(byte, b':' | b'=');
        if asks && self.is_sensitive(keys) {
            return true;
        }
        match byte {
            b'"' | b'\'' | b'`' | b'\\' if suspicion == Suspicion::Low => self.is_quoted = true,
            b'\n' | b'\r' if self.is_quoted => {}
            b' ' | b'\t' => {
                // Of any number of spaces one is kept, so that memory is bounded.
                if self.bytes.last() != Some(&b' ') {
                    self.bytes.push(b' ');
                }
                self.word = Some(self.bytes.len());
            }
            _ => {
                self.bytes.clear();
                self.word = None;
                self.is_quoted = false;
            }
        }
        false
    }

    fn take_quoted(&mut self, byte: u8, keys: &SensitiveKeys) -> bool {
        match byte {
            b'"' => self.is_quoted = true,
            b':' | b'=' if self.is_quoted => {
                // The same, in whatever parts the text came.
                self.bytes.drain(..self.bytes.len().saturating_sub(LONGEST));
                return self.is_sensitive(keys);
            }
            _ if byte.is_ascii_whitespace() && self.is_quoted => {}
            _ => {
                if std::mem::take(&mut self.is_quoted) {
                    self.bytes.clear();
                }
                self.extend(&[byte]);
            }
        }
        false
    }

    /// Whether the piece so far, or its last word, is a sensitive key.
    fn is_sensitive(&self, keys: &SensitiveKeys) -> bool {
        let is_key = |text: &[u8]| {
            let text = text.trim_ascii();
            !text.is_empty() && keys.matches_bytes(text)
        };
        let is_last_word = |word| self.bytes.get(word..).is_some_and(is_key);
        is_key(&self.bytes) || self.word.is_some_and(is_last_word)
    }
}
