//! What of a layer can be taken at once, instead of byte by byte.
//!
//! It is given the outermost text. A layer in strings finds its own quotes there by how many
//! backslashes they have, so JSON that is in strings is read as fast as JSON that is not: the
//! layers around it do not look at what has no meaning for them. Everything else that has a
//! backslash is left to [`Layer::step`].

use super::super::brackets::DEEPEST_VALUE;
use super::super::fragment::Suspicion;
use super::super::output::Output;
use super::super::token::{LONGEST, is_literal};
use super::{Layer, Role, State, is_space, starts_literal};
use crate::masking::SensitiveKeys;
use crate::masking::scan::until;

/// A quote of the deepest layer, as it is written in the outermost text. That of a layer further
/// out is the end of it: each layer doubles the backslashes and adds one.
const DEEPEST_QUOTE: &[u8; 1 << super::DEEPEST_LAYER] = br#"\\\\\\\\\\\\\\\""#;

/// A quote of the layer that is in so many strings, as it is written in the outermost text.
pub(in super::super) fn quote(level: u32) -> &'static [u8] {
    &DEEPEST_QUOTE[DEEPEST_QUOTE.len() - (1 << level)..]
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\'
}

impl Layer {
    /// Takes bytes of the outermost text up to a quote or a backslash that need a closer look.
    /// Gives how many.
    pub(in super::super) fn take(
        &mut self,
        keys: &SensitiveKeys,
        text: &[u8],
        out: &mut Output,
    ) -> usize {
        let mut taken = 0;
        while let Some(byte) = text.get(taken)
            && !out.is_full()
        {
            taken += match self.run(keys, &text[taken..], out) {
                0 if is_special(*byte) => break,
                0 => {
                    self.step(keys, *byte, &text[taken..=taken], out);
                    1
                }
                run => run,
            };
        }
        taken
    }

    /// Takes as many bytes of the outermost text as can be taken at once. Gives how many.
    pub(in super::super) fn run(
        &mut self,
        keys: &SensitiveKeys,
        text: &[u8],
        out: &mut Output,
    ) -> usize {
        match self.state {
            State::Starting if !self.unescape.is_inside() => {
                let is_plain = |byte: &u8| !is_space(*byte) && !b"\"\\{[".contains(byte);
                if text.first().is_some_and(is_plain) {
                    self.state = State::Passing(Role::Value);
                    return self.run(keys, text, out);
                }
                0
            }
            State::Passing(_) if !self.is_escaped => {
                let length = until(text, is_special);
                self.token.extend(&text[..length]);
                self.pass(&text[..length], out);
                length
            }
            State::HiddenString | State::HiddenContainer(true) if !self.is_escaped => {
                until(text, is_special)
            }
            State::Value | State::Key | State::Colon | State::Comma if self.is_holding => {
                let length = spaces(text);
                self.pass(&text[..length], out);
                length
            }
            State::Value | State::Key | State::Colon | State::Comma => {
                self.plain_tokens(keys, text, out)
            }
            State::Broken(Suspicion::Quoted) if self.fragment.is_between_quotes() => {
                let length = until(text, is_special);
                self.fragment.extend(&text[..length]);
                out.pass(&text[..length]);
                length
            }
            State::Literal => {
                let length = literal_length(text);
                self.token.extend(&text[..length]);
                self.pass(&text[..length], out);
                length
            }
            State::Nested if !self.unescape.is_inside() => {
                let length = self.inner.as_mut().map_or(0, |inner| inner.take(keys, text, out));
                self.nested.extend(&text[..length]);
                length
            }
            // What is in a string ends with it.
            State::Hidden if self.level > 0 => until(text, is_special),
            State::Hidden => text.len(),
            _ => 0,
        }
    }

