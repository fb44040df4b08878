//! Strings and identifiers in quotes: where they end.
//!
//! A quote that is doubled stands for itself in every dialect. A backslash may escape the next
//! character; whether it does is a setting of the session. As long as it is unknown, it matters
//! only where a backslash stands right before a quote. There the rest of the text is lexed in both
//! ways, and the way in which everything ends and no string runs into a word is taken for the whole
//! text.
//!
//! If both ways or none make sense, the rest is hidden: showing it by the wrong way would show
//! strings as code and hide code as strings.

use super::{Kind, Lexer, visited};
use crate::keyword::Keyword;
use crate::options::Backslash;
use crate::swar;

impl Lexer<'_> {
    /// Reads a string from its opening quote, where `at` stands, to its end. `backslash` is what a
    /// backslash does in this string, which its prefix may fix. Without an end it hides the rest
    /// and sets `open_string`.
    pub(super) fn string(&mut self, quote: u8, backslash: Backslash) -> Kind {
        let opening = self.at;
        self.advance(1);
        loop {
            self.skip_to(|chunk| swar::equal(chunk, quote) | swar::equal(chunk, b'\\'));
            let next = self.peek(1);
            match self.peek(0) {
                None => {
                    self.open_string = true;
                    return self.rest();
                }
                Some(byte) if byte == quote => {
                    if next != Some(quote) {
                        return self.take(1, Kind::Literal);
                    }
                    self.advance(2);
                }
                Some(_) => match backslash {
                    Backslash::Escapes => self.advance(2),
                    Backslash::Plain => self.advance(1),
                    Backslash::Unknown if next == Some(quote) => {
                        return self.settle_backslash(opening, quote);
                    }
                    Backslash::Unknown => self.advance(2),
                },
            }
        }
    }

    /// The string at `opening` ends at a different place in each reading; takes the one that makes
    /// sense of the text.
    ///
    /// Runs at most once for a text: afterwards the options say what a backslash does, or nothing
    /// is left to read.
    pub(super) fn settle_backslash(&mut self, opening: usize, quote: u8) -> Kind {
        let sensible = |backslash| {
            let options = self.options.with_backslash(backslash);
            let (at, in_version) = (opening, self.in_version);
            Lexer { at, options, in_version, previous: Kind::Comment, unterminated: false, ..*self }
                .makes_sense()
        };
        let settled = match (sensible(Backslash::Escapes), sensible(Backslash::Plain)) {
            (true, false) => Backslash::Escapes,
            (false, true) => Backslash::Plain,
            _ => {
                self.ambiguous = true;
                return self.rest();
            }
        };
        self.options.backslash = settled;
        self.at = opening;
        self.string(quote, settled)
    }

    /// Whether every quote and comment ends, and no string runs straight into a word.
    ///
    /// Consumes a copy of the lexer whose backslash is known, so it cannot call itself again. A
    /// number counts as a word here: no operator stands between.
    pub(super) fn makes_sense(mut self) -> bool {
        let mut after_string = false;
        while let Some(token) = self.next_token() {
            let bytes = &self.bytes[token.span.start..token.span.end];
            let word = matches!(token.kind, Kind::Word(_))
                || (token.kind == Kind::Literal && bytes[0].is_ascii_digit());
            if self.unterminated || (after_string && token.glued && word) {
                return false;
            }
            after_string =
                token.kind == Kind::Literal && matches!(bytes.last(), Some(b'\'' | b'"'));
        }
        true
    }

    /// Reads an identifier in quotes, in which a backslash is a character like others. Without an
    /// end it hides the rest.
    pub(super) fn quoted(&mut self, quote: u8) -> Kind {
        self.advance(1);
        loop {
            self.skip_to(|chunk| swar::equal(chunk, quote));
            match (self.peek(0), self.peek(1)) {
                (None, _) => return self.rest(),
                (_, Some(next)) if next == quote => self.advance(2),
                _ => return self.take(1, Kind::Quoted),
            }
        }
    }

    /// `$1`, `$tag$ … $tag$`, or a name where names may start so.
    ///
    /// A tag may be empty, as in `$$ … $$`, and does not start with a digit. A lone `$` is
    /// punctuation.
    pub(super) fn dollar(&mut self) -> Kind {
        let start = self.at;
        self.advance(1);
        self.skip_to(swar::not_word);
        let tag = &self.bytes[start + 1..self.at];
        let numeric = !tag.is_empty() && tag.iter().all(u8::is_ascii_digit);
        if self.peek(0) == Some(b'$') && !tag.first().is_some_and(u8::is_ascii_digit) {
            self.advance(1);
            return self.dollar_string(start);
        }
        self.skip_name();
        match self.at - start {
            1 => Kind::Punct(b'$'),
            // A server takes five digits at most; more, or a fraction, is an amount of money.
            length if numeric && !self.options.is_mysql() => {
                let parameter = length <= 6 && length == tag.len() + 1 && !self.number_at(0);
                self.skip_number();
                if parameter && self.at == start + length {
                    Kind::Placeholder
                } else {
                    Kind::Literal
                }
            }
            _ => Kind::Word(Keyword::None),
        }
    }

    /// The tag holds no `$`, so that no two attempts to match it look at the same bytes.
    ///
    /// Reads up to the second delimiter. `start` is where the first one starts, and `at` stands
    /// behind it.
    pub(super) fn dollar_string(&mut self, start: usize) -> Kind {
        let delimiter = &self.bytes[start..self.at];
        loop {
            self.skip_to(|chunk| swar::equal(chunk, b'$'));
            if self.at == self.bytes.len() {
                return self.rest();
            }
            visited(delimiter.len());
            if self.bytes[self.at..].starts_with(delimiter) {
                return self.take(delimiter.len(), Kind::Literal);
            }
            self.advance(1);
        }
    }
}
