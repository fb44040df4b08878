//! Comments, and the code that MySQL reads in some of them.
//!
//! Servers differ in three ways. In MySQL a line comment ends only at a line feed, elsewhere at a
//! carriage return too. Block comments nest outside of MySQL and do not within. MySQL reads
//! `/*! … */` as code, with a version number before it if it has five or six digits; MariaDB has
//! `/*M! … */` besides.
//!
//! Such code is lexed as the rest is, and its two marks become tokens. It must not be dropped as a
//! comment, for the server may run it; nor can it be trusted to be run, since that depends on the
//! version.

use super::{Kind, Lexer, visited};
use crate::swar;

impl Lexer<'_> {
    /// Starts at `#` or the first dash. Stops before the line's end, or at the end of the text: a
    /// line comment is never unterminated.
    pub(super) fn line_comment(&mut self) -> Kind {
        let other = if self.options.is_mysql() { b'\n' } else { b'\r' };
        self.skip_to(|chunk| swar::equal(chunk, b'\n') | swar::equal(chunk, other));
        Kind::Comment
    }

    /// Starts at the slash of `/*`. Returns `Comment`, `VersionOpen` if what follows is code, or a
    /// literal up to the end of the text if the comment does not end. Another number of digits than
    /// five or six belongs to the code.
    pub(super) fn block_comment(&mut self) -> Kind {
        visited(2);
        if !self.options.is_mysql() {
            return self.nested_comment();
        }
        let marked = if self.peek(2) == Some(b'M') { 3 } else { 2 };
        if self.peek(marked) == Some(b'!') {
            self.advance(marked + 1);
            let version = (0..7)
                .take_while(|&i| self.peek(i).is_some_and(|byte| byte.is_ascii_digit()))
                .count();
            self.in_version = true;
            return self
                .take(if matches!(version, 5 | 6) { version } else { 0 }, Kind::VersionOpen);
        }
        match self.find(self.at + 2, self.bytes.len(), |pair| pair == b"*/") {
            Some(end) => {
                self.at = end + 2;
                Kind::Comment
            }
            None => self.rest(),
        }
    }

    /// Counts marks until each opening one has its end. If one has none, the rest of the text is
    /// hidden.
    pub(super) fn nested_comment(&mut self) -> Kind {
        let mut depth = 1_usize;
        let mut from = self.at + 2;
        while depth > 0 {
            let Some(mark) =
                self.find(from, self.bytes.len(), |pair| pair == b"*/" || pair == b"/*")
            else {
                return self.rest();
            };
            depth = if self.bytes[mark] == b'/' { depth + 1 } else { depth - 1 };
            from = mark + 2;
        }
        self.at = from;
        Kind::Comment
    }
}
