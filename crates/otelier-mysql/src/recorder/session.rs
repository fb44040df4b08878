//! The current databases of connections, where a user has changed them.
//!
//! The database of a connection is what it asked for when it was opened, until a `USE`. The text of
//! a query shows that, so the analysis of each text tells which databases it uses; a recording
//! applies them at its end. An entry exists only for connections that were changed. As long as
//! there was none, a look-up is one atomic read.
//!
//! A pool may open a new connection under a number that is known. With a driver that reports new
//! connections, the entry is removed then. Otherwise the number of lost connections tells: after a
//! loss an entry may be about an earlier connection, and the database counts as unknown. A missing
//! attribute is better than a wrong one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use otelier_sql::{Analysis, UsedDatabase};

/// The most connections that are known; one more, and the older ones count as unchanged.
const MOST: usize = 1024;

/// The current databases of connections on which a user said `USE`: drivers do not track them, and
/// a pool gives such a connection to the next caller as it is.
#[derive(Debug, Default)]
pub(super) struct SessionDatabases {
    /// Whether there ever was an entry. Programs without `USE` never take the lock.
    any: AtomicBool,
    /// By the server's number of the connection.
    changed: Mutex<HashMap<u32, Changed>>,
    /// How many connections the pool had lost when it last handed one out, where that is known.
    lost: AtomicUsize,
}

/// The database of a connection, and how many the pool had lost before.
#[derive(Debug)]
struct Changed {
    database: SessionDatabase,
    /// What `SessionDatabases::lost` was at the time of the change.
    lost: usize,
}

/// The current database of a connection that is not on the one that it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SessionDatabase {
    /// By its name in the `USE`, without quotes.
    Named(Arc<str>),
    /// It may have been changed before a failure, or not.
    Unknown,
}

impl SessionDatabases {
    /// `None` for a connection that is on the database that it asked for.
    pub(super) fn get(&self, connection: u32) -> Option<SessionDatabase> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.get(&connection).map(|changed| changed.database.clone())
    }

    /// A connection that the pool hands out after it has lost another may be a new one.
    pub(super) fn handed_out(&self, connection: u32, lost: usize) {
        self.lost.store(lost, Ordering::Relaxed);
        if !self.any.load(Ordering::Relaxed) {
            return;
        }
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changed) = changed.get_mut(&connection)
            && changed.lost != lost
        {
            *changed = Changed { database: SessionDatabase::Unknown, lost };
        }
    }

    /// The connection is on the database that it asked for again, or it is a new one.
    pub(super) fn forget(&self, connection: u32) {
        if self.any.load(Ordering::Relaxed) {
            self.changed.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection);
        }
    }

    /// When the map is full, it is emptied: connections that are still on another database then
    /// count as unchanged.
    fn set(&self, connection: u32, database: SessionDatabase) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if changed.len() >= MOST {
            changed.clear();
        }
        let lost = self.lost.load(Ordering::Relaxed);
        changed.insert(connection, Changed { database, lost });
        self.any.store(true, Ordering::Relaxed);
    }

    /// Applies the `USE` statements of a text that was executed to its end.
    pub(super) fn apply(&self, connection: u32, text: &Analysis) {
        if let Some(last) = text.used_databases().last() {
            self.set(connection, named(last));
        }
    }

    /// Applies the `USE` statements of a text whose first `reached` statements were executed before
    /// it failed, or if `skipped`, at least these.
    pub(super) fn apply_some(
        &self,
        connection: u32,
        text: &Analysis,
        reached: usize,
        skipped: bool,
    ) {
        let used = text.used_databases();
        let executed = used.iter().take_while(|used| used.statement() < reached).count();
        if skipped && executed < used.len() {
            self.set(connection, SessionDatabase::Unknown);
        } else if let Some(last) = used[..executed].last() {
            self.set(connection, named(last));
        }
    }
}

/// The name is shared with the analysis of the text, and not copied.
fn named(used: &UsedDatabase) -> SessionDatabase {
    SessionDatabase::Named(Arc::clone(used.name()))
}

#[cfg(test)]
mod tests {
    use otelier_sql::{Options, analyze};

    use super::*;

    /// The database of connection 1 after a text that failed.
    fn after(text: &str, reached: usize, skipped: bool) -> Option<SessionDatabase> {
        let sessions = SessionDatabases::default();
        sessions.apply_some(1, &analyze(text, Options::mysql()), reached, skipped);
        sessions.get(1)
    }

    fn named(name: &str) -> Option<SessionDatabase> {
        Some(SessionDatabase::Named(Arc::from(name)))
    }

    #[test]
    fn the_last_use_counts() {
        let sessions = SessionDatabases::default();
        sessions.apply(1, &analyze("USE `a``b`", Options::mysql()));
        assert_eq!(sessions.get(1), named("a`b"));
        sessions.apply(1, &analyze("SELECT 1; USE b; SELECT 2; USE c", Options::mysql()));
        assert_eq!(sessions.get(1), named("c"));
        sessions.apply(1, &analyze("SELECT 1", Options::mysql()));
        assert_eq!(sessions.get(1), named("c"));
        assert_eq!(sessions.get(2), None);
        sessions.apply(2, &analyze("USE d", Options::mysql()));
        assert_eq!((sessions.get(1), sessions.get(2)), (named("c"), named("d")));
        sessions.forget(1);
        assert_eq!(sessions.get(1), None);
    }

    #[test]
    fn after_a_loss_a_database_is_unknown() {
        let sessions = SessionDatabases::default();
        let text = analyze("USE b", Options::mysql());
        sessions.handed_out(1, 0);
        sessions.apply(1, &text);
        sessions.handed_out(1, 0);
        assert_eq!(sessions.get(1), named("b"));
        sessions.handed_out(2, 1);
        assert_eq!((sessions.get(1), sessions.get(2)), (named("b"), None), "still in use");
        sessions.handed_out(1, 1);
        assert_eq!(sessions.get(1), Some(SessionDatabase::Unknown));
        sessions.apply(1, &text);
        sessions.handed_out(1, 1);
        assert_eq!(sessions.get(1), named("b"));
    }

    #[test]
    fn failures_apply_what_was_executed() {
        assert_eq!(after("USE a", 0, false), None);
        assert_eq!(after("USE a; SELECT x", 1, false), named("a"));
        assert_eq!(after("USE a; SELECT x", 1, true), named("a"));
        assert_eq!(after("SELECT 1; USE a; SELECT x", 1, false), None);
        assert_eq!(after("SELECT 1; USE a; SELECT x", 2, false), named("a"));
        assert_eq!(after("USE a; USE b; SELECT x", 1, false), named("a"));
        assert_eq!(after("USE a; USE b; SELECT x", 1, true), Some(SessionDatabase::Unknown));
    }

    #[test]
    fn known_connections_are_bounded() {
        let sessions = SessionDatabases::default();
        let text = analyze("USE d", Options::mysql());
        for connection in 0..10 * MOST as u32 {
            sessions.apply(connection, &text);
            assert_eq!(sessions.get(connection), named("d"));
        }
        assert!(sessions.changed.lock().unwrap().len() <= MOST);
    }
}
