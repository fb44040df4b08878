//! The text of a configuration file as a tree of nodes, each with its place in the file.
//!
//! The parser is `serde_saphyr`. It gives each value its place, but decides on types too early, so
//! what it says about scalars is thrown away: `Raw` keeps the place, and `Source` reads the text
//! there again, replaces references and decides by `Scalar`. Aliases are resolved by the parser; a
//! node behind an alias has the place of the alias, while its text is read where the anchor is.
//!
//! Limits on size and depth keep a malicious or broken file from holding up the start. No message
//! repeats a value of the file.

use std::fmt;
use std::panic::resume_unwind;
use std::thread;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::super::setting::Position;
use super::scalar::Scalar;
use super::substitution;

/// How many levels a file may have.
const DEEPEST: usize = 64;
/// What the parser gets for them.
const STACK: usize = 16 * 1024 * 1024;

/// One value of the file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Of an alias, where the alias stands.
    pub(super) at: Position,
    pub(super) value: Value,
}

/// What kind of value it is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// With its text, once references in it are replaced.
    Scalar(Scalar, String),
    /// In the order of the file, and possibly empty.
    Sequence(Vec<Node>),
    /// In the order of the file; no name stands twice.
    Mapping(Vec<(Key, Node)>),
}

/// The name of a property, where it stands.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) at: Position,
    /// As the file has it: references in names are not replaced.
    pub(super) name: String,
}

/// Why a text is no configuration at all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SyntaxError {
    pub(super) at: Position,
    /// Begins with "expected", and holds no value of the file.
    pub(super) message: String,
}

impl SyntaxError {
    pub(super) fn new(at: Position, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

/// Parses `text`, and replaces the references to variables in it by what `lookup` returns.
///
/// An error of `lookup` becomes a syntax error at the scalar with the reference.
pub(super) fn parse(
    text: &str,
    lookup: &mut dyn FnMut(&str) -> Result<Option<String>, String>,
) -> Result<Node, SyntaxError> {
    Source { text, lookup }.node(raw(text)?)
}

/// Reads on a thread of its own: without optimizations the parser needs more for the levels that
/// are allowed than what threads usually have, and an overflow of the stack would end the process.
fn raw(text: &str) -> Result<Spanned<Raw>, SyntaxError> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("otelier-yaml".to_owned()).stack_size(STACK);
        match builder.spawn_scoped(scope, || raw_here(text)) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => raw_here(text),
        }
    })
}

fn raw_here(text: &str) -> Result<Spanned<Raw>, SyntaxError> {
    let options = serde_saphyr::options! {
        // Far more than a configuration needs, and far less than would hold up the start.
        budget: serde_saphyr::budget! {
            max_events: 100_000,
            max_nodes: 100_000,
            max_depth: DEEPEST,
            max_documents: 2,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        strict_booleans: true,
        with_snippet: false,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| SyntaxError::new(position_of(error.location()), message(&error)))
}

/// What the parser says is wrong. Some of its messages repeat what is in the file, which may be
/// secret, so these have words of ours.
///
/// The parser's own words are never shown.
fn message(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;

    match error.without_snippet() {
        Error::DuplicateMappingKey { .. } => "expected each property once".to_owned(),
        Error::MultipleDocuments { .. } => "expected one document".to_owned(),
        Error::UnknownAnchor { .. } => "expected the name of an anchor".to_owned(),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            "expected less: the file is nested too deep or has too much in it".to_owned()
        }
        _ => "expected YAML".to_owned(),
    }
}

/// Counts from one. An unknown place is the beginning of the file.
fn position_of(location: Option<Location>) -> Position {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).max(1);
    match location {
        Some(location) => {
            Position { line: number(location.line()), column: number(location.column()) }
        }
        None => Position { line: 1, column: 1 },
    }
}

