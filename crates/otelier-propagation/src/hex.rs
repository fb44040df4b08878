//! Lower-case hexadecimal, as every propagation format here writes its ids.

/// Decodes exactly `2 * N` lower-case digits. Upper case is not hexadecimal to any of the formats.
pub(super) fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

/// Appends `bytes` as lower-case digits; allocates nothing when `out` has the capacity.
pub(super) fn encode(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)].into());
        out.push(DIGITS[usize::from(byte & 0x0f)].into());
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_every_byte() {
        for byte in 0..=u8::MAX {
            let mut text = String::new();
            encode(&mut text, &[byte]);
            assert_eq!(text, format!("{byte:02x}"));
            assert_eq!(decode(text.as_bytes()), Some([byte]));
        }
    }

    #[test]
    fn refuses_other_lengths_and_characters() {
        for text in ["", "a", "abc", "AB", "aB", "g0", "0x", " 0", "+1", "é"] {
            assert_eq!(decode::<1>(text.as_bytes()), None, "{text:?}");
        }
    }
}
