//! Expectations on spans, their events and links.
//!
//! An expectation is strict unless a setter relaxes it: everything that is not named must be
//! absent. The exceptions are the parent, the scope and the service, which are checked only if they
//! are set; a tree fixes the parents of all but its roots.
//!
//! Events and links are compared in order. Children are compared in `tree`, in any order.

use opentelemetry::trace::{SpanContext, SpanKind, Status};

use super::attributes::{self, ExpectedAttributes, attribute_setters};
use super::diff::Diff;
use crate::model::{Attributes, Dropped, Event, Link, Span, Value};

/// Expects a span of this name: internal, with unset status, no attributes, events, links or
/// children, and nothing dropped, unless set.
///
/// ```
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// use otelier_testing::{Capture, assert_tree, span};
///
/// let capture = Capture::new();
/// let tracer = capture.tracer_provider().tracer("doc");
/// tracer.in_span("order", |_| tracer.in_span("payment", |_| ()));
/// assert_tree(&capture.spans(), span("order").root().child(span("payment")));
/// ```
pub fn span(name: impl Into<String>) -> ExpectedSpan {
    ExpectedSpan {
        name: name.into(),
        kind: SpanKind::Internal,
        status: Status::Unset,
        description_matters: true,
        parent: Parent::Unchecked,
        scope: None,
        service: None,
        attributes: ExpectedAttributes::default(),
        events: Vec::new(),
        any_events: false,
        links: Vec::new(),
        any_links: false,
        dropped: Dropped::default(),
        children: Vec::new(),
        any_children: false,
    }
}

/// A span as it is expected, with its children; made by [`span`].
///
/// ```
/// use otelier_testing::{any, event, span};
///
/// let expected = span("POST /orders")
///     .server()
///     .error("500")
///     .scope("otelier-axum")
///     .attr("http.request.method", "POST")
///     .attr("http.response.status_code", 500)
///     .attr("server.port", any())
///     .event(event("retry").attr("attempt", 2))
///     .child(span("SELECT orders").client().subset());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ExpectedSpan {
    name: String,
    kind: SpanKind,
    status: Status,
    /// `false` accepts any description where an error is expected.
    description_matters: bool,
    /// Checked besides the place in the tree.
    parent: Parent,
    /// The name of the instrumentation scope; `None` accepts any.
    scope: Option<String>,
    /// The resource's `service.name`; `None` accepts any.
    service: Option<String>,
    attributes: ExpectedAttributes,
    events: Vec<ExpectedEvent>,
    /// Expected events are then not compared either.
    any_events: bool,
    links: Vec<ExpectedLink>,
    /// Expected links are then not compared either.
    any_links: bool,
    dropped: Dropped,
    pub(super) children: Vec<ExpectedSpan>,
    pub(super) any_children: bool,
}

impl ExpectedSpan {
    attribute_setters!();

    /// Expects this kind.
    pub fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// Expects kind server.
    pub fn server(self) -> Self {
        self.kind(SpanKind::Server)
    }

    /// Expects kind client.
    pub fn client(self) -> Self {
        self.kind(SpanKind::Client)
    }

    /// Expects kind producer.
    pub fn producer(self) -> Self {
        self.kind(SpanKind::Producer)
    }

    /// Expects kind consumer.
    pub fn consumer(self) -> Self {
        self.kind(SpanKind::Consumer)
    }

    /// Expects status Error without a description and the attribute `error.type` with this value.
    ///
    /// ```
    /// use otelier_testing::span;
    ///
    /// // The same as `.status(Status::error("")).attr("error.type", "timeout")`.
    /// let expected = span("GET").client().error("timeout");
    /// ```
    pub fn error(self, error_type: impl Into<attributes::Expected>) -> Self {
        self.status(Status::error("")).attr("error.type", error_type)
    }

    /// Expects status Error with a description and the attribute `error.type` with this value.
    ///
    /// ```
    /// use otelier_testing::span;
    ///
    /// let expected = span("import").error_described("io::Error", "no such file");
    /// ```
    pub fn error_described(
        self,
        error_type: impl Into<attributes::Expected>,
        description: impl Into<String>,
    ) -> Self {
        self.status(Status::error(description.into())).attr("error.type", error_type)
    }

    /// Expects exactly this status, description included.
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Accepts any description of an error status.
    pub fn any_description(mut self) -> Self {
        self.description_matters = false;
        self
    }

    /// Expects that the span has no parent.
    pub fn root(mut self) -> Self {
        self.parent = Parent::None;
        self
    }

    /// Expects this context as the parent, received from another process.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use opentelemetry::Context;
    /// use opentelemetry::propagation::TextMapPropagator as _;
    /// use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
    /// use otelier_testing::{Capture, assert_tree, span};
    ///
    /// let capture = Capture::new();
    /// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned();
    /// let carrier = HashMap::from([("traceparent".to_owned(), header)]);
    /// let received = capture.propagator().extract_with_context(&Context::new(), &carrier);
    /// drop(capture.tracer_provider().tracer("doc").start_with_context("work", &received));
    /// let parent = received.span().span_context().clone();
    /// assert_tree(&capture.spans(), span("work").remote_parent(parent));
    /// ```
    pub fn remote_parent(mut self, parent: SpanContext) -> Self {
        self.parent = Parent::Remote(parent);
        self
    }

