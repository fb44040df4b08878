//! Two services that talk over HTTP: what goes well, stores that are not there, a 404, a 500, and a
//! client that goes away midway.

pub(super) mod spans;

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use otelier_testing::{
    ExpectedPoint, ExpectedSpan, MetricPoint, Received, Value, check_metric, check_trees, metric,
    point, span,
};
use tokio::process::Command;

use self::spans::{CLIENT, SERVER, Spans, failed_work, failed_work_with};
use super::super::scene::Scene;
use super::super::stage::Stage;
use crate::process::{GRACE, Process};

const ACTIVE_REQUESTS: &str = "http.server.active_requests";
/// How long the server takes to answer `/ping/slow`, which the client gives up before that.
const SLOW: Duration = Duration::from_secs(5);
/// Where no store is.
const NOWHERE: (&str, u16) = ("127.0.0.1", 1);

/// The scene.
#[derive(Default)]
pub(super) struct Ping {
    spans: Spans,
    /// For how long at least the request was under way whose client went away.
    held: Duration,
}

#[async_trait]
impl Scene for Ping {
    fn name(&self) -> &'static str {
        "ping"
    }

    fn about(&self) -> &'static str {
        "three rolls of a die, three stores that are not there, a 404, a 500, and a client that goes \
         away midway"
    }

    async fn play(&mut self, stage: &mut Stage) -> Result<()> {
        let mut server = stage.command(SERVER);
        without_stores(server.env("PING_ADDRESS", "127.0.0.1:0"));
        self.spans.server = stage.start(SERVER, server).await?;

        for (path, count) in [
            ("/rolldice", "3"),
            ("/ping", "1"),
            ("/mongodb/16", "1"),
            ("/sql/16", "1"),
            ("/nowhere", "1"),
            ("/ping/fail", "1"),
        ] {
            let mut client = stage.command(CLIENT);
            client.args([&self.spans.url(path), "--count", count, "--interval", "0"]);
            stage.run(CLIENT, client).await?;
        }
        self.go_away_midway(stage).await
    }

    fn check(&self, received: &Received) -> Result<()> {
        let spans = &self.spans;
        let rolls = (0..3).map(|_| spans.success("/rolldice", "/rolldice", []));
        let others = [
            // The first store that it asks.
            spans.failure("/ping", "/ping", failed_work("redis", "redis::")),
            spans.failure(
                "/mongodb/{n}",
                "/mongodb/16",
                failed_work_with("mongodb", "mongodb::", [no_server()]),
            ),
            spans.failure(
                "/sql/{n}",
                "/sql/16",
                failed_work_with("sql", "mysql_async::", [no_connection()]),
            ),
            spans.not_found("/nowhere"),
            spans.plain_failure("/ping/fail"),
            spans.cancelled("/ping/slow"),
        ];
        check_trees(&received.spans(), rolls.chain(others))?;
        self.check_duration(received)?;
        check_exceptions(received)?;
        check_metrics(received)
    }
}

/// Has a server look for its stores where none are.
pub(super) fn without_stores(server: &mut Command) {
    let (host, port) = NOWHERE;
    server
        .env("REDIS_URL", format!("redis://{host}:{port}"))
        .env("MONGODB_URI", format!("mongodb://{host}:{port}"))
        .env("MYSQL_URL", format!("mysql://root@{host}:{port}"));
}

impl Ping {
    /// Ends a client while the server works on its request.
    async fn go_away_midway(&mut self, stage: &mut Stage) -> Result<()> {
        let start = SystemTime::now();
        let mut client = stage.command(CLIENT);
        client.args([&self.spans.url("/ping/slow"), "--count", "1"]);
        let client = Process::spawn(CLIENT, client)?;
        // The server itself tells that it has the request: in what it exports. The second time,
        // because by then the request has been under way for a while that we know.
        let two_exports = |received: &Received| {
            let active =
                received.all_points().into_iter().filter(|it| is_active(it) && it.time > start);
            let times: Vec<SystemTime> = active.map(|it| it.time).collect();
            let (first, last) = times.iter().min().zip(times.iter().max()).context("none")?;
            ensure!(last > first, "only one");
            Ok(last.duration_since(*first)?)
        };
        let (_, held) = stage.receiver.wait_for(SLOW, two_exports).await?;
        self.held = held.context("the server never said that it works on the slow request")?;
        client.terminate();
        client.end(GRACE).await?.success()?;
        Ok(())
    }

