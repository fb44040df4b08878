//! From spans in any order to the lines of a tree.
//!
//! Nothing is taken for granted of the rows: they may come in any order, name parents that are not
//! here, be their own parents or each other's ancestors, or share an id. Each row becomes one node
//! all the same; of rows with the same id the first to start is the parent of the children.
//!
//! A node keeps, for itself and the levels above it, whether it is the last of its siblings. That
//! is all that is needed to draw the branches, without looking at the other nodes again.

use std::collections::HashMap;

use super::{LEVEL, SpanRow};

/// A span at its place in the tree.
pub(super) struct Node<'a> {
    pub(super) row: &'a SpanRow,
    /// Whether it names a parent that is not among the rows.
    pub(super) is_orphan: bool,
    /// Whether a guide to the first child begins below its name.
    has_children: bool,
    /// 0 for those at the top.
    depth: usize,
    /// For the innermost levels above, and its own: whether it is the last of its siblings. The
    /// innermost comes last; at most `KEPT`, and nothing at the top.
    lasts: Vec<bool>,
}

/// More levels than any terminal shows. Not all are kept: a chain of spans would take memory in the
/// square of its depth.
const KEPT: usize = 16;

impl Node<'_> {
    /// The number of ancestors that are drawn above it, however many of them have guides.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// What stands before the span's name. `levels` is how many levels of guides there may be;
    /// empty at the top.
    pub(super) fn branch(&self, levels: usize) -> String {
        let Some((last, above)) = self.lasts.split_last() else { return String::new() };
        let mut branch = guides(above, self.depth - 1, levels);
        branch.push_str(if *last { "└─ " } else { "├─ " });
        branch
    }

    /// What stands before a further line of the span. For example its details: the guides of all
    /// levels, and one to its first child if it has any.
    pub(super) fn guides(&self, levels: usize) -> String {
        let mut guides = guides(&self.lasts, self.depth, levels + 1);
        guides.push_str(if self.has_children { "│ " } else { "  " });
        guides
    }
}

/// The lines that pass through on their way down; of more than `levels`, the innermost. A mark
/// stands for those that are left out.
fn guides(lasts: &[bool], depth: usize, levels: usize) -> String {
    let shown = levels.min(lasts.len());
    let mut guides = String::with_capacity(LEVEL * (levels + 1));
    if depth > shown {
        guides.push_str("⋯  ");
    }
    for last in &lasts[lasts.len() - shown..] {
        guides.push_str(if *last { "   " } else { "│  " });
    }
    guides
}

/// Puts parents before their children, and siblings in the order in which they started. Of siblings
/// that started at the same time the one that ended last comes first, then the id decides, so that
/// the result does not depend on the order of the rows.
pub(super) fn order<'a>(rows: &[&'a SpanRow]) -> Vec<Node<'a>> {
    let mut sorted: Vec<&SpanRow> = rows.to_vec();
    sorted.sort_by_key(|row| (row.start, std::cmp::Reverse(row.end), row.span_id.to_bytes()));

    let mut by_id = HashMap::with_capacity(sorted.len());
    for (index, row) in sorted.iter().enumerate() {
        by_id.entry(row.span_id).or_insert(index);
    }
    let parent = |index: usize| {
        let parent = by_id.get(&sorted[index].parent_id?).copied()?;
        (parent != index).then_some(parent)
    };
    let mut children = vec![Vec::new(); sorted.len()];
    let mut roots = Vec::new();
    for index in 0..sorted.len() {
        match parent(index) {
            Some(parent) => children[parent].push(index),
            None => roots.push(index),
        }
    }

    let mut nodes = Vec::with_capacity(sorted.len());
    let mut seen = vec![false; sorted.len()];
    // Spans that are each other's ancestors hang from no root, and are drawn all the same.
    for root in roots.into_iter().chain(0..sorted.len()) {
        // Not recursive: nothing bounds the depth of what is received.
        let mut stack = vec![(root, 0, true)];
        let mut lasts: Vec<bool> = Vec::new();
        while let Some((index, depth, last)) = stack.pop() {
            if std::mem::replace(&mut seen[index], true) {
                continue;
            }
            lasts.truncate(usize::saturating_sub(depth, 1));
            if depth > 0 {
                lasts.push(last);
            }
            let row = sorted[index];
            nodes.push(Node {
                row,
                is_orphan: row.parent_id.is_some() && parent(index).is_none(),
                has_children: !children[index].is_empty(),
                depth,
                lasts: lasts[lasts.len().saturating_sub(KEPT)..].to_vec(),
            });
            let below = children[index].iter().rev().enumerate();
            stack.extend(below.map(|(from_last, child)| (*child, depth + 1, from_last == 0)));
        }
    }
    nodes
}
