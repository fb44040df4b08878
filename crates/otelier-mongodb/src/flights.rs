//! The commands that were sent and not yet answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mongodb::event::cmap::ConnectionClosedReason;
use mongodb::options::ServerAddress;
use otelier_instrument::semconv::db::DbOperation;

use crate::servers::Server;

/// More connections than these are not believed to be open: somebody who put a handler of pool events in the place of
/// ours keeps from us which of them were closed.
const MOST: usize = 16_384;

/// A command on its way.
#[derive(Debug)]
pub(crate) struct Flight {
    /// The driver's identifier of the command.
    pub(crate) request: i32,
    pub(crate) server: Arc<Server>,
    pub(crate) operation: DbOperation,
}

/// The commands of a client that are on their way, by the number of their connection.
///
/// A connection has one at a time: it ends with its answer, with the next one on the connection, when the connection
/// goes back into its pool, or with the connection. So there are never more than there are connections.
///
/// Methods give operations back rather than end them, for to end one calls the user's span processors, which is nothing
/// to do under a lock.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<Lines>);

/// Connections to different servers may be numbered alike.
type Lines = HashMap<u32, Vec<Flight>>;

impl Flights {
    /// Remembers a command on a connection. Gives back those that turn out to have been abandoned.
    ///
    /// There are as many connections of that number to the server as there are `pools` of it: more than one where
    /// clients were made from clones of the same options.
    #[must_use]
    pub(crate) fn begin(&self, connection: u32, flight: Flight, pools: usize) -> Vec<Flight> {
        let mut lines = self.lock();
        let mut abandoned = Vec::new();
        if lines.len() >= MOST && !lines.contains_key(&connection) {
            abandoned = forget_half(&mut lines);
        }
        let line = lines.entry(connection).or_insert_with(|| Vec::with_capacity(1));
        let others =
            line.iter().filter(|other| other.server.address == flight.server.address).count();
        if others >= pools.max(1) {
            let oldest =
                line.iter().position(|other| other.server.address == flight.server.address);
            abandoned.extend(oldest.map(|oldest| line.remove(oldest)));
        }
        line.push(flight);
        abandoned
    }

    /// The command was answered.
    pub(crate) fn land(&self, connection: u32, request: i32) -> Option<DbOperation> {
        let mut lines = self.lock();
        let line = lines.get_mut(&connection)?;
        let at = line.iter().position(|flight| flight.request == request)?;
        Some(line.remove(at).operation)
    }

    /// The connection goes back into its pool: gives back what is still on its way there.
    ///
    /// The driver takes back a connection that was left before its answer came, and then closes it; and one that was
    /// left after its answer came and before it told so, and then keeps it.
    #[must_use]
    pub(crate) fn returned(
        &self,
        address: &ServerAddress,
        connection: u32,
        pools: usize,
    ) -> Option<Flight> {
        // Of several connections of that number, another may be meant.
        if pools > 1 { None } else { take(&mut self.lock(), address, connection) }
    }

