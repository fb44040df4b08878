//! A search for single bytes that looks at many of them at once.

/// How many bytes there are before the first that `is_end`. Compilers make vector instructions of
/// the inner loop.
pub(super) fn until(text: &[u8], is_end: impl Fn(u8) -> bool) -> usize {
    const BLOCK: usize = 16;
    let has_none = |block: &&[u8]| !block.iter().fold(false, |any, byte| any | is_end(*byte));
    let skipped = text.chunks_exact(BLOCK).take_while(has_none).count() * BLOCK;
    let rest = &text[skipped..];
    skipped + rest.iter().position(|byte| is_end(*byte)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_end_is_found_at_every_place() {
        for length in 0..70 {
            let mut text = vec![b'a'; length];
            assert_eq!(until(&text, |byte| byte == b'x'), length);
            for at in 0..length {
                text[at] = b'x';
                assert_eq!(until(&text, |byte| byte == b'x'), at, "of {length}");
                assert_eq!(until(&text[at..], |byte| byte == b'x'), 0, "of {length}");
                text[at] = b'a';
            }
        }
    }
}
