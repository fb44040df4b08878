//! Builds the summary: operations and their targets, in the order of the text.

use std::sync::Arc;

use arrayvec::{ArrayString, ArrayVec};

use crate::keyword::Keyword;
use crate::lexer::{Kind, Span, visited};
use crate::options::Options;

/// The most characters a summary may have.
const LONGEST: usize = 255;
/// How deep in parentheses queries are looked for.
const DEEPEST: usize = 64;

/// Takes the tokens in order.
#[derive(Debug)]
pub(crate) struct Summarizer<'a> {
    text: &'a str,
    mysql: bool,
    out: ArrayString<{ 4 * LONGEST }>,
    /// Whether something did not fit, after which nothing is added.
    full: bool,
    /// Whether the rest is the body of a routine, which runs some other day.
    done: bool,
    name: Option<Name>,
    frame: Frame,
    outer: ArrayVec<Frame, DEEPEST>,
    /// How many parentheses are open beyond the deepest that are looked into.
    beyond: usize,
    procedure: Option<Arc<str>>,
}

/// A target that is being read, part by part.
#[derive(Debug, Clone, Copy)]
struct Name {
    /// Where in the summary it starts.
    mark: usize,
    after_dot: bool,
    expected: Expect,
}

/// What is known of the query in one pair of parentheses, or outside all.
#[derive(Debug, Clone, Copy)]
struct Frame {
    expect: Expect,
    /// What to expect once a name was read.
    after: After,
    /// Whether no word was seen yet, so that the next may be an operation.
    start: bool,
    /// Whether an operation is still to come, as after `WITH` and `EXPLAIN`.
    with: bool,
    /// Whether `FROM` and `JOIN` are followed by a target, which in `EXTRACT(YEAR FROM born)` they are not.
    query: bool,
    /// Whether a comma is followed by a target.
    list: bool,
    /// Whether `USING` is followed by a target.
    using: bool,
}

