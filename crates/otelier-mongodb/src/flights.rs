//! The commands that were sent and not yet answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mongodb::event::cmap::ConnectionClosedReason;
use mongodb::options::ServerAddress;
use otelier_instrument::semconv::db::DbOperation;

use crate::servers::Server;

/// So many are kept without asking whether they are all real.
const UNSUSPICIOUS: usize = 1024;

/// A command on its way.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) server: Arc<Server>,
    /// What the driver calls the connection; one client never calls two of a server's alike.
    pub(crate) connection: u32,
    pub(crate) operation: DbOperation,
}

/// The commands of a client that are on their way, by the driver's request identifier, which is unique in the process.
///
/// There is one per connection, so their number is bounded by that of the connections: each ends with its answer, or
/// with its connection. Methods give operations back rather than end them, for to end one calls the user's span
/// processors, which is nothing to do under a lock.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<State>);

#[derive(Debug)]
struct State {
    flights: HashMap<i32, Flight>,
    suspicious: usize,
}

impl Default for State {
    fn default() -> Self {
        Self { flights: HashMap::new(), suspicious: UNSUSPICIOUS }
    }
}

impl Flights {
    /// Remembers a command. Gives back those that turn out to have been abandoned.
    #[must_use]
    pub(crate) fn begin(&self, request: i32, flight: Flight) -> Vec<Flight> {
        let mut state = self.lock();
        let mut abandoned = Vec::new();
        if state.flights.len() >= state.suspicious {
            abandoned = state.sweep();
        }
        abandoned.extend(state.flights.insert(request, flight));
        abandoned
    }

    /// The command was answered.
    pub(crate) fn land(&self, request: i32) -> Option<DbOperation> {
        self.lock().flights.remove(&request).map(|flight| flight.operation)
    }

    /// The connection was closed: gives back what was on its way there.
    ///
    /// Where `others` have connections called alike, because clients were made from clones of the same options, only a
    /// connection that was closed in the middle of a command takes one with it.
    #[must_use]
    pub(crate) fn abandon(
        &self,
        address: &ServerAddress,
        connection: u32,
        reason: &ConnectionClosedReason,
        others: bool,
    ) -> Vec<Flight> {
        let mut state = self.lock();
        let on_it = |flight: &Flight| flight.line() == (address, connection);
        let mut requests: Vec<i32> =
            state.flights.iter().filter(|(_, flight)| on_it(flight)).map(|(request, _)| *request).collect();
        if others {
            requests.sort_unstable();
            requests.truncate(usize::from(*reason == ConnectionClosedReason::Dropped));
        }
        requests.iter().filter_map(|request| state.flights.remove(request)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes out all but the newest command of each connection: a connection has one at a time. A pinned connection goes
    /// on after a command that was dropped, and tells nobody.
    fn sweep(&mut self) -> Vec<Flight> {
        let mut newest: HashMap<(&ServerAddress, u32), i32> = HashMap::new();
        for (request, flight) in &self.flights {
            let latest = newest.entry(flight.line()).or_insert(*request);
            *latest = (*latest).max(*request);
        }
        let is_newest = |request: i32, flight: &Flight| newest.get(&flight.line()) == Some(&request);
        let older: Vec<i32> = self
            .flights
            .iter()
            .filter(|(request, flight)| !is_newest(**request, flight))
            .map(|(request, _)| *request)
            .collect();
        let abandoned = older.iter().filter_map(|request| self.flights.remove(request)).collect();
        self.suspicious = UNSUSPICIOUS.max(2 * self.flights.len());
        abandoned
    }
}

impl Flight {
    /// What identifies the connection.
    fn line(&self) -> (&ServerAddress, u32) {
        (&self.server.address, self.connection)
    }
}

#[cfg(test)]
mod tests {
    use otelier_instrument::semconv::db::{DbClient, DbPools, DbRequest, DbSystem};
    use otelier_instrument::{Providers, scope};

    use super::*;
    use crate::servers::Servers;

    fn address(host: &str) -> ServerAddress {
        ServerAddress::Tcp { host: host.to_owned(), port: None }
    }

    fn flight(host: &str, connection: u32) -> Flight {
        let servers = Servers::new(DbPools::new(scope!(), Providers::default()), None);
        let client = DbClient::new(scope!(), Providers::default());
        let operation = client.start(|| DbRequest::new(DbSystem::MongoDb));
        Flight { server: servers.of(&address(host)), connection, operation }
    }

    fn begin(flights: &Flights, request: i32, host: &str, connection: u32) -> usize {
        flights.begin(request, flight(host, connection)).len()
    }

    fn count(flights: &Flights) -> usize {
        flights.lock().flights.len()
    }

    #[test]
    fn a_connection_takes_its_command_with_it_and_no_other() {
        let flights = Flights::default();
        begin(&flights, 1, "a", 1);
        begin(&flights, 2, "a", 2);
        begin(&flights, 3, "b", 1);
        let reason = ConnectionClosedReason::Stale;
        assert_eq!(flights.abandon(&address("a"), 1, &reason, false).len(), 1);
        assert!(flights.land(1).is_none());
        assert!(flights.land(2).is_some() && flights.land(3).is_some());
        assert_eq!(flights.abandon(&address("a"), 1, &reason, false).len(), 0);
        assert_eq!(count(&flights), 0);
    }

    #[test]
    fn where_names_are_shared_only_a_connection_in_use_takes_a_command() {
        let flights = Flights::default();
        begin(&flights, 1, "a", 1);
        begin(&flights, 2, "a", 1);
        let close = |reason| flights.abandon(&address("a"), 1, &reason, true).len();
        assert_eq!(close(ConnectionClosedReason::Idle), 0);
        assert_eq!(close(ConnectionClosedReason::Dropped), 1);
        assert!(flights.land(1).is_none() && flights.land(2).is_some());
    }

    #[test]
    fn commands_that_nobody_ends_do_not_add_up() {
        let flights = Flights::default();
        let mut abandoned = 0;
        for request in 0..10_000 {
            abandoned += begin(&flights, request, "pinned", u32::from(request % 2 == 0));
            assert!(count(&flights) <= UNSUSPICIOUS);
        }
        assert_eq!(abandoned + count(&flights), 10_000);
        assert!(flights.land(9_999).is_some() && flights.land(9_998).is_some(), "the newest are kept");
    }

    #[test]
    fn as_many_as_there_are_connections_are_kept() {
        let flights = Flights::default();
        for request in 0..5000 {
            assert_eq!(begin(&flights, request, "a", request as u32), 0);
        }
        assert_eq!(count(&flights), 5000);
    }
}
