//! A connection of the driver's or of ours, and the queries that are measured on it.

use std::net::SocketAddr;
use std::sync::LazyLock;

use mysql_async::OptsBuilder;
use mysql_async::prelude::Queryable as Driver;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry_sdk::trace::Sampler;
use otelier_mysql::{Pool, Queryable};
use otelier_testing::{Capture, discarding_tracer_provider};
use tokio::runtime::{Builder, Runtime};

use crate::stub;

/// Who is asked, and what becomes of the telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The driver alone.
    Bare,
    /// A program that has no provider.
    NoProvider,
    /// A sampler that drops everything, and no metrics.
    SampledOut,
    /// Every span recorded, and no metrics.
    Traces,
    /// Every span recorded, and metrics.
    TracesAndMetrics,
}

impl Mode {
    /// All of them, from the least to the most work.
    pub(crate) const ALL: [Self; 5] =
        [Self::Bare, Self::NoProvider, Self::SampledOut, Self::Traces, Self::TracesAndMetrics];
}

enum Conn {
    Bare(mysql_async::Conn),
    Traced(otelier_mysql::Conn),
}

/// A connection on a runtime of its own.
pub(crate) struct Session {
    runtime: Runtime,
    conn: Conn,
}

impl Session {
    /// A connection to the server in this process.
    pub(crate) fn with_stub(mode: Mode) -> Self {
        static STUB: LazyLock<SocketAddr> = LazyLock::new(stub::start);
        let opts = OptsBuilder::default()
            .ip_or_hostname("127.0.0.1")
            .tcp_port(STUB.port())
            .user(Some("u"));
        Self::new(mode, opts.db_name(Some("shop")))
    }

    pub(crate) fn new(mode: Mode, opts: OptsBuilder) -> Self {
        // No questions but those that are measured.
        let opts =
            opts.prefer_socket(false).max_allowed_packet(Some(1 << 24)).wait_timeout(Some(3600));
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let traced = |sampler| {
            Pool::builder()
                .with_tracer_provider(discarding_tracer_provider(sampler))
                .with_meter_provider(NoopMeterProvider::new())
        };
        let builder = match mode {
            Mode::Bare => None,
            Mode::NoProvider => Some(Pool::builder()),
            Mode::SampledOut => Some(traced(Sampler::AlwaysOff)),
            Mode::Traces => Some(traced(Sampler::AlwaysOn)),
            Mode::TracesAndMetrics => {
                Some(traced(Sampler::AlwaysOn).with_meter_provider(Capture::new().meter_provider()))
            }
        };
        let conn = runtime.block_on(async {
            match builder {
                None => Conn::Bare(mysql_async::Conn::new(opts).await.expect("a connection")),
                Some(builder) => Conn::Traced(builder.connect(opts).await.expect("a connection")),
            }
        });
        Self { runtime, conn }
    }

    pub(crate) fn text_without_rows(&mut self) {
        let query = "SET @plays = 1, @last = 'One'";
        let outcome = match &mut self.conn {
            Conn::Bare(conn) => self.runtime.block_on(Driver::query_drop(conn, query)),
            Conn::Traced(conn) => self.runtime.block_on(Queryable::query_drop(conn, query)),
        };
        outcome.expect("an answer");
    }

    pub(crate) fn text_with_a_row(&mut self) {
        let query = "SELECT id FROM songs WHERE title = 'One' AND year IN (1971, 1972)";
        let row: Option<u64> = match &mut self.conn {
            Conn::Bare(conn) => self.runtime.block_on(Driver::query_first(conn, query)),
            Conn::Traced(conn) => self.runtime.block_on(Queryable::query_first(conn, query)),
        }
        .expect("an answer");
        assert_eq!(row, Some(7));
    }

    pub(crate) fn statement_with_a_row(&mut self) {
        let (query, params) = ("SELECT id FROM songs WHERE title = ?", ("One",));
        let row: Option<u64> = match &mut self.conn {
            Conn::Bare(conn) => self.runtime.block_on(Driver::exec_first(conn, query, params)),
            Conn::Traced(conn) => self.runtime.block_on(Queryable::exec_first(conn, query, params)),
        }
        .expect("an answer");
        assert_eq!(row, Some(7));
    }
}
