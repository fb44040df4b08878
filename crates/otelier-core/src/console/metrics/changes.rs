//! Which series differ from those of the table before.
//!
//! A table is drawn at each collection, once a minute by default. While a service has nothing to
//! do, it would be the same again and again, and move what the developer looks at out of sight.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Table;

/// What the last collection had, as it was shown: for each series, by its metric and attributes,
/// its value and shape.
///
/// There are as many as the SDK has series, which it limits for each metric.
#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<HashMap<(String, String), (String, String)>>);

impl Changes {
    /// Leaves in `tables` what is not shown yet, or differs from what was shown last. Returns how
    /// many series are as before.
    pub(super) fn retain(&self, tables: &mut Vec<Table>) -> usize {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = HashMap::new();
        let mut unchanged = 0;
        for table in tables.iter_mut() {
            table.series.retain(|series| {
                let key = (table.name.clone(), series.attributes.clone());
                let value = (series.value.clone(), series.shape.clone());
                let is_same = shown.get(&key) == Some(&value);
                unchanged += usize::from(is_same);
                now.insert(key, value);
                !is_same
            });
        }
        tables.retain(|table| !table.series.is_empty());
        *shown = now;
        unchanged
    }
}
