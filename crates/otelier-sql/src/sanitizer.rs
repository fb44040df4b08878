//! Builds the text that carries no literal and no comment.
//!
//! Nothing is copied until something has to be replaced: `copied` says how far the source is in the
//! output, and a replacement first copies what stands before it. A text without literals and
//! comments is taken over in one piece.
//!
//! Three small state machines run over the tokens. `List` makes the values of an `IN` one `?`, so
//! that the text does not depend on how many there are. `Secret` finds the places where a password
//! or a login's name belongs, and hides whatever stands there, quoted or not. The colon tells
//! `:name` from `::type`.
//!
//! While none of the three waits for anything, `idle` is set and most tokens are passed over with
//! one comparison. What sets it must hold this: a plain token changes no state.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/db/database-spans/>.

use std::sync::Arc;

use crate::analyze::NOTHING;
use crate::keyword::Keyword;
use crate::lexer::{Kind, Span, visited};
use crate::options::Options;

/// Takes the tokens in order. What stands between those that are replaced is copied in one piece.
#[derive(Debug)]
pub(crate) struct Sanitizer<'a> {
    text: &'a str,
    mysql: bool,
    /// Of the output; `usize::MAX` without a limit.
    max_chars: usize,
    /// How long the output may get, in bytes: enough for the most characters.
    max_bytes: usize,
    /// What was written so far. Allocated once, at the first copy, with room for the whole source
    /// or for the limit.
    out: String,
    /// Up to where the source was copied, replaced or dropped, in bytes.
    copied: usize,
    list: List,
    secret: Secret,
    /// Whether the statement is one that [names a login](Secret::Login).
    login: bool,
    /// Whether the last token is one colon, after which a word is a parameter.
    colon: bool,
    /// Whether only a literal, a word that [may hide](Keyword::may_hide), a colon or a semicolon
    /// would change anything.
    idle: bool,
    has_literals: bool,
    has_placeholders: bool,
}

/// Where in `IN (1, 2)` we are. `Open` knows where the output stood after the parenthesis, to
/// return to it.
#[derive(Debug, Clone, Copy)]
enum List {
    No,
    In,
    Open { back: usize, values: bool },
}

/// Where in a statement that sets a password we are. The server wants a string there; what a user
/// forgot to quote is hidden all the same, as is what `ANSI_QUOTES` would make a name.
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
    /// After `IDENTIFIED` in a statement that is no place for it, unless `BY` follows at once.
    Unexpected,
    /// After `SET`.
    Set,
    /// In `SET STATEMENT`, waiting for `FOR`, after which a statement starts.
    SetStatement,
    /// In `SET PASSWORD`, waiting for `=` or `TO`.
    SetPassword,
    /// In `CHANGE MASTER`, `START REPLICA`, `CREATE SERVER`, which name the user and the password
    /// of a login.
    Login,
    /// What comes next is the password, or the user's name.
    Next,
    /// Right behind a password: what is written up to it without a space is more of it.
    Tail,
    /// After a password, waiting for the next one.
    Again,
}

impl<'a> Sanitizer<'a> {
    /// Starts as at the start of a statement, and not idle.
    pub(crate) fn new(text: &'a str, options: Options) -> Self {
        Self {
            text,
            mysql: options.is_mysql(),
            max_chars: options.max_chars.unwrap_or(usize::MAX),
            max_bytes: options.max_chars.map_or(usize::MAX, |chars| chars.saturating_mul(4)),
            out: String::new(),
            copied: 0,
            list: List::No,
            secret: Secret::Start,
            login: false,
            colon: false,
            idle: false,
            has_literals: false,
            has_placeholders: false,
        }
    }

    /// Returns whether the word is hidden as a literal. `before` is what the last two tokens say.
    #[inline(always)]
    pub(crate) fn word(
        &mut self,
        keyword: Keyword,
        span: Span,
        glued: bool,
        before: [Keyword; 2],
    ) -> bool {
        let changes = !self.idle || keyword.may_hide();
        changes && self.any_token(Kind::Word(keyword), span, glued, before)
    }

    /// Returns whether it is hidden as part of a password.
    #[inline(always)]
    pub(crate) fn punct(&mut self, byte: u8, span: Span, glued: bool) -> bool {
        let changes = !self.idle || matches!(byte, b':' | b';');
        changes && self.any_token(Kind::Punct(byte), span, glued, NOTHING)
    }

    /// Takes a literal, which is hidden in every state.
    #[inline(always)]
    pub(crate) fn literal(&mut self, span: Span, glued: bool) {
        if self.idle {
            self.hide(span);
        } else {
            self.any_token(Kind::Literal, span, glued, NOTHING);
        }
    }

