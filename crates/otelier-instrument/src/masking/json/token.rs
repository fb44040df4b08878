//! The string or literal that was read last, as far as it is needed to recognize a key.

use std::borrow::Cow;

use crate::masking::SensitiveKeys;

/// How many bytes are kept. A longer key is taken for a sensitive one.
pub(super) const LONGEST: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Token {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Token {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.is_cut = false;
    }

    pub(super) fn push(&mut self, byte: u8) {
        self.extend(&[byte]);
    }

    /// Adds `bytes`.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > LONGEST {
            // The end is what a broken text goes on from.
            self.is_cut = true;
            self.bytes.drain(..self.bytes.len().saturating_sub(LONGEST / 2));
            self.bytes.extend_from_slice(&bytes[bytes.len().saturating_sub(LONGEST / 2)..]);
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// All of it, or its end: always the same, in whatever parts it came.
    pub(super) fn bytes(&self) -> &[u8] {
        let start = if self.is_cut { self.bytes.len().saturating_sub(LONGEST / 2) } else { 0 };
        &self.bytes[start..]
    }

    /// The same with its escapes resolved so many times.
    pub(super) fn unescaped(&self, times: u32) -> Cow<'_, [u8]> {
        let once = |bytes: Cow<'_, [u8]>, _| Cow::Owned(unescaped(&bytes));
        (0..times).fold(Cow::Borrowed(self.bytes()), once)
    }

    /// Whether it is a sensitive key.
    pub(super) fn is_sensitive(&self, keys: &SensitiveKeys) -> bool {
        if self.is_cut {
            return true;
        }
        match self.bytes.contains(&b'\\') {
            true => keys.matches_bytes(&unescaped(&self.bytes)),
            false => keys.matches_bytes(&self.bytes),
        }
    }

    /// See [`is_literal`].
    pub(super) fn is_literal(&self) -> bool {
        is_literal(self.bytes())
    }
}

/// Whether `bytes` are a value that JSON knows besides strings, objects and arrays, or one that
/// other writers of JSON know.
pub(super) fn is_literal(bytes: &[u8]) -> bool {
    let is_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    matches!(bytes, b"true" | b"false" | b"null" | b"NaN" | b"Infinity" | b"-Infinity")
        || bytes.iter().all(is_number)
}

fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut unescape = Unescape::default();
    for byte in bytes {
        if let Some(unit) = unescape.feed(*byte) {
            text.extend_from_slice(unit.bytes());
        }
    }
    text
}

/// Resolves the escapes of a JSON string, byte by byte.
#[derive(Debug, Default)]
pub(super) struct Unescape {
    state: Escape,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Backslash,
    /// The digits of a `\u` escape so far, and how many they are.
    Unicode(u32, u8),
}

/// What a byte or an escape stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    bytes: [u8; 3],
    len: usize,
}

impl Unit {
    fn byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0], len: 1 }
    }

    /// A half of a surrogate pair stands for no character. It is in no key that anybody lists.
    fn code(code: u32) -> Self {
        let mut bytes = [0; 3];
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        let len = match character.len_utf8() {
            len @ 1..=3 => {
                character.encode_utf8(&mut bytes);
                len
            }
            _ => 0,
        };
        Self { bytes, len }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Unescape {
    /// Whether the next byte is part of an escape.
    pub(super) fn is_inside(&self) -> bool {
        self.state != Escape::None
    }

    /// Takes a byte. Gives what it stands for if it ends an escape, or is none.
    pub(super) fn feed(&mut self, byte: u8) -> Option<Unit> {
        let (state, unit) = match (self.state, byte) {
            (Escape::None, b'\\') => (Escape::Backslash, None),
            (Escape::None, byte) => (Escape::None, Some(Unit::byte(byte))),
            (Escape::Backslash, b'u') => (Escape::Unicode(0, 0), None),
            (Escape::Backslash, byte) => (
                Escape::None,
                Some(Unit::byte(match byte {
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => other,
                })),
            ),
            (Escape::Unicode(code, digits), byte) => match char::from(byte).to_digit(16) {
                Some(digit) if digits == 3 => (Escape::None, Some(Unit::code(code * 16 + digit))),
                Some(digit) => (Escape::Unicode(code * 16 + digit, digits + 1), None),
                // No escape after all: what comes here counts.
                None => (Escape::None, Some(Unit::byte(byte))),
            },
        };
        self.state = state;
        unit
    }
}
