//! Otelier: one operation for each statement that a program runs, until its rows are read.

use std::borrow::Cow;

use otelier_agent::sqlx::{Address, Connection, System};
use sqlx_core::error::DatabaseError;

use crate::PgConnectOptions;

/// The connection is ready for the program.
pub(crate) fn opened(options: &PgConnectOptions) -> Connection {
    let socket = options.fetch_socket();
    let address = Address {
        host: Some(socket.as_deref().unwrap_or(&options.host)),
        port: if socket.is_none() { Some(options.port) } else { None },
        database: options.database.as_deref(),
    };
    Connection::opened(System::Postgres, address)
}

/// The SQLSTATE is the code.
pub(crate) fn codes(error: &dyn DatabaseError) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    (error.code(), None)
}

/// Runs a text as its operation.
macro_rules! run {
    ($sql:ty $(, $limit:ident: $limit_type:ty)?) => {
        impl PgConnection {
            pub(crate) async fn run<'e, 'c: 'e, 'q: 'e>(
                &'c mut self,
                sql: $sql,
                arguments: Option<PgArguments>,
                $($limit: $limit_type,)?
                persistent: bool,
                metadata: Option<Arc<PgStatementMetadata>>,
            ) -> Result<impl Stream<Item = Result<Either<PgQueryResult, PgRow>, Error>> + 'e, Error>
            {
                let recording = self.__otelier.start(AsRef::<str>::as_ref(&sql));
                let run = self.__otelier_run(sql, arguments, $($limit,)? persistent, metadata);
                sqlx_core::__otelier::follow(recording, crate::__otelier::codes, run).await
            }
        }
    };
}

pub(crate) use run;
