//! Two services that talk over HTTP: what goes well, a 404, a 500, and a client that goes away
//! midway.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use otelier_testing::{
    ExpectedPoint, ExpectedSpan, MetricPoint, Received, any, check_metric, check_trees, matching,
    metric, point, span,
};

use super::super::scene::Scene;
use super::super::stage::Stage;
use crate::process::{GRACE, Process};

const CLIENT: &str = "ping-client";
const SERVER: &str = "ping-server";
const ACTIVE_REQUESTS: &str = "http.server.active_requests";
/// How long the server takes to answer `/ping/slow`, which the client gives up before that.
const SLOW: Duration = Duration::from_secs(5);

/// The scene.
#[derive(Default)]
pub(super) struct Ping {
    server: String,
    /// For how long at least the request was under way whose client went away.
    held: Duration,
}

#[async_trait]
impl Scene for Ping {
    fn name(&self) -> &'static str {
        "ping"
    }

    fn about(&self) -> &'static str {
        "three pings, a 404, a 500, and a client that goes away midway"
    }

    async fn play(&mut self, stage: &mut Stage) -> Result<()> {
        let mut server = stage.command(SERVER);
        server.env("PING_ADDRESS", "127.0.0.1:0");
        self.server = stage.start(SERVER, server).await?;

        for (path, count) in [("/ping", "3"), ("/nowhere", "1"), ("/ping/fail", "1")] {
            let mut client = stage.command(CLIENT);
            client.args([&self.url(path), "--count", count, "--interval", "0"]);
            stage.run(CLIENT, client).await?;
        }
        self.go_away_midway(stage).await
    }

    fn check(&self, received: &Received) -> Result<()> {
        let pings = (0..3).map(|_| self.ping());
        check_trees(
            &received.spans(),
            pings.chain([self.not_found(), self.fails(), self.cancelled()]),
        )?;
        self.check_duration(received)?;
        check_metrics(received)
    }
}

impl Ping {
    /// Ends a client while the server works on its request.
    async fn go_away_midway(&mut self, stage: &mut Stage) -> Result<()> {
        let start = SystemTime::now();
        let mut client = stage.command(CLIENT);
        client.args([&self.url("/ping/slow"), "--count", "1"]);
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

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    fn port(&self) -> u16 {
        self.server.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
    }

    fn ping(&self) -> ExpectedSpan {
        let length =
            matching("1 to 1024", |it| it.as_int().is_some_and(|it| (1..=1024).contains(&it)));
        let inner = span("random string")
            .service(SERVER)
            .attr("ping.length", length)
            .children(["choose length", "draw letters"].map(|name| span(name).service(SERVER)));
        let server = self.served("GET /ping", "/ping").attr("http.route", "/ping");
        let server =
            server.attr("http.response.status_code", 200).attr("http.response.body.size", any());
        self.answered("/ping", 200).child(server.child(inner))
    }

    /// Found by no route, so it has none; and for the server that is no error.
    fn not_found(&self) -> ExpectedSpan {
        let server = self.served("GET", "/nowhere").attr("http.response.status_code", 404);
        self.answered("/nowhere", 404).error("404").child(server.attr("http.response.body.size", 0))
    }

    fn fails(&self) -> ExpectedSpan {
        let server = self.served("GET /ping/fail", "/ping/fail").attr("http.route", "/ping/fail");
        let server = server.attr("http.response.status_code", 500).error("500");
        self.answered("/ping/fail", 500)
            .error("500")
            .child(server.attr("http.response.body.size", 0))
    }

    /// The client knows that it wanted to go, so for it that is no error.
    fn cancelled(&self) -> ExpectedSpan {
        let server = self.served("GET /ping/slow", "/ping/slow").attr("http.route", "/ping/slow");
        self.asked("/ping/slow").attr("otelier.cancelled", true).child(server.error("cancelled"))
    }

    fn answered(&self, path: &str, status: u16) -> ExpectedSpan {
        self.asked(path)
            .attr("http.response.status_code", status)
            .attr("network.protocol.version", "1.1")
            .attr("network.peer.address", "127.0.0.1")
            .attr("network.peer.port", self.port())
    }

    /// What a client's span has at least.
    fn asked(&self, path: &str) -> ExpectedSpan {
        span("GET")
            .client()
            .root()
            .service(CLIENT)
            .attr("http.request.method", "GET")
            .attr("server.address", "127.0.0.1")
            .attr("server.port", self.port())
            .attr("url.full", self.url(path))
    }

    /// What a server's span has at least.
    fn served(&self, name: &str, path: &str) -> ExpectedSpan {
        span(name)
            .server()
            .service(SERVER)
            .attr("http.request.method", "GET")
            .attr("http.request.body.size", 0)
            .attr("url.scheme", "http")
            .attr("url.path", path)
            .attr("server.address", "127.0.0.1")
            .attr("server.port", self.port())
            .attr("client.address", "127.0.0.1")
            .attr("network.peer.address", "127.0.0.1")
            .attr("network.peer.port", any())
            .attr("network.protocol.version", "1.1")
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

fn check_metrics(received: &Received) -> Result<()> {
    let mut points = received.points();
    points.retain(|it| {
        it.resource.get("service.name").and_then(|name| name.as_str()) == Some(SERVER)
    });
    let duration = metric("http.server.request.duration").unit("s").points([
        counted(3).attr("http.route", "/ping").attr("http.response.status_code", 200),
        counted(1).attr("http.response.status_code", 404),
        counted(1)
            .attr("http.route", "/ping/fail")
            .attr("http.response.status_code", 500)
            .attr("error.type", "500"),
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
