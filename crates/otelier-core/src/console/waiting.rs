//! The spans and log records of each trace, until it can be drawn.
//!
//! A group is what began with one local root in this process; it is not a trace, of which one
//! process may have several parts. A span joins the group of its parent if that is known, and
//! begins a group if not.
//!
//! A group is drawn when its root has ended, with all spans of it that have ended by then. Spans
//! that outlive the root stay, and are drawn together when the last of them has ended. So a span is
//! drawn exactly once, and most traces are drawn in one piece.
//!
//! Memory is bounded twice: by the number of spans, which the processor sets, and by the number of
//! log records. When a span does not fit, the oldest ended spans are drawn early; when all are
//! open, as with spans that are never ended, the oldest group is forgotten and its spans are drawn
//! one by one when they end.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;

use super::tree::LogRow;

/// How many log records may wait for their trace. Beyond it they are lines of their own.
const MOST_LOGS: usize = 4096;

/// What can be drawn now: spans of one trace, and log records.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// In the order in which they ended; the tree sorts them.
    pub(super) spans: Vec<SpanData>,
    /// Log records of these spans, and of spans that are not drawn with them: those that are not
    /// sampled and, at a flush, those that are open.
    pub(super) logs: Vec<LogRow>,
}

impl Drawn {
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.logs.is_empty()
    }
}

/// The spans that wait, in groups of one local root each.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// By age: the keys only ever grow.
    groups: BTreeMap<u64, Group>,
    /// The group of each span that is open, or that has ended and waits.
    members: HashMap<SpanId, u64>,
    /// The key of the youngest group; 0 is none.
    last_key: u64,
    /// How many log records there are in all groups.
    logs: usize,
}

/// One local root and what is below it in this process.
#[derive(Debug)]
struct Group {
    /// The span that began the group.
    root: SpanId,
    /// Whether spans of the group now wait for each other, and not for the root.
    root_ended: bool,
    /// Spans that have started and not ended.
    open: usize,
    /// Sampled spans that have ended and were not drawn yet.
    ended: Vec<SpanData>,
    /// Log records of spans of the group that were not drawn yet.
    logs: Vec<LogRow>,
}

impl Waiting {
    /// Notes that a span has started; returns what has to be drawn to make room for it. `max` is
    /// how many spans may wait; `parent` is `None` for a local root.
    pub(super) fn start(&mut self, id: SpanId, parent: Option<SpanId>, max: usize) -> Drawn {
        let evicted = if self.members.len() >= max { self.evict() } else { Drawn::default() };
        // A parent of which nothing is known was not recorded, or has been drawn.
        let known = parent.and_then(|parent| self.members.get(&parent).copied());
        let key = known.unwrap_or_else(|| {
            self.last_key += 1;
            self.last_key
        });
        let (ended, logs) = (Vec::new(), Vec::new());
        let root = || Group { root: id, root_ended: false, open: 0, ended, logs };
        self.groups.entry(key).or_insert_with(root).open += 1;
        self.members.insert(id, key);
        evicted
    }

    /// Notes that a span has ended; returns what can be drawn now. That is empty while the root is
    /// open. A span whose group was forgotten is drawn at once and alone.
    pub(super) fn end(&mut self, span: SpanData) -> Drawn {
        let id = span.span_context.span_id();
        // What is recorded without being sampled is for processors only.
        let sampled = span.span_context.is_sampled();
        let key = self.members.get(&id).copied().unwrap_or_default();
        let Some(group) = self.groups.get_mut(&key) else {
            // Its group was forgotten for want of room.
            let spans = if sampled { vec![span] } else { Vec::new() };
            return Drawn { spans, logs: Vec::new() };
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
        let is_complete = is_root || group.root_ended && group.open == 0;
        if is_complete { self.take(key, false) } else { Drawn::default() }
    }

    /// Keeps a log record until its span is drawn. Gives it back if its span does not wait, or if
    /// there is no room. Then it is to be drawn as a line of its own.
    pub(super) fn hold(&mut self, log: LogRow) -> Option<LogRow> {
        let key = self.members.get(&log.span_id).filter(|_| self.logs < MOST_LOGS);
        let Some(group) = key.and_then(|key| self.groups.get_mut(key)) else { return Some(log) };
        group.logs.push(log);
        self.logs += 1;
        None
    }

    /// Takes the ended spans of a group and their log records, and the group itself if nothing more
    /// can come; `all` takes the log records of open spans too.
    fn take(&mut self, key: u64, all: bool) -> Drawn {
        let Some(group) = self.groups.get_mut(&key) else { return Drawn::default() };
        let spans = mem::take(&mut group.ended);
        let mut logs = mem::take(&mut group.logs);
        for span in &spans {
            self.members.remove(&span.span_context.span_id());
        }
        if group.open == 0 {
            self.groups.remove(&key);
        } else if !all {
            let is_open = |log: &LogRow| self.members.contains_key(&log.span_id);
            let (open, ended) = logs.into_iter().partition(is_open);
            group.logs = open;
            logs = ended;
        }
        self.logs -= logs.len();
        Drawn { spans, logs }
    }

    /// Takes what has ended of every group, the oldest first, for a flush. Groups with open spans
    /// stay; the log records of those are taken with the others.
    pub(super) fn take_all(&mut self) -> Vec<Drawn> {
        let keys: Vec<_> = self.groups.keys().copied().collect();
        keys.into_iter().map(|key| self.take(key, true)).collect()
    }

    /// Makes room: takes the oldest ended spans or, when all are open, forgets the oldest group.
    /// The log records of a forgotten group are returned, and its open spans are drawn later
    /// without them.
    fn evict(&mut self) -> Drawn {
        let ended = self.groups.iter().find(|(_, group)| !group.ended.is_empty());
        match ended.map(|(key, _)| *key) {
            Some(key) => self.take(key, false),
            None => {
                let Some((forgotten, group)) = self.groups.pop_first() else {
                    return Drawn::default();
                };
                self.members.retain(|_, key| *key != forgotten);
                self.logs -= group.logs.len();
                Drawn { spans: Vec::new(), logs: group.logs }
            }
        }
    }

    /// Whether nothing waits.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.groups.is_empty() && self.logs == 0
    }

    /// How many spans, and how many groups.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.members.len(), self.groups.len())
    }
}
