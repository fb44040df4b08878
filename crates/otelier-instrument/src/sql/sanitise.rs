//! Builds the text that carries no literal and no comment.

use std::sync::Arc;

use super::Options;
use super::keyword::Keyword;
use super::lexer::{Kind, Token, visited};

/// Takes the tokens in order. What stands between those that are replaced is copied in one piece.
#[derive(Debug)]
pub(super) struct Sanitiser<'a> {
    text: &'a str,
    mysql: bool,
    out: String,
    copied: usize,
    list: List,
    secret: Secret,
    /// The last two words that are shown, with anything between them.
    words: [Keyword; 2],
    /// Whether the last token is one colon, after which a word is a parameter.
    colon: bool,
    has_literals: bool,
    has_placeholders: bool,
}

/// Where in `IN (1, 2)` we are. `Open` knows where the output stood after the parenthesis, to return to it.
#[derive(Debug, Clone, Copy)]
enum List {
    No,
    In,
    Open { back: usize, values: bool },
}

/// Where in a statement that sets a password we are. The server wants a string there; what a user forgot to
/// quote is hidden all the same, as is what `ANSI_QUOTES` would make a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    /// The next word starts a statement.
    Start,
    /// In a statement that sets none.
    No,
    /// In `CREATE USER`, `ALTER USER`, `GRANT` or `SET PASSWORD`, waiting for `IDENTIFIED`.
    Account,
    /// After `IDENTIFIED`, waiting for `BY`, `USING` or `AS`.
    Identified,
    /// After `IDENTIFIED` in a statement that is no business of it, unless `BY` follows at once.
    Unexpected,
    /// After `SET`.
    Set,
    /// In `SET PASSWORD`, waiting for `=` or `TO`.
    SetPassword,
    /// In `CHANGE MASTER`, `START REPLICA`, `CREATE SERVER`.
    Replication,
    /// What comes next is the password.
    Next,
    /// Right behind a password: what is written up to it without a space is more of it.
    Tail,
    /// After a password, waiting for the next one, or for `REPLACE` and the old one.
    Told,
}

impl<'a> Sanitiser<'a> {
    pub(super) fn new(text: &'a str, options: Options) -> Self {
        Self {
            text,
            mysql: options.is_mysql(),
            out: String::new(),
            copied: 0,
            list: List::No,
            secret: Secret::Start,
            words: [Keyword::None; 2],
            colon: false,
            has_literals: false,
            has_placeholders: false,
        }
    }

    /// Returns whether the token is hidden as a literal.
    #[inline]
    pub(super) fn token(&mut self, token: Token, keyword: Keyword) -> bool {
        match token.kind {
            // Most tokens: a name where nothing special goes on.
            Kind::Word if keyword == Keyword::None && self.idle() => {
                self.words = [self.words[1], keyword];
                false
            }
            Kind::Punct(byte) if !matches!(byte, b':' | b';') && self.idle() => false,
            _ => self.any_token(token, keyword),
        }
    }

    fn any_token(&mut self, token: Token, keyword: Keyword) -> bool {
        if token.kind == Kind::Comment {
            self.comment(token);
            return false;
        }
        let hidden = self.is_literal(token, keyword) | self.is_secret(token, keyword);
        self.track_list(token, keyword, hidden);
        self.has_placeholders |=
            token.kind == Kind::Placeholder || (self.colon && token.glued && is_word(token));
        self.has_literals |= hidden;
        self.colon = token.kind == Kind::Punct(b':') && !(self.colon && token.glued);
        if hidden {
            self.copy_to(token.start);
            self.out.push('?');
            self.copied = token.end;
        } else if is_word(token) {
            self.words = [self.words[1], keyword];
        }
        hidden
    }

    /// The text, whether it had literals, and whether it has placeholders.
    pub(super) fn finish(mut self) -> (Arc<str>, bool, bool) {
        let text = if self.copied == 0 {
            Arc::from(self.text)
        } else {
            self.copy_to(self.text.len());
            Arc::from(self.out)
        };
        (text, self.has_literals, self.has_placeholders)
    }

    fn idle(&self) -> bool {
        matches!(self.list, List::No) && self.secret == Secret::No && !self.colon
    }

    fn is_literal(&self, token: Token, keyword: Keyword) -> bool {
        match keyword {
            // `IS TRUE` and `IS NOT TRUE` are operators.
            Keyword::True | Keyword::False => {
                !matches!(self.words, [_, Keyword::Is] | [Keyword::Is, Keyword::Not])
            }
            _ => token.kind == Kind::Literal,
        }
    }

    #[inline]
    fn is_secret(&mut self, token: Token, keyword: Keyword) -> bool {
        // Where nearly every token of nearly every statement is.
        let is_nothing = self.secret == Secret::No && keyword != Keyword::Identified;
        if is_nothing && token.kind != Kind::Punct(b';') {
            return false;
        }
        self.follow_secret(token, keyword)
    }

