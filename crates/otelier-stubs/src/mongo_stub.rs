//! A MongoDB server that answers as the test says: failures with a code, silence, connections that
//! break.

mod reply;
mod wire;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use bson::Document;
use tokio::sync::watch;

use self::wire::Message;

pub use self::reply::MongoReply;

/// A running MongoDB server without data; dropping it stops it.
///
/// It speaks as much of the wire protocol as the official driver needs, and tells the driver to be
/// a lone server with sessions. To a command that it knows it answers the least that the driver
/// takes for success, until the test says otherwise; others it refuses. It runs on threads of its
/// own, so it works in tests with any runtime or none.
///
/// Source: <https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/>.
///
/// ```
/// use otelier_stubs::{MongoReply, MongoStub};
///
/// let stub = MongoStub::start();
/// stub.reply("find", MongoReply::error(11601, "Interrupted"));
/// stub.reply_once("insert", MongoReply::disconnect());
/// assert!(stub.uri().starts_with("mongodb://127.0.0.1:"));
/// ```
pub struct MongoStub {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl MongoStub {
    /// Starts on a free port. It listens when this returns.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start() -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        let thread = thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared, thread: Some(thread) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The connection string for it.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// Answers `command` with `reply` from now on.
    pub fn reply(&self, command: &str, reply: MongoReply) {
        self.shared.lock().replies.insert(command.to_owned(), reply);
    }

    /// Answers the next `command` with `reply`. Calls add up, and are answered in their order.
    pub fn reply_once(&self, command: &str, reply: MongoReply) {
        self.shared.lock().next.entry(command.to_owned()).or_default().push_back(reply);
    }

    /// The commands received so far, in their order, without those that the driver's monitors send.
    #[must_use]
    pub fn commands(&self) -> Vec<Document> {
        self.shared.lock().commands.clone()
    }

    /// Waits until it has received `count` commands called `name`, whether they were answered or
    /// not.
    pub async fn received(&self, name: &str, count: usize) {
        let mut arrivals = self.shared.arrivals.subscribe();
        while self.commands().iter().filter(|command| name_of(command) == name).count() < count {
            // The sender lives as long as we do.
            let _ = arrivals.changed().await;
        }
    }
}

impl Drop for MongoStub {
    fn drop(&mut self) {
        let connections = {
            let mut state = self.shared.lock();
            state.stopped = true;
            std::mem::take(&mut state.connections)
        };
        for connection in connections {
            // One that is closed already is as it should be.
            let _ = connection.shutdown(Shutdown::Both);
        }
        // Wakes the thread that accepts, which then sees that it is over.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for MongoStub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStub").field("address", &self.address).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrivals: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    replies: HashMap<String, MongoReply>,
    next: HashMap<String, VecDeque<MongoReply>>,
    commands: Vec<Document>,
    connections: Vec<TcpStream>,
    stopped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a command and gives what to answer.
    fn take(&self, command: Document) -> MongoReply {
        let name = name_of(&command).to_owned();
        let reply = {
            let mut state = self.lock();
            let once = state.next.get_mut(&name).and_then(VecDeque::pop_front);
            let reply = once.or_else(|| state.replies.get(&name).cloned());
            let reply = reply.unwrap_or_else(|| MongoReply::success(&command));
            if !["hello", "isMaster", "ismaster"].contains(&name.as_str()) {
                state.commands.push(command);
            }
            reply
        };
        self.arrivals.send_replace(());
        reply
    }
}

fn name_of(command: &Document) -> &str {
    command.keys().next().map_or("", String::as_str)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for connection in listener.incoming() {
        let Ok(connection) = connection else { return };
        let mut state = shared.lock();
        if state.stopped {
            return;
        }
        // Replies are small; none of them should wait for another.
        let _ = connection.set_nodelay(true);
        state.connections.extend(connection.try_clone());
        let shared = Arc::clone(shared);
        thread::spawn(move || serve(connection, &shared));
    }
}

/// Answers one connection until it ends. How it ends is the client's business, not an error.
fn serve(mut connection: TcpStream, shared: &Shared) {
    let _: io::Result<()> = (|| {
        loop {
            let message = Message::read_from(&mut connection)?;
            match shared.take(message.command) {
                MongoReply::Document(document) => {
                    wire::answer(&mut connection, message.id, &document)?;
                }
                MongoReply::Hang => {}
                MongoReply::Disconnect => return connection.shutdown(Shutdown::Both),
            }
        }
    })();
}
