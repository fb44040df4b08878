//! What prepared statements do, by connection and id.
//!
//! A traced statement carries its analysis with it. This map is for the driver's own statements,
//! which a program may execute on a traced connection: they have no text, only an id. A statement
//! that was forgotten is still traced, without a summary and a text.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use otelier_sql::Analysis;

/// The most statements that are known; one more, and the older ones are forgotten.
const MOST: usize = 1024;

/// The statements that were prepared and not closed. A connection numbers its own, and never uses a
/// number again.
#[derive(Debug, Default)]
pub(super) struct PreparedStatements {
    /// Whether there ever was one. Programs that prepare nothing never take the lock.
    any: AtomicBool,
    /// By the connection's number and the statement's id. It is shared by all connections to a
    /// server.
    known: Mutex<HashMap<(u32, u32), Arc<Analysis>>>,
}

impl PreparedStatements {
    /// When the map is full, it is emptied: that needs no order of age, and the statements in use
    /// come back when they are prepared again.
    pub(super) fn insert(&self, connection: u32, id: u32, analysis: Arc<Analysis>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((connection, id), analysis);
        self.any.store(true, Ordering::Relaxed);
    }

    /// `None` also for a statement that was forgotten.
    pub(super) fn get(&self, connection: u32, id: u32) -> Option<Arc<Analysis>> {
        self.with(|known| known.get(&(connection, id)).cloned()).flatten()
    }

    /// Does nothing if the statement is not known.
    pub(super) fn remove(&self, connection: u32, id: u32) {
        self.with(|known| known.remove(&(connection, id)));
    }

    /// Forgets those of a connection that was closed or reset.
    pub(super) fn forget(&self, connection: u32) {
        self.with(|known| known.retain(|(of, _), _| *of != connection));
    }

    /// `None` if nothing was ever prepared.
    fn with<R>(
        &self,
        work: impl FnOnce(&mut HashMap<(u32, u32), Arc<Analysis>>) -> R,
    ) -> Option<R> {
        self.any
            .load(Ordering::Relaxed)
            .then(|| work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

#[cfg(test)]
mod tests {
    use otelier_sql::analyze;

    use super::*;

    fn analysis(text: &str) -> Arc<Analysis> {
        Arc::new(analyze(text, otelier_sql::Options::mysql()))
    }

    #[test]
    fn statements_belong_to_their_connection() {
        let prepared = PreparedStatements::default();
        assert_eq!(prepared.get(1, 1), None);
        prepared.insert(1, 1, analysis("SELECT a FROM t"));
        prepared.insert(2, 1, analysis("SELECT b FROM u"));
        assert_eq!(prepared.get(1, 1), Some(analysis("SELECT a FROM t")));
        assert_eq!(prepared.get(2, 1), Some(analysis("SELECT b FROM u")));
        prepared.forget(1);
        assert_eq!(prepared.get(1, 1), None);
        prepared.remove(2, 1);
        assert_eq!(prepared.get(2, 1), None);
    }

    #[test]
    fn known_statements_are_bounded() {
        let prepared = PreparedStatements::default();
        let analysis = analysis("SELECT 1");
        for id in 0..3 * MOST as u32 {
            prepared.insert(1, id, Arc::clone(&analysis));
            assert!(prepared.get(1, id).is_some());
        }
        assert!(prepared.known.lock().unwrap().len() <= MOST);
    }
}
