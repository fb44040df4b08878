//! The current databases of connections, where a user has changed them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The database that a `USE` makes the current one.
pub(crate) fn used_database(summary: &str) -> Option<Arc<str>> {
    let (operation, database) = summary.split_once(' ')?;
    let alone = operation.eq_ignore_ascii_case("USE") && !database.contains(' ');
    alone.then(|| Arc::from(database.trim_matches('`')))
}

/// The current databases of connections on which a user said `USE`: the driver does not track them, and a pool gives
/// such a connection to the next caller as it is.
#[derive(Default)]
pub(crate) struct Switched {
    any: AtomicBool,
    by_connection: Mutex<HashMap<u32, Arc<str>>>,
}

impl Switched {
    /// So many connections are known at most: after that the older ones are told by the database they asked for.
    const MOST: usize = 1024;

    pub(crate) fn get(&self, connection: u32) -> Option<Arc<str>> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        self.by_connection.lock().unwrap_or_else(PoisonError::into_inner).get(&connection).cloned()
    }

    pub(crate) fn remove(&self, connection: u32) {
        if self.any.load(Ordering::Relaxed) {
            self.by_connection.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection);
        }
    }

    pub(crate) fn set(&self, connection: u32, database: Arc<str>) {
        let mut known = self.by_connection.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(connection, database);
        self.any.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_tells_its_database() {
        assert_eq!(used_database("USE shop").as_deref(), Some("shop"));
        assert_eq!(used_database("use `shop`").as_deref(), Some("shop"));
        assert_eq!(used_database("USE shop SELECT t"), None);
        assert_eq!(used_database("SELECT shop"), None);
        assert_eq!(used_database("USE"), None);
    }

    #[test]
    fn switched_connections_are_bounded() {
        let switched = Switched::default();
        for connection in 0..10 * Switched::MOST as u32 {
            switched.set(connection, Arc::from("d"));
            assert_eq!(switched.get(connection).as_deref(), Some("d"));
        }
        assert!(switched.by_connection.lock().unwrap().len() <= Switched::MOST);
    }
}
