//! Providers and options of a pool or a connection.

use mysql_async::Opts;
use otelier_instrument::{Providers, provider_setters};

use crate::BoxFuture;
use crate::conn::Conn;
use crate::pool::Pool;
use crate::telemetry::{Options, Telemetry};

/// Makes a [`Pool`] or a [`Conn`] with providers and options of its own.
///
/// ```
/// use otelier_mysql::Pool;
///
/// let pool = Pool::builder()
///     .with_pool_name("orders")
///     .with_query_text(false)
///     .build("mysql://shop@db.example/orders");
/// # drop(pool);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    providers: Providers,
    options: Options,
}

impl Builder {
    provider_setters!();

    /// Whether to record `db.query.text`, always sanitised. On by default.
    pub fn with_query_text(mut self, record: bool) -> Self {
        self.options.query_text = record;
        self
    }

    /// Whether to record `db.query.parameter.<key>`, the values in clear, but never those of batches. Off by default:
    /// parameters are where the secrets are.
    pub fn with_query_parameters(mut self, record: bool) -> Self {
        self.options.query_parameters = record;
        self
    }

    /// Whether to record `db.response.returned_rows`, the rows that were read. Off by default.
    pub fn with_returned_rows(mut self, record: bool) -> Self {
        self.options.returned_rows = record;
        self
    }

    /// Whether to append the trace context to the text of queries, as `/*traceparent='…'*/`, so that the server's own
    /// logs tell the trace. Off by default. Never done to prepared statements, which would be prepared anew each time,
    /// nor to texts that have such a comment already.
    ///
    /// Source: <https://google.github.io/sqlcommenter/spec/>.
    pub fn with_sql_commenter(mut self, append: bool) -> Self {
        self.options.sql_commenter = append;
        self
    }

    /// Whether the server runs with `sql_mode` `ANSI_QUOTES`, so that `"` encloses an identifier. Off by default, and
    /// what is in such quotes does not leave.
    pub fn with_ansi_quotes(mut self, ansi_quotes: bool) -> Self {
        self.options.ansi_quotes = ansi_quotes;
        self
    }

    /// The value of `db.client.connection.pool.name`, instead of `{server.address}:{server.port}/{db.namespace}`.
    pub fn with_pool_name(mut self, name: impl Into<String>) -> Self {
        self.options.pool_name = Some(name.into());
        self
    }

    /// A pool for `opts`.
    ///
    /// # Panics
    ///
    /// If `opts` cannot be converted to [`Opts`], as [`Pool::new`] does.
    pub fn build<O>(self, opts: O) -> Pool
    where
        Opts: TryFrom<O>,
        <Opts as TryFrom<O>>::Error: std::error::Error,
    {
        Pool::with_telemetry(opts, &Telemetry::new(self.providers, self.options))
    }

    /// A connection for `opts`.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub fn connect<T: Into<Opts>>(self, opts: T) -> BoxFuture<'static, Conn> {
        Conn::with_telemetry(opts.into(), Telemetry::new(self.providers, self.options))
    }
}
