//! Builds the summary: operations and their targets, in the order of the text.
//!
//! The summarizer is a state machine, not a parser. It keeps one `Frame` for each open parenthesis,
//! and each frame says what the next word may be: an operation, a target, or nothing of interest.
//! The words of each kind of statement are in `statement`, `WITH` is in `cte`, the states are in
//! `frame`.
//!
//! A target is written into the output as soon as its first part is read, because more parts may
//! follow. `Name` remembers where it starts; when the token after it shows that it is none, as a
//! function in `FROM f(…)` or the name of a common table expression, the output is cut back to that
//! place.
//!
//! Everything is bounded: the output by the longest summary, frames by `DEEPEST`, names of
//! expressions and used databases by their own limits. A text beyond a limit costs no more memory,
//! and less of it is known.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/db/database-spans/>.

mod cte;
mod frame;
mod statement;

use std::sync::Arc;

use arrayvec::{ArrayString, ArrayVec};

use self::cte::{Cte, Names, Taken};
use self::frame::{After, Expect, Frame};
use crate::analysis::UsedDatabase;
use crate::keyword::Keyword;
use crate::lexer::{Kind, Span, visited};
use crate::options::Options;

/// The most characters a summary may have.
///
/// The limit of `db.query.summary` in the conventions; characters, not bytes.
const LONGEST: usize = 255;
/// How deep in parentheses queries are looked for.
///
/// Deeper ones are only counted, so that their ends are known.
const DEEPEST: usize = 64;
/// How many `USE` of one text are known; of more, the first ones and the last.
const MOST_USED: usize = 8;
/// The longest name of a database that is known, in bytes. Servers allow 64 characters.
///
/// A longer name is ignored, since no server accepts it.
const LONGEST_USED: usize = 512;

/// Takes the tokens in order.
#[derive(Debug)]
pub(crate) struct Summarizer<'a> {
    text: &'a str,
    mysql: bool,
    /// Room for the longest summary if each character has four bytes.
    out: ArrayString<{ 4 * LONGEST }>,
    /// Whether something did not fit, after which nothing is added.
    full: bool,
    /// Whether the rest is the body of a routine, which runs some other day.
    done: bool,
    /// The target that the last token belongs to; the next token may continue it.
    name: Option<Name>,
    /// Of the innermost open parenthesis, or of the statement.
    frame: Frame,
    /// The frames around it, the outermost first. Empty outside of parentheses.
    outer: ArrayVec<Frame, DEEPEST>,
    /// How many parentheses are open beyond the deepest that are looked into.
    beyond: usize,
    /// The common table expressions that can be named here.
    ctes: Names,
    /// Where a name starts that `EXPLAIN` has, until an operation shows that it is an option.
    described: Option<usize>,
    /// The number of the statement in the text.
    statement: usize,
    /// What the first `CALL` names.
    procedure: Option<Arc<str>>,
    /// At most `MOST_USED`; once it is full, its last entry is replaced.
    used: Vec<UsedDatabase>,
    /// Whether the server may keep a part of the text.
    kept: bool,
}

/// What the statements of a text are about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) summary: Option<Arc<str>>,
    pub(crate) stored_procedure: Option<Arc<str>>,
    pub(crate) used_databases: Vec<UsedDatabase>,
    pub(crate) may_be_kept: bool,
}

/// A target that is being read, part by part.
#[derive(Debug, Clone, Copy)]
struct Name {
    /// Where in the summary it starts.
    mark: usize,
    /// Its first part in the text.
    first: Span,
    /// Whether it has more parts.
    dotted: bool,
    /// Whether the last token is a dot, so that the next one is a part of the name.
    after_dot: bool,
    /// What the frame waited for when the name started; decides what its end means.
    expected: Expect,
}

impl<'a> Summarizer<'a> {
    pub(crate) fn new(text: &'a str, options: Options) -> Self {
        Self {
            text,
            mysql: options.is_mysql(),
            out: ArrayString::new(),
            full: false,
            done: false,
            name: None,
            frame: Frame::START,
            outer: ArrayVec::new(),
            beyond: 0,
            ctes: Names::default(),
            described: None,
            statement: 0,
            procedure: None,
            used: Vec::new(),
            kept: false,
        }
    }

