//! Requests that succeed and that fail in each way. Compiled once for each line of versions.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use opentelemetry_sdk::propagation::TraceContextPropagator;
use tokio::net::TcpListener;

use super::axum::Router;
use super::axum::extract::Path;
use super::axum::http::StatusCode;
use super::axum::routing::{get, post};
use super::otel_axum::OtelLayer;
use super::otel_reqwest::{OtelMiddleware, UrlTemplate};
use super::reqwest::Client;
use super::reqwest_middleware::ClientBuilder;
use super::{USER, axum};
use crate::Result;
use crate::telemetry::Telemetry;

pub(crate) async fn run(line: &str) -> Result {
    let (server, client) = (Telemetry::new(), Telemetry::new());
    let layer = OtelLayer::builder()
        .with_tracer_provider(server.tracers.clone())
        .with_meter_provider(server.meters.clone())
        .with_propagator(TraceContextPropagator::new())
        .with_captured_request_headers(["x-asked"])
        .with_experimental_telemetry(true);
    let users = Router::new().route(USER, get(|Path(id): Path<String>| async move { id }));
    let app = users
        .clone()
        .nest("/api", users)
        .route("/echo", post(|body: String| async move { body }))
        .route("/broken", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
        .route("/slow", get(|| async { pending::<()>().await }))
        .layer(layer.build())
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });

    let middleware = OtelMiddleware::builder()
        .with_tracer_provider(client.tracers.clone())
        .with_meter_provider(client.meters.clone())
        .with_propagator(TraceContextPropagator::new())
        .with_captured_response_headers(["content-type"])
        .with_experimental_telemetry(true)
        .with_response_body(true);
    let http = ClientBuilder::new(Client::new()).with(middleware.build()).build();
    let url = |path: &str| format!("http://{address}{path}");
    let template = UrlTemplate::new(USER);
    let found = http.get(url("/users/7?token=planted")).header("x-asked", "yes");
    found.with_extension(template).send().await?.text().await?;
    http.get(url("/api/users/7")).send().await?.text().await?;
    http.post(url("/echo")).body("ping").send().await?.text().await?;
    for path in ["/nowhere", "/broken", "/echo"] {
        http.get(url(path)).send().await?.text().await?;
    }
    let slow = http.get(url("/slow")).send();
    assert!(tokio::time::timeout(Duration::from_millis(100), slow).await.is_err());
    let slow = http.get(url("/slow")).timeout(Duration::from_millis(100)).send();
    assert!(slow.await.is_err());
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
    assert!(http.get(format!("http://{closed}/")).send().await.is_err());
    assert!(http.get("http://no-such-host.invalid/").send().await.is_err());

    // The server notices that a client is gone when it reads the connection again.
    drop(http);
    while server.ended() < 8 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    serving.abort();
    let replaced = [
        (format!(":{}", address.port()), ":PORT"),
        (format!("port={}", address.port()), "port=PORT"),
        (format!(":{}", closed.port()), ":CLOSED"),
        (format!("port={}", closed.port()), "port=CLOSED"),
        (USER.to_owned(), "/users/ID"),
    ];
    server.print(&format!("{line}: server"), &replaced)?;
    client.print(&format!("{line}: client"), &replaced)
}
