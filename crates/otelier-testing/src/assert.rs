//! Assertions on whole span trees and whole metrics that print a readable difference.
//!
//! An expectation is compared as a whole and leaves a list of lines, each marked as the same,
//! missing or unexpected; no line of the last two means that it holds. `diff` holds the lines.
//! `span`, `metric` and `attributes` compare one thing each, `tree` and `metric` put the parts
//! together. Where order says nothing, `pairing` finds which expectation belongs to what, by the
//! number of lines that differ.

mod attributes;
mod conventions;
mod diff;
mod metric;
mod pairing;
mod span;
mod tree;

pub use attributes::{Expected, any, matching};
pub use diff::Mismatch;
pub use metric::{
    ExpectedMetric, ExpectedPoint, assert_metric, assert_points, check_metric, metric, point,
};
pub use span::{ExpectedEvent, ExpectedLink, ExpectedSpan, event, link_to, span};
pub use tree::{assert_tree, assert_trees, check_trees, draw_tree};

#[cfg(test)]
mod tests;