    /// The span of the request whose client went away lasted until then, and no longer.
    fn check_duration(&self, received: &Received) -> Result<()> {
        let spans = received.spans();
        let slow =
            spans.iter().find(|span| span.name == "GET /ping/slow").context("no slow request")?;
        let (least, found) = (self.held, slow.duration());
        ensure!(
            (least..SLOW).contains(&found),
            "the client left after {least:?} or more, not {found:?}"
        );
        Ok(())
    }
}

/// The search for a database where none is.
fn no_connection() -> ExpectedSpan {
    let (host, port) = NOWHERE;
    span(format!("connect {host}:{port}"))
        .client()
        .service(SERVER)
        .scope("otelier-mysql")
        .attr("db.system.name", "mysql")
        .attr("db.operation.name", "connect")
        .attr("server.address", host)
        .attr("server.port", port)
        .error("ConnectionRefused")
}

/// A call of MongoDB for which no server is found.
fn no_server() -> ExpectedSpan {
    span("find tests")
        .client()
        .service(SERVER)
        .scope("otelier-mongodb")
        .attr("db.system.name", "mongodb")
        .attr("db.operation.name", "find")
        .attr("db.namespace", "opentelemetry-tests")
        .attr("db.collection.name", "tests")
        .error("ServerSelection")
}

/// Each handler that returned an error is a log record of its request's span; and that MongoDB does
/// not answer is one by itself.
fn check_exceptions(received: &Received) -> Result<()> {
    let (logs, spans) = (received.logs(), received.spans());
    let of = |event: &str| logs.iter().filter(|it| it.event_name == event).collect::<Vec<_>>();
    let exceptions = of("http.server.request.exception");
    for route in ["GET /ping", "GET /mongodb/{n}", "GET /sql/{n}"] {
        let request = spans.iter().find(|it| it.name == route).context("no request")?;
        let ids = (request.trace_id, request.span_id);
        let found: Vec<_> =
            exceptions.iter().filter(|it| (it.trace_id, it.span_id) == ids).collect();
        ensure!(found.len() == 1, "`{route}` has {} records of an error", found.len());
        let has_message = found[0].attribute("exception.message").is_some();
        ensure!(has_message && found[0].severity == 17, "`{route}`: {:?}", found[0]);
    }
    ensure!(exceptions.len() == 3, "{} records of errors, not 3", exceptions.len());
    let absent = of("otelier.db.server_unreachable");
    ensure!(absent.len() == 1, "{} records of a server that does not answer", absent.len());
    let port = absent[0].attribute("server.port").and_then(Value::as_int);
    ensure!(port == Some(NOWHERE.1.into()), "{:?}", absent[0]);
    Ok(())
}

fn check_metrics(received: &Received) -> Result<()> {
    let mut points = received.points();
    points.retain(|it| {
        it.resource.get("service.name").and_then(|name| name.as_str()) == Some(SERVER)
    });
    let failed = |route| {
        counted(1)
            .attr("http.route", route)
            .attr("http.response.status_code", 500)
            .attr("error.type", "500")
    };
    let duration = metric("http.server.request.duration").unit("s").points([
        counted(3).attr("http.route", "/rolldice").attr("http.response.status_code", 200),
        failed("/ping"),
        failed("/mongodb/{n}"),
        failed("/sql/{n}"),
        counted(1).attr("http.response.status_code", 404),
        failed("/ping/fail"),
        counted(1).attr("http.route", "/ping/slow").attr("error.type", "cancelled"),
    ]);
    check_metric(&points, duration)?;
    // Whatever went up has come down again.
    let idle = point().value(0).attr("http.request.method", "GET").attr("url.scheme", "http");
    check_metric(&points, metric(ACTIVE_REQUESTS).up_down_counter().point(idle))?;
    Ok(())
}

fn counted(count: u64) -> ExpectedPoint {
    point()
        .count(count)
        .attr("http.request.method", "GET")
        .attr("url.scheme", "http")
        .attr("network.protocol.version", "1.1")
}

fn is_active(point: &MetricPoint) -> bool {
    point.name == ACTIVE_REQUESTS && point.value().is_some_and(|value| value > 0.0)
}