impl Frame {
    const EMPTY: Self = Self {
        expect: Expect::Nothing,
        after: After::More,
        start: false,
        with: false,
        query: false,
        list: false,
        using: false,
    };
    const START: Self = Self { start: true, ..Self::EMPTY };
    const END: Self = Self { expect: Expect::End, ..Self::EMPTY };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Nothing,
    /// A table, or a query in parentheses; a name before a parenthesis is a function.
    Source,
    /// A table after the words that may stand between `UPDATE` or `DELETE` and it.
    Modified,
    /// The name of anything.
    Name,
    /// What `CALL` names.
    Procedure,
    /// The kind of thing that `CREATE`, `ALTER`, `DROP` and their like are about.
    Object(Keyword),
    /// The word that belongs to `SHOW`, `LOAD`, `START` and their like.
    Second(Keyword),
    /// The `ON` before the target of `GRANT`, `CREATE INDEX`, `CREATE TRIGGER`.
    On,
    /// The statement has no more to say.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    More,
    On,
    /// `ON`, a target, then the body of a trigger.
    OnBody,
    Body,
    End,
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
            procedure: None,
        }
    }

    /// `before` is what the token before says.
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
        self.name.is_none() && self.frame.expect == Expect::Nothing
    }

    /// In place of a token that must not be shown.
    #[inline(always)]
    pub(crate) fn literal(&mut self) {
        if !self.is_between() {
            self.any_literal();
        }
    }

    fn any_literal(&mut self) {
        if let Some(name) = &mut self.name
            && name.after_dot
        {
            name.after_dot = false;
            let mark = name.mark;
            self.push(mark, ".?");
        } else {
            self.end_name(false);
            self.value();
        }
    }

    /// The summary, and what the first `CALL` calls.
    pub(crate) fn finish(&mut self) -> (Option<Arc<str>>, Option<Arc<str>>) {
        self.end_name(false);
        let summary = (!self.out.is_empty()).then(|| Arc::from(self.out.as_str()));
        (summary, self.procedure.take())
    }

    fn any_word(&mut self, keyword: Keyword, span: Span, before: Keyword) {
        if self.beyond > 0 || self.frame.expect == Expect::End {
            return;
        }
        let leads = std::mem::take(&mut self.frame.start) || self.frame.with;
        if leads && self.lead(span, keyword) {
            return;
        }
        match self.frame.expect {
            Expect::On if keyword == Keyword::On => self.frame.expect = Expect::Name,
            // `GRANT SELECT ON` is the one place where this word starts no query.
            Expect::On | Expect::End => {}
            _ if keyword == Keyword::Select => {
                self.operation(span, Frame { query: true, ..Frame::EMPTY });
            }
            Expect::Nothing => self.clause(keyword, before),
            Expect::Source => match keyword {
                Keyword::Lateral => {}
                Keyword::Values => self.frame.expect = Expect::Nothing,
                _ => self.start_name(span),
            },
            Expect::Modified => match keyword {
                Keyword::LowPriority | Keyword::Quick | Keyword::Ignore => {}
                Keyword::From => self.frame.expect = Expect::Source,
                _ => self.start_name(span),
            },
            Expect::Name | Expect::Procedure => match keyword {
                Keyword::Into | Keyword::Ignore | Keyword::LowPriority | Keyword::HighPriority => {}
                Keyword::Delayed | Keyword::Table | Keyword::Procedure | Keyword::Function => {}
                Keyword::If
                | Keyword::Not
                | Keyword::Exists
                | Keyword::Concurrently
                | Keyword::On => {}
                _ => self.start_name(span),
            },
            Expect::Object(lead) => self.object(span, keyword, lead),
            Expect::Second(lead) => self.second(span, keyword, lead),
        }
    }

    fn quoted(&mut self, span: Span) {
        self.frame.start = false;
        match self.frame.expect {
            _ if self.beyond > 0 => {}
            Expect::Source | Expect::Modified | Expect::Name | Expect::Procedure => {
                self.start_name(span);
            }
            Expect::Object(Keyword::Truncate) => self.start_name(span),
            _ => {}
        }
    }

    /// A literal or a parameter where a target may be is none.
    fn value(&mut self) {
        if matches!(
            self.frame.expect,
            Expect::Source | Expect::Modified | Expect::Name | Expect::Procedure
        ) {
            self.frame.expect = Expect::Nothing;
        }
    }

    fn any_punct(&mut self, byte: u8) {
        match byte {
            b'(' => self.open(),
            b')' => self.close(),
            b';' => {
                self.outer.clear();
                self.beyond = 0;
                self.frame = Frame::START;
            }
            b',' if self.beyond == 0 && self.frame.list && self.frame.expect == Expect::Nothing => {
                self.frame.expect = if self.frame.query { Expect::Source } else { Expect::Name };
            }
            // `INTO @total` and `ON *.*` name no target.
            b'@' | b'*' => self.value(),
            _ => {}
        }
    }

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
        self.outer.push(std::mem::replace(&mut self.frame, inner));
    }

    fn close(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if let Some(outer) = self.outer.pop() {
            self.frame = outer;
        }
    }

    /// The first word of a statement or of what parentheses enclose, and any after `WITH` and `EXPLAIN`, if
    /// it is an operation.
    fn lead(&mut self, span: Span, keyword: Keyword) -> bool {
        use Keyword as K;
        let then = |expect| Frame { expect, ..Frame::EMPTY };
        let modified = Frame { query: true, list: true, ..then(Expect::Modified) };
        // `INSERT(` and `REPLACE(` are functions, and may be what other parentheses start with.
        let outermost = self.outer.is_empty();
        let function = !outermost
            && (keyword == K::Replace || self.text.as_bytes().get(span.end) == Some(&b'('));
        let frame = match keyword {
            K::With => {
                self.frame.with = true;
                return true;
            }
            _ if function => return false,
            K::Insert | K::Replace => then(Expect::Name),
            K::Merge => Frame { using: true, ..then(Expect::Name) },
            K::Update => modified,
            K::Delete => Frame { using: true, ..modified },
            _ if self.frame.with || !outermost => return false,
            K::Create | K::Alter | K::Drop | K::Rename | K::Truncate => {
                then(Expect::Object(keyword))
            }
            K::Analyze | K::Optimize | K::Check | K::Repair | K::Checksum => {
                then(Expect::Object(keyword))
            }
            K::Call => then(Expect::Procedure),
            K::Exec | K::Execute if !self.mysql => then(Expect::Procedure),
            K::Explain => Frame { with: true, ..Frame::EMPTY },
            K::Describe | K::Desc => Frame { with: true, ..then(Expect::Name) },
            K::Use | K::Table | K::Handler => then(Expect::Name),
            K::Grant | K::Revoke => Frame { after: After::End, ..then(Expect::On) },
            K::Show | K::Set | K::Start | K::Load | K::Lock | K::Unlock => {
                then(Expect::Second(keyword))
            }
            K::Change | K::Flush | K::Release | K::Deallocate | K::Xa => {
                then(Expect::Second(keyword))
            }
            K::Begin | K::Commit | K::Rollback | K::Savepoint | K::Do | K::Values | K::Kill => {
                Frame::END
            }
            K::Prepare | K::Execute | K::Reset | K::Purge | K::Stop => Frame::END,
            _ => return false,
        };
        self.operation(span, frame);
        true
    }

    /// A word within a query.
    fn clause(&mut self, keyword: Keyword, before: Keyword) {
        use Keyword as K;
        let frame = &mut self.frame;
        match keyword {
            // `a IS DISTINCT FROM b`
            K::From if frame.query && before != K::Distinct => {
                frame.expect = Expect::Source;
                frame.list = true;
            }
            // `USE INDEX FOR JOIN (a)`
            K::Join | K::StraightJoin if frame.query && before != K::For => {
                frame.expect = Expect::Source;
            }
            K::Using if frame.using => {
                *frame = Frame {
                    expect: Expect::Source,
                    query: true,
                    list: true,
                    using: false,
                    ..*frame
                };
            }
            // `LOAD DATA … INTO TABLE`; in MySQL `SELECT … INTO` fills variables and files.
            K::Into if !(frame.query && self.mysql) => frame.expect = Expect::Name,
            K::Where
            | K::Group
            | K::Order
            | K::Having
            | K::Limit
            | K::Window
            | K::Set
            | K::Values => {
                frame.list = false;
            }
            K::Union | K::Except | K::Intersect | K::Into | K::Returning | K::Update | K::Share => {
                frame.list = false;
            }
            _ => {}
        }
    }

    fn object(&mut self, span: Span, keyword: Keyword, lead: Keyword) {
        use Keyword as K;
        let created = matches!(lead, K::Create | K::Alter);
        let (expect, after) = match keyword {
            K::Table
            | K::Tables
            | K::View
            | K::Database
            | K::Schema
            | K::Sequence
            | K::Server
            | K::Tablespace => {
                // The commas of `ALTER TABLE t ADD …, DROP …` separate something else.
                self.frame.list = !created && lead != K::Show;
                (Expect::Name, After::More)
            }
            K::Index => (Expect::Name, After::On),
            K::Trigger if created => (Expect::Name, After::OnBody),
            K::Procedure | K::Function | K::Event | K::Package if created => {
                (Expect::Name, After::Body)
            }
            K::Procedure | K::Function | K::Event | K::Package | K::Trigger => {
                (Expect::Name, After::End)
            }
            // Who has an account is not to be seen.
            K::User | K::Role => (Expect::End, After::End),
            _ if lead == K::Truncate => return self.start_name(span),
            _ => return,
        };
        self.append(span);
        self.frame.expect = expect;
        self.frame.after = after;
    }

    fn second(&mut self, span: Span, keyword: Keyword, lead: Keyword) {
        use Keyword as K;
        self.frame.expect = match (lead, keyword) {
            (K::Show, K::Full | K::Extended | K::Global | K::Session) => return,
            (K::Show, K::Create) => Expect::Object(lead),
            (K::Show, _) => {
                self.frame.query = true;
                Expect::Nothing
            }
            (K::Load, _) => Expect::Nothing,
            (K::Lock, K::Table | K::Tables) => {
                self.frame.list = true;
                Expect::Name
            }
            _ => Expect::End,
        };
        // What else is set is a variable's name, and of no use to group by.
        if lead != K::Set || matches!(keyword, K::Password | K::Names | K::Transaction | K::Role) {
            self.append(span);
        }
    }

    fn operation(&mut self, span: Span, frame: Frame) {
        self.frame = frame;
        self.append(span);
    }

    fn start_name(&mut self, span: Span) {
        let expected = self.frame.expect;
        self.frame.expect = match self.frame.after {
            After::More | After::Body => Expect::Nothing,
            After::On | After::OnBody => Expect::On,
            After::End => Expect::End,
        };
        self.name = Some(Name { mark: self.out.len(), after_dot: false, expected });
        self.append(span);
    }

    /// Whether the token is part of the name before it.
    fn continue_name(&mut self, kind: Kind, span: Span) -> bool {
        let Some(name) = &mut self.name else { return false };
        let mark = name.mark;
        match kind {
            Kind::Punct(b'.') if !name.after_dot => name.after_dot = true,
            Kind::Word(_) | Kind::Quoted | Kind::Placeholder | Kind::Punct(b'*')
                if name.after_dot =>
            {
                name.after_dot = false;
                self.push(mark, ".");
                self.push(mark, self.source(span));
            }
            kind => {
                self.end_name(kind == Kind::Punct(b'('));
                return self.done;
            }
        }
        true
    }

    fn end_name(&mut self, called: bool) {
        let Some(name) = self.name.take() else { return };
        match (name.expected, self.frame.after) {
            (Expect::Source, _) if called => self.out.truncate(name.mark),
            (Expect::Procedure, _) if self.procedure.is_none() => {
                let written = self.out.get(name.mark..).unwrap_or_default().trim_start();
                self.procedure = (!written.is_empty()).then(|| Arc::from(written));
            }
            (_, After::Body) => self.done = true,
            (_, After::On) => self.frame.after = After::End,
            (_, After::OnBody) => self.frame.after = After::Body,
            _ => {}
        }
    }

    fn append(&mut self, span: Span) {
        let mark = self.out.len();
        if mark > 0 {
            self.push(mark, " ");
        }
        self.push(mark, self.source(span));
    }

    fn source(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Adds a piece, or takes back what was added since `mark` if it does not fit.
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