    /// Takes keys, values and what is between them, as long as they are complete and have no
    /// escapes, as most are, and hide nothing.
    fn plain_tokens(&mut self, keys: &SensitiveKeys, text: &[u8], out: &mut Output) -> usize {
        let room = out.room();
        let mut at = 0;
        // The string or literal that was taken last, which the text may break off behind.
        let mut last = None;
        while at < room && !self.is_next_secret {
            let rest = &text[at..];
            let is_object = self.open.is_object();
            let length = match (self.state, rest.first()) {
                (_, None) => break,
                (_, Some(b' ' | b'\t' | b'\n' | b'\r')) => spaces(rest),
                (State::Key, Some(b'"' | b'\\')) if !self.follows_secret => {
                    last = None;
                    self.plain_key(keys, rest)
                }
                (State::Value, Some(b'"' | b'\\')) => match self.plain_string(rest, is_letter) {
                    Some((string, length)) if !may_be_json(string) => {
                        last = Some(string);
                        self.end_string();
                        length
                    }
                    _ => 0,
                },
                (State::Value, Some(bracket @ (b'{' | b'[')))
                    if self.open.depth() < DEEPEST_VALUE =>
                {
                    self.enter(*bracket == b'{');
                    1
                }
                (State::Value, Some(b']')) if is_object == Some(false) => {
                    self.leave();
                    1
                }
                (State::Value, Some(_)) => {
                    let literal = &rest[..literal_length(rest)];
                    // It may go on in the next part, or with an escape that stands for a digit.
                    let is_complete = rest.get(literal.len()).is_some_and(|next| *next != b'\\');
                    if !is_complete
                        || literal.is_empty()
                        || !starts_literal(literal[0])
                        || !is_literal(literal)
                    {
                        break;
                    }
                    last = Some(literal);
                    self.end_value(false);
                    literal.len()
                }
                (State::Comma, Some(b',')) => {
                    self.state = if is_object == Some(true) { State::Key } else { State::Value };
                    1
                }
                (State::Comma, Some(b']')) if is_object == Some(false) => {
                    self.leave();
                    1
                }
                (State::Key | State::Comma, Some(b'}')) if is_object == Some(true) => {
                    self.leave();
                    1
                }
                _ => 0,
            };
            if length == 0 {
                break;
            }
            at += length;
        }
        if let Some(last) = last {
            self.nested.clear();
            self.nested.extend(last);
            self.token.clear();
            match last.contains(&b'\\') {
                true => self.token.extend(&self.nested.unescaped(self.level)),
                false => self.token.extend(last),
            }
        }
        out.pass(&text[..at]);
        at
    }

    /// How long a key is with its colon, if they are complete.
    fn plain_key(&mut self, keys: &SensitiveKeys, text: &[u8]) -> usize {
        let Some((key, end)) = self.plain_string(text, |_| false) else { return 0 };
        let colon = end + spaces(&text[end..]);
        if text.get(colon) != Some(&b':') {
            return 0;
        }
        self.is_next_secret = key.len() > LONGEST || keys.matches_bytes(key);
        self.token.clear();
        self.follows_secret = false;
        self.state = State::Value;
        colon + 1
    }

    /// The content of the string that `text` starts with, as it is written in the outermost text,
    /// and where the string ends, if it does in `text`. `None` if it has escapes, except those that
    /// `is_harmless`, by the character behind the backslash.
    fn plain_string<'t>(
        &self,
        text: &'t [u8],
        is_harmless: impl Fn(u8) -> bool,
    ) -> Option<(&'t [u8], usize)> {
        let quote = quote(self.level);
        let content = text.strip_prefix(quote)?;
        let mut length = 0;
        loop {
            length += until(&content[length..], is_special);
            let rest = &content[length..];
            if rest.starts_with(quote) {
                return Some((&content[..length], length + 2 * quote.len()));
            }
            // As many as stand for the backslash of an escape of this layer.
            let escape = quote.len();
            let is_escape = rest.get(..escape)?.iter().all(|byte| *byte == b'\\');
            if !is_escape || !is_harmless(*rest.get(escape)?) {
                return None;
            }
            length += escape + 1;
        }
    }
}

/// Whether a string may hold JSON, by its first character, which may be escaped.
fn may_be_json(string: &[u8]) -> bool {
    string.first().is_some_and(|first| is_space(*first) || matches!(first, b'{' | b'[' | b'\\'))
}

/// Whether an escape, by the character behind its backslash, is neither a quote nor a backslash.
fn is_letter(escaped: u8) -> bool {
    matches!(escaped, b'n' | b'r' | b't' | b'b' | b'f' | b'u' | b'/')
}

fn literal_length(text: &[u8]) -> usize {
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    text.iter().take_while(|byte| is_inside(byte)).count()
}

fn spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_space(**byte)).count()
}