    /// `before` is what the token before says.
    ///
    /// The common case, that no name is being read, is inlined into the loop over the tokens.
    #[inline(always)]
    pub(crate) fn word(&mut self, keyword: Keyword, span: Span, before: Keyword) {
        if !self.is_taken(Kind::Word(keyword), span) {
            self.any_word(keyword, span, before);
        }
    }

    #[inline(always)]
    pub(crate) fn punct(&mut self, byte: u8, span: Span) {
        if !self.is_taken(Kind::Punct(byte), span) {
            self.any_punct(byte);
        }
    }

    /// Takes what no other method does.
    pub(crate) fn token(&mut self, kind: Kind, span: Span) {
        if !self.is_taken(kind, span) {
            match kind {
                Kind::Quoted => self.quoted(span),
                Kind::Placeholder => self.value(),
                _ => {}
            }
        }
    }

    /// Whether nothing more is to be done with a token.
    #[inline(always)]
    fn is_taken(&mut self, kind: Kind, span: Span) -> bool {
        self.done || (self.name.is_some() && self.continue_name(kind, span))
    }

    /// Whether a token that [is plain](Kind::is_plain) would change nothing.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_between() && !self.frame.start
    }

    /// Whether no name is being read, nor one expected.
    fn is_between(&self) -> bool {
        self.name.is_none() && self.frame.expect == Expect::Nothing && !self.frame.cte.is_waiting()
    }

    /// In place of a token that must not be shown.
    #[inline(always)]
    pub(crate) fn literal(&mut self) {
        if !self.is_between() {
            self.any_literal();
        }
    }

    /// Behind a dot it is a part of a name that must not be shown, and becomes `?`. Elsewhere it
    /// ends the name before it.
    fn any_literal(&mut self) {
        if let Some(name) = &mut self.name
            && name.after_dot
        {
            name.after_dot = false;
            let mark = name.mark;
            self.push(mark, ".?");
        } else {
            self.end_name(None);
            self.value();
        }
    }

    /// Ends the last name. A text without any known operation counts as one that may be kept.
    pub(crate) fn finish(mut self) -> Summary {
        self.end_name(None);
        Summary {
            summary: (!self.out.is_empty()).then(|| Arc::from(self.out.as_str())),
            stored_procedure: self.procedure,
            used_databases: self.used,
            may_be_kept: self.kept || self.out.is_empty(),
        }
    }

    /// An identifier in quotes is a target where one is expected, and never a keyword.
    fn quoted(&mut self, span: Span) {
        if self.beyond > 0 || (self.frame.cte.is_waiting() && self.cte_word(Keyword::None, span)) {
            return;
        }
        self.frame.start = false;
        match self.frame.expect {
            Expect::Source | Expect::Modified | Expect::Name | Expect::Procedure => {
                self.start_name(span);
            }
            Expect::Database | Expect::Described => self.start_name(span),
            Expect::Object(Keyword::Truncate) => self.start_name(span),
            _ => {}
        }
    }

    /// Whether a word belongs to the clause that `WITH` starts.
    fn cte_word(&mut self, keyword: Keyword, span: Span) -> bool {
        let depth = self.outer.len();
        match self.frame.cte.word(keyword) {
            Taken::Part => true,
            Taken::Name => {
                self.ctes.add(self.source(span), depth);
                true
            }
            Taken::Refuted => {
                self.ctes.take_back(depth);
                false
            }
            Taken::No => false,
        }
    }

    /// Whether a punctuation mark belongs to the clause that `WITH` starts.
    fn cte_punct(&mut self, byte: u8) -> bool {
        let depth = self.outer.len();
        match (self.frame.cte, byte) {
            // A list of columns.
            (Cte::As { .. }, b'(') if depth < DEEPEST => self.enter(Frame::END),
            (Cte::Open { recursive }, b'(') if depth < DEEPEST => {
                if recursive {
                    self.ctes.define(depth);
                }
                self.frame.cte = Cte::Body { recursive };
                self.enter(Frame::START);
            }
            (Cte::After { recursive }, b',') => self.frame.cte = Cte::Name { recursive },
            (Cte::After { .. }, _) => return false,
            _ => {
                self.refute_cte();
                return false;
            }
        }
        true
    }

    /// What follows shows that a `WITH` starts no clause: `WITH (NOLOCK)`.
    fn refute_cte(&mut self) {
        if matches!(self.frame.cte, Cte::Name { .. } | Cte::As { .. } | Cte::Open { .. }) {
            self.frame.cte = Cte::No;
            self.ctes.take_back(self.outer.len());
        }
    }

    /// A literal or a parameter where a target may be is none.
    ///
    /// The frame then waits for nothing, so that no later word is taken for the target.
    fn value(&mut self) {
        self.refute_cte();
        if matches!(
            self.frame.expect,
            Expect::Source
                | Expect::Modified
                | Expect::Name
                | Expect::Procedure
                | Expect::Database
                | Expect::Described
        ) {
            self.frame.expect = Expect::Nothing;
        }
    }

    /// A semicolon resets everything that belongs to one statement, whatever parentheses are open:
    /// a server ends the statement there too.
    fn any_punct(&mut self, byte: u8) {
        if self.beyond == 0 && self.frame.cte.is_waiting() && self.cte_punct(byte) {
            return;
        }
        match byte {
            b'(' => self.open(),
            b')' => self.close(),
            b';' => {
                self.outer.clear();
                self.beyond = 0;
                self.frame = Frame::START;
                self.ctes.clear();
                self.described = None;
                self.statement += 1;
            }
            b',' if self.beyond == 0 && self.frame.list && self.frame.expect == Expect::Nothing => {
                self.frame.expect = if self.frame.query { Expect::Source } else { Expect::Name };
            }
            b'{' if matches!(self.frame.expect, Expect::Source | Expect::Modified) => {
                self.frame.expect = Expect::Escape;
            }
            // `INTO @total` and `ON *.*` name no target.
            b'@' | b'*' => self.value(),
            _ => {}
        }
    }

    /// Enters a parenthesis. What is expected outside decides whether it may hold targets.
    fn open(&mut self) {
        if self.outer.len() == DEEPEST {
            self.beyond += 1;
            return;
        }
        let inner = match self.frame.expect {
            // `FROM (a JOIN b)`, `FROM (SELECT …)`
            Expect::Source | Expect::Modified => {
                self.frame.expect = Expect::Nothing;
                Frame { expect: Expect::Source, query: true, list: true, ..Frame::START }
            }
            Expect::End | Expect::On => Frame::END,
            _ => Frame::START,
        };
        self.enter(inner);
    }

    /// Puts the current frame aside. The caller has checked that `outer` has room.
    fn enter(&mut self, inner: Frame) {
        self.frame.start = false;
        self.outer.push(std::mem::replace(&mut self.frame, inner));
    }

    /// A parenthesis that nothing opened is ignored. The end of an expression's body defines its
    /// name, and names that were defined deeper are forgotten.
    fn close(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if let Some(outer) = self.outer.pop() {
            self.frame = outer;
            if let Cte::Body { recursive } = outer.cte {
                self.frame.cte = Cte::After { recursive };
                self.ctes.define(self.outer.len());
            }
            self.ctes.leave(self.outer.len());
        }
    }

    /// Starts an operation: takes back an option of `EXPLAIN` that looked like a target, replaces
    /// the frame, and writes the word.
    fn operation(&mut self, span: Span, frame: Frame) {
        if let Some(option) = self.described.take() {
            self.out.truncate(option);
        }
        self.frame = frame;
        self.append(span);
    }

    /// Starts a target and sets what the frame waits for once it has ended.
    fn start_name(&mut self, span: Span) {
        let expected = self.frame.expect;
        self.frame.expect = match self.frame.after {
            After::More | After::Body => Expect::Nothing,
            After::On | After::OnBody => Expect::On,
            After::End => Expect::End,
        };
        let mark = self.out.len();
        self.name = Some(Name { mark, first: span, dotted: false, after_dot: false, expected });
        self.append(span);
    }

    /// Whether the token is part of the name before it.
    ///
    /// Takes a dot, or the part behind one. Any other token ends the name and is then handled as
    /// usual, unless the rest of the text is the body of a routine.
    fn continue_name(&mut self, kind: Kind, span: Span) -> bool {
        let Some(name) = &mut self.name else { return false };
        let mark = name.mark;
        match kind {
            Kind::Punct(b'.') if !name.after_dot => {
                name.after_dot = true;
                name.dotted = true;
            }
            Kind::Word(_) | Kind::Quoted | Kind::Placeholder | Kind::Punct(b'*')
                if name.after_dot =>
            {
                name.after_dot = false;
                self.push(mark, ".");
                self.push(mark, self.source(span));
            }
            kind => {
                self.end_name(Some(kind));
                return self.done;
            }
        }
        true
    }

    /// `by` is the token after the name.
    ///
    /// Does what the end of a target decides: cuts it off if it is none, remembers what `CALL` and
    /// `USE` named, and moves the frame on to what `After` says. Does nothing if no name is being
    /// read.
    fn end_name(&mut self, by: Option<Kind>) {
        let Some(name) = self.name.take() else { return };
        match (name.expected, self.frame.after) {
            (Expect::Source, _) if by == Some(Kind::Punct(b'(')) => self.out.truncate(name.mark),
            (Expect::Source | Expect::Modified, _) if self.is_cte(name) => {
                self.out.truncate(name.mark);
            }
            (Expect::Procedure, _) if self.procedure.is_none() => {
                let written = self.out.get(name.mark..).unwrap_or_default().trim_start();
                self.procedure = (!written.is_empty()).then(|| Arc::from(written));
            }
            (Expect::Database, _) if !name.dotted => self.use_database(name.first),
            // `FORMAT = JSON`
            (Expect::Described, _) if by == Some(Kind::Punct(b'=')) => {
                self.out.truncate(name.mark);
            }
            (Expect::Described, _) => self.described = Some(name.mark),
            (_, After::Body) => self.done = true,
            (_, After::On) => self.frame.after = After::End,
            (_, After::OnBody) => self.frame.after = After::Body,
            _ => {}
        }
    }

    /// A name with a dot never means a common table expression.
    fn is_cte(&self, name: Name) -> bool {
        !name.dotted && !self.ctes.is_empty() && self.ctes.contain(self.source(name.first))
    }

    /// Remembers the database that is now the current one. Of too many, the last one replaces the
    /// one before it.
    #[cold]
    fn use_database(&mut self, span: Span) {
        let written = self.source(span);
        if written.len() <= LONGEST_USED {
            let used = UsedDatabase::new(unquoted(written), self.statement);
            self.used.truncate(MOST_USED - 1);
            self.used.push(used);
        }
    }

    /// Writes a word of the text behind a space. If it does not fit, the space is taken back too.
    fn append(&mut self, span: Span) {
        let mark = self.out.len();
        if mark > 0 {
            self.push(mark, " ");
        }
        self.push(mark, self.source(span));
    }

    /// The text of a span as it is written, with quotes.
    fn source(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Adds a piece, or takes back what was added since `mark` if it does not fit.
    ///
    /// Once something did not fit, nothing more is added: a summary is cut, it has no holes.
    fn push(&mut self, mark: usize, piece: &str) {
        if self.full {
            return;
        }
        visited(piece.len().min(self.out.capacity()));
        // No character is longer than four bytes: what does not fit is too long.
        let fits = self.out.try_push_str(piece).is_ok();
        self.full = !fits || (self.out.len() > LONGEST && self.out.chars().count() > LONGEST);
        if self.full {
            self.out.truncate(mark);
        }
    }
}

/// The name that is meant: `` `a``b` `` is ``a`b``.
fn unquoted(written: &str) -> Arc<str> {
    for (quote, twice) in [("`", "``"), ("\"", "\"\"")] {
        if let Some(name) = written.strip_prefix(quote).and_then(|name| name.strip_suffix(quote)) {
            return Arc::from(name.replace(twice, quote));
        }
    }
    Arc::from(written)
}
