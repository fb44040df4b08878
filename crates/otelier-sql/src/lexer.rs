//! Cuts a text into tokens: what is a literal, a comment, a name.
//!
//! A token borrows nothing: it is a kind and two offsets into the text. Spaces yield no token;
//! comments do, because the sanitizer has to drop them. Offsets are always between characters, as
//! every byte that is not ASCII belongs to a word.
//!
//! The first byte of a token picks the way it is read. Letters and most punctuation are decided in
//! `next_token`; everything else goes to `scan`, which is off the common path. Strings and dollar
//! signs are in `quotes`, comments in `comments`.
//!
//! The lexer never fails. What does not end, or can be read in two ways, becomes one literal up to
//! the end of the text, and a flag says so. Where it cannot know whether something is a literal, it
//! says that it is: a literal too many costs a name in a summary, one too few shows a value.

mod comments;
mod quotes;

use crate::keyword::Keyword;
use crate::options::{Backslash, Options};
use crate::swar;

/// What a token is, as far as the consumers must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword, a bare identifier, a variable's or a parameter's name.
    Word(Keyword),
    /// An identifier in quotes.
    Quoted,
    /// A string, a number, or everything to the end where that is not known. Quotes belong to it.
    Literal,
    /// With its marks. A line comment is without the line's end.
    Comment,
    /// `/*!50100`, after which comes code, and the `*/` that ends it.
    VersionOpen,
    /// Yielded only where a `VersionOpen` came before.
    VersionClose,
    /// `?` or `$1`.
    Placeholder,
    /// Any other byte, alone. Operators of two bytes are two tokens, the second of them glued.
    Punct(u8),
}

impl Kind {
    /// `Keyword::None` for everything that is no word.
    pub(crate) fn keyword(self) -> Keyword {
        match self {
            Self::Word(keyword) => keyword,
            _ => Keyword::None,
        }
    }

    /// Whether it says nothing unless it is waited for.
    ///
    /// The caller may skip such a token while all consumers are idle. Parentheses, commas, colons
    /// and semicolons always matter.
    pub(crate) fn is_plain(self) -> bool {
        match self {
            Self::Word(keyword) => keyword.is_plain(),
            Self::Quoted => true,
            Self::Punct(byte) => !matches!(byte, b'(' | b')' | b',' | b':' | b';'),
            _ => false,
        }
    }
}

/// A token, with what is needed of its neighbor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    /// Whether nothing, not even a space, stands between this and the token before.
    pub(crate) glued: bool,
    /// What the token before is; a comment at the start.
    pub(crate) after: Kind,
}

/// Where a token is. Fits two registers, and a call that takes a whole token would cost as much as
/// a scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// In bytes, counted from the start of the text.
    pub(crate) start: usize,
    /// Just behind the last byte.
    pub(crate) end: usize,
}

/// Every scan moves forward only, but for two: where the meaning of a backslash has to be settled
/// the rest is read once in each way, which then holds for the whole text.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    /// Where the next token, or the space before it, starts. Never beyond the end of `bytes`.
    at: usize,
    /// A copy of its own: its `backslash` changes once the text has settled what one does.
    options: Options,
    /// Whether the text here is the code of a `/*! … */` comment.
    in_version: bool,
    /// The kind of the last token, to tell a sign from an operator and a name from a keyword.
    previous: Kind,
    /// Set with the literal that reaches to the end; no token follows it.
    unterminated: bool,
    /// Set besides `unterminated` if a string has no closing quote.
    open_string: bool,
    /// Set besides `unterminated` if an unknown backslash stands before a quote and neither reading
    /// is better.
    ambiguous: bool,
}

impl<'a> Lexer<'a> {
    /// A comment as the previous token says nothing about the first one.
    pub(crate) fn new(text: &'a str, options: Options) -> Self {
        let bytes = text.as_bytes();
        let (at, in_version, previous) = (0, false, Kind::Comment);
        Self {
            bytes,
            at,
            options,
            in_version,
            previous,
            unterminated: false,
            open_string: false,
            ambiguous: false,
        }
    }

