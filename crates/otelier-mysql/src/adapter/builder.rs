//! Providers and options of a pool or a connection.

use otelier_instrument::{Providers, provider_setters};

use super::BoxFuture;
use super::conn::Conn;
use super::mysql_async::Opts;
use super::pool::Pool;
use crate::recorder::{Options, Telemetry};

/// Makes a [`Pool`] or a [`Conn`] with providers and options of its own.
///
/// ```
#[doc = line_use!("Pool")]
///
/// let pool = Pool::builder()
///     .with_pool_name("orders")
///     .with_query_text(false)
///     .build("mysql://shop@db.example/orders");
/// # drop(pool);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PoolBuilder {
    /// Those that are not set are the global ones.
    providers: Providers,
    /// What the methods below change; the rest stays at its default.
    options: Options,
}

impl PoolBuilder {
    provider_setters!();

    /// Whether to record `db.query.text`, always sanitized, and its first 2048 characters. On by
    /// default.
    pub fn with_query_text(mut self, record: bool) -> Self {
        self.options.query_text = record;
        self
    }

    /// Whether to record `db.query.parameter.<key>`: the first 2048 characters of each value, in
    /// clear. Never done for batches. Off by default, since parameters may be secret.
    ///
    /// ```
    #[doc = line_use!("Pool")]
    /// let pool = Pool::builder().with_query_parameters(true).build("mysql://db.example/shop");
    /// # drop(pool);
    /// ```
    pub fn with_query_parameters(mut self, record: bool) -> Self {
        self.options.query_parameters = record;
        self
    }

    /// Whether to record `db.response.returned_rows`, the number of rows that were read. Off by
    /// default.
    pub fn with_returned_rows(mut self, record: bool) -> Self {
        self.options.returned_rows = record;
        self
    }

    /// Whether to append the trace context to the text of queries, as `/*traceparent='…'*/`, so
    /// that the logs of the server show the trace. Off by default.
    ///
    /// Never done to prepared statements, which would be prepared anew each time, to texts that
    /// have a comment already, and to texts of which the server may keep a part: definitions of
    /// procedures, functions, triggers, events and views, `PREPARE`, and whatever else is no query,
    /// no change of rows and nothing that concerns the session.
    ///
    /// Source: <https://google.github.io/sqlcommenter/spec/>.
    pub fn with_sql_commenter(mut self, append: bool) -> Self {
        self.options.sql_commenter = append;
        self
    }

    /// Whether the server runs with `sql_mode` `ANSI_QUOTES`, so that `"` encloses an identifier.
    /// Off by default: what is in such quotes is hidden as a string.
    pub fn with_ansi_quotes(mut self, ansi_quotes: bool) -> Self {
        self.options.ansi_quotes = ansi_quotes;
        self
    }

    /// The value of `db.client.connection.pool.name`, instead of
    /// `{server.address}:{server.port}/{db.namespace}`.
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
