//! What spans get from their context when they start: execution tags, and entries of baggage that
//! were asked for.
//!
//! Both are set before the processors of the user see the span. Baggage comes from the caller, so
//! values of sensitive keys are masked and an attribute that the span has is never replaced.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{Span as _, TraceContextExt};
use opentelemetry::{Context, Key, KeyValue};
use opentelemetry_sdk::trace::{Span, SpanData};
use otelier_instrument::masking::{MASK, MaskingContext};
use otelier_instrument::{kit, settings};

use crate::tags;

/// The names of the entries of baggage that become attributes.
#[derive(Clone, Debug, Default)]
pub(super) struct ContextAttributes {
    /// Names that are in no baggage cost one look-up for each span.
    baggage: Vec<Key>,
}

impl ContextAttributes {
    pub(super) fn new(baggage: &[String]) -> Self {
        Self { baggage: baggage.iter().map(|name| Key::from(name.clone())).collect() }
    }

    /// `parent` is the context that the span is started in.
    pub(super) fn on_start(&self, span: &mut Span, parent: &Context) {
        if let Some(tags) = tags::started(span.span_context(), parent.span().span_context()) {
            span.set_attributes(tags.iter().cloned());
        }
        if !self.baggage.is_empty() {
            self.set_baggage(span, parent);
        }
    }

    /// Lets go of the tags that are kept for what is started under the span.
    pub(super) fn on_end(span: &SpanData) {
        tags::ended(&span.span_context);
    }

    /// Copies the attributes of the span to see which are there, so only when there is something to
    /// add.
    /// The settings of masking are the current ones, read for each span that has baggage. A value
    /// of a sensitive key is replaced by the mask; others may be shortened as values of attributes
    /// are.
    fn set_baggage(&self, span: &mut Span, cx: &Context) {
        let baggage = cx.baggage();
        if baggage.is_empty() {
            return;
        }
        let settings = settings::current();
        let keys = settings.masking.keys(MaskingContext::General);
        let entries: Vec<KeyValue> = self
            .baggage
            .iter()
            .filter_map(|name| Some((name, baggage.get(name.as_str())?)))
            .map(|(name, value)| match keys.matches(name.as_str()) {
                true => KeyValue::new(name.clone(), MASK),
                false => KeyValue::new(name.clone(), kit::value::text(value.as_str())),
            })
            .collect();
        if entries.is_empty() {
            return;
        }
        // Baggage comes from outside: what the span says by itself stays.
        let own = span.exported_data().map(|data| data.attributes).unwrap_or_default();
        let is_new = |entry: &KeyValue| own.iter().all(|attribute| attribute.key != entry.key);
        span.set_attributes(entries.into_iter().filter(is_new));
    }
}
