//! The widths of the columns, which all traces of a run share: so their bars begin at one column.
//!
//! `Layout` is what was seen so far, independent of the terminal; `Columns` is what follows from it
//! for one width. They are apart because what was seen grows with each trace, and the columns also
//! depend on what has room.
//!
//! All traces of a `Console` share one `Layout`, so that bars of consecutive traces begin at the
//! same column and can be compared. `render` uses a new one for each call.

use super::super::style::Style;
use super::super::text;
use super::{GAP, LEVEL, MARGIN, Tree};

/// The columns of all that was drawn so far, and the services that appeared. It only ever gets
/// wider.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Layout {
    /// The widest branch with its name.
    label: usize,
    /// Nothing while every trace is of one service: the rule names it.
    service: usize,
    /// The widest outcome, such as `✗ 500 timeout`.
    outcome: usize,
    /// In order of appearance, which decides their colors.
    services: Vec<String>,
}

/// The columns for one width of the terminal.
#[derive(Debug)]
pub(super) struct Columns {
    /// Levels of the tree that are drawn; deeper ones lose their outermost guides.
    pub(super) levels: usize,
    /// Columns for the branch and the name.
    pub(super) label: usize,
    /// Nothing if there is no column for services; names are cut to it.
    pub(super) service: usize,
    /// Nothing on a narrow terminal.
    pub(super) kind: usize,
    /// Columns of the time axis; at least 3.
    pub(super) bar: usize,
    /// Where the bars begin.
    pub(super) bar_at: usize,
}

/// The longest names of kinds.
const KIND: usize = 8;
/// `12.3ms`; those that are longer are of hours.
pub(super) const DURATION: usize = 6;
/// So that a few short names at the start do not make the columns jump with the first longer one.
const SHORTEST_LABEL: usize = 24;
/// No color is used by that many services.
const MOST_SERVICES: usize = 256;

impl Layout {
    /// Makes room for a trace. `style` decides how many levels of the branches are drawn, which is
    /// a part of the width.
    ///
    /// The column for services appears with the first trace that has several of them, and stays.
    pub(in super::super) fn widen(&mut self, tree: &Tree<'_>, style: Style) {
        let levels = most_levels(style);
        let width = |text: &str| text::width(&text::harmless(text));
        let labels =
            tree.nodes.iter().map(|node| text::width(&node.branch(levels)) + width(&node.row.name));
        self.label = labels.max().unwrap_or(0).max(self.label);
        let outcomes = tree.details.iter().filter_map(|detail| detail.outcome.as_ref());
        let outcome = outcomes.map(|(outcome, _)| text::width(outcome)).max().unwrap_or(0);
        self.outcome = outcome.max(self.outcome);
        for service in &tree.services {
            if self.services.len() < MOST_SERVICES && !self.services.iter().any(|it| it == service)
            {
                self.services.push((*service).to_owned());
            }
        }
        if self.service > 0 || tree.services.len() > 1 {
            let services = self.services.iter().map(|service| width(service));
            self.service = services.max().unwrap_or(0).max(1);
        }
    }

    /// Which of the services that appeared this one is. Services beyond `MOST_SERVICES` are all
    /// treated as the first one.
    pub(super) fn index_of(&self, service: &str) -> usize {
        self.services.iter().position(|known| known == service).unwrap_or(0)
    }

    /// Divides the width of the terminal. Names get at most two fifths of it, services a seventh,
    /// and outcomes a fifth; bars get about half of what is left. If that leaves too little for a
    /// bar, the names give way, and with them the levels of the tree.
    pub(super) fn columns(&self, style: Style) -> Columns {
        /// Longer bars would say no more, and move the details far away from the names.
        const WIDEST_BAR: usize = 40;
        /// What a bar should have at least; names give way for it.
        const NARROWEST_BAR: usize = 10;
        /// What names keep in any case.
        const NARROWEST_LABEL: usize = 10;
        /// On a narrower terminal the kinds are left out, and sooner if services have a column.
        const FAIR_WIDTH: usize = 80;
        const FAIR_WIDTH_WITH_SERVICES: usize = 120;
        let width = style.columns();
        let gap = |column: usize| if column > 0 { column + GAP } else { 0 };

        let most_label = width * 2 / 5;
        let service = self.service.min(width / 7);
        let fair = if service > 0 { FAIR_WIDTH_WITH_SERVICES } else { FAIR_WIDTH };
        let kind = if width < fair { 0 } else { KIND };
        let mut levels = most_levels(style);
        let mut label = self.label.max(SHORTEST_LABEL).min(most_label);
        let outcome = self.outcome.min(width / 5);
        let bar_at =
            |label: usize| MARGIN + [label, service, kind, DURATION].map(gap).iter().sum::<usize>();

        // A narrow terminal: names give way until there is a bar to see.
        let missing = (bar_at(label) + NARROWEST_BAR + gap(outcome)).saturating_sub(width);
        if missing > 0 {
            label -= missing.min(label.saturating_sub(NARROWEST_LABEL));
            levels = levels.min(label.saturating_sub(12) / LEVEL);
        }
        let room = width.saturating_sub(bar_at(label));
        // What is behind the bars: outcomes, and short details.
        let behind = (room / 2).max(gap(outcome));
        let bar = room.saturating_sub(behind).clamp(3, WIDEST_BAR);
        Columns { levels, label, service, kind, bar, bar_at: bar_at(label) }
    }
}

/// As many levels of a tree as leave room for names. The branches take half of what names may have
/// at most.
fn most_levels(style: Style) -> usize {
    style.columns() * 2 / 5 / 2 / LEVEL
}
