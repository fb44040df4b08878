//! The W3C baggage propagator.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

const BAGGAGE: &str = "baggage";
const MAX_MEMBERS: usize = 64;
const MAX_BYTES: usize = 8192;

/// What must be encoded in a value: everything but `baggage-octet`, the escape itself, and `+`,
/// which is legal but which decoders made for forms read as a space.
const VALUE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%').add(b'+');

/// What must be encoded in a property. It is kept as it was received, so its own escapes stay.
const PROPERTY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\');

static FIELDS: LazyLock<[String; 1]> = LazyLock::new(|| [BAGGAGE.to_owned()]);

/// Carries [`Baggage`] in the header `baggage`, as [W3C Baggage] says.
///
/// Several headers are one list. Values are percent-encoded UTF-8 and may contain `=`; what follows
/// a `;` is kept as the entry's metadata. A member that is not valid is left out; a key that occurs
/// again replaces the earlier one. Both directions keep to the limits that every implementation
/// must pass, 64 members and 8192 bytes: whole members that go beyond are left out.
///
/// [W3C Baggage]: https://www.w3.org/TR/baggage/
///
/// ```
/// # mod otelier { pub use otelier_propagation as propagation; }
/// use std::collections::HashMap;
///
/// use opentelemetry::baggage::BaggageExt;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::{Context, KeyValue};
/// use otelier::propagation::BaggagePropagator;
///
/// let cx = Context::new().with_baggage([KeyValue::new("tenant", "café")]);
/// let mut sent = HashMap::new();
/// BaggagePropagator::new().inject_context(&cx, &mut sent);
/// assert_eq!(sent["baggage"], "tenant=caf%C3%A9");
/// ```
#[derive(Clone, Debug, Default)]
pub struct BaggagePropagator {
    _private: (),
}

impl BaggagePropagator {
    /// Creates the propagator.
    #[must_use]
    pub fn new() -> Self {
        Self { _private: () }
    }
}

impl TextMapPropagator for BaggagePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let baggage = cx.baggage();
        if baggage.is_empty() {
            return;
        }
        let header = format(baggage);
        if !header.is_empty() {
            injector.set(BAGGAGE, header);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        match extractor.get_all(BAGGAGE).map(|lines| parse(&lines)) {
            Some(baggage) if !baggage.is_empty() => cx.with_baggage(baggage),
            _ => cx.clone(),
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

fn parse(lines: &[&str]) -> Baggage {
    let mut baggage = Baggage::new();
    let mut size = 0;
    let members = lines.iter().flat_map(|line| line.split(',')).filter_map(Member::parse);
    for member in members.take(MAX_MEMBERS) {
        // Counted as the list would be sent in one header, with its commas and without optional
        // white space.
        size += usize::from(size > 0) + member.size();
        if size > MAX_BYTES {
            break;
        }
        baggage.insert_with_metadata(
            member.key.to_owned(),
            percent_decode_str(member.value).decode_utf8_lossy().into_owned(),
            member.properties,
        );
    }
    baggage
}

/// One member of the header as it was received, without the optional white space around its parts.
struct Member<'a> {
    key: &'a str,
    value: &'a str,
    properties: &'a str,
}

impl<'a> Member<'a> {
    fn parse(member: &'a str) -> Option<Self> {
        let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
        let (key, value) = pair.split_once('=')?;
        let (key, value) = (trim(key), trim(value));
        let valid = !key.is_empty()
            && key.bytes().all(is_token)
            && value.bytes().all(|b| !b.is_ascii_control());
        valid.then_some(Self { key, value, properties: trim(properties) })
    }

    fn size(&self) -> usize {
        let properties = match self.properties.len() {
            0 => 0,
            len => len + 1,
        };
        self.key.len() + 1 + self.value.len() + properties
    }
}

fn format(baggage: &Baggage) -> String {
    let size =
        |(key, (value, metadata)): (&opentelemetry::Key, &(opentelemetry::StringValue, _))| {
            let metadata: &opentelemetry::baggage::BaggageMetadata = metadata;
            key.as_str().len() + value.as_str().len() + metadata.as_str().len() + 3
        };
    let mut header = String::with_capacity(baggage.iter().map(size).sum::<usize>().min(MAX_BYTES));
    // A `Baggage` has no more members than may be sent.
    for (key, (value, metadata)) in baggage {
        let before = header.len();
        if before > 0 {
            header.push(',');
        }
        header.push_str(key.as_str());
        header.push('=');
        header.extend(utf8_percent_encode(value.as_str(), VALUE));
        for property in
            metadata.as_str().split(';').map(trim).filter(|property| !property.is_empty())
        {
            header.push(';');
            let (key, value) = property
                .split_once('=')
                .map_or((property, None), |(key, value)| (key, Some(value)));
            header.extend(utf8_percent_encode(trim(key), PROPERTY));
            if let Some(value) = value {
                header.push('=');
                header.extend(utf8_percent_encode(trim(value), PROPERTY));
            }
        }
        if header.len() > MAX_BYTES {
            header.truncate(before);
        }
    }
    header
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The `token` of RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests;