/// What the parser makes of a node. It decides on types itself, by rules that are not those of the
/// core schema, and before references are replaced; so of scalars that are no text only the place
/// is kept, and the text is read again there.
enum Raw {
    /// Anything but text to the parser.
    Plain,
    /// Text to the parser, with quotes and escapes resolved.
    Text(String),
    Sequence(Vec<Spanned<Raw>>),
    Mapping(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

/// Takes values of every type, and refuses a mapping with the same name twice.
struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Raw::Sequence(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut all: Vec<(Spanned<String>, _)> = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Spanned<String>, _>()? {
            if all.iter().any(|(known, _)| known.value == key.value) {
                return Err(A::Error::custom("a property stands twice"));
            }
            all.push((key, value));
        }
        Ok(Raw::Mapping(all))
    }
}

/// Makes nodes of what the parser found.
///
/// It exists because two things are needed at every scalar: the text of the file and the variables.
struct Source<'a> {
    /// The whole file, in which the places are.
    text: &'a str,
    /// Returns the value of a variable, or what is wrong with it.
    lookup: &'a mut dyn FnMut(&str) -> Result<Option<String>, String>,
}

impl<'a> Source<'a> {
    /// Turns a value and all that is in it into nodes. The first error ends it.
    fn node(&mut self, raw: Spanned<Raw>) -> Result<Node, SyntaxError> {
        let at = position_of(Some(raw.referenced));
        let value = match raw.value {
            Raw::Plain => {
                let text = self.scalar_at(&raw.defined).unwrap_or_default().trim();
                self.scalar(at, text, is_plain(text))?
            }
            Raw::Text(text) => {
                let is_plain = self.scalar_at(&raw.defined).is_some_and(is_plain);
                let is_plain = is_plain && !self.has_tag(&raw.defined);
                self.scalar(at, &text, is_plain)?
            }
            Raw::Sequence(items) => {
                let nodes = items.into_iter().map(|item| self.node(item));
                Value::Sequence(nodes.collect::<Result<_, _>>()?)
            }
            Raw::Mapping(entries) => {
                let entries = entries.into_iter().map(|(key, value)| {
                    let key = Key { at: position_of(Some(key.referenced)), name: key.value };
                    Ok((key, self.node(value)?))
                });
                Value::Mapping(entries.collect::<Result<_, _>>()?)
            }
        };
        Ok(Node { at, value })
    }

    /// A scalar after its references are replaced. Only what stands without quotes can be anything
    /// but text.
    ///
    /// A reference that is malformed is an error at the place of the scalar.
    fn scalar(&mut self, at: Position, text: &str, is_plain: bool) -> Result<Value, SyntaxError> {
        let text = match substitution::substitute(text, &mut *self.lookup) {
            Ok(Some(text)) => text,
            Ok(None) => {
                let message = format!("expected {}", substitution::EXPECTED);
                return Err(SyntaxError::new(at, message));
            }
            Err(message) => return Err(SyntaxError::new(at, message)),
        };
        let scalar = if is_plain { Scalar::of_plain(&text) } else { Scalar::Text };
        Ok(Value::Scalar(scalar, text))
    }

    /// The text of the file from `location` on, as long as the node is.
    ///
    /// `None` if the parser does not say where the node is.
    fn scalar_at(&self, location: &Location) -> Option<&'a str> {
        let span = location.span();
        let start = usize::try_from(span.byte_offset()?).ok()?;
        let end = start.checked_add(usize::try_from(span.byte_len()?).ok()?)?;
        self.text.get(start..end)
    }

    /// Whether there is a tag such as `!!str` before the node.
    ///
    /// Text to the parser stays text if it has one, though it stands without quotes.
    fn has_tag(&self, location: &Location) -> bool {
        let start = location.span().byte_offset().and_then(|start| usize::try_from(start).ok());
        let before = start.and_then(|start| self.text.get(..start)).unwrap_or_default();
        let word = before.rsplit('\n').next().and_then(|line| line.split_whitespace().next_back());
        word.is_some_and(|word| word.starts_with('!'))
    }
}

/// Whether a scalar that is written so has no quotes, and is no block.
///
/// Text in quotes and block text begin with one of these four characters.
fn is_plain(text: &str) -> bool {
    !text.trim_start().starts_with(['"', '\'', '|', '>'])
}

#[cfg(test)]
mod tests;