    /// Expects the instrumentation scope of this name.
    pub fn scope(mut self, name: impl Into<String>) -> Self {
        self.scope = Some(name.into());
        self
    }

    /// Expects `service.name` in the resource.
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Expects one more event, after those already expected.
    pub fn event(mut self, event: ExpectedEvent) -> Self {
        self.events.push(event);
        self
    }

    /// Accepts any events.
    pub fn any_events(mut self) -> Self {
        self.any_events = true;
        self
    }

    /// Expects one more link, after those already expected.
    ///
    /// ```
    /// use opentelemetry::trace::{SpanBuilder, Tracer as _, TracerProvider as _};
    /// use otelier_testing::{Capture, assert_trees, link_to, span};
    ///
    /// let capture = Capture::new();
    /// let tracer = capture.tracer_provider().tracer("doc");
    /// drop(tracer.start("sent"));
    /// let sent = capture.span("sent").context();
    /// let link = opentelemetry::trace::Link::with_context(sent.clone());
    /// let builder = SpanBuilder { links: Some(vec![link]), ..SpanBuilder::from_name("received") };
    /// drop(tracer.build(builder));
    /// assert_trees(&capture.spans(), [span("sent"), span("received").link(link_to(&sent))]);
    /// ```
    pub fn link(mut self, link: ExpectedLink) -> Self {
        self.links.push(link);
        self
    }

    /// Accepts any links.
    pub fn any_links(mut self) -> Self {
        self.any_links = true;
        self
    }

    /// Expects that so many attributes, events and links were left out because of a limit; none by
    /// default.
    pub fn dropped(mut self, attributes: u32, events: u32, links: u32) -> Self {
        self.dropped = Dropped { attributes, events, links };
        self
    }

    /// Expects one more child. The order of children does not matter.
    pub fn child(mut self, child: ExpectedSpan) -> Self {
        self.children.push(child);
        self
    }

    /// Expects these children too. The order of children does not matter.
    pub fn children(mut self, children: impl IntoIterator<Item = ExpectedSpan>) -> Self {
        self.children.extend(children);
        self
    }

    /// Accepts children beside the expected ones.
    pub fn any_children(mut self) -> Self {
        self.any_children = true;
        self
    }

    /// Compares everything but the children.
    pub(super) fn compare(&self, captured: &Span, depth: usize) -> Diff {
        let mut diff = Diff::default();
        diff.compare(
            depth,
            &heading(&self.kind, &self.name),
            &heading(&captured.kind, &captured.name),
        );
        let depth = depth + 1;

        if let Some(scope) = &self.scope {
            diff.compare(
                depth,
                &format!("scope: {scope}"),
                &format!("scope: {}", captured.scope.name),
            );
        }
        if let Some(service) = &self.service {
            let service = Value::from(service);
            let found = captured.resource.get("service.name").unwrap_or(&Value::Empty);
            diff.compare(depth, &format!("service: {service}"), &format!("service: {found}"));
        }
        match &self.parent {
            Parent::Unchecked => {}
            Parent::None => diff.compare(depth, "parent: none", &parent_of(captured)),
            Parent::Remote(expected) => {
                let expected =
                    format!("parent: {} {} (remote)", expected.trace_id(), expected.span_id());
                diff.compare(depth, &expected, &parent_of(captured));
            }
        }
        self.compare_status(captured, depth, &mut diff);
        self.attributes.compare(&captured.attributes, depth, &mut diff);
        if self.dropped != captured.dropped {
            diff.compare(depth, &dropped_line(self.dropped), &dropped_line(captured.dropped));
        }
        if !self.any_events {
            zip(&self.events, &captured.events, |pair| match pair {
                (Some(expected), Some(event)) => expected.compare(event, depth, &mut diff),
                (Some(expected), None) => expected.draw(depth, &mut diff),
                (None, Some(event)) => draw_event(event, depth, &mut diff),
                (None, None) => {}
            });
        }
        if !self.any_links {
            zip(&self.links, &captured.links, |pair| match pair {
                (Some(expected), Some(link)) => expected.compare(link, depth, &mut diff),
                (Some(expected), None) => expected.draw(depth, &mut diff),
                (None, Some(link)) => draw_link(link, depth, &mut diff),
                (None, None) => {}
            });
        }
        diff
    }

    /// An unset status that was expected adds no line.
    fn compare_status(&self, captured: &Span, depth: usize, diff: &mut Diff) {
        let found = status_line(&captured.status);
        let accepted = match (&self.status, &captured.status) {
            (Status::Error { .. }, Status::Error { .. }) if !self.description_matters => true,
            (expected, captured) => expected == captured,
        };
        match accepted {
            true if captured.status == Status::Unset => {}
            true => diff.same(depth, found),
            false => diff.compare(depth, &status_line(&self.status), &found),
        }
    }

