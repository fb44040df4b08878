//! Configuration that is worked out from the settings, and again whenever those change.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::settings::{self, Settings};

/// A `T` made from the current [`Settings`], remade after each `settings::install`.
pub(crate) struct Derived<T> {
    derive: Box<dyn Fn(&Settings) -> T + Send + Sync>,
    latest: ArcSwap<Versioned<T>>,
}

struct Versioned<T> {
    generation: usize,
    value: Arc<T>,
}

impl<T> Derived<T> {
    pub(crate) fn new(derive: impl Fn(&Settings) -> T + Send + Sync + 'static) -> Self {
        let latest = ArcSwap::from_pointee(Versioned::make(&derive));
        Self { derive: Box::new(derive), latest }
    }

    pub(crate) fn get(&self) -> Arc<T> {
        let latest = self.latest.load();
        if latest.generation == settings::generation() {
            return Arc::clone(&latest.value);
        }
        let renewed = Versioned::make(&self.derive);
        let value = Arc::clone(&renewed.value);
        self.latest.store(Arc::new(renewed));
        value
    }
}

impl<T> Versioned<T> {
    fn make(derive: impl Fn(&Settings) -> T) -> Self {
        // The generation is read first: settings installed in between make the value look old, not new.
        let generation = settings::generation();
        Self { generation, value: Arc::new(derive(&settings::current())) }
    }
}

impl<T: fmt::Debug> fmt::Debug for Derived<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.latest.load().value.fmt(f)
    }
}
