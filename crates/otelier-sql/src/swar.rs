//! Looks at eight bytes at once, as the digits of one number: no branch to guess at each byte, and
//! the same on every machine.
//!
//! What is found about a byte is the highest bit of its digit. The first byte of a text is the
//! lowest.
//!
//! Names and strings are most of a text, and the lexer only looks for their ends. A chunk is eight
//! bytes; behind the last byte of the text come zeros, which belong to no word, so that a word at
//! the end of the text ends like any other.
//!
//! The functions work without carries between bytes: the highest bit of each is cleared before a
//! sum and put back by a mask afterwards. A test compares them with the plain definition for every
//! byte.

/// 1 in each byte: times a byte, it is that byte eight times.
const ONES: u64 = u64::MAX / 255;
/// The highest bit of each byte.
const HIGHEST: u64 = ONES << 7;

/// The bytes from `at` on, with zeros behind the last.
#[inline(always)]
pub(crate) fn load(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => load_last(bytes, at),
    }
}

/// Fewer than eight bytes are left. Shifts the last eight of the text, or puts single bytes
/// together if it is shorter than that.
fn load_last(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    match bytes.last_chunk() {
        Some(last) if !rest.is_empty() => u64::from_le_bytes(*last) >> (8 * (8 - rest.len())),
        _ => rest.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)),
    }
}

/// The bytes that are `byte`.
///
/// Exact for every value of a byte: no carry makes a neighbor look equal.
#[inline(always)]
pub(crate) fn equal(chunk: u64, byte: u8) -> u64 {
    let differ = chunk ^ (ONES * u64::from(byte));
    !(from(differ & !HIGHEST, 1) | differ) & HIGHEST
}

/// The bytes that do not belong to a [word](crate::lexer::is_word), and `$`, which is rare enough
/// to be asked for apart.
#[inline(always)]
pub(crate) fn not_word(chunk: u64) -> u64 {
    let ascii = chunk & !HIGHEST;
    let letter = between(ascii | (ONES * 0x20), b'a', b'z');
    let digit = between(ascii, b'0', b'9');
    let underscore = !from(ascii ^ (ONES * u64::from(b'_')), 1);
    !(letter | digit | underscore | chunk) & HIGHEST
}

/// The bytes from `least` to `most`, both included. Of ASCII only; only the highest bits of the
/// result mean anything.
fn between(ascii: u64, least: u8, most: u8) -> u64 {
    from(ascii, least) & !from(ascii, most + 1)
}

/// The bytes that are no less than `least`. Of ASCII only: no sum carries into the next byte.
fn from(ascii: u64, least: u8) -> u64 {
    ascii + ONES * u64::from(0x80 - least)
}

/// How many bytes come before the first of those found.
///
/// 8 if none was found.
#[inline(always)]
pub(crate) fn before(found: u64) -> usize {
    found.trailing_zeros() as usize / 8
}

/// The bytes before the first of those found.
///
/// All of `chunk` if none was found.
#[inline(always)]
pub(crate) fn until(found: u64, chunk: u64) -> u64 {
    let first = found & found.wrapping_neg();
    chunk & (first >> 7).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::is_word;

    #[test]
    fn each_byte_is_found_where_it_is() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut bytes = [b'a'; 8];
                bytes[at] = byte;
                let chunk = load(&bytes, 0);
                assert_eq!(
                    before(not_word(chunk)),
                    if is_word(byte) && byte != b'$' { 8 } else { at },
                    "{byte} at {at}"
                );
                let found = if byte == b'a' { 0 } else { at };
                assert_eq!(before(equal(chunk, byte)), found, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn what_is_behind_the_last_byte_is_zero() {
        for bytes in [&b"abcdefghijk"[..], b"abc", b""] {
            for at in 0..=bytes.len() + 1 {
                let mut expected = [0; 8];
                let rest = bytes.get(at..).unwrap_or_default();
                rest.iter().zip(&mut expected).for_each(|(&byte, expected)| *expected = byte);
                assert_eq!(load(bytes, at).to_le_bytes(), expected, "{bytes:?} at {at}");
            }
        }
    }
}
