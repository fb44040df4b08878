//! Lists and parameters of header fields, with their quoted strings. Source: RFC 9110, section 5.6.

use std::borrow::Cow;

/// The `name=value` pairs of all elements of a `Forwarded` line, in order. Pairs that are not
/// well-formed are left out. `None` if a quoted string is not closed: where it was meant to end is
/// not known then, and so neither is which text stands outside of it.
pub(super) fn forwarded_pairs(line: &str) -> Option<impl Iterator<Item = (&str, Cow<'_, str>)>> {
    Some(split(line, b",;")?.filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let name = name.trim();
        (!name.is_empty()).then_some(())?;
        Some((name, word(value.trim())?))
    }))
}

/// The members of a list such as that of `X-Forwarded-For`, without the quotes around them. `None`
/// if a quoted string is not closed.
pub(super) fn list_members(line: &str) -> Option<impl Iterator<Item = Cow<'_, str>>> {
    Some(split(line, b",")?.map(str::trim).map(|member| word(member).unwrap_or(member.into())))
}

/// The parts of `text` between those `separators` that stand outside of quoted strings. `None` if a
/// quoted string is not closed.
fn split<'a>(text: &'a str, separators: &'static [u8]) -> Option<impl Iterator<Item = &'a str>> {
    if text.contains('"') && quoted_end(text.as_bytes(), |_| false).is_none() {
        return None;
    }
    let mut rest = Some(text);
    Some(std::iter::from_fn(move || {
        let text = rest?;
        let end = quoted_end(text.as_bytes(), |byte| separators.contains(&byte))?;
        rest = text.get(end + 1..);
        text.get(..end)
    }))
}

/// Where the first byte is that `is_end` and stands outside of quoted strings, else the length.
/// `None` if `text` ends within a quoted string.
fn quoted_end(text: &[u8], is_end: impl Fn(u8) -> bool) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ if !is_quoted && is_end(byte) => return Some(at),
            _ => {}
        }
    }
    (!is_quoted).then_some(text.len())
}

/// The value of a token or of a quoted string; `None` for what is neither.
fn word(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('"') {
        return Some(Cow::Borrowed(text));
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains(['"', '\\']) {
        return Some(Cow::Borrowed(inner));
    }
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => return None,
            '\\' => value.push(chars.next()?),
            _ => value.push(char),
        }
    }
    Some(Cow::Owned(value))
}