    /// This expectation as missing, with its children.
    pub(super) fn draw(&self, depth: usize, diff: &mut Diff) {
        diff.missing(depth, heading(&self.kind, &self.name));
        if self.status != Status::Unset {
            diff.missing(depth + 1, status_line(&self.status));
        }
        self.attributes.draw(depth + 1, diff);
        for event in &self.events {
            event.draw(depth + 1, diff);
        }
        for link in &self.links {
            link.draw(depth + 1, diff);
        }
        for child in &self.children {
            child.draw(depth + 1, diff);
        }
    }
}

/// A captured span as unexpected, without its children.
pub(super) fn draw_span(span: &Span, depth: usize, diff: &mut Diff) {
    diff.unexpected(depth, heading(&span.kind, &span.name));
    if span.status != Status::Unset {
        diff.unexpected(depth + 1, status_line(&span.status));
    }
    attributes::draw(&span.attributes, depth + 1, diff);
    for event in &span.events {
        draw_event(event, depth + 1, diff);
    }
    for link in &span.links {
        draw_link(link, depth + 1, diff);
    }
}

/// Expects an event of this name, without attributes unless set.
pub fn event(name: impl Into<String>) -> ExpectedEvent {
    ExpectedEvent { name: name.into(), attributes: ExpectedAttributes::default() }
}

/// An event as it is expected; made by [`event`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ExpectedEvent {
    name: String,
    attributes: ExpectedAttributes,
}

impl ExpectedEvent {
    attribute_setters!();

    fn compare(&self, captured: &Event, depth: usize, diff: &mut Diff) {
        diff.compare(depth, &format!("event: {}", self.name), &format!("event: {}", captured.name));
        self.attributes.compare(&captured.attributes, depth + 1, diff);
    }

    fn draw(&self, depth: usize, diff: &mut Diff) {
        diff.missing(depth, format!("event: {}", self.name));
        self.attributes.draw(depth + 1, diff);
    }
}

/// Expects a link to this span, without attributes unless set.
pub fn link_to(target: &SpanContext) -> ExpectedLink {
    ExpectedLink {
        target: format!("link: {} {}", target.trace_id(), target.span_id()),
        attributes: ExpectedAttributes::default(),
    }
}

/// A link as it is expected; made by [`link_to`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ExpectedLink {
    /// The line that a link to it prints, by which links are compared: trace id and span id.
    target: String,
    attributes: ExpectedAttributes,
}

impl ExpectedLink {
    attribute_setters!();

    fn compare(&self, captured: &Link, depth: usize, diff: &mut Diff) {
        diff.compare(depth, &self.target, &link_line(captured));
        self.attributes.compare(&captured.attributes, depth + 1, diff);
    }

    fn draw(&self, depth: usize, diff: &mut Diff) {
        diff.missing(depth, self.target.clone());
        self.attributes.draw(depth + 1, diff);
    }
}

/// What is expected of a span's parent.
#[derive(Clone, Debug)]
enum Parent {
    Unchecked,
    None,
    Remote(SpanContext),
}

/// Such as `[SERVER] GET /ping`.
fn heading(kind: &SpanKind, name: &str) -> String {
    format!("[{}] {name}", format!("{kind:?}").to_uppercase())
}

fn status_line(status: &Status) -> String {
    match status {
        Status::Unset => "status: Unset".to_owned(),
        Status::Ok => "status: Ok".to_owned(),
        Status::Error { description } if description.is_empty() => "status: Error".to_owned(),
        Status::Error { description } => format!("status: Error {description:?}"),
    }
}

fn dropped_line(dropped: Dropped) -> String {
    let Dropped { attributes, events, links } = dropped;
    format!("dropped: {attributes} attributes, {events} events, {links} links")
}

/// The line for the captured parent; says whether it came from another process.
fn parent_of(span: &Span) -> String {
    match span.parent_span_id {
        None => "parent: none".to_owned(),
        Some(parent) => {
            let origin = if span.parent_is_remote { "remote" } else { "local" };
            format!("parent: {} {parent} ({origin})", span.trace_id)
        }
    }
}

fn draw_event(event: &Event, depth: usize, diff: &mut Diff) {
    draw_named(&format!("event: {}", event.name), &event.attributes, depth, diff);
}

fn draw_link(link: &Link, depth: usize, diff: &mut Diff) {
    draw_named(&link_line(link), &link.attributes, depth, diff);
}

/// A line and the attributes below it, as unexpected.
fn draw_named(text: &str, attributes: &Attributes, depth: usize, diff: &mut Diff) {
    diff.unexpected(depth, text);
    attributes::draw(attributes, depth + 1, diff);
}

fn link_line(link: &Link) -> String {
    format!("link: {} {}", link.trace_id, link.span_id)
}

/// Visits both lists side by side, to the end of the longer one.
fn zip<A, B>(expected: &[A], captured: &[B], mut visit: impl FnMut((Option<&A>, Option<&B>))) {
    for index in 0..expected.len().max(captured.len()) {
        visit((expected.get(index), captured.get(index)));
    }
}
