//! The commands that were sent and not answered yet.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use otelier_instrument::semconv::db::DbOperation;

use super::event::ServerAddress;
use super::pools::Server;

/// No more connections than these are remembered. There can be more only if a user's handler of
/// pool events replaced ours, so that we do not see which connections were closed.
const MOST_CONNECTIONS: usize = 16_384;

/// A command that was sent and not answered yet.
#[derive(Debug)]
pub(super) struct InFlightCommand {
    /// The driver's identifier of the command.
    pub(super) request: i32,
    pub(super) server: Arc<Server>,
    /// Ends as cancelled if it is dropped.
    pub(super) operation: DbOperation,
}

/// The in-flight commands of a client, by the number of their connection.
///
/// A connection has one at a time: it ends with its answer, with the next command on the
/// connection, when the connection goes back to its pool, or when the connection is closed. So
/// there are never more commands than connections.
///
/// Methods return the operations to end. To end one calls the user's span processors, which must
/// not happen under a lock.
#[derive(Debug, Default)]
pub(super) struct InFlightCommands(Mutex<ByConnection>);

/// Connections to different servers may have the same number.
type ByConnection = HashMap<u32, Vec<InFlightCommand>>;

impl InFlightCommands {
    /// Remembers a command on a connection. Returns commands that turn out to have been abandoned.
    ///
    /// There are as many connections of that number to the server as there are `pools` of it: more
    /// than one if clients were made from clones of the same options.
    #[must_use]
    pub(super) fn start(
        &self,
        connection: u32,
        command: InFlightCommand,
        pools: usize,
    ) -> Vec<InFlightCommand> {
        let mut by_connection = self.lock();
        let mut abandoned = Vec::new();
        if by_connection.len() >= MOST_CONNECTIONS && !by_connection.contains_key(&connection) {
            abandoned = remove_older_half(&mut by_connection);
        }
        let commands = by_connection.entry(connection).or_insert_with(|| Vec::with_capacity(1));
        let same_server = |other: &InFlightCommand| {
            // The same one is equal at once, since `Server` is `Eq`.
            other.server == command.server
        };
        if commands.iter().filter(|other| same_server(other)).count() >= pools.max(1) {
            let oldest = commands.iter().position(same_server);
            abandoned.extend(oldest.map(|oldest| commands.remove(oldest)));
        }
        commands.push(command);
        abandoned
    }

    /// The command was answered.
    pub(super) fn complete(&self, connection: u32, request: i32) -> Option<DbOperation> {
        let mut by_connection = self.lock();
        let commands = by_connection.get_mut(&connection)?;
        let at = commands.iter().position(|command| command.request == request)?;
        Some(commands.remove(at).operation)
    }

    /// The connection goes back to its pool: returns the command that is still in flight on it.
    ///
    /// If a future is dropped before its answer came, the driver takes the connection back and
    /// then closes it. If it is dropped after the answer came but before the event, the driver
    /// keeps the connection.
    #[must_use]
    pub(super) fn checked_in(
        &self,
        server: &ServerAddress<'_>,
        connection: u32,
        pools: usize,
    ) -> Option<InFlightCommand> {
        // With several connections of that number, another one may be meant.
        if pools > 1 { None } else { take_oldest(&mut self.lock(), server, connection) }
    }

    /// The connection was closed: returns the command that was in flight on it.
    #[must_use]
    pub(super) fn closed(
        &self,
        server: &ServerAddress<'_>,
        connection: u32,
        is_dropped: bool,
        pools: usize,
    ) -> Option<InFlightCommand> {
        let mut by_connection = self.lock();
        // Of several connections of that number, one that was closed because its command was
        // dropped is one that had a command.
        let abandoned = match pools <= 1 || is_dropped {
            true => take_oldest(&mut by_connection, server, connection),
            false => None,
        };
        if by_connection.get(&connection).is_some_and(Vec::is_empty) {
            by_connection.remove(&connection);
        }
        abandoned
    }

    fn lock(&self) -> MutexGuard<'_, ByConnection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the oldest command on a connection.
fn take_oldest(
    by_connection: &mut ByConnection,
    server: &ServerAddress<'_>,
    connection: u32,
) -> Option<InFlightCommand> {
    let commands = by_connection.get_mut(&connection)?;
    let oldest = commands.iter().position(|command| command.server.is_at(server))?;
    Some(commands.remove(oldest))
}

/// Removes the commands on the older half of the connections. Connections are numbered in the
/// order in which they are opened.
fn remove_older_half(by_connection: &mut ByConnection) -> Vec<InFlightCommand> {
    let mut numbers: Vec<u32> = by_connection.keys().copied().collect();
    numbers.sort_unstable();
    numbers.truncate(numbers.len() / 2);
    numbers.iter().filter_map(|number| by_connection.remove(number)).flatten().collect()
}
