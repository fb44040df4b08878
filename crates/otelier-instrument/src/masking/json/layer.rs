//! One layer of JSON: the text itself, or what is in one of its strings.
//!
//! A layer is given its text byte by byte, each with the bytes of the outermost text that stand
//! for it: `\"` for a quote that is in one string, `\\\"` for one that is in two. So whatever
//! passes is passed as it was written.
//!
//! Grammar is followed only as far as it tells a key from a value. Where the text breaks it, the
//! rest is no longer read as JSON but searched for sensitive keys, and if the last key or value
//! was sensitive, all the rest is masked: it may be the end of a secret.

use crate::masking::SensitiveKeys;

use super::brackets::{Brackets, DEEPEST_VALUE};
use super::fragment::{Fragment, Suspicion};
use super::output::Output;
use super::token::{Token, Unescape};

mod runs;

pub(super) use runs::quote;

/// How many strings JSON may be in. What is in more is masked.
pub(super) const DEEPEST_LAYER: u32 = 4;

/// How long a key after a masked value may be, with its quotes and the spaces before its colon: it
/// is held back until it turns out to be one.
const LONGEST_HELD: usize = 512;

#[derive(Debug)]
pub(super) struct Layer {
    /// How many strings this layer is in.
    level: u32,
    state: State,
    open: Brackets,
    /// Those of the value that is being masked.
    hidden: Brackets,
    /// The value to come is that of a sensitive key.
    is_next_secret: bool,
    /// The value before was masked.
    follows_secret: bool,
    /// It has an object in it, so that it is JSON rather than a text that starts with a bracket.
    has_object: bool,
    /// The string or literal that was read last.
    token: Token,
    /// What stands in the outermost text for the string that is being read, if that is JSON.
    nested: Token,
    /// Whether the byte before was a backslash.
    is_escaped: bool,
    fragment: Fragment,
    /// The JSON in the string that is being read.
    inner: Option<Box<Layer>>,
    unescape: Unescape,
    /// What stands for an escape that is not complete, or for a key that is held back.
    raw: Vec<u8>,
    is_holding: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a value, or the end of an array.
    Value,
    /// Before a key, or the end of an object.
    Key,
    Colon,
    /// Before a comma, or the end of an object or array.
    Comma,
    /// In a string that passes.
    Passing(Role),
    /// At the start of a string that may turn out to be JSON.
    Starting,
    /// In a string that is JSON.
    Nested,
    /// In a string that is masked.
    HiddenString,
    Literal,
    HiddenLiteral,
    /// In an object or array that is masked, and perhaps in a string of it.
    HiddenContainer(bool),
    /// In text that is no JSON.
    Broken(Suspicion),
    /// Behind a string that no other value may follow without a space.
    Apart,
    /// Behind a string that ended in the middle of a secret: spaces may follow.
    End,
    /// All the rest is masked.
    Hidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Key,
    Value,
}

impl Layer {
    pub(super) fn outermost() -> Self {
        Self::at(0)
    }

    fn at(level: u32) -> Self {
        Self {
            level,
            state: State::Value,
            open: Brackets::default(),
            hidden: Brackets::default(),
            is_next_secret: false,
            follows_secret: false,
            has_object: false,
            token: Token::default(),
            nested: Token::default(),
            is_escaped: false,
            fragment: Fragment::default(),
            inner: None,
            unescape: Unescape::default(),
            raw: Vec::new(),
            is_holding: false,
        }
    }

