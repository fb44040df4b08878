//! Comments, and the code that MySQL reads in some of them.

use super::{Kind, Lexer, visited};
use crate::swar;

impl Lexer<'_> {
    pub(super) fn line_comment(&mut self) -> Kind {
        let other = if self.options.is_mysql() { b'\n' } else { b'\r' };
        self.skip_to(|chunk| swar::equal(chunk, b'\n') | swar::equal(chunk, other));
        Kind::Comment
    }

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
