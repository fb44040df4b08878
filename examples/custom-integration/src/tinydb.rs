//! The library that is instrumented: a client of a key-value database. It knows nothing of
//! telemetry.

use std::collections::HashMap;
use std::fmt;

use tokio::sync::{Mutex, Notify};

/// A client of TinyDB. This one keeps its entries to itself, so that the example needs no server.
#[derive(Debug)]
pub struct Client {
    host: String,
    port: u16,
    namespace: String,
    entries: Mutex<HashMap<String, String>>,
    changed: Notify,
}

/// What the server answers to a request that it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: u16,
}

impl Client {
    /// A client of the database `namespace` on a server.
    pub fn new(host: &str, port: u16, namespace: &str) -> Self {
        Self {
            host: host.to_owned(),
            port,
            namespace: namespace.to_owned(),
            entries: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// The host and the port of the server.
    pub fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// The name of the database.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The value of `key`, if it has one.
    pub async fn get(&self, key: &str) -> Result<Option<String>, Error> {
        Ok(self.entries.lock().await.get(key).cloned())
    }

    /// Sets the value of `key`. Keys that begin with `_` are refused.
    pub async fn set(&self, key: &str, value: &str) -> Result<(), Error> {
        if key.starts_with('_') {
            return Err(Error { code: 403 });
        }
        self.entries.lock().await.insert(key.to_owned(), value.to_owned());
        self.changed.notify_waiters();
        Ok(())
    }

    /// The value of `key`, as soon as it has one.
    pub async fn wait_for(&self, key: &str) -> Result<String, Error> {
        loop {
            let changed = self.changed.notified();
            if let Some(value) = self.get(key).await? {
                return Ok(value);
            }
            changed.await;
        }
    }
}

impl Error {
    /// The server's code.
    pub fn code(&self) -> u16 {
        self.code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server refused the request: {}", self.code)
    }
}

impl std::error::Error for Error {}