    /// Whether the text ended within a string.
    pub(crate) fn is_string_open(&self) -> bool {
        self.open_string
    }

    /// Whether the rest was hidden: something in it does not end, or can be read in two ways.
    pub(crate) fn is_unterminated(&self) -> bool {
        self.unterminated
    }

    /// Whether the rest was hidden because of a backslash that can be read in two ways.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    /// The next token, or `None` at the end of the text.
    ///
    /// A keyword right behind a dot, `@` or `:` is yielded as a plain name. `glued` is whether no
    /// space was skipped; `after` counts comments as tokens.
    #[inline(always)]
    pub(crate) fn next_token(&mut self) -> Option<Token> {
        let end = self.at;
        let (first, class) = loop {
            let first = self.peek(0)?;
            match CLASS[first as usize] {
                Class::Space => self.step(),
                class => break (first, class),
            }
        };
        let start = self.at;
        let glued = start == end;
        let after = self.previous;
        let kind = if class == Class::Letter {
            match self.word() {
                // `t.from`, `@from` and `:from` are names, whatever the word.
                Kind::Word(keyword)
                    if keyword != Keyword::None
                        && glued
                        && matches!(after, Kind::Punct(b'.' | b'@' | b':')) =>
                {
                    Kind::Word(Keyword::None)
                }
                kind => kind,
            }
        } else if class == Class::Plain && (first != b'.' || !self.number_at(0)) {
            self.step();
            Kind::Punct(first)
        } else {
            self.scan(first, glued)
        };
        self.previous = kind;
        Some(Token { kind, span: Span { start, end: self.at }, glued, after })
    }

    /// Reads a token that starts with a byte of more than one meaning. `first` is the byte at `at`,
    /// which is not consumed yet; `glued` is whether the token before ends here.
    fn scan(&mut self, first: u8, glued: bool) -> Kind {
        let mysql = self.options.is_mysql();
        let start = self.at;
        let kind = match first {
            b'$' => self.dollar(),
            b'0'..=b'9' => self.number(),
            b'\'' => self.string(b'\'', self.options.backslash),
            b'"' if self.options.ansi_quotes => self.quoted(b'"'),
            b'"' => self.string(b'"', self.options.backslash),
            b'`' => self.quoted(b'`'),
            b'?' => self.take(1, Kind::Placeholder),
            b'#' if mysql => self.line_comment(),
            b'-' if self.peek(1) == Some(b'-')
                && (!mysql || self.peek(2).is_none_or(ends_dashes)) =>
            {
                self.line_comment()
            }
            // A sign belongs to the number unless it joins it to something that has a value: `a-1`,
            // `f()-1`.
            b'-' | b'+' if self.number_at(1) && !(glued && self.after_operand()) => {
                self.advance(1);
                self.number()
            }
            b'.' if self.number_at(0) && !(glued && self.after_operand()) => self.number(),
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'*' if self.in_version && self.peek(1) == Some(b'/') => {
                self.in_version = false;
                self.take(2, Kind::VersionClose)
            }
            _ => self.take(1, Kind::Punct(first)),
        };
        if self.in_version && first != b'/' { self.in_code(start, kind) } else { kind }
    }

    /// Whether the code in a version comment is read at all is up to the server's version. If it is
    /// not, the comment ends at the first `*/`, be it within quotes, and from there on the two
    /// readings differ. They do not behind a `/* */` in it: whichever of the two ends it, code
    /// follows.
    #[cold]
    fn in_code(&mut self, start: usize, kind: Kind) -> Kind {
        let encloses = matches!(kind, Kind::Literal | Kind::Quoted | Kind::Comment);
        let differ = encloses && self.find(start, self.at, |pair| pair == b"*/").is_some();
        if differ { self.rest() } else { kind }
    }

    /// Whether the token before has a value, so that a sign or dot behind it does not start a
    /// number.
    fn after_operand(&self) -> bool {
        matches!(
            self.previous,
            Kind::Word(_) | Kind::Quoted | Kind::Placeholder | Kind::Punct(b')' | b']')
        )
    }

