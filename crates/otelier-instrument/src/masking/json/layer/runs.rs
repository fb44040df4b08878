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
use super::{LONGEST_HELD, Layer, Role, State, is_space, starts_literal};
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
    /// escapes that need a closer look, as most are. Of what is masked only strings.
    fn plain_tokens(&mut self, keys: &SensitiveKeys, text: &[u8], out: &mut Output) -> usize {
        let (mut at, mut passed) = (0, 0);
        // The string or literal that was taken last, which the text may break off behind.
        let mut last = None;
        while at - passed < out.room() {
            let rest = &text[at..];
            if self.is_next_secret && !rest.first().is_some_and(|byte| is_space(*byte)) {
                let Some((_, length)) = self.plain_string(rest) else { break };
                let quote = quote(self.level);
                out.pass(&text[passed..at + quote.len()]);
                out.mask();
                out.pass(quote);
                at += length;
                passed = at;
                last = None;
                self.end_value(true);
                continue;
            }
            let is_object = self.open.is_object();
            let length = match (self.state, rest.first()) {
                (_, None) => break,
                (state, Some(b' ' | b'\t' | b'\n' | b'\r')) => {
                    if state == State::Apart {
                        self.state = State::Value;
                    }
                    spaces(rest)
                }
                (State::Key, Some(b'"' | b'\\')) => {
                    let length = self.plain_key(keys, rest);
                    // Where there is no key the text breaks off behind the value before.
                    last = last.filter(|_| length == 0);
                    length
                }
                (State::Value, Some(b'"' | b'\\')) => match self.plain_string(rest) {
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
        out.pass(&text[passed..at]);
        at
    }

    /// How long a key is with its colon, if they are complete.
    fn plain_key(&mut self, keys: &SensitiveKeys, text: &[u8]) -> usize {
        let Some((key, end)) = self.plain_string(text) else { return 0 };
        let colon = end + spaces(&text[end..]);
        if key.contains(&b'\\') || text.get(colon) != Some(&b':') {
            return 0;
        }
        // A secret with quotes in it looks like a value and more keys.
        if self.follows_secret && colon > LONGEST_HELD {
            return 0;
        }
        self.is_next_secret = key.len() > LONGEST || keys.matches_bytes(key);
        self.token.clear();
        self.follows_secret = false;
        self.state = State::Value;
        colon + 1
    }

    /// The content of the string that `text` starts with, as it is written in the outermost text,
    /// and where the string ends, if it does in `text`. `None` if it has escapes that need a closer
    /// look: of a backslash, or of a quote that may be the end of a key.
    fn plain_string<'t>(&self, text: &'t [u8]) -> Option<(&'t [u8], usize)> {
        let quote = quote(self.level);
        // As many as stand for the backslash of an escape of this layer.
        let escape = quote.len();
        let content = text.strip_prefix(quote)?;
        let mut length = 0;
        loop {
            length += until(&content[length..], is_special);
            let rest = &content[length..];
            if rest.starts_with(quote) {
                return Some((&content[..length], length + 2 * quote.len()));
            }
            if !is_backslashes(rest.get(..escape)?) {
                return None;
            }
            length += match &rest[escape..] {
                [escaped, ..] if is_letter(*escaped) => escape + 1,
                escaped if escaped.starts_with(quote) => {
                    let behind = &escaped[escape..];
                    if may_end_key(behind, quote) {
                        return None;
                    }
                    2 * escape
                }
                _ => return None,
            };
        }
    }
}

/// Whether a sign between a key and its value may follow, where `text` goes on behind a quote that
/// is escaped. `quote` is one of this layer.
fn may_end_key(mut text: &[u8], quote: &[u8]) -> bool {
    let escape = quote.len();
    loop {
        text = text.trim_ascii_start();
        match text.first() {
            // It may come with the next part.
            None => return true,
            Some(b'\\') if text.get(..escape).is_some_and(is_backslashes) => {
                match text.get(escape) {
                    _ if text[escape..].starts_with(quote) => return false,
                    Some(b'n' | b'r' | b't' | b'f') => text = &text[escape + 1..],
                    // Any character, or a part of an escape of another layer.
                    None | Some(b'u' | b'\\') => return true,
                    Some(_) => return false,
                }
            }
            Some(next) => return matches!(next, b':' | b'='),
        }
    }
}

fn is_backslashes(text: &[u8]) -> bool {
    text.iter().all(|byte| *byte == b'\\')
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
