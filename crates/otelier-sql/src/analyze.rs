//! Reads a text once and gives each token to what builds the results.
//!
//! The lexer cuts the text into tokens. Each token goes to three consumers in the same pass:
//! `Pairing` judges whether quotes are where they seem to be, `Sanitizer` writes the text without
//! literals, and `Summarizer` collects operations and targets. What the sanitizer hides reaches the
//! summarizer as a literal, so that a secret cannot get into the summary by another way.
//!
//! A text whose quotes are sound and that can be read in one way is read once. If quotes do not
//! pair up, it is read again with everything from the first string on as one literal. If it depends
//! on an unknown backslash where a string ends, it is read once in each way for the summary, while
//! the sanitized text stays hidden from that place on. The number of passes is bounded, so time
//! stays linear in the text.
//!
//! Most tokens are names that change nothing. The loop in `read` asks for that first and skips the
//! three consumers for them; all of it is written so that this path stays short.

use std::borrow::Cow;
use std::sync::Arc;

use crate::analysis::Analysis;
use crate::keyword::Keyword;
use crate::lexer::{Kind, Lexer, Span, Token};
use crate::options::{Backslash, Options};
use crate::pairing::{Pairing, Quotes};
use crate::sanitizer::Sanitizer;
use crate::summarizer::{Summarizer, Summary};

/// Analyzes a text, which need not be UTF-8: a byte that belongs to no character counts as a
/// literal.
///
/// ```
/// use otelier_sql::{Options, analyze};
///
/// let found = analyze(b"SELECT title FROM songs WHERE id = 7", Options::mysql());
/// assert_eq!(&**found.text(), "SELECT title FROM songs WHERE id = ?");
/// assert_eq!(found.summary().map(|s| &**s), Some("SELECT songs"));
/// ```
#[must_use]
pub fn analyze(text: impl AsRef<[u8]>, options: Options) -> Analysis {
    let bytes = text.as_ref();
    let text = match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(without_invalid(bytes)),
    };
    analyze_str(&text, options)
}

/// Reads a text that is UTF-8 and decides which reading counts.
///
/// For doubtful quotes the sanitized text is that of the reading with the rest hidden. The summary
/// is that of the whole text, without what stands in the gaps. For broken quotes both are of the
/// text before the first string.
fn analyze_str(text: &str, options: Options) -> Analysis {
    let mut reading = read(text, text.len(), options, &[]);
    match reading.quotes {
        Quotes::Sound if reading.ambiguous => summarize_ambiguous(text, options, reading),
        Quotes::Sound => reading.finish(),
        Quotes::Doubtful { first, ref gaps } => {
            let gaps = gaps.clone();
            let hidden = read(text, first, options, &[]);
            // Quotes end where they seem to, but for what stands in the gaps.
            let whole = read(text, text.len(), options, &gaps);
            Reading { summary: whole.summary, may_be_several: true, ..hidden }.finish()
        }
        Quotes::Broken { first } => {
            reading = read(text, first, options, &[]);
            reading.summary.may_be_kept = true;
            reading.may_be_several = true;
            reading.finish()
        }
    }
}

/// Takes the summary of a text whose rest is hidden, because it can be read in two ways, from these
/// two, if they agree.
#[cold]
fn summarize_ambiguous(text: &str, options: Options, mut reading: Reading) -> Analysis {
    reading.summary.may_be_kept = true;
    let [escapes, plain] = [Backslash::Escapes, Backslash::Plain].map(|backslash| {
        let reading = read(text, text.len(), options.with_backslash(backslash), &[]);
        matches!(reading.quotes, Quotes::Sound).then_some(reading.summary)
    });
    if let (Some(escapes), Some(plain)) = (escapes, plain)
        && escapes == plain
    {
        reading.summary = escapes;
    }
    reading.finish()
}

/// What two tokens say that are no keywords.
///
/// Stands for the two tokens before the first of a text, and where a caller need not know them.
pub(crate) const NOTHING: [Keyword; 2] = [Keyword::None; 2];

/// What one pass over a text yields. A text may be read more than once; one reading, or parts of
/// two, become the `Analysis`.
struct Reading {
    /// The sanitized text.
    text: Arc<str>,
    summary: Summary,
    has_literals: bool,
    has_placeholders: bool,
    may_be_several: bool,
    /// Whether the places of quotes can be believed. If not, this reading is not the last one.
    quotes: Quotes,
    /// Whether the rest is hidden, since it is not known what a backslash in it means.
    ambiguous: bool,
}

