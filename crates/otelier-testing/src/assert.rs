//! Assertions on whole span trees and whole metrics that print a readable difference.

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
