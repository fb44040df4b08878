//! Collects the spans of each trace until it can be drawn.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, SpanId, TraceContextExt};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::tree::{SpanRow, render};
use super::{Console, FLUSH_TIMEOUT, service_name};

/// Draws each trace on the console when its local root has ended.
///
/// The local root is a span without a parent, or with a remote one: the part of a trace that
/// happens in this process. A span that ends after its local root is drawn when the last of them
/// has ended. The number of spans that wait is bounded; beyond it, the oldest trace is drawn as far
/// as it has come. A flush draws all that have ended.
#[derive(Debug)]
pub struct ConsoleSpanProcessor {
    console: Console,
    service: String,
    max_spans: usize,
    traces: Mutex<Traces>,
}

impl ConsoleSpanProcessor {
    /// Draws on `console`.
    #[must_use]
    pub fn new(console: &Console) -> Self {
        Self {
            console: console.clone(),
            service: String::new(),
            max_spans: 4096,
            traces: Mutex::default(),
        }
    }

    /// Sets how many spans, open or ended, may wait for their local root to end. Default: 4096.
    #[must_use]
    pub fn with_max_spans(mut self, max: usize) -> Self {
        self.max_spans = max.max(1);
        self
    }

    fn traces(&self) -> MutexGuard<'_, Traces> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self, spans: Vec<SpanData>) {
        if spans.is_empty() {
            return;
        }
        let (service, style) = (self.service.clone(), self.console.style);
        self.console.output.submit(move || {
            let rows: Vec<_> = spans.into_iter().map(|span| row(&service, span)).collect();
            let mut drawing = render(&rows, style);
            drawing.push('\n');
            drawing
        });
    }

    fn flush(&self, timeout: Duration) -> OTelSdkResult {
        let groups = self.traces().take_all();
        for spans in groups {
            self.draw(spans);
        }
        self.console.flush(timeout)
    }
}

impl SpanProcessor for ConsoleSpanProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        let id = span.span_context().span_id();
        let parent = cx.span();
        let parent = parent.span_context();
        let parent = (parent.is_valid() && !parent.is_remote()).then(|| parent.span_id());
        let evicted = self.traces().start(id, parent, self.max_spans);
        self.draw(evicted);
    }

    fn on_end(&self, span: SpanData) {
        let drawn = self.traces().end(span);
        self.draw(drawn);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush(FLUSH_TIMEOUT)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.flush(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.service = service_name(resource);
    }
}

/// The spans that wait, in groups of one local root each.
#[derive(Debug, Default)]
struct Traces {
    /// By age: the keys only ever grow.
    groups: BTreeMap<u64, Group>,
    /// The group of each span that is open, or that has ended and waits.
    members: HashMap<SpanId, u64>,
    last_key: u64,
}

#[derive(Debug)]
struct Group {
    root: SpanId,
    root_ended: bool,
    open: usize,
    ended: Vec<SpanData>,
}

impl Traces {
    /// Notes that a span has started; returns what has to be drawn to make room for it.
    fn start(&mut self, id: SpanId, parent: Option<SpanId>, max: usize) -> Vec<SpanData> {
        let evicted = if self.members.len() >= max { self.evict() } else { Vec::new() };
        // A parent of which nothing is known was not recorded, or has been drawn.
        let known = parent.and_then(|parent| self.members.get(&parent).copied());
        let key = known.unwrap_or_else(|| {
            self.last_key += 1;
            self.last_key
        });
        let root = || Group { root: id, root_ended: false, open: 0, ended: Vec::new() };
        self.groups.entry(key).or_insert_with(root).open += 1;
        self.members.insert(id, key);
        evicted
    }

    /// Notes that a span has ended; returns what can be drawn now.
    fn end(&mut self, span: SpanData) -> Vec<SpanData> {
        let id = span.span_context.span_id();
        // What is recorded without being sampled is for processors only.
        let sampled = span.span_context.is_sampled();
        let key = self.members.get(&id).copied().unwrap_or_default();
        let Some(group) = self.groups.get_mut(&key) else {
            // Its group was forgotten for want of room.
            return if sampled { vec![span] } else { Vec::new() };
        };
        group.open -= 1;
        let is_root = group.root == id;
        group.root_ended |= is_root;
        if sampled {
            group.ended.push(span);
        } else {
            self.members.remove(&id);
        }
        // Those that outlive their root wait for each other.
        if is_root || group.root_ended && group.open == 0 { self.take(key) } else { Vec::new() }
    }

    /// Takes the ended spans of a group, and the group itself if nothing more can come.
    fn take(&mut self, key: u64) -> Vec<SpanData> {
        let Some(group) = self.groups.get_mut(&key) else { return Vec::new() };
        let ended = mem::take(&mut group.ended);
        if group.open == 0 {
            self.groups.remove(&key);
        }
        for span in &ended {
            self.members.remove(&span.span_context.span_id());
        }
        ended
    }

    fn take_all(&mut self) -> Vec<Vec<SpanData>> {
        let keys: Vec<_> = self.groups.keys().copied().collect();
        keys.into_iter().map(|key| self.take(key)).collect()
    }

    /// Makes room: takes the oldest ended spans or, when all are open, forgets the oldest group.
    fn evict(&mut self) -> Vec<SpanData> {
        let ended = self.groups.iter().find(|(_, group)| !group.ended.is_empty());
        match ended.map(|(key, _)| *key) {
            Some(key) => self.take(key),
            None => {
                if let Some((forgotten, _)) = self.groups.pop_first() {
                    self.members.retain(|_, key| *key != forgotten);
                }
                Vec::new()
            }
        }
    }
}

fn row(service: &str, span: SpanData) -> SpanRow {
    SpanRow {
        trace_id: span.span_context.trace_id(),
        span_id: span.span_context.span_id(),
        parent_id: (span.parent_span_id != SpanId::INVALID).then_some(span.parent_span_id),
        service: service.to_owned(),
        name: span.name.into_owned(),
        kind: span.span_kind,
        start: span.start_time,
        end: span.end_time,
        status: span.status,
        attributes: span
            .attributes
            .into_iter()
            .map(|kv| (kv.key.to_string(), kv.value.to_string()))
            .collect(),
        links: span
            .links
            .iter()
            .map(|link| (link.span_context.trace_id(), link.span_context.span_id()))
            .collect(),
    }
}

#[cfg(test)]
mod tests;