    fn follow_secret(&mut self, token: Token, keyword: Keyword) -> bool {
        use Keyword as K;
        let state = match self.secret {
            Secret::Tail if !token.glued => Secret::Told,
            state => state,
        };
        let (next, hidden) = match (state, token.kind, keyword) {
            (_, Kind::Punct(b';'), _) => (Secret::Start, false),
            (Secret::Next, Kind::Word, K::Password | K::OldPassword) => (Secret::Next, false),
            (Secret::Next, Kind::Punct(b'(' | b'='), _) => (Secret::Next, false),
            (Secret::Next, Kind::Word, K::Random) => (Secret::Told, false),
            (Secret::Next | Secret::Tail, Kind::Punct(b',' | b')' | b':'), _) => (Secret::Told, false),
            (Secret::Next | Secret::Tail, Kind::VersionOpen | Kind::VersionClose, _) => (state, false),
            (Secret::Next | Secret::Tail, kind, _) => (Secret::Tail, kind != Kind::Placeholder),
            (Secret::Start, Kind::Word, K::Create | K::Alter | K::Grant) => (Secret::Account, false),
            (Secret::Start, Kind::Word, K::Set) => (Secret::Set, false),
            (Secret::Start, Kind::Word, K::Change | K::Start) => (Secret::Replication, false),
            (Secret::Start, Kind::Word, K::True | K::False) => (Secret::Start, false),
            (Secret::No | Secret::Unexpected, Kind::Word, K::Identified) => (Secret::Unexpected, false),
            (Secret::Unexpected, Kind::Word, K::By) => (Secret::Next, false),
            (Secret::Start | Secret::Unexpected, Kind::Word, _) => (Secret::No, false),
            (Secret::Unexpected, _, _) => (Secret::No, false),
            (Secret::Set, Kind::Word, K::Password) => (Secret::SetPassword, false),
            (Secret::Set, _, _) => (Secret::No, false),
            (Secret::SetPassword, Kind::Punct(b'='), _) => (Secret::Next, false),
            (Secret::SetPassword, Kind::Word, K::To) => (Secret::Next, false),
            (Secret::Account | Secret::Told, Kind::Word, K::Identified) => (Secret::Identified, false),
            (Secret::Identified, Kind::Word, K::By | K::Using | K::As) => (Secret::Next, false),
            (Secret::Told, Kind::Word, K::Replace) => (Secret::Next, false),
            (Secret::Account | Secret::Told, Kind::Word, K::MasterPassword | K::SourcePassword) => {
                (Secret::Next, false)
            }
            (Secret::Account, Kind::Word, K::Server)
                if matches!(self.words[1], K::Create | K::Alter | K::Replace) =>
            {
                (Secret::Replication, false)
            }
            (Secret::Replication, Kind::Word, K::Password | K::MasterPassword | K::SourcePassword) => {
                (Secret::Next, false)
            }
            (state, _, _) => (state, false),
        };
        self.secret = next;
        hidden
    }

    fn track_list(&mut self, token: Token, keyword: Keyword, hidden: bool) {
        self.list = match (self.list, token.kind) {
            (List::In, Kind::Punct(b'(')) => {
                self.copy_to(token.end);
                List::Open { back: self.out.len(), values: false }
            }
            (List::Open { back, .. }, kind)
                if hidden || kind == Kind::Placeholder && self.is_anonymous(token) =>
            {
                List::Open { back, values: true }
            }
            (open @ List::Open { .. }, Kind::Punct(b',')) => open,
            (List::Open { back, values: true }, Kind::Punct(b')')) => {
                self.out.truncate(back);
                self.out.push('?');
                self.copied = token.start;
                List::No
            }
            _ if keyword == Keyword::In && !hidden => List::In,
            _ => List::No,
        };
    }

    fn is_anonymous(&self, token: Token) -> bool {
        self.text.as_bytes()[token.start] == b'?'
    }

    /// Drops a comment such that what stood on either side of it does not become one token.
    fn comment(&mut self, token: Token) {
        self.copy_to(token.start);
        self.copied = token.end;
        if self.mysql && self.out.ends_with("--") {
            // With what follows, a space or the end, this would be the start of a comment.
            self.out.push('?');
            return;
        }
        let before = self.out.as_bytes().last();
        let after = self.text.as_bytes().get(token.end);
        if let (Some(before), Some(after)) = (before, after)
            && !before.is_ascii_whitespace()
            && !after.is_ascii_whitespace()
        {
            self.out.push(' ');
        }
    }

    fn copy_to(&mut self, end: usize) {
        if self.out.capacity() == 0 {
            self.out.reserve_exact(self.text.len());
        }
        if let Some(piece) = self.text.get(self.copied..end) {
            visited(piece.len());
            self.out.push_str(piece);
        }
        self.copied = end;
    }
}

fn is_word(token: Token) -> bool {
    token.kind == Kind::Word
}
