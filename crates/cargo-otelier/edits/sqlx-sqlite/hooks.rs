//! Otelier: one operation for each statement that a program runs, until its rows are read.

use std::borrow::Cow;
use std::future::Future;

use otelier_agent::sqlx::{Address, Connection, Recording, System};
use sqlx_core::error::{DatabaseError, Error};
use sqlx_core::transaction::{commit_ansi_transaction_sql, rollback_ansi_transaction_sql};
use sqlx_core::Either;

use crate::{SqliteConnectOptions, SqliteQueryResult, SqliteRow};

type Step = Result<Either<SqliteQueryResult, SqliteRow>, Error>;

/// What the thread sends of a statement's results.
pub(crate) type Sent = flume::Receiver<Step>;

/// The results of a statement.
pub(crate) type Results = sqlx_core::__otelier::Results<flume::r#async::RecvStream<'static, Step>>;

/// What is kept with the thread that runs the statements of a connection.
pub(crate) struct Kept {
    connection: Connection,
    /// How many transactions and savepoints are open.
    pub(crate) depth: usize,
}

impl Kept {
    /// The driver is still preparing the connection.
    pub(crate) fn new() -> Self {
        Self { connection: Connection::new(), depth: 0 }
    }

    /// The connection is the program's now. The database is its file.
    pub(crate) fn opened(options: &SqliteConnectOptions) -> Self {
        let file = options.filename.file_name().and_then(|name| name.to_str());
        let in_memory = options.in_memory || file == Some(":memory:");
        let database = if in_memory { None } else { file };
        let address = Address { host: None, port: None, database };
        Self { connection: Connection::opened(System::Sqlite, address), depth: 0 }
    }

    pub(crate) fn connection(&self) -> Connection {
        self.connection.clone()
    }

    pub(crate) fn start(&self, text: impl AsRef<str>) -> Option<Recording> {
        self.connection.start(text.as_ref())
    }

    /// The end of the innermost transaction or savepoint.
    pub(crate) fn commit(&self) -> Option<Recording> {
        if self.depth == 0 {
            return None;
        }
        self.start(commit_ansi_transaction_sql(self.depth))
    }

    pub(crate) fn rollback(&self) -> Option<Recording> {
        if self.depth == 0 {
            return None;
        }
        self.start(rollback_ansi_transaction_sql(self.depth))
    }

    /// A transaction or savepoint has ended, or is about to.
    pub(crate) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

/// Follows what the thread sends, as the operation of the statement.
pub(crate) async fn follow(
    recording: Option<Recording>,
    run: impl Future<Output = Result<Sent, Error>>,
) -> Result<Results, Error> {
    let run = async { Ok(run.await?.into_stream()) };
    sqlx_core::__otelier::follow(recording, codes, run).await
}

/// Does what has no results, as its operation.
pub(crate) async fn drive(
    recording: Option<Recording>,
    work: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    sqlx_core::__otelier::drive(recording, codes, work).await
}

/// The extended result code is the code.
pub(crate) fn codes(error: &dyn DatabaseError) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    (error.code(), None)
}

/// Gives statements to the thread that runs them, each as its operation.
macro_rules! worker {
    ($query:ty, $arguments:ty $(, limit: $limit:ty)? $(, begin: $statement:ty)?) => {
        impl ConnectionWorker {
            pub(crate) async fn execute(
                &mut self,
                query: $query,
                arguments: $arguments,
                channel_size: usize,
                persistent: bool,
                $(limit: $limit,)?
            ) -> Result<crate::__otelier::Results, Error> {
                let recording = self.__otelier.start(&query);
                let run = self.__otelier_execute(
                    query,
                    arguments,
                    channel_size,
                    persistent,
                    $(crate::__otelier::worker!(@value limit $limit),)?
                );
                crate::__otelier::follow(recording, run).await
            }

            pub(crate) async fn begin(
                &mut self,
                $(statement: $statement,)?
            ) -> Result<(), Error> {
                let text = begin_ansi_transaction_sql(self.__otelier.depth);
                $(let text = <$statement>::clone(&statement).unwrap_or(text);)?
                let recording = self.__otelier.start(&text);
                let work = self.__otelier_begin(
                    $(crate::__otelier::worker!(@value statement $statement),)?
                );
                crate::__otelier::drive(recording, work).await?;
                self.__otelier.depth += 1;
                Ok(())
            }

            pub(crate) async fn commit(&mut self) -> Result<(), Error> {
                let recording = self.__otelier.commit();
                crate::__otelier::drive(recording, self.__otelier_commit()).await?;
                self.__otelier.leave();
                Ok(())
            }

            pub(crate) async fn rollback(&mut self) -> Result<(), Error> {
                let recording = self.__otelier.rollback();
                crate::__otelier::drive(recording, self.__otelier_rollback()).await?;
                self.__otelier.leave();
                Ok(())
            }
        }
    };
    (@value $value:ident $type:ty) => {
        $value
    };
}

pub(crate) use worker;
