//! What an integration works out from the settings, again whenever these change.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::kit::change;
use crate::settings::{self, Settings};

/// A value that is worked out from the current [`Settings`], once, and again after each
/// [`settings::install`].
///
/// An integration may be built before the settings are read, and its user may have chosen something
/// on its builder. This is where both come together:
///
/// ```
/// use otelier_instrument::kit::FromSettings;
/// use otelier_instrument::settings::{self, Settings};
///
/// // What the user chose in code, if anything.
/// let chosen: Option<bool> = None;
/// let query_text = FromSettings::new(move |settings| {
///     let configured = || settings.properties("my-database").bool("query_text");
///     chosen.or_else(configured).unwrap_or(true)
/// });
/// assert!(*query_text.get());
///
/// let mut changed = Settings::default();
/// changed.properties_mut("my-database").set("query_text", false);
/// settings::install(changed);
/// assert!(!*query_text.get());
/// ```
pub struct FromSettings<T> {
    make: Box<dyn Fn(&Settings) -> T + Send + Sync>,
    latest: ArcSwap<Made<T>>,
}

struct Made<T> {
    /// The number of changes before it was made.
    changes: usize,
    value: Arc<T>,
}

impl<T> FromSettings<T> {
    /// Works the value out now, with `make`, and later when it is asked for after a change.
    pub fn new(make: impl Fn(&Settings) -> T + Send + Sync + 'static) -> Self {
        let latest = ArcSwap::from_pointee(Made::new(&make));
        Self { make: Box::new(make), latest }
    }

    /// The value for the current settings.
    pub fn get(&self) -> Arc<T> {
        let latest = self.latest.load();
        if latest.changes == change::count() {
            return Arc::clone(&latest.value);
        }
        let renewed = Made::new(&self.make);
        let value = Arc::clone(&renewed.value);
        self.latest.store(Arc::new(renewed));
        value
    }
}

impl<T> Made<T> {
    fn new(make: impl Fn(&Settings) -> T) -> Self {
        let changes = change::count();
        Self { changes, value: Arc::new(make(&settings::current())) }
    }
}

impl<T: fmt::Debug> fmt::Debug for FromSettings<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.latest.load().value.fmt(f)
    }
}
