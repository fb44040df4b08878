//! Otelier: one operation for each statement that a program runs, until its rows are read.

use std::borrow::Cow;

use otelier_agent::sqlx::{Address, Connection, System};
use sqlx_core::error::DatabaseError;

use crate::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError};

impl MySqlConnection {
    /// The driver has prepared the connection, which is the program's now.
    pub(crate) fn __otelier_opened(&mut self, options: &MySqlConnectOptions, is_mariadb: bool) {
        let socket = options.socket.as_ref().and_then(|path| path.to_str());
        let address = Address {
            host: Some(socket.unwrap_or(&options.host)),
            port: if socket.is_none() { Some(options.port) } else { None },
            database: options.database.as_deref(),
        };
        let system = if is_mariadb { System::MariaDb } else { System::MySql };
        self.__otelier = Connection::opened(system, address);
    }
}

/// The number of an error says more than its SQLSTATE, which is what sqlx calls the code.
pub(crate) fn codes(error: &dyn DatabaseError) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => (Some(error.number().to_string().into()), error.code().map(Cow::from)),
        None => (error.code(), None),
    }
}

/// Runs a text as its operation.
macro_rules! run {
    ($sql:ty) => {
        impl MySqlConnection {
            pub(crate) async fn run<'e, 'c: 'e, 'q: 'e>(
                &'c mut self,
                sql: $sql,
                arguments: Option<MySqlArguments>,
                persistent: bool,
            ) -> Result<
                impl Stream<Item = Result<Either<MySqlQueryResult, MySqlRow>, Error>> + 'e,
                Error,
            > {
                let recording = self.__otelier.start(AsRef::<str>::as_ref(&sql));
                let run = self.__otelier_run(sql, arguments, persistent);
                sqlx_core::__otelier::follow(recording, crate::__otelier::codes, run).await
            }
        }
    };
}

pub(crate) use run;
