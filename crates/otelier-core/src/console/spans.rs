//! Draws each trace when it is complete.
//!
//! The processor notes each span's start and end in the `Waiting` that its `Console` shares with
//! the exporter of logs, and draws what that gives back. Drawing itself happens on the thread of
//! `Output`: `on_start` and `on_end` only move data under a short lock.
//!
//! The columns of all traces are in the `Layout` of the `Console`. Its lock is taken on that
//! thread, in the order in which the drawings were queued, so a trace is never drawn in narrower
//! columns than the one before it.
//!
//! Routes are counted for all sampled spans, whether or not their trace was complete when it was
//! drawn, because the table at the end is about all of the run.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, SpanId, Status, TraceContextExt};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::summary::Routes;
use super::tree::{self, SpanRow};
use super::waiting::Drawn;
use super::{Console, FLUSH_TIMEOUT, logs, service_name};

/// Draws each trace on the console when its local root has ended.
///
/// The local root is a span without a parent, or with a remote one: the part of a trace that
/// happens in this process. A span that ends after its local root is drawn when the last of them
/// has ended. The number of spans that wait is bounded; beyond it, the oldest trace is drawn as far
/// as it has come. A flush draws all that have ended.
///
/// Log records that a [`ConsoleLogExporter`](super::ConsoleLogExporter) of the same console gets
/// while their trace waits are drawn below their spans. Shutdown draws a table of the requests and
/// messages that were served: how many of each, how many failed, how long they took.
#[derive(Debug)]
pub struct ConsoleSpanProcessor {
    console: Console,
    /// `service.name` of the resource; empty until the SDK calls `set_resource`.
    service: String,
    /// The most spans, open or ended, that wait at a time; at least 1.
    max_spans: usize,
    /// The requests and messages that were served since the start; taken by shutdown.
    routes: Mutex<Routes>,
}

impl ConsoleSpanProcessor {
    /// Draws on `console`.
    #[must_use]
    pub fn new(console: &Console) -> Self {
        Self {
            console: console.clone(),
            service: String::new(),
            max_spans: 4096,
            routes: Mutex::default(),
        }
    }

    /// Sets how many spans, open or ended, may wait for their local root to end. Default: 4096. At
    /// least 1.
    #[must_use]
    pub fn with_max_spans(mut self, max: usize) -> Self {
        self.max_spans = max.max(1);
        self
    }

    /// Queues the drawing of spans and log records of one trace. Log records without spans are
    /// drawn as lines of their own.
    fn draw(&self, drawn: Drawn) {
        if drawn.is_empty() {
            return;
        }
        let (service, style) = (self.service.clone(), self.console.style);
        let layout = self.console.layout.clone();
        self.console.output.submit(move || {
            if drawn.spans.is_empty() {
                // Their spans are not sampled, or have not ended.
                return drawn.logs.iter().map(|log| logs::line(log, style)).collect();
            }
            let rows: Vec<_> = drawn.spans.into_iter().map(|span| row(&service, span)).collect();
            let mut layout = layout.lock().unwrap_or_else(PoisonError::into_inner);
            let mut drawing = tree::draw(&rows, &drawn.logs, style, &mut layout);
            drawing.push('\n');
            drawing
        });
    }

    /// Queues all that have ended, and waits for the terminal for at most `timeout`. Spans that are
    /// still open stay, and are drawn later.
    fn flush(&self, timeout: Duration) -> OTelSdkResult {
        let groups = self.console.waiting().take_all();
        for drawn in groups {
            self.draw(drawn);
        }
        self.console.flush(timeout)
    }

    /// Counts a span for the table of routes; `Routes` leaves out what was not served. A clock that
    /// was set back makes its duration zero.
    fn count(&self, span: &SpanData) {
        if span.span_context.is_sampled() {
            let duration = span.end_time.duration_since(span.start_time).unwrap_or_default();
            let is_error = matches!(span.status, Status::Error { .. });
            let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
            routes.add(&self.service, &span.name, &span.span_kind, duration, is_error);
        }
    }
}

impl SpanProcessor for ConsoleSpanProcessor {
    /// A remote parent, or one that is not valid, makes the span a local root.
    fn on_start(&self, span: &mut Span, cx: &Context) {
        let id = span.span_context().span_id();
        let parent = cx.span();
        let parent = parent.span_context();
        let parent = (parent.is_valid() && !parent.is_remote()).then(|| parent.span_id());
        let evicted = self.console.waiting().start(id, parent, self.max_spans);
        self.draw(evicted);
    }

    /// Spans that are recorded without being sampled are neither drawn nor counted.
    fn on_end(&self, span: SpanData) {
        self.count(&span);
        let drawn = self.console.waiting().end(span);
        self.draw(drawn);
    }

    /// Also draws traces whose local root is still open, as far as they have come.
    fn force_flush(&self) -> OTelSdkResult {
        self.flush(FLUSH_TIMEOUT)
    }

    /// Draws what has ended, and then the table of routes if there is any.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        for drawn in self.console.waiting().take_all() {
            self.draw(drawn);
        }
        let routes =
            std::mem::take(&mut *self.routes.lock().unwrap_or_else(PoisonError::into_inner));
        let style = self.console.style;
        self.console.output.submit(move || {
            let mut table = routes.draw(style);
            if !table.is_empty() {
                table.push('\n');
            }
            table
        });
        self.console.flush(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.service = service_name(resource);
    }
}

/// The span as the tree draws it. Values of attributes become text here, because a drawing reads
/// nothing else of them.
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