    /// Takes what no other method does, and returns whether it is hidden as part of a password.
    pub(crate) fn token(&mut self, kind: Kind, span: Span, glued: bool) -> bool {
        self.has_placeholders |= kind == Kind::Placeholder;
        !self.idle && self.any_token(kind, span, glued, NOTHING)
    }

    /// Runs all of the state machines, then replaces the token if it is hidden. Returns whether it
    /// is.
    fn any_token(&mut self, kind: Kind, span: Span, glued: bool, before: [Keyword; 2]) -> bool {
        let hidden = self.is_secret(kind, glued, before[1]) | is_literal(kind, before);
        self.track_list(kind, span, hidden);
        self.has_placeholders |= self.colon && glued && matches!(kind, Kind::Word(_));
        self.colon = kind == Kind::Punct(b':') && !(self.colon && glued);
        if hidden {
            self.hide(span);
        }
        let waits = matches!(self.secret, Secret::No | Secret::Account);
        self.idle = waits && matches!(self.list, List::No) && !self.colon;
        hidden
    }

    /// Whether a token that [is plain](Kind::is_plain) would change nothing.
    pub(crate) fn is_idle(&self) -> bool {
        self.idle
    }

    /// Copies what stands before the token and writes `?` in its place.
    fn hide(&mut self, span: Span) {
        self.has_literals = true;
        self.copy_to(span.start);
        self.push('?');
        self.copied = span.end;
    }

    /// The text, whether it had literals, and whether it has placeholders.
    pub(crate) fn finish(mut self) -> (Arc<str>, bool, bool) {
        let text = if self.copied == 0 {
            Arc::from(first_chars(self.text, self.max_chars))
        } else {
            self.copy_to(self.text.len());
            Arc::from(first_chars(&self.out, self.max_chars))
        };
        (text, self.has_literals, self.has_placeholders)
    }

    /// Moves to the next state, and returns whether the token is part of a password or of a login's
    /// name. The arms are tried in order; a semicolon starts anew from every state. A placeholder
    /// is not hidden, as it holds no value.
    fn is_secret(&mut self, kind: Kind, glued: bool, before: Keyword) -> bool {
        use Keyword as K;
        let next_secret = if self.login { Secret::Login } else { Secret::Again };
        let state = match self.secret {
            Secret::Tail if !glued => next_secret,
            state => state,
        };
        let (next, hidden) = match (state, kind) {
            (_, Kind::Punct(b';')) => (Secret::Start, false),
            (Secret::Next, Kind::Word(K::Password | K::OldPassword)) => (Secret::Next, false),
            (Secret::Next, Kind::Punct(b'(' | b'=')) => (Secret::Next, false),
            (Secret::Next, Kind::Word(K::Random)) => (next_secret, false),
            (Secret::Next | Secret::Tail, Kind::Punct(b',' | b')' | b':')) => (next_secret, false),
            (Secret::Next | Secret::Tail, Kind::VersionOpen | Kind::VersionClose) => (state, false),
            (Secret::Next | Secret::Tail, kind) => (Secret::Tail, kind != Kind::Placeholder),
            (Secret::Start, Kind::Word(K::Create | K::Alter | K::Grant)) => {
                (Secret::Account, false)
            }
            (Secret::Start, Kind::Word(K::Set)) => (Secret::Set, false),
            (Secret::Start, Kind::Word(K::Change | K::Start)) => (Secret::Login, false),
            (Secret::Start, Kind::Word(K::True | K::False)) => (Secret::Start, false),
            (Secret::No | Secret::Unexpected, Kind::Word(K::Identified)) => {
                (Secret::Unexpected, false)
            }
            (Secret::Unexpected, Kind::Word(K::By)) => (Secret::Next, false),
            (Secret::Start | Secret::Unexpected, Kind::Word(_)) => (Secret::No, false),
            (Secret::Unexpected, _) => (Secret::No, false),
            (Secret::Set, Kind::Word(K::Password)) => (Secret::SetPassword, false),
            (Secret::Set, Kind::Word(K::Statement)) => (Secret::SetStatement, false),
            (Secret::SetStatement, Kind::Word(K::For)) => (Secret::Start, false),
            (Secret::Set, _) => (Secret::No, false),
            (Secret::SetPassword, Kind::Punct(b'=')) => (Secret::Next, false),
            (Secret::SetPassword, Kind::Word(K::To)) => (Secret::Next, false),
            (Secret::Account | Secret::Again, Kind::Word(K::Identified)) => {
                (Secret::Identified, false)
            }
            (Secret::Identified, Kind::Word(K::By | K::Using | K::As)) => (Secret::Next, false),
            (Secret::Again, Kind::Word(K::Replace)) => (Secret::Next, false),
            // `OR plugin AS hash`
            (Secret::Again, Kind::Word(K::Or)) => (Secret::Identified, false),
            (
                Secret::Account | Secret::Again,
                Kind::Word(K::MasterPassword | K::SourcePassword),
            ) => (Secret::Next, false),
            (Secret::Account, Kind::Word(K::Server))
                if matches!(before, K::Create | K::Alter | K::Replace) =>
            {
                (Secret::Login, false)
            }
            (
                Secret::Login,
                Kind::Word(
                    K::Password
                    | K::MasterPassword
                    | K::SourcePassword
                    | K::User
                    | K::MasterUser
                    | K::SourceUser,
                ),
            ) => (Secret::Next, false),
            (state, _) => (state, false),
        };
        self.login = next == Secret::Login || (self.login && next != Secret::Start);
        self.secret = next;
        hidden
    }

