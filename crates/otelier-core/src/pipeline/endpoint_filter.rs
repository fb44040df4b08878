//! A sampler that comes before the configured one: it drops the spans of filtered HTTP requests and
//! what they cause in this process.
//!
//! The span that is dropped marks its trace state, by which the samplers of its children know it:
//! the configured sampler need not be based on the parent. Our propagator leaves the mark out, and
//! the callee learns from the flag 00 that nothing is recorded.
//!
//! Patterns are matched anywhere in the text: the path with the query of a server span, or the full
//! URL of a client span. These attributes must be given when the span is started, as the
//! integrations do.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};
use otelier_instrument::semconv::attribute;
use otelier_propagation::filtered;
use regex::RegexSet;

use crate::config::EndpointFilterSettings;

/// What is not recorded.
#[derive(Clone, Debug)]
pub(crate) struct EndpointFilters {
    /// For spans of the kind `Server`: the general patterns and those for servers.
    server: RegexSet,
    /// For spans of the kind `Client`: the general patterns and those for clients.
    client: RegexSet,
}

impl EndpointFilters {
    /// `None` if nothing is filtered.
    ///
    /// The patterns are compiled into one set for each kind of span, so a request is compared with
    /// all of them at once.
    pub(super) fn new(settings: &EndpointFilterSettings) -> Option<Self> {
        let set = |own: &[String]| {
            // Each was found to be one; a set that is too large filters nothing.
            RegexSet::new(settings.general.value.iter().chain(own)).unwrap_or_else(|error| {
                crate::diagnostics::warn(&format!("no HTTP endpoint is filtered: {error}"));
                RegexSet::empty()
            })
        };
        let filters =
            Self { server: set(&settings.server.value), client: set(&settings.client.value) };
        (!filters.server.is_empty() || !filters.client.is_empty()).then_some(filters)
    }

    /// Of attributes that are given twice the later one counts. Spans without the attribute, and
    /// those of other kinds, do not match.
    /// An empty query adds nothing to the path.
    fn matches(&self, kind: &SpanKind, attributes: &[KeyValue]) -> bool {
        let value = |key: &str| {
            let last = attributes.iter().rev().find(|attribute| attribute.key.as_str() == key);
            last.map(|attribute| attribute.value.as_str())
        };
        match kind {
            SpanKind::Server if !self.server.is_empty() => {
                value(attribute::URL_PATH).is_some_and(|path| {
                    let text = match value(attribute::URL_QUERY) {
                        Some(query) if !query.is_empty() => Cow::Owned(format!("{path}?{query}")),
                        _ => path,
                    };
                    self.server.is_match(&text)
                })
            }
            SpanKind::Client if !self.client.is_empty() => {
                value(attribute::URL_FULL).is_some_and(|url| self.client.is_match(&url))
            }
            _ => false,
        }
    }
}

/// A sampler behind [`EndpointFilters`].
/// `S` need not be `Clone`.
#[derive(Debug)]
pub(super) struct EndpointFilter<S> {
    /// Asked before the sampler.
    filters: EndpointFilters,
    /// Shared by clones, since the SDK clones its sampler and the user's need not be able to.
    sampler: Arc<S>,
}

impl<S> EndpointFilter<S> {
    pub(super) fn new(filters: EndpointFilters, sampler: Arc<S>) -> Self {
        Self { filters, sampler }
    }
}

impl<S> Clone for EndpointFilter<S> {
    fn clone(&self) -> Self {
        Self { filters: self.filters.clone(), sampler: Arc::clone(&self.sampler) }
    }
}

impl<S: ShouldSample + 'static> ShouldSample for EndpointFilter<S> {
    /// Drops a child of a dropped span of this process, and then what the filters match. The
    /// sampler behind is not asked about these.
    ///
    /// A child of a remote parent is asked about as usual, even if the trace state has the mark.
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let parent = parent_context.map(|cx| cx.span().span_context().clone());
        let state = parent.as_ref().map(|parent| parent.trace_state().clone()).unwrap_or_default();
        let drop = |trace_state| SamplingResult {
            decision: SamplingDecision::Drop,
            attributes: Vec::new(),
            trace_state,
        };
        // A mark from elsewhere says nothing about this process.
        if parent.is_some_and(|parent| !parent.is_remote()) && filtered::is_marked(&state) {
            return drop(state);
        }
        if self.filters.matches(span_kind, attributes) {
            return drop(filtered::mark(state));
        }
        self.sampler.should_sample(parent_context, trace_id, name, span_kind, attributes, links)
    }
}

#[cfg(test)]
mod tests;