    /// Takes the next byte, which `raw` stands for in the outermost text.
    pub(super) fn step(&mut self, keys: &SensitiveKeys, byte: u8, raw: &[u8], out: &mut Output) {
        match self.state {
            State::Value | State::Key | State::Colon | State::Comma if is_space(byte) => {
                self.pass(raw, out);
            }
            State::Value => self.value(keys, byte, raw, out),
            State::Key => match byte {
                b'"' => {
                    // A secret with quotes in it looks like a value and more keys.
                    self.is_holding = self.follows_secret;
                    self.start_string(State::Passing(Role::Key), raw, out);
                }
                b'}' => self.close(raw, out),
                _ => self.break_off(keys, byte, raw, out),
            },
            State::Colon if byte == b':' => {
                self.is_holding = false;
                out.pass(&self.raw);
                self.raw.clear();
                out.pass(raw);
                self.is_next_secret = self.token.is_sensitive(keys);
                self.token.clear();
                self.follows_secret = false;
                self.state = State::Value;
            }
            State::Comma => match byte {
                b',' => {
                    out.pass(raw);
                    let is_object = self.open.is_object() == Some(true);
                    self.state = if is_object { State::Key } else { State::Value };
                }
                b'}' if self.open.is_object() == Some(true) => self.close(raw, out),
                b']' if self.open.is_object() == Some(false) => self.close(raw, out),
                _ => self.break_off(keys, byte, raw, out),
            },
            State::Colon => self.break_off(keys, byte, raw, out),
            State::Passing(Role::Value) if std::mem::take(&mut self.is_escaped) => {
                self.token.push(byte);
                match byte {
                    b'"' => self.suspect(keys, raw, out),
                    _ => out.pass(raw),
                }
            }
            State::Passing(role) => {
                if !self.ends_string(byte) {
                    self.token.push(byte);
                } else if role == Role::Key {
                    self.state = State::Colon;
                } else {
                    self.end_string();
                }
                // Last, since it may hide the rest.
                self.pass(raw, out);
            }
            State::Starting | State::Nested => self.string_byte(keys, byte, raw, out),
            State::HiddenString => {
                if self.ends_string(byte) {
                    out.pass(raw);
                    self.end_value(true);
                }
            }
            State::Literal => match byte {
                b'+' | b'-' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                    out.pass(raw);
                    self.token.push(byte);
                }
                _ if self.token.is_literal() => {
                    self.end_value(false);
                    self.step(keys, byte, raw, out);
                }
                _ => self.break_off(keys, byte, raw, out),
            },
            State::HiddenLiteral => {
                if is_space(byte) || b",:{}[]\"".contains(&byte) {
                    self.end_value(true);
                    self.step(keys, byte, raw, out);
                }
            }
            State::HiddenContainer(true) => {
                self.state = State::HiddenContainer(!self.ends_string(byte));
            }
            State::HiddenContainer(false) => match byte {
                b'"' => self.state = State::HiddenContainer(true),
                b'{' | b'[' => self.hidden.open(byte == b'{'),
                b'}' | b']' if self.hidden.is_object().is_some_and(|it| it != (byte == b'}')) => {
                    self.hide_rest(out);
                }
                b'}' | b']' => {
                    self.hidden.close();
                    if self.hidden.depth() == 0 {
                        self.end_value(true);
                    }
                }
                _ => {}
            },
            State::Broken(suspicion) => {
                if self.fragment.feed(byte, keys, suspicion) {
                    self.hide_rest(out);
                } else {
                    out.pass(raw);
                }
            }
            State::Apart if is_space(byte) => {
                self.state = State::Value;
                out.pass(raw);
            }
            State::End if is_space(byte) => out.pass(raw),
            State::Apart => self.break_off(keys, byte, raw, out),
            State::End => self.hide_rest(out),
            State::Hidden => {}
        }
    }

    /// The text ends here.
    pub(super) fn finish(&mut self, out: &mut Output) {
        let is_hiding = self.inner.as_ref().is_some_and(|inner| inner.is_hiding());
        match self.state {
            State::Starting => out.pass(&self.raw),
            State::Nested => {
                if !is_hiding {
                    out.pass(&self.raw);
                }
                if let Some(inner) = &mut self.inner {
                    inner.finish(out);
                }
            }
            _ if self.is_holding => self.hide_rest(out),
            _ => {}
        }
        self.raw.clear();
    }

    fn value(&mut self, keys: &SensitiveKeys, byte: u8, raw: &[u8], out: &mut Output) {
        match byte {
            b'"' if self.is_next_secret => {
                out.pass(raw);
                out.mask();
                self.is_escaped = false;
                self.state = State::HiddenString;
            }
            b'"' => self.start_string(State::Starting, raw, out),
            b'{' | b'[' if self.is_next_secret || self.open.depth() == DEEPEST_VALUE => {
                out.quoted_mask(self.level);
                self.is_escaped = false;
                self.hidden.clear();
                self.hidden.open(byte == b'{');
                self.state = State::HiddenContainer(false);
            }
            b'{' | b'[' => {
                out.pass(raw);
                self.enter(byte == b'{');
            }
            b']' if self.open.is_object() == Some(false) => self.close(raw, out),
            byte if starts_literal(byte) && self.is_next_secret => {
                out.quoted_mask(self.level);
                self.state = State::HiddenLiteral;
            }
            byte if starts_literal(byte) => {
                out.pass(raw);
                self.token.clear();
                self.token.push(byte);
                self.state = State::Literal;
            }
            // A byte order mark.
            0xef | 0xbb | 0xbf if self.open.depth() == 0 => out.pass(raw),
            _ => self.break_off(keys, byte, raw, out),
        }
    }

    fn start_string(&mut self, state: State, raw: &[u8], out: &mut Output) {
        self.raw.clear();
        self.pass(raw, out);
        self.token.clear();
        self.nested.clear();
        self.is_escaped = false;
        self.unescape = Unescape::default();
        self.state = state;
    }

    /// Whether `byte` ends the string that is being read.
    fn ends_string(&mut self, byte: u8) -> bool {
        let was_escaped = std::mem::take(&mut self.is_escaped);
        self.is_escaped = byte == b'\\' && !was_escaped;
        byte == b'"' && !was_escaped
    }

    /// Takes a byte of a string that is JSON, or may be.
    fn string_byte(&mut self, keys: &SensitiveKeys, byte: u8, raw: &[u8], out: &mut Output) {
        if byte == b'"' && !self.unescape.is_inside() {
            self.finish(out);
            out.pass(raw);
            if self.state == State::Nested {
                self.token.extend(&self.nested.unescaped(self.level));
            }
            let inner = self.inner.as_ref().filter(|_| self.state == State::Nested);
            // A quote in the wrong place may have ended the string in the middle of a secret.
            let is_cut = inner.is_some_and(|inner| inner.is_in_secret(keys));
            self.has_object |= inner.is_some_and(|inner| inner.has_object);
            self.end_value(is_cut);
            if self.open.depth() == 0 {
                self.state = if is_cut { State::End } else { State::Apart };
            }
            return;
        }
        if self.state == State::Starting {
            self.token.push(byte);
        }
        self.nested.extend(raw);
        self.raw.extend_from_slice(raw);
        let Some(unit) = self.unescape.feed(byte) else { return };
        let raw = std::mem::take(&mut self.raw);
        let mut stands_for = raw.as_slice();
        for byte in unit.bytes() {
            self.unescaped_byte(keys, *byte, stands_for, out);
            stands_for = &[];
        }
        // The room is kept for the next one.
        self.raw = raw;
        self.raw.clear();
    }

    fn unescaped_byte(&mut self, keys: &SensitiveKeys, byte: u8, raw: &[u8], out: &mut Output) {
        match self.state {
            State::Starting if is_space(byte) => out.pass(raw),
            State::Starting if matches!(byte, b'{' | b'[' | b'"') => {
                if self.level == DEEPEST_LAYER {
                    out.mask();
                    self.state = State::HiddenString;
                    return;
                }
                self.next_layer(State::Value).step(keys, byte, raw, out);
                self.state = State::Nested;
            }
            State::Starting => {
                out.pass(raw);
                self.state = State::Passing(Role::Value);
            }
            State::Nested => {
                if let Some(inner) = &mut self.inner {
                    inner.step(keys, byte, raw, out);
                }
            }
            // The rest of a character whose escape has passed.
            _ => {}
        }
    }

    /// Takes a quote in a string that did not start like JSON: it may repeat some all the same.
    fn suspect(&mut self, keys: &SensitiveKeys, raw: &[u8], out: &mut Output) {
        if self.level == DEEPEST_LAYER {
            return out.pass(raw);
        }
        let inner = self.next_layer(State::Broken(Suspicion::Quoted));
        inner.step(keys, b'"', raw, out);
        self.state = State::Nested;
    }

    /// The layer in the string that is being read, which begins here, in `state`.
    fn next_layer(&mut self, state: State) -> &mut Self {
        let level = self.level + 1;
        let inner = self.inner.get_or_insert_with(|| Box::new(Self::at(level)));
        // The room that it has is kept.
        inner.open.clear();
        inner.fragment.clear();
        inner.token.clear();
        inner.raw.clear();
        inner.is_next_secret = false;
        inner.follows_secret = false;
        inner.has_object = false;
        inner.is_escaped = false;
        inner.is_holding = false;
        inner.unescape = Unescape::default();
        inner.state = state;
        inner
    }

    fn end_value(&mut self, was_masked: bool) {
        self.is_next_secret = false;
        self.follows_secret = was_masked;
        // One text may hold several values, one after the other.
        self.state = if self.open.depth() == 0 { State::Value } else { State::Comma };
    }

    /// A string that passed has ended.
    fn end_string(&mut self) {
        self.end_value(false);
        if self.open.depth() == 0 {
            self.state = State::Apart;
        }
    }

    fn enter(&mut self, is_object: bool) {
        self.open.open(is_object);
        self.has_object |= is_object;
        self.follows_secret = false;
        self.state = if is_object { State::Key } else { State::Value };
    }

    /// What stands for bytes that pass, unless they are part of a key that is held back.
    fn pass(&mut self, raw: &[u8], out: &mut Output) {
        match self.is_holding {
            true if self.raw.len() + raw.len() > LONGEST_HELD => self.hide_rest(out),
            true => self.raw.extend_from_slice(raw),
            false => out.pass(raw),
        }
    }

    fn close(&mut self, raw: &[u8], out: &mut Output) {
        out.pass(raw);
        self.leave();
    }

    fn leave(&mut self) {
        self.open.close();
        // The closing bracket may be part of a secret that was cut short by a quote in it.
        self.end_value(self.follows_secret);
    }

    /// `byte` cannot be where it is: from here on the text is no JSON.
    fn break_off(&mut self, keys: &SensitiveKeys, byte: u8, raw: &[u8], out: &mut Output) {
        if self.is_next_secret || self.follows_secret {
            return self.hide_rest(out);
        }
        let suspicion = if self.has_object { Suspicion::High } else { Suspicion::Low };
        let end = if self.state == State::Literal { "" } else { " " };
        self.state = State::Broken(suspicion);
        // A quote in the wrong place may have made a value of what was a key.
        let mut before = self.token.bytes().iter().chain(end.as_bytes());
        if before.any(|byte| self.fragment.feed(*byte, keys, suspicion)) {
            return self.hide_rest(out);
        }
        self.step(keys, byte, raw, out);
    }

    fn hide_rest(&mut self, out: &mut Output) {
        out.mask();
        self.is_holding = false;
        self.raw.clear();
        self.state = State::Hidden;
    }

    /// Whether a secret may go on after what was read so far.
    fn is_in_secret(&self, keys: &SensitiveKeys) -> bool {
        let is_key = matches!(self.state, State::Passing(Role::Key) | State::Colon);
        self.is_hiding()
            || self.is_next_secret
            || self.follows_secret && self.open.depth() > 0
            || is_key && self.token.is_sensitive(keys)
    }

    /// Whether what comes next would not pass.
    fn is_hiding(&self) -> bool {
        match self.state {
            State::HiddenString
            | State::HiddenLiteral
            | State::HiddenContainer(..)
            | State::Hidden => true,
            State::Nested => self.inner.as_ref().is_some_and(|inner| inner.is_hiding()),
            _ => self.is_holding,
        }
    }
}

/// Whether a value that is no string, object or array may start with `byte`.
fn starts_literal(byte: u8) -> bool {
    matches!(byte, b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'N' | b'I')
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