impl Reading {
    /// Drops what only the choice between readings needs.
    fn finish(self) -> Analysis {
        let may_be_several = self.may_be_several;
        let Self { text, summary, has_literals, has_placeholders, .. } = self;
        Analysis {
            text,
            summary: summary.summary,
            stored_procedure: summary.stored_procedure,
            used_databases: summary.used_databases,
            may_be_kept: summary.may_be_kept,
            may_be_several,
            has_literals,
            has_placeholders,
        }
    }
}

/// Reads the text, all of it from `hidden` on taken for one literal. What is in `gaps` is a literal
/// to the summary only.
#[inline(never)]
fn read(text: &str, hidden: usize, options: Options, gaps: &[Span]) -> Reading {
    let mut lexer = Lexer::new(&text[..hidden], options);
    let mut sanitizer = Sanitizer::new(text, options);
    let mut summarizer = Summarizer::new(text, options);
    // What the last two tokens say, apart from comments.
    let mut before = NOTHING;
    let mut pairing = Pairing::new(text);
    let mut gaps = Gaps(gaps);
    // Whether a semicolon was the last token, and whether anything followed one.
    let (mut ended, mut several) = (false, false);
    // Whether a token that is plain would change nothing.
    let mut idle = false;
    while let Some(Token { kind, span, glued, after }) = lexer.next_token() {
        // Most tokens: a name where nothing special goes on.
        if idle && kind.is_plain() {
            before = [before[1], kind.keyword()];
            continue;
        }
        let mut said = Keyword::None;
        let in_gap = gaps.hold(span);
        // What the sanitizer hides is a literal to the summary too.
        match kind {
            Kind::Word(keyword) => {
                pairing.word(span, glued && after == Kind::Literal, keyword);
                if sanitizer.word(keyword, span, glued, before) || in_gap {
                    summarizer.literal();
                } else {
                    summarizer.word(keyword, span, before[1]);
                    said = keyword;
                }
            }
            Kind::Punct(byte) => {
                pairing.punct(byte);
                if sanitizer.punct(byte, span, glued) || in_gap {
                    summarizer.literal();
                } else {
                    summarizer.punct(byte, span);
                }
            }
            Kind::Literal => {
                pairing.literal(span, matches!(after, Kind::Word(_)));
                sanitizer.literal(span, glued);
                summarizer.literal();
            }
            Kind::Comment => {
                sanitizer.comment(span);
                continue;
            }
            Kind::Quoted | Kind::Placeholder | Kind::VersionOpen | Kind::VersionClose => {
                pairing.other();
                if sanitizer.token(kind, span, glued) || in_gap {
                    summarizer.literal();
                } else {
                    summarizer.token(kind, span);
                }
            }
        }
        before = [before[1], said];
        several |= ended;
        ended = kind == Kind::Punct(b';');
        idle = kind != Kind::Literal
            && sanitizer.is_idle()
            && summarizer.is_idle()
            && !pairing.is_waiting()
            && !ended;
    }
    if hidden < text.len() {
        sanitizer.literal(Span { start: hidden, end: text.len() }, false);
        summarizer.literal();
    }
    let (sanitized, has_literals, has_placeholders) = sanitizer.finish();
    let mut summary = summarizer.finish();
    summary.may_be_kept |= lexer.is_unterminated();
    Reading {
        text: sanitized,
        summary,
        has_literals,
        has_placeholders,
        may_be_several: several || lexer.is_unterminated(),
        quotes: pairing.finish(lexer.is_string_open()),
        ambiguous: lexer.is_ambiguous(),
    }
}

/// Where the summary must not look, in order.
///
/// The lexer yields tokens in order, so a gap that ends before a token is never asked for again. It
/// is dropped, and each look-up is short.
struct Gaps<'a>(&'a [Span]);

impl Gaps<'_> {
    /// Whether the token starts within a gap. `false` at once for the many texts that have none.
    #[inline(always)]
    fn hold(&mut self, token: Span) -> bool {
        !self.0.is_empty() && self.find(token)
    }

    /// Drops the gaps that end before the token, then asks the first that is left.
    #[cold]
    fn find(&mut self, token: Span) -> bool {
        while let [first, rest @ ..] = self.0
            && first.end <= token.start
        {
            self.0 = rest;
        }
        self.0.first().is_some_and(|gap| gap.start <= token.start)
    }
}

/// The text with one `?` for each invalid sequence, which keeps it no longer than the bytes.
fn without_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push('?');
        }
    }
    text
}
