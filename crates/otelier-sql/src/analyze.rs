//! Reads a text once and gives each token to what builds the results.

use std::borrow::Cow;

use crate::analysis::Analysis;
use crate::keyword::Keyword;
use crate::lexer::{Kind, Lexer, Span, Token};
use crate::options::Options;
use crate::pairing::Pairing;
use crate::sanitizer::Sanitizer;
use crate::summarizer::Summarizer;

/// Analyzes a text, which need not be UTF-8: a byte that belongs to no character counts as a literal.
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

fn analyze_str(text: &str, options: Options) -> Analysis {
    match read(text, text.len(), options) {
        (found, None) => found,
        (_, Some(string)) => read(text, string, options).0,
    }
}

/// What two tokens say that are no keywords.
pub(crate) const NOTHING: [Keyword; 2] = [Keyword::None; 2];

/// What the text is found to be, all of it from `hidden` on taken for one literal. If its quotes do not pair up, also
/// where the first string starts: from there on nobody knows what is between quotes and what is not.
#[inline(never)]
fn read(text: &str, hidden: usize, options: Options) -> (Analysis, Option<usize>) {
    let mut lexer = Lexer::new(&text[..hidden], options);
    let mut sanitizer = Sanitizer::new(text, options);
    let mut summarizer = Summarizer::new(text, options);
    // What the last two tokens say, apart from comments.
    let mut before = NOTHING;
    let mut pairing = Pairing::new(text);
    // Whether a token that is plain would change nothing.
    let mut idle = false;
    while let Some(Token { kind, span, glued, after }) = lexer.next_token() {
        // Most tokens: a name where nothing special goes on.
        if idle && kind.is_plain() {
            before = [before[1], kind.keyword()];
            continue;
        }
        let mut said = Keyword::None;
        // What the sanitizer hides is a literal to the summary too.
        match kind {
            Kind::Word(keyword) => {
                pairing.word(span, glued && after == Kind::Literal, keyword);
                if sanitizer.word(keyword, span, glued, before) {
                    summarizer.literal();
                } else {
                    summarizer.word(keyword, span, before[1]);
                    said = keyword;
                }
            }
            Kind::Punct(byte) => {
                pairing.other();
                if sanitizer.punct(byte, span, glued) {
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
                if sanitizer.token(kind, span, glued) {
                    summarizer.literal();
                } else {
                    summarizer.token(kind, span);
                }
            }
        }
        before = [before[1], said];
        idle = kind != Kind::Literal && sanitizer.is_idle() && summarizer.is_idle();
    }
    if hidden < text.len() {
        sanitizer.literal(Span { start: hidden, end: text.len() }, false);
        summarizer.literal();
    }
    let (text, has_literals, has_placeholders) = sanitizer.finish();
    let (summary, stored_procedure) = summarizer.finish();
    let found = Analysis { text, summary, stored_procedure, has_literals, has_placeholders };
    (found, pairing.first_string().filter(|_| pairing.is_broken() || lexer.is_string_open()))
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
