//! The events of a client, as plain data.

use std::fmt;
use std::time::Duration;

use otelier_instrument::ErrorType;

/// The address of a server.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerAddress<'a> {
    /// A host and a port.
    Tcp {
        /// The host.
        host: &'a str,
        /// The port.
        port: u16,
    },
    /// A Unix socket.
    Unix {
        /// Its path.
        path: &'a str,
    },
    /// An address of a kind that the adapter does not know.
    Unknown,
}

impl fmt::Display for ServerAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix { path } => f.write_str(path),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// A connection: its server, and the number that the driver gave it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionId<'a> {
    /// The server.
    pub server: ServerAddress<'a>,
    /// The number.
    pub number: u32,
}

/// A command that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct CommandStarted<'a, D> {
    /// Its name, such as `find`.
    pub name: &'a str,
    /// The database that it is sent to.
    pub database: &'a str,
    /// The command itself; an empty document if the driver hides it.
    pub command: D,
    /// The connection that it is sent on.
    pub connection: ConnectionId<'a>,
    /// The driver's identifier of the command.
    pub request: i32,
}

/// How a command failed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandFailure {
    /// The server answered with an error of this code.
    Code(i64),
    /// The driver failed, as `error.type` says.
    Kind(ErrorType),
}

/// An event of the pool of connections to one server.
#[derive(Clone, Copy, Debug)]
pub struct PoolEvent<'a> {
    /// The server.
    pub server: ServerAddress<'a>,
    /// What happened.
    pub kind: PoolEventKind,
}

/// What happened in a pool of connections. Connections are identified by their number.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolEventKind {
    /// The pool was created.
    PoolCreated {
        /// `maxPoolSize`, if set.
        max: Option<u32>,
        /// `minPoolSize`, if set.
        min: Option<u32>,
    },
    /// The pool was closed.
    PoolClosed,
    /// A connection is being opened.
    ConnectionCreated {
        /// The connection.
        connection: u32,
    },
    /// A connection was opened.
    ConnectionReady {
        /// The connection.
        connection: u32,
        /// How long that took.
        duration: Duration,
    },
    /// A connection was closed.
    ConnectionClosed {
        /// The connection.
        connection: u32,
        /// Whether it was closed because a command on it was dropped.
        is_dropped: bool,
    },
    /// Somebody asks for a connection.
    CheckoutStarted,
    /// They got none.
    CheckoutFailed {
        /// How long they waited.
        duration: Duration,
        /// Whether they waited too long.
        is_timeout: bool,
    },
    /// They got one.
    CheckedOut {
        /// The connection.
        connection: u32,
        /// How long they waited.
        duration: Duration,
    },
    /// A connection was given back.
    CheckedIn {
        /// The connection.
        connection: u32,
    },
}
