//! Reads the properties of a mapping, each once, and finds those that nothing asks for.
//!
//! It works in three steps: a module asks for each property that it knows, which marks the property
//! as taken; `others` takes what is left where any name is allowed; `finish` reports what was not
//! taken. A fault about an unknown name lists the names that were asked for, so it cannot differ
//! from what the code reads.

use std::cell::Cell;

use super::item::{Item, alternatives, shown};
use super::notes::Notes;
use super::yaml::{Key, Node};

/// The properties of a mapping.
#[derive(Debug)]
pub(super) struct Mapping<'n> {
    /// The mapping itself, for its path and its place.
    item: Item<'n>,
    /// In the order of the file, each with whether it was taken.
    entries: Vec<(&'n Key, &'n Node, Cell<bool>)>,
    /// The names that were asked for.
    asked: Vec<&'static str>,
    /// Whether other properties are none of our business.
    is_open: bool,
}

impl<'n> Mapping<'n> {
    /// Nothing is taken yet.
    pub(super) fn new(item: &Item<'n>, entries: &'n [(Key, Node)]) -> Self {
        Self {
            item: item.clone(),
            entries: entries.iter().map(|(key, node)| (key, node, Cell::new(false))).collect(),
            asked: Vec::new(),
            is_open: false,
        }
    }

    /// The mapping itself.
    ///
    /// For a problem that is about several properties.
    pub(super) fn as_item(&self) -> &Item<'n> {
        &self.item
    }

    pub(super) fn notes(&self) -> &'n Notes {
        self.item.notes
    }

    /// Makes other properties none of our business.
    ///
    /// `finish` then reports nothing.
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    /// The property `name`, which may be null.
    ///
    /// For a component that may be left empty. A property may be asked for more than once.
    pub(super) fn item(&mut self, name: &'static str) -> Option<Item<'n>> {
        self.asked.push(name);
        let (_, node, taken) = self.entries.iter().find(|(key, ..)| key.name == name)?;
        taken.set(true);
        let path = match self.item.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        Some(Item::new(path, node, self.notes()))
    }

    /// The property `name`. Null is the same as if it were absent.
    pub(super) fn value(&mut self, name: &'static str) -> Option<Item<'n>> {
        self.item(name).filter(|item| !item.is_null())
    }

    /// The property `name`, without which there is a fault.
    ///
    /// It may be null; what that means is up to the caller.
    pub(super) fn required(&mut self, name: &'static str) -> Option<Item<'n>> {
        let item = self.item(name);
        if item.is_none() {
            self.item.fault(format_args!("the property {name}"));
        }
        item
    }

    /// Warns if the property `name` is there, since nothing here does what it asks for.
    ///
    /// `instead` says what happens. Null leads to no warning.
    pub(super) fn unsupported(&mut self, name: &'static str, instead: &str) {
        if let Some(item) = self.value(name) {
            item.warn(format_args!("not supported; {instead}"));
        }
    }

    /// All properties that were not asked for, of any name.
    ///
    /// They count as taken from now on.
    pub(super) fn others(&mut self) -> Vec<(&'n str, Item<'n>)> {
        let others = self.entries.iter().filter(|(.., taken)| !taken.replace(true));
        let path = &self.item.path;
        others
            .map(|(key, node, _)| {
                let path = format!("{path}.{}", shown(&key.name));
                (key.name.as_str(), Item::new(path, node, self.item.notes))
            })
            .collect()
    }

    /// Notes the properties that nothing asked for. By the schema there are none, except in files
    /// of a later version, and of what is in development there.
    pub(super) fn finish(self) {
        if self.is_open {
            return;
        }
        let path = match self.item.path.as_str() {
            "" => String::new(),
            path => format!("{path}: "),
        };
        for (key, ..) in self.entries.iter().filter(|(.., taken)| !taken.get()) {
            let name = shown(&key.name);
            let is_experimental =
                ["/development", "/alpha", "/beta"].iter().any(|suffix| key.name.ends_with(suffix));
            if is_experimental || self.notes().is_newer.get() {
                let message = format!("{path}the property {name} is not known and is ignored");
                self.notes().warn(key.at, message);
            } else {
                let known = alternatives(self.asked.iter().copied());
                let message = format!("{path}expected {known}, and not {name}");
                self.notes().fault(key.at, message);
            }
        }
    }
}