    /// The connection was closed: gives back what was on its way there.
    #[must_use]
    pub(crate) fn closed(
        &self,
        address: &ServerAddress,
        connection: u32,
        reason: &ConnectionClosedReason,
        pools: usize,
    ) -> Option<Flight> {
        let mut lines = self.lock();
        // Of several connections of that number, one that was closed in the middle of a command is one that had any.
        let is_meant = pools <= 1 || *reason == ConnectionClosedReason::Dropped;
        let abandoned = if is_meant { take(&mut lines, address, connection) } else { None };
        if lines.get(&connection).is_some_and(Vec::is_empty) {
            lines.remove(&connection);
        }
        abandoned
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes out the oldest command on a connection.
fn take(lines: &mut Lines, address: &ServerAddress, connection: u32) -> Option<Flight> {
    let line = lines.get_mut(&connection)?;
    let oldest = line.iter().position(|flight| flight.server.address == *address)?;
    Some(line.remove(oldest))
}

/// Takes out what is on the older half of the connections: they are numbered in the order in which they are opened.
fn forget_half(lines: &mut Lines) -> Vec<Flight> {
    let mut numbers: Vec<u32> = lines.keys().copied().collect();
    numbers.sort_unstable();
    numbers.truncate(numbers.len() / 2);
    numbers.iter().filter_map(|number| lines.remove(number)).flatten().collect()
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

    const NONE: [i32; 0] = [];

    /// Flights, and what they are made of.
    struct Airport {
        flights: Flights,
        client: DbClient,
        servers: HashMap<&'static str, Arc<Server>>,
    }

    impl Airport {
        fn new() -> Self {
            let servers = Servers::new(DbPools::new(scope!(), Providers::default()), None);
            Self {
                flights: Flights::default(),
                client: DbClient::new(scope!(), Providers::default()),
                servers: ["a", "b"].map(|host| (host, servers.of(&address(host)).0)).into(),
            }
        }

        /// Begins a command, and gives those that are abandoned with it.
        fn begin(&self, request: i32, host: &str, connection: u32, pools: usize) -> Vec<i32> {
            let operation = self.client.start(|| DbRequest::new(DbSystem::MongoDb));
            let flight = Flight { request, server: Arc::clone(&self.servers[host]), operation };
            let abandoned = self.flights.begin(connection, flight, pools);
            abandoned.into_iter().map(|flight| flight.request).collect()
        }

        fn returned(&self, host: &str, connection: u32, pools: usize) -> Option<i32> {
            self.flights.returned(&address(host), connection, pools).map(|flight| flight.request)
        }

        fn closed(
            &self,
            host: &str,
            connection: u32,
            reason: &ConnectionClosedReason,
            pools: usize,
        ) -> Option<i32> {
            self.flights
                .closed(&address(host), connection, reason, pools)
                .map(|flight| flight.request)
        }

        fn lands(&self, connection: u32, request: i32) -> bool {
            self.flights.land(connection, request).is_some()
        }

        /// How many commands there are, and on how many numbers of connections.
        fn count(&self) -> (usize, usize) {
            let lines = self.flights.lock();
            (lines.values().map(Vec::len).sum(), lines.len())
        }
    }

    #[test]
    fn a_command_lands_once() {
        let airport = Airport::new();
        airport.begin(1, "a", 1, 1);
        assert!(!airport.lands(1, 2) && !airport.lands(2, 1));
        assert!(airport.lands(1, 1) && !airport.lands(1, 1));
    }

    #[test]
    fn a_connection_takes_its_command_with_it_and_no_other() {
        let airport = Airport::new();
        airport.begin(1, "a", 1, 1);
        airport.begin(2, "a", 2, 1);
        airport.begin(3, "b", 1, 1);
        let reason = ConnectionClosedReason::Stale;
        assert_eq!(airport.closed("a", 1, &reason, 1), Some(1));
        assert_eq!(airport.closed("a", 1, &reason, 1), None);
        assert!(airport.lands(2, 2) && airport.lands(1, 3));
        for (host, connection) in [("a", 2), ("b", 1)] {
            assert_eq!(airport.closed(host, connection, &reason, 1), None);
        }
        assert_eq!(airport.count(), (0, 0), "a connection that is closed leaves nothing");
    }

    #[test]
    fn a_connection_that_goes_back_has_no_command() {
        let airport = Airport::new();
        airport.begin(1, "a", 1, 1);
        airport.begin(2, "b", 1, 1);
        assert_eq!(airport.returned("a", 1, 1), Some(1));
        assert_eq!(airport.returned("a", 1, 1), None);
        assert!(airport.lands(1, 2));
    }

    #[test]
    fn a_command_ends_the_one_before_it_on_the_same_connection() {
        let airport = Airport::new();
        assert_eq!(airport.begin(1, "a", 1, 1), NONE);
        assert_eq!(airport.begin(2, "b", 1, 1), NONE);
        assert_eq!(airport.begin(3, "a", 1, 1), [1]);
        assert_eq!(
            airport.begin(4, "a", 1, 0),
            [3],
            "one without a pool has one connection of a number all the same"
        );
        assert!(airport.lands(1, 2) && airport.lands(1, 4));
    }

    #[test]
    fn where_numbers_are_shared_only_a_connection_in_use_takes_a_command() {
        let airport = Airport::new();
        assert_eq!(airport.begin(1, "a", 1, 2), NONE);
        assert_eq!(airport.begin(2, "a", 1, 2), NONE);
        assert_eq!(airport.begin(3, "a", 1, 2), [1]);
        assert_eq!(airport.returned("a", 1, 2), None);
        assert_eq!(airport.closed("a", 1, &ConnectionClosedReason::Idle, 2), None);
        assert_eq!(airport.closed("a", 1, &ConnectionClosedReason::Dropped, 2), Some(2));
        assert!(airport.lands(1, 3));
    }

    #[test]
    fn commands_that_nobody_ends_do_not_add_up() {
        const COMMANDS: i32 = 100_000;
        let airport = Airport::new();
        let mut abandoned = 0;
        // On the same connections, which go on after a command that was dropped.
        for request in 0..COMMANDS {
            abandoned += airport.begin(request, "a", request as u32 % 100, 1).len();
        }
        assert_eq!(airport.count(), (100, 100));
        // On ever new ones, of which nobody tells that they were closed.
        for request in 0..COMMANDS {
            abandoned += airport.begin(request, "a", 100 + request as u32, 1).len();
        }
        let (left, connections) = airport.count();
        assert!(left == connections && connections <= MOST, "{left} on {connections}");
        assert_eq!(abandoned + left, 2 * COMMANDS as usize);
        assert!(airport.lands(99 + COMMANDS as u32, COMMANDS - 1), "the newest are kept");
    }

    #[test]
    fn as_many_as_there_are_connections_are_kept() {
        let airport = Airport::new();
        for request in 0..5000 {
            assert_eq!(airport.begin(request, "a", request as u32, 1), NONE);
        }
        assert_eq!(airport.count(), (5000, 5000));
    }
}