    /// Whether a digit, or a dot and a digit, stands `ahead` bytes from here.
    fn number_at(&self, ahead: usize) -> bool {
        let digit = |ahead| self.peek(ahead).is_some_and(|byte| byte.is_ascii_digit());
        digit(ahead) || (self.peek(ahead) == Some(b'.') && digit(ahead + 1))
    }

    /// All of `12`, `1.5e-3`, `0xFF`, and on the safe side of `2024_orders` and `1.2.3.4`.
    fn number(&mut self) -> Kind {
        let start = self.at;
        let decimal = !matches!(self.peek(1), Some(b'x' | b'X' | b'b' | b'B'));
        loop {
            self.skip_number();
            let exponent =
                decimal && self.at > start && matches!(self.bytes[self.at - 1], b'e' | b'E');
            let signed = matches!(self.peek(0), Some(b'+' | b'-'));
            if !(exponent && signed && self.peek(1).is_some_and(|byte| byte.is_ascii_digit())) {
                return Kind::Literal;
            }
            self.advance(1);
        }
    }

    /// Moves over letters, digits, dots and dollar signs: more than a number has, so that no rest
    /// of one is shown.
    fn skip_number(&mut self) {
        let part = |chunk| swar::equal(chunk, b'.') | swar::equal(chunk, b'$');
        self.skip_to(|chunk| swar::not_word(chunk) & !part(chunk));
    }

    /// Moves to the end of a name. `not_word` stops at `$`, which belongs to names all the same.
    fn skip_name(&mut self) {
        loop {
            self.skip_to(swar::not_word);
            if self.peek(0) != Some(b'$') {
                return;
            }
            self.advance(1);
        }
    }

    /// Reads a name or keyword. A byte from `"` to `'` right behind it, among them `$`, may make it
    /// something else.
    #[inline(always)]
    fn word(&mut self) -> Kind {
        let start = self.at;
        // Most words end within eight bytes, which are all there is to compare then.
        let chunk = swar::load(self.bytes, start);
        let end = swar::not_word(chunk);
        let keyword = if end != 0 {
            self.at = start + swar::before(end);
            visited(self.at - start + 1);
            Keyword::of([swar::until(end, chunk), 0])
        } else {
            self.long_word(chunk)
        };
        match self.peek(0) {
            Some(byte @ b'"'..=b'\'') => self.special_word(start, byte, keyword),
            _ => Kind::Word(keyword),
        }
    }

    /// A word whose first eight bytes, which are `first`, do not end it. One of more than 15 bytes
    /// is no keyword.
    fn long_word(&mut self, first: u64) -> Keyword {
        let start = self.at + 8;
        let chunk = swar::load(self.bytes, start);
        let end = swar::not_word(chunk);
        self.at = start + swar::before(end);
        visited(self.at - start + 9);
        if end == 0 {
            self.skip_name();
            return Keyword::None;
        }
        Keyword::of([first, swar::until(end, chunk)])
    }

    /// A word before a byte that may belong to it.
    #[cold]
    fn special_word(&mut self, start: usize, byte: u8, keyword: Keyword) -> Kind {
        let kind = match byte {
            b'$' => {
                self.skip_name();
                match self.peek(0) {
                    Some(quote @ (b'\'' | b'"')) => self.introduced(start, quote, Keyword::None),
                    _ => Kind::Word(Keyword::None),
                }
            }
            b'\'' | b'"' => self.introduced(start, byte, keyword),
            _ => return Kind::Word(keyword),
        };
        if self.in_version { self.in_code(start, kind) } else { kind }
    }

    /// A word right before a quote, which may be part of the string.
    ///
    /// Such prefixes are those of `n'…'`, `x'…'`, `b'…'`, of MySQL's character sets as in
    /// `_utf8mb4'…'`, and of `e'…'` elsewhere. Behind `q` and `nq` the rest is hidden. Behind any
    /// other word the quote starts a token of its own.
    fn introduced(&mut self, start: usize, quote: u8, keyword: Keyword) -> Kind {
        let word = Kind::Word(keyword);
        if quote == b'"' && self.options.ansi_quotes {
            return word;
        }
        let single = quote == b'\'';
        let backslash = self.options.backslash;
        match &self.bytes[start..self.at] {
            [b'n' | b'N' | b'x' | b'X' | b'b' | b'B'] if single => self.string(quote, backslash),
            [b'_', _, ..] if self.options.is_mysql() => self.string(quote, backslash),
            [b'e' | b'E'] if single && !self.options.is_mysql() => {
                self.string(quote, Backslash::Escapes)
            }
            // Oracle's own quotes: where they end is not followed up.
            [b'q' | b'Q'] | [b'n' | b'N', b'q' | b'Q'] if single && !self.options.is_mysql() => {
                self.rest()
            }
            _ => word,
        }
    }

