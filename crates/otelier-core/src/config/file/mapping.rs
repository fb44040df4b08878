//! Reads the properties of a mapping, each once, and finds those that nothing asks for.

use std::cell::Cell;

use super::item::{Item, alternatives, shown};
use super::notes::Notes;
use super::yaml::{Key, Node};

/// The properties of a mapping.
#[derive(Debug)]
pub(super) struct Mapping<'n> {
    item: Item<'n>,
    entries: Vec<(&'n Key, &'n Node, Cell<bool>)>,
    /// The names that were asked for.
    asked: Vec<&'static str>,
    /// Whether other properties are none of our business.
    is_open: bool,
}

impl<'n> Mapping<'n> {
    pub(super) fn new(item: &Item<'n>, entries: &'n [(Key, Node)]) -> Self {
        Self {
            item: item.clone(),
            entries: entries.iter().map(|(key, node)| (key, node, Cell::new(false))).collect(),
            asked: Vec::new(),
            is_open: false,
        }
    }

    /// The mapping itself.
    pub(super) fn as_item(&self) -> &Item<'n> {
        &self.item
    }

    pub(super) fn notes(&self) -> &'n Notes {
        self.item.notes
    }

    /// Makes other properties none of our business.
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    /// The property `name`, which may be null.
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
    pub(super) fn required(&mut self, name: &'static str) -> Option<Item<'n>> {
        let item = self.item(name);
        if item.is_none() {
            self.item.fault(format_args!("the property {name}"));
        }
        item
    }

    /// Warns if the property `name` is there, since nothing here does what it asks for.
    pub(super) fn unsupported(&mut self, name: &'static str, instead: &str) {
        if let Some(item) = self.value(name) {
            item.warn(format_args!("not supported; {instead}"));
        }
    }

    /// All properties that were not asked for, of any name.
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
