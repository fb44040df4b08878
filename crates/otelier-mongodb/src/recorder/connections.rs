//! The connections of one pool, by state.
//!
//! The driver keeps no gauges, so the state is followed from its events: each connection is
//! opening, idle or in use. How many callers wait is not in the events as such, and has to be
//! inferred; `State` says how.
//!
//! All pools of clients that were made from clones of the same options share one state, since their
//! events go to the same handlers. Bounds are then multiplied by the number of pools.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use otelier_instrument::semconv::db::{DbPoolSource, DbPoolState};

/// How many connections drivers open to a server by default.
const DEFAULT_MAX: u32 = 10;
/// How many waiters are remembered. While no waiter gets a connection, no event shows which of them
/// gave up.
const MOST_WAITING: usize = 65_536;

/// The connections of the driver's pool to one server.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How many pools are open: more than one if clients share these connections.
    pools: u32,
    /// Of each pool.
    max: Option<u32>,
    /// Of each pool; `None` if it was not set.
    min: Option<u32>,
    /// By the driver's number. A closed connection is removed.
    connections: HashMap<u32, Connection>,
    /// When each waiter for a connection began to wait, the first one first.
    waiting: VecDeque<Instant>,
}

/// The state that the last event has left a connection in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Opening,
    Idle,
    UsedSince(Instant),
}

impl Connections {
    /// Another pool uses these connections: there is one for each client that was made with the
    /// same options.
    pub(crate) fn pool_created(&self, max: Option<u32>, min: Option<u32>) {
        let mut state = self.lock();
        state.pools += 1;
        (state.max, state.min) = (max.or(Some(DEFAULT_MAX)), min);
    }

    /// One pool less. Returns how many are left.
    pub(crate) fn pool_closed(&self) -> u32 {
        let mut state = self.lock();
        state.pools = state.pools.saturating_sub(1);
        state.pools
    }

    pub(crate) fn pools(&self) -> usize {
        self.lock().pools as usize
    }

    pub(crate) fn created(&self, id: u32) {
        self.lock().connections.insert(id, Connection::Opening);
    }

    pub(crate) fn ready(&self, id: u32) {
        self.lock().connections.insert(id, Connection::Idle);
    }

    pub(crate) fn closed(&self, id: u32) {
        self.lock().connections.remove(&id);
    }

    pub(crate) fn wait_started(&self) {
        let mut state = self.lock();
        state.prune_waiters();
        if state.waiting.len() >= MOST_WAITING {
            state.waiting.pop_front();
        }
        state.waiting.push_back(Instant::now());
    }

    pub(crate) fn wait_failed(&self, waited: Duration) {
        self.lock().wait_ended(waited);
    }

    pub(crate) fn checked_out(&self, id: u32, waited: Duration) {
        let mut state = self.lock();
        state.wait_ended(waited);
        state.connections.insert(id, Connection::UsedSince(Instant::now()));
    }