    /// Hides everything to the end.
    fn rest(&mut self) -> Kind {
        self.at = self.bytes.len();
        self.unterminated = true;
        Kind::Literal
    }

    /// Consumes `length` bytes and returns `kind`, for the ends of match arms.
    fn take(&mut self, length: usize, kind: Kind) -> Kind {
        self.advance(length);
        kind
    }

    /// Moves forward, at most to the end of the text: a backslash may be the last byte.
    fn advance(&mut self, length: usize) {
        visited(length);
        self.at = (self.at + length).min(self.bytes.len());
    }

    /// Over a byte that was looked at.
    #[inline(always)]
    fn step(&mut self) {
        visited(1);
        self.at += 1;
    }

    /// The byte `ahead` of the current one, or `None` beyond the text.
    #[inline(always)]
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Moves to the first byte that `stops` finds among chunk, or to the end.
    #[inline(always)]
    fn skip_to(&mut self, stops: impl Fn(u64) -> u64) {
        let start = self.at;
        loop {
            let found = stops(swar::load(self.bytes, self.at));
            self.at += swar::before(found);
            if found != 0 || self.at >= self.bytes.len() {
                break;
            }
        }
        self.at = self.at.min(self.bytes.len());
        visited(self.at - start + 1);
    }

    /// Where in `from..to` the first pair of bytes that is `wanted` starts.
    ///
    /// `None` also if the range is not within the text.
    fn find(&self, from: usize, to: usize, wanted: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let range = self.bytes.get(from..to)?;
        let found = range.windows(2).position(wanted);
        visited(found.map_or(range.len(), |offset| offset + 2));
        found.map(|offset| from + offset)
    }
}

/// All of a character that is not ASCII counts, so that tokens start and end between characters.
///
/// Whether a byte belongs to a word: an ASCII letter or digit, `_`, `$`, or a part of another
/// character.
pub(crate) const fn is_word(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let digit = byte.wrapping_sub(b'0') < 10;
    letter | digit | (byte == b'_') | (byte == b'$') | (byte >= 0x80)
}

/// What the first byte of a token says of it.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    /// Yields no token.
    Space,
    /// Starts a name and nothing else.
    Letter,
    /// Is a token by itself, but for the dot that starts a number.
    Plain,
    /// Goes to `scan`: digits, quotes, signs, `$`, and what may start a comment or a placeholder.
    Other,
}

/// The class of each byte. Control characters that are no space count as punctuation.
static CLASS: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\x0b' | b'\x0c' | b'\r') {
            classes[i] = Class::Space;
        } else if is_word(byte) && !byte.is_ascii_digit() && byte != b'$' {
            classes[i] = Class::Letter;
        } else if is_word(byte)
            || matches!(byte, b'\'' | b'"' | b'`' | b'?' | b'#' | b'-' | b'+' | b'/' | b'*')
        {
            classes[i] = Class::Other;
        }
        i += 1;
    }
    classes
};

/// In MySQL two dashes start a comment only before a space or a control character.
fn ends_dashes(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f
}

/// Does nothing outside of tests, where it proves that the work is linear in the text.
#[cfg(not(test))]
#[inline(always)]
pub(crate) fn visited(_: usize) {}

/// Counts the work of a test's thread, in bytes looked at.
#[cfg(test)]
pub(crate) fn visited(bytes: usize) {
    VISITED.with(|count| count.set(count.get() + bytes));
}

#[cfg(test)]
thread_local! {
    pub(crate) static VISITED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
