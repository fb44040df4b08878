//! Rust source without what is no code: comments, and the content of strings and characters.
//!
//! What is left out becomes spaces, so that lines keep their numbers and columns. The text need not
//! compile: whatever is not closed ends with the file.

use std::iter::Peekable;
use std::str::Chars;

/// `text` with spaces in place of comments and of what is in quotes.
pub(super) fn code(text: &str) -> String {
    let mut source = Source { rest: text.chars().peekable(), code: String::new() };
    let mut before = ' ';
    while let Some(character) = source.rest.next() {
        // A letter at the end of a name is no prefix of a string.
        let begins = !is_name(before);
        before = character;
        match character {
            '/' if source.next_is('/') => {
                source.code.push(' ');
                source.blank_until(|_, next| next == Some('\n'));
            }
            '/' if source.next_is('*') => source.blank_comment(),
            '"' => source.blank_string(),
            '\'' => source.blank_character(),
            'r' if begins => source.raw_string(),
            'b' | 'c' if begins && source.next_is('r') => {
                source.code.push(character);
                source.rest.next();
                source.raw_string();
            }
            _ => source.code.push(character),
        }
    }
    source.code
}

/// Whether a character can be part of a name.
fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// A text that is read once.
struct Source<'a> {
    rest: Peekable<Chars<'a>>,
    code: String,
}

impl Source<'_> {
    fn next_is(&mut self, wanted: char) -> bool {
        self.rest.peek() == Some(&wanted)
    }

    /// A space for the next character, and a line for a line.
    fn blank(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        self.code.push(if character == '\n' { '\n' } else { ' ' });
        Some(character)
    }

    /// Until `is_end` is true of the last character and the next one.
    fn blank_until(&mut self, is_end: impl Fn(char, Option<char>) -> bool) {
        while let Some(character) = self.blank() {
            let next = self.rest.peek().copied();
            if is_end(character, next) {
                return;
            }
        }
    }

    /// Comments of this kind can be inside of each other.
    fn blank_comment(&mut self) {
        self.code.push(' ');
        self.blank();
        let mut depth = 1;
        while depth > 0
            && let Some(character) = self.blank()
        {
            match character {
                '/' if self.next_is('*') => depth += 1,
                '*' if self.next_is('/') => depth -= 1,
                _ => continue,
            }
            self.blank();
        }
    }

    /// Behind the first quote.
    fn blank_string(&mut self) {
        self.code.push('"');
        while let Some(&character) = self.rest.peek() {
            match character {
                '"' => {
                    self.rest.next();
                    self.code.push('"');
                    return;
                }
                '\\' => {
                    self.blank();
                    self.blank();
                }
                _ => {
                    self.blank();
                }
            }
        }
    }

    /// Behind the `r`: `"`, or some `#` and a quote. Anything else is the rest of a name.
    fn raw_string(&mut self) {
        self.code.push('r');
        let hashes = self.rest.clone().take_while(|it| *it == '#').count();
        if self.rest.clone().nth(hashes) != Some('"') {
            return;
        }
        for _ in 0..=hashes {
            self.blank();
        }
        while let Some(character) = self.blank() {
            let closing = self.rest.clone().take(hashes).take_while(|it| *it == '#').count();
            if character == '"' && closing == hashes {
                for _ in 0..hashes {
                    self.blank();
                }
                return;
            }
        }
    }

    /// Behind the first quote: a character, or the name of a lifetime.
    fn blank_character(&mut self) {
        self.code.push('\'');
        let mut ahead = self.rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some('\\'), _) => {
                self.blank();
                self.blank();
                while let Some(&character) = self.rest.peek() {
                    self.blank();
                    if matches!(character, '\'' | '\n') {
                        return;
                    }
                }
            }
            (Some(_), Some('\'')) => {
                self.blank();
                self.blank();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let code = code(text);
        assert_eq!(code, expected);
        assert_eq!(code.lines().count(), text.lines().count());
        assert_eq!(code.chars().count(), text.chars().count());
    }

    #[test]
    fn comments_are_no_code() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c\n */ d */ e", "a          \n         e");
        check("/// a\n//! b\nc", "     \n     \nc");
        check("a / b", "a / b");
        check("/* open", "       ");
        check("https:", "https:");
    }

    #[test]
    fn strings_are_no_code() {
        check(r#"f("a // b", c)"#, r#"f("      ", c)"#);
        check(r#"f("a \" b", c)"#, r#"f("      ", c)"#);
        check(r##"f(r#"a " b"#, c)"##, "f(r         , c)");
        check(r#"f(r"a\", c)"#, "f(r    , c)");
        check(r##"f(br#"a"#, b"x", c)"##, r#"f(br     , b" ", c)"#);
        check("\"two\nlines\" a", "\"   \n     \" a");
        check("\"open", "\"    ");
    }

    #[test]
    fn characters_are_none_and_lifetimes_are() {
        check("f('\"', a)", "f('  , a)");
        check(r"f('\'', a)", "f('   , a)");
        check(r"f('\u{1f4a5}', a)", "f('          , a)");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    }

    #[test]
    fn names_that_begin_like_strings_stay() {
        check("let r = var + r#type + bar;", "let r = var + r#type + bar;");
    }
}
