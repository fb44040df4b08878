//! How in-flight commands end.

use otelier_instrument::semconv::db::{DbClient, DbPools, DbRequest, DbSystem};
use otelier_instrument::{Providers, scope};

use super::*;
use crate::recorder::pools::Pools;

fn address(host: &str) -> ServerAddress<'_> {
    ServerAddress::Tcp { host, port: 27017 }
}

const NONE: [i32; 0] = [];

/// In-flight commands, and what they are made of.
struct Fixture {
    commands: InFlightCommands,
    client: DbClient,
    servers: HashMap<&'static str, Arc<Server>>,
}

impl Fixture {
    fn new() -> Self {
        let pools = Pools::new(DbPools::new(scope!(), Providers::default()), None);
        Self {
            commands: InFlightCommands::default(),
            client: DbClient::new(scope!(), Providers::default()),
            servers: ["a", "b"].map(|host| (host, pools.server(&address(host)).0)).into(),
        }
    }

    /// Starts a command. Returns the commands that are abandoned with it.
    fn start(&self, request: i32, host: &str, connection: u32, pools: usize) -> Vec<i32> {
        let operation = self.client.start(|| DbRequest::new(DbSystem::MONGODB));
        let server = Arc::clone(&self.servers[host]);
        let command = InFlightCommand { request, server, operation };
        let abandoned = self.commands.start(connection, command, pools);
        abandoned.into_iter().map(|command| command.request).collect()
    }

    fn checked_in(&self, host: &str, connection: u32, pools: usize) -> Option<i32> {
        self.commands.checked_in(&address(host), connection, pools).map(|command| command.request)
    }

    fn closed(&self, host: &str, connection: u32, is_dropped: bool, pools: usize) -> Option<i32> {
        self.commands
            .closed(&address(host), connection, is_dropped, pools)
            .map(|command| command.request)
    }

    fn completes(&self, connection: u32, request: i32) -> bool {
        self.commands.complete(connection, request).is_some()
    }

    /// How many commands there are, and on how many numbers of connections.
    fn count(&self) -> (usize, usize) {
        let by_connection = self.commands.lock();
        (by_connection.values().map(Vec::len).sum(), by_connection.len())
    }
}

#[test]
fn command_completes_once() {
    let fixture = Fixture::new();
    fixture.start(1, "a", 1, 1);
    assert!(!fixture.completes(1, 2) && !fixture.completes(2, 1));
    assert!(fixture.completes(1, 1) && !fixture.completes(1, 1));
}

#[test]
fn closed_connection_ends_its_command_only() {
    let fixture = Fixture::new();
    fixture.start(1, "a", 1, 1);
    fixture.start(2, "a", 2, 1);
    fixture.start(3, "b", 1, 1);
    assert_eq!(fixture.closed("a", 1, false, 1), Some(1));
    assert_eq!(fixture.closed("a", 1, false, 1), None);
    assert!(fixture.completes(2, 2) && fixture.completes(1, 3));
    for (host, connection) in [("a", 2), ("b", 1)] {
        assert_eq!(fixture.closed(host, connection, false, 1), None);
    }
    assert_eq!(fixture.count(), (0, 0), "a connection that is closed leaves nothing");
}

#[test]
fn returned_connection_has_no_command() {
    let fixture = Fixture::new();
    fixture.start(1, "a", 1, 1);
    fixture.start(2, "b", 1, 1);
    assert_eq!(fixture.checked_in("a", 1, 1), Some(1));
    assert_eq!(fixture.checked_in("a", 1, 1), None);
    assert!(fixture.completes(1, 2));
}

#[test]
fn command_ends_earlier_one_on_same_connection() {
    let fixture = Fixture::new();
    assert_eq!(fixture.start(1, "a", 1, 1), NONE);
    assert_eq!(fixture.start(2, "b", 1, 1), NONE);
    assert_eq!(fixture.start(3, "a", 1, 1), [1]);
    assert_eq!(
        fixture.start(4, "a", 1, 0),
        [3],
        "without a pool there is one connection of a number"
    );
    assert!(fixture.completes(1, 2) && fixture.completes(1, 4));
}

#[test]
fn shared_numbers_end_only_dropped_commands() {
    let fixture = Fixture::new();
    assert_eq!(fixture.start(1, "a", 1, 2), NONE);
    assert_eq!(fixture.start(2, "a", 1, 2), NONE);
    assert_eq!(fixture.start(3, "a", 1, 2), [1]);
    assert_eq!(fixture.checked_in("a", 1, 2), None);
    assert_eq!(fixture.closed("a", 1, false, 2), None);
    assert_eq!(fixture.closed("a", 1, true, 2), Some(2));
    assert!(fixture.completes(1, 3));
}

#[test]
fn number_of_abandoned_commands_is_bounded() {
    const COMMANDS: i32 = 100_000;
    let fixture = Fixture::new();
    let mut abandoned = 0;
    // On the same connections, which go on after a command that was dropped.
    for request in 0..COMMANDS {
        abandoned += fixture.start(request, "a", request as u32 % 100, 1).len();
    }
    assert_eq!(fixture.count(), (100, 100));
    // On ever new ones, without an event that they were closed.
    for request in 0..COMMANDS {
        abandoned += fixture.start(request, "a", 100 + request as u32, 1).len();
    }
    let (left, connections) = fixture.count();
    assert!(left == connections && connections <= MOST_CONNECTIONS, "{left} on {connections}");
    assert_eq!(abandoned + left, 2 * COMMANDS as usize);
    assert!(fixture.completes(99 + COMMANDS as u32, COMMANDS - 1), "the newest are kept");
}

#[test]
fn one_command_is_kept_for_each_connection() {
    let fixture = Fixture::new();
    for request in 0..5000 {
        assert_eq!(fixture.start(request, "a", request as u32, 1), NONE);
    }
    assert_eq!(fixture.count(), (5000, 5000));
}

#[test]
fn the_older_half_is_abandoned_at_once() {
    let fixture = Fixture::new();
    let most = MOST_CONNECTIONS as i32;
    for request in 0..most {
        assert_eq!(fixture.start(request, "a", request as u32, 1), NONE);
    }
    // A number that is known is no further connection.
    assert_eq!(fixture.start(most, "a", 0, 1), [0]);
    let mut expected: Vec<i32> = (0..most / 2).collect();
    expected[0] = most;
    assert_eq!(fixture.start(most + 1, "a", most as u32, 1), expected);
    assert_eq!(fixture.start(most + 2, "a", most as u32 + 1, 1), NONE);
}

#[test]
fn a_server_is_known_by_its_address() {
    let fixture = Fixture::new();
    let again = Fixture::new();
    fixture.start(1, "a", 1, 1);
    let operation = fixture.client.start(|| DbRequest::new(DbSystem::MONGODB));
    let server = Arc::clone(&again.servers["a"]);
    let abandoned = fixture.commands.start(1, InFlightCommand { request: 2, server, operation }, 1);
    let abandoned: Vec<_> = abandoned.iter().map(|command| command.request).collect();
    assert_eq!(abandoned, [1]);
}
