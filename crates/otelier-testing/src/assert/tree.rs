//! Whole traces compared as trees.
//!
//! Spans are captured as a flat list in the order of their ends. `forest` makes trees of them by
//! parent ids; then expected and captured trees are compared from the roots down, siblings in any
//! order.
//!
//! A test must not miss a span that the tree cannot hold. Spans with an id that exists twice, and
//! spans whose parents form a ring, are therefore kept in the forest too, and show up in the
//! difference.

use std::collections::HashMap;

use super::diff::{Diff, Mismatch};
use super::pairing::pair;
use super::span::{self, ExpectedSpan};
use crate::model::Span;

/// Asserts that `spans` are exactly this one tree: every span, attribute, event and link, and
/// nothing else.
///
/// ```should_panic
/// use otelier_testing::{assert_tree, span};
///
/// # let capture = otelier_testing::Capture::new();
/// assert_tree(
///     &capture.spans(),
///     span("GET /ping/{id}")
///         .server()
///         .attr("http.request.method", "GET")
///         .attr("http.response.status_code", 500)
///         .attr_any("server.port")
///         .error("500")
///         .child(span("make answer").attr("length", 12)),
/// );
/// ```
///
/// # Panics
/// If they are not, with the difference line by line.
#[track_caller]
pub fn assert_tree(spans: &[Span], expected: ExpectedSpan) {
    assert_trees(spans, [expected]);
}

/// Like [`assert_tree`] for any number of trees; none asserts that there are no spans.
///
/// # Panics
/// If the spans are not exactly these trees, with the difference line by line.
///
/// ```
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// use otelier_testing::{Capture, assert_trees, span};
///
/// let capture = Capture::new();
/// assert_trees(&capture.spans(), []);
///
/// let tracer = capture.tracer_provider().tracer("doc");
/// tracer.in_span("first", |_| ());
/// tracer.in_span("second", |_| tracer.in_span("inner", |_| ()));
/// assert_trees(&capture.spans(), [span("second").child(span("inner")), span("first")]);
/// ```
#[track_caller]
pub fn assert_trees(spans: &[Span], expected: impl IntoIterator<Item = ExpectedSpan>) {
    if let Err(mismatch) = check_trees(spans, expected) {
        panic!("{mismatch}");
    }
}

/// Like [`assert_trees`] without the panic.
///
/// # Errors
/// The difference.
///
/// ```
/// use otelier_testing::{Capture, check_trees, span};
///
/// let difference = check_trees(&Capture::new().spans(), [span("work")]).unwrap_err();
/// assert!(difference.to_string().contains("work"));
/// ```
pub fn check_trees(
    spans: &[Span],
    expected: impl IntoIterator<Item = ExpectedSpan>,
) -> Result<(), Mismatch> {
    let expected: Vec<_> = expected.into_iter().collect();
    compare_siblings(&expected, false, &forest(spans), 0).finish("span trees")
}

/// Draws spans as indented trees, in the format of the differences.
#[must_use]
pub fn draw_tree(spans: &[Span]) -> String {
    let mut diff = Diff::default();
    for tree in forest(spans) {
        tree.draw(0, &mut diff);
    }
    match diff.len() {
        0 => "(no spans)".to_owned(),
        _ => diff.into_text(),
    }
}

/// A span with the spans below it.
struct Node<'a> {
    span: &'a Span,
    /// In order of start.
    children: Vec<Node<'a>>,
}

impl Node<'_> {
    /// The span and all below it as unexpected.
    fn draw(&self, depth: usize, diff: &mut Diff) {
        span::draw_span(self.span, depth, diff);
        for child in &self.children {
            child.draw(depth + 1, diff);
        }
    }
}

/// Roots and siblings in order of start. A span whose parent is not among `spans` is a root.
fn forest(spans: &[Span]) -> Vec<Node<'_>> {
    let mut by_start: Vec<&Span> = spans.iter().collect();
    by_start.sort_by_key(|it| it.start);

    // The first of two spans of the same id gets the children; the other stands there without.
    let mut by_id = HashMap::new();
    for (index, span) in by_start.iter().enumerate() {
        by_id.entry((span.trace_id, span.span_id)).or_insert(index);
    }
    let mut roots = Vec::new();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); by_start.len()];
    for (index, span) in by_start.iter().enumerate() {
        match span.parent_span_id.and_then(|parent| by_id.get(&(span.trace_id, parent))) {
            Some(&parent) => children[parent].push(index),
            None => roots.push(index),
        }
    }

    fn grow<'a>(index: usize, spans: &[&'a Span], children: &mut [Vec<usize>]) -> Node<'a> {
        let own = std::mem::take(&mut children[index]);
        let children = own.into_iter().map(|child| grow(child, spans, children)).collect();
        Node { span: spans[index], children }
    }
    let mut forest: Vec<Node<'_>> =
        roots.into_iter().map(|root| grow(root, &by_start, &mut children)).collect();
    // What no root reaches is a ring of parents: broken, so it must show.
    while let Some(index) = children.iter().position(|it| !it.is_empty()) {
        forest.push(grow(index, &by_start, &mut children));
    }
    forest
}

/// Compares each expectation with each node, pairs them, and joins the lines of the pairs.
/// Expectations without a partner are missing. Nodes without one are unexpected, unless `open`
/// allows others.
fn compare_siblings(
    expected: &[ExpectedSpan],
    open: bool,
    captured: &[Node<'_>],
    depth: usize,
) -> Diff {
    let diffs: Vec<Vec<Diff>> = expected
        .iter()
        .map(|expected| captured.iter().map(|node| compare(expected, node, depth)).collect())
        .collect();
    let partners = pair(&diffs);

    let mut diff = Diff::default();
    for (index, expected) in expected.iter().enumerate() {
        match partners[index] {
            Some(partner) => diff.append(diffs[index][partner].clone()),
            None => expected.draw(depth, &mut diff),
        }
    }
    for (index, node) in captured.iter().enumerate() {
        if !open && !partners.contains(&Some(index)) {
            node.draw(depth, &mut diff);
        }
    }
    diff
}

/// Compares one span and everything below it.
fn compare(expected: &ExpectedSpan, node: &Node<'_>, depth: usize) -> Diff {
    let mut diff = expected.compare(node.span, depth);
    diff.append(compare_siblings(
        &expected.children,
        expected.any_children,
        &node.children,
        depth + 1,
    ));
    diff
}