    /// Only literals and anonymous placeholders make a list of values. Anything else in the
    /// parentheses, a column or a query, leaves them as they are. At the closing parenthesis the
    /// output is cut back to just behind the opening one.
    fn track_list(&mut self, kind: Kind, span: Span, hidden: bool) {
        self.list = match (self.list, kind) {
            (List::In, Kind::Punct(b'(')) => {
                self.copy_to(span.end);
                List::Open { back: self.out.len(), values: false }
            }
            (List::Open { back, .. }, kind)
                if hidden || kind == Kind::Placeholder && self.is_anonymous(span) =>
            {
                List::Open { back, values: true }
            }
            (open @ List::Open { .. }, Kind::Punct(b',')) => open,
            (List::Open { back, values: true }, Kind::Punct(b')')) => {
                self.out.truncate(back);
                self.push('?');
                self.copied = span.start;
                List::No
            }
            (_, Kind::Word(Keyword::In)) if !hidden => List::In,
            _ => List::No,
        };
    }

    /// Whether a placeholder is `?`. A numbered one such as `$1` says which value it is, and stays.
    fn is_anonymous(&self, span: Span) -> bool {
        self.text.as_bytes()[span.start] == b'?'
    }

    /// Drops a comment such that what stood on either side of it does not become one token.
    pub(crate) fn comment(&mut self, span: Span) {
        self.copy_to(span.start);
        self.copied = span.end;
        if self.mysql && self.out.ends_with("--") {
            // With what follows, a space or the end, this would be the start of a comment.
            self.push('?');
            return;
        }
        let before = self.out.as_bytes().last();
        let after = self.text.as_bytes().get(span.end);
        if let (Some(before), Some(after)) = (before, after)
            && !before.is_ascii_whitespace()
            && !after.is_ascii_whitespace()
        {
            self.push(' ');
        }
    }

    /// Copies the source up to `end`, as far as the limit allows, and counts it as copied in any
    /// case.
    fn copy_to(&mut self, end: usize) {
        if self.out.capacity() == 0 {
            self.out.reserve_exact(self.text.len().min(self.max_bytes));
        }
        if self.out.len() < self.max_bytes
            && let Some(piece) = self.text.get(self.copied..end)
        {
            let piece = self.fitting(piece);
            visited(piece.len());
            self.out.push_str(piece);
        }
        self.copied = end;
    }

    /// Beyond the limit the character is dropped.
    fn push(&mut self, character: char) {
        if self.out.len() < self.max_bytes {
            self.out.push(character);
        }
    }

    /// As much of `piece` as there is room for.
    ///
    /// In bytes, but never a part of a character.
    fn fitting<'p>(&self, piece: &'p str) -> &'p str {
        let room = self.max_bytes - self.out.len();
        // `floor_char_boundary` needs Rust 1.91.
        let mut end = piece.len().min(room);
        while !piece.is_char_boundary(end) {
            end -= 1;
        }
        &piece[..end]
    }
}

/// The first `most` characters, or all of it. Counts only if the length in bytes does not answer
/// already.
fn first_chars(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// `before` is what the two tokens before say: `TRUE` and `FALSE` are values, except behind `IS`.
fn is_literal(kind: Kind, before: [Keyword; 2]) -> bool {
    match kind {
        // `IS TRUE` and `IS NOT TRUE` are operators.
        Kind::Word(Keyword::True | Keyword::False) => {
            !matches!(before, [_, Keyword::Is] | [Keyword::Is, Keyword::Not])
        }
        _ => kind == Kind::Literal,
    }
}