    /// The connection was given back. Returns how long it was used, if it was: a connection that
    /// was opened for a waiter that gave up comes back without having been checked out.
    pub(crate) fn checked_in(&self, id: u32) -> Option<Duration> {
        let mut state = self.lock();
        match state.connections.insert(id, Connection::Idle) {
            Some(Connection::UsedSince(since)) => Some(since.elapsed()),
            Some(Connection::Opening | Connection::Idle) | None => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No event shows that a waiter gave up. But the driver serves waiters in turn: at once if a
/// connection is idle, and later only if one has to be opened first. So a waiter that should have
/// been served by now has given up, unless a connection is being opened for it.
impl State {
    /// Removes the waiter that began `waited` ago, or the nearest to that time, and those before it
    /// that must have given up.
    fn wait_ended(&mut self, waited: Duration) {
        let started = Instant::now().checked_sub(waited);
        let after =
            self.waiting.partition_point(|it| started.is_some_and(|started| *it <= started));
        // The event's clock was read a little after ours: the nearest waiter is meant.
        let distance = |at: usize| match (self.waiting.get(at), started) {
            (Some(it), Some(started)) => it.max(&started).duration_since(*it.min(&started)),
            _ => Duration::MAX,
        };
        let before = after.saturating_sub(1);
        let at = if distance(before) <= distance(after) { before } else { after };
        if self.waiting.remove(at).is_some() {
            self.keep_waiters_among(at);
        }
    }

    /// While a connection is idle, only those can wait for whom one is being opened.
    fn prune_waiters(&mut self) {
        if self.connections.values().any(|connection| *connection == Connection::Idle) {
            self.keep_waiters_among(self.waiting.len());
        }
    }

    /// Of the `first` waiters, keeps as many as connections are being opened.
    fn keep_waiters_among(&mut self, first: usize) {
        self.waiting.drain(..first.saturating_sub(self.count(Connection::is_opening)));
    }

    fn count(&self, matches: fn(&Connection) -> bool) -> usize {
        self.connections.values().filter(|connection| matches(connection)).count()
    }
}

impl Connection {
    fn is_opening(&self) -> bool {
        *self == Self::Opening
    }

    fn is_idle(&self) -> bool {
        *self == Self::Idle
    }

    fn is_used(&self) -> bool {
        matches!(self, Self::UsedSince(_))
    }
}

impl DbPoolSource for Connections {
    fn state(&self) -> DbPoolState {
        let mut state = self.lock();
        state.prune_waiters();
        let count = |matches| state.count(matches) as u64;
        let times_pools =
            |bound: Option<u32>| bound.map(|bound| u64::from(bound) * u64::from(state.pools));
        let mut found = DbPoolState::default();
        found.idle = count(Connection::is_idle);
        found.used = count(Connection::is_used);
        found.pending_requests = state.waiting.len() as u64;
        // The driver bounds all connections together, idle or not.
        found.idle_max = times_pools(state.max);
        found.idle_min = times_pools(state.min);
        found.max = times_pools(state.max);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(connections: &Connections, idle: u64, used: u64, pending_requests: u64) {
        let state = connections.state();
        assert_eq!(
            (state.idle, state.used, state.pending_requests),
            (idle, used, pending_requests)
        );
    }

    #[test]
    fn connection_is_opened_used_and_kept() {
        let connections = Connections::default();
        connections.wait_started();
        check(&connections, 0, 0, 1);
        connections.created(1);
        check(&connections, 0, 0, 1);
        connections.ready(1);
        connections.checked_out(1, Duration::ZERO);
        check(&connections, 0, 1, 0);
        assert!(connections.checked_in(1).is_some());
        check(&connections, 1, 0, 0);
        connections.closed(1);
        check(&connections, 0, 0, 0);
    }

    #[test]
    fn failed_connection_is_removed() {
        let connections = Connections::default();
        connections.wait_started();
        connections.created(1);
        connections.closed(1);
        connections.wait_failed(Duration::ZERO);
        check(&connections, 0, 0, 0);
    }

    /// One connection, which is in use.
    fn one_in_use() -> Connections {
        let connections = Connections::default();
        connections.created(1);
        connections.ready(1);
        connections.checked_out(1, Duration::ZERO);
        connections
    }

    #[test]
    fn waiters_are_pruned_when_later_one_is_served() {
        let connections = one_in_use();
        for _ in 0..1000 {
            connections.wait_started();
        }
        check(&connections, 0, 1, 1000);
        // Only the last one still waits when the connection comes back, and gets it.
        connections.checked_out(1, Duration::ZERO);
        check(&connections, 0, 1, 0);
    }

    #[test]
    fn number_of_waiters_is_bounded() {
        let connections = one_in_use();
        for _ in 0..2 * MOST_WAITING {
            connections.wait_started();
        }
        check(&connections, 0, 1, MOST_WAITING as u64);
        connections.checked_in(1);
        check(&connections, 1, 0, 0);
    }

    #[test]
    fn waiters_are_pruned_when_connection_is_idle() {
        let connections = one_in_use();
        connections.wait_started();
        check(&connections, 0, 1, 1);
        connections.checked_in(1);
        check(&connections, 1, 0, 0);
    }

    #[test]
    fn waiter_stays_while_connection_is_opened() {
        let connections = Connections::default();
        connections.created(1);
        connections.ready(1);
        connections.wait_started();
        connections.created(2);
        check(&connections, 1, 0, 1);
        connections.wait_started();
        connections.checked_out(1, Duration::ZERO);
        check(&connections, 0, 1, 1);
        connections.ready(2);
        connections.checked_out(2, Duration::ZERO);
        check(&connections, 0, 2, 0);
    }

    #[test]
    fn waiter_is_found_by_its_wait() {
        let connections = Connections::default();
        let now = Instant::now();
        let ago = |seconds| {
            now.checked_sub(Duration::from_secs(seconds)).expect("the machine runs that long")
        };
        connections.created(1);
        connections.created(2);
        connections.lock().waiting.extend([ago(20), ago(10), ago(5)]);
        connections.checked_out(3, Duration::from_secs(10));
        assert_eq!(connections.lock().waiting, [ago(20), ago(5)], "two are being opened");
        connections.checked_out(4, Duration::from_millis(5001));
        assert_eq!(connections.lock().waiting, [ago(20)]);
        connections.wait_failed(Duration::from_secs(60 * 60 * 24 * 365 * 1000));
        assert!(connections.lock().waiting.is_empty());
    }

    #[test]
    fn connection_without_checkout_has_no_use_time() {
        let connections = Connections::default();
        connections.created(1);
        connections.ready(1);
        assert_eq!(connections.checked_in(1), None);
        check(&connections, 1, 0, 0);
    }

    #[test]
    fn bounds_are_those_of_the_pools() {
        let connections = Connections::default();
        assert_eq!(connections.state(), DbPoolState::default());
        connections.pool_created(None, None);
        let mut expected = DbPoolState::default();
        (expected.idle_max, expected.max) = (Some(10), Some(10));
        assert_eq!(connections.state(), expected);
        connections.pool_created(Some(7), Some(2));
        (expected.idle_max, expected.idle_min, expected.max) = (Some(14), Some(4), Some(14));
        assert_eq!(connections.state(), expected);
        assert_eq!(
            (connections.pool_closed(), connections.pool_closed(), connections.pool_closed()),
            (1, 0, 0)
        );
    }
}
