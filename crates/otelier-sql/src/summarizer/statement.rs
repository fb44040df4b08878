//! What the words of each kind of statement mean for its summary.
//!
//! A word goes through these functions in order. `any_word` drops what lies too deep or behind the
//! end, and gives the clause of `WITH` the first chance. `lead` takes the first word of a statement
//! and picks the frame for the rest of it. All other words go by what the frame expects: `clause`
//! within a query, `object` behind `CREATE` and its like, `second` behind `SHOW`, `SET` and their
//! like.
//!
//! Names of accounts, passwords and variables are never targets. A kind of statement that is not
//! known here adds nothing to the summary.

use super::Summarizer;
use super::cte::Cte;
use super::frame::{After, Expect, Frame};
use crate::keyword::Keyword;
use crate::lexer::Span;

impl Summarizer<'_> {
    /// Takes a word that continues no name. `before` is what the token before it says.
    ///
    /// `SELECT` starts an operation almost wherever it stands: as the query of an `INSERT`, behind
    /// `UNION`, or in parentheses.
    pub(super) fn any_word(&mut self, keyword: Keyword, span: Span, before: Keyword) {
        if self.beyond > 0 || self.frame.expect == Expect::End {
            return;
        }
        if self.frame.cte.is_waiting() && self.cte_word(keyword, span) {
            return;
        }
        if self.frame.start && self.outer.is_empty() {
            self.kept |= !keeps_nothing(keyword);
        }
        let leads = std::mem::take(&mut self.frame.start) || self.frame.with;
        if leads && self.lead(span, keyword) {
            return;
        }
        match self.frame.expect {
            Expect::On if keyword == Keyword::On => self.frame.expect = Expect::Name,
            Expect::For if keyword == Keyword::For => self.frame = Frame::START,
            // `GRANT SELECT ON` is the one place where this word starts no query.
            Expect::On | Expect::For | Expect::End => {}
            _ if keyword == Keyword::Select => {
                self.operation(span, Frame { query: true, ..Frame::EMPTY });
            }
            Expect::Nothing => self.clause(keyword, span, before),
            Expect::Escape => self.frame.expect = Expect::Source,
            Expect::Source => match keyword {
                Keyword::Lateral => {}
                Keyword::Only if !self.mysql => {}
                Keyword::Values => self.frame.expect = Expect::Nothing,
                _ => self.start_name(span),
            },
            Expect::Modified => match keyword {
                Keyword::LowPriority | Keyword::Quick | Keyword::Ignore => {}
                Keyword::Only if !self.mysql => {}
                Keyword::From => self.frame.expect = Expect::Source,
                _ => self.start_name(span),
            },
            Expect::Described => match keyword {
                // `FOR CONNECTION 5`, `INTO @plan`
                Keyword::For | Keyword::Into => self.frame.expect = Expect::Nothing,
                _ => self.start_name(span),
            },
            Expect::Name | Expect::Procedure | Expect::Database => match keyword {
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

    /// The first word of a statement or of what parentheses enclose, and any after `WITH` and
    /// `EXPLAIN`, if it is an operation.
    ///
    /// Returns whether it is one, and then has written it and replaced the frame. Within
    /// parentheses, and behind `WITH` or `EXPLAIN`, only queries and changes of rows are.
    fn lead(&mut self, span: Span, keyword: Keyword) -> bool {
        use Keyword as K;
        let then = |expect| Frame { expect, ..Frame::EMPTY };
        let modified = Frame { query: true, list: true, ..then(Expect::Modified) };
        // `INSERT(` and `REPLACE(` are functions, and may be what other parentheses start with.
        let outermost = self.outer.is_empty();
        let function = !outermost
            && (keyword == K::Replace || self.text.as_bytes().get(span.end) == Some(&b'('));
        // `ANALYZE TABLE t`, where `ANALYZE SELECT` is the same word.
        let object = matches!(self.frame.expect, Expect::Object(_));
        let frame = match keyword {
            K::With => {
                self.frame.with = true;
                self.frame.expect = Expect::Nothing;
                self.frame.cte = Cte::Name { recursive: false };
                return true;
            }
            _ if function => return false,
            K::Insert | K::Replace => Frame { insert: true, ..then(Expect::Name) },
            K::Merge => Frame { using: true, ..then(Expect::Name) },
            K::Update => modified,
            K::Delete => Frame { using: true, ..modified },
            K::Table if !object => then(Expect::Source),
            _ if self.frame.with || !outermost => return false,
            K::Create | K::Alter | K::Drop | K::Rename | K::Truncate => {
                then(Expect::Object(keyword))
            }
            K::Analyze => Frame { with: true, ..then(Expect::Object(keyword)) },
            K::Optimize | K::Check | K::Repair | K::Checksum => then(Expect::Object(keyword)),
            K::Call => then(Expect::Procedure),
            K::Exec | K::Execute if !self.mysql => then(Expect::Procedure),
            K::Explain | K::Describe | K::Desc => Frame { with: true, ..then(Expect::Described) },
            K::Use => then(Expect::Database),
            K::Handler => then(Expect::Name),
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
    ///
    /// `FROM`, `JOIN`, `USING` and `INTO` make the next word a target, if the frame has such.
    /// Others end the list in which a comma is followed by a target.
    fn clause(&mut self, keyword: Keyword, span: Span, before: Keyword) {
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
            // `INSERT INTO a TABLE b`, `SELECT … UNION ALL TABLE b`, `CREATE TABLE a AS TABLE b`
            K::Table
                if frame.insert
                    || matches!(
                        before,
                        K::Union | K::Except | K::Intersect | K::All | K::Distinct | K::As
                    ) =>
            {
                self.operation(span, Frame { expect: Expect::Source, ..Frame::EMPTY });
            }
            // `INSERT INTO a WITH b AS (…) SELECT …`; what follows shows whether it is `WITH
            // ROLLUP`.
            K::With => frame.cte = Cte::Name { recursive: false },
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

    /// The kind of thing that `lead` is about, such as `TABLE`, which becomes part of the summary.
    /// Words before it, such as `TEMPORARY` or `OR REPLACE`, are passed over.
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
            // The names of accounts are not shown.
            K::User | K::Role => (Expect::End, After::End),
            _ if lead == K::Truncate => return self.start_name(span),
            _ => return,
        };
        self.append(span);
        self.frame.with = false;
        self.frame.expect = expect;
        self.frame.after = after;
    }

    /// The word that tells the kinds of `SHOW`, `SET`, `LOCK` and their like apart. It is written
    /// to the summary, unless it is a variable's name behind `SET`.
    fn second(&mut self, span: Span, keyword: Keyword, lead: Keyword) {
        use Keyword as K;
        self.frame.expect = match (lead, keyword) {
            (K::Show, K::Full | K::Extended | K::Global | K::Session) => return,
            (K::Show, K::Create) => Expect::Object(lead),
            (K::Show, _) => {
                self.frame.query = true;
                Expect::Nothing
            }
            (K::Set, K::Statement) => Expect::For,
            (K::Load, _) => Expect::Nothing,
            (K::Lock, K::Table | K::Tables) => {
                self.frame.list = true;
                Expect::Name
            }
            _ => Expect::End,
        };
        // What else is set is a variable's name, and of no use to group by.
        let named =
            matches!(keyword, K::Password | K::Names | K::Transaction | K::Role | K::Statement);
        if lead != K::Set || named {
            self.append(span);
        }
    }
}

/// Whether the server forgets the text of a statement that starts with this word once it is done.
///
/// A word that is missing here counts as one of which something is kept, the careful answer:
/// `CREATE`, `GRANT`, `PREPARE` and all unknown ones.
fn keeps_nothing(keyword: Keyword) -> bool {
    use Keyword as K;
    let rows = matches!(
        keyword,
        K::Select
            | K::Insert
            | K::Update
            | K::Delete
            | K::Replace
            | K::Merge
            | K::With
            | K::Table
            | K::Values
            | K::Call
            | K::Do
            | K::Load
            | K::Handler
    );
    let session = matches!(
        keyword,
        K::Set
            | K::Show
            | K::Explain
            | K::Describe
            | K::Desc
            | K::Use
            | K::Start
            | K::Commit
            | K::Rollback
            | K::Savepoint
            | K::Release
            | K::Lock
            | K::Unlock
    );
    rows || session
}
