//! The server that requests are sent to, with a route for each way to answer.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, StreamExt as _};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::libraries::{self, Client};
use crate::work::{Result, tell};

/// A running server.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    reached: Arc<Notify>,
    go_on: Arc<Notify>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
}

#[derive(Clone)]
struct Shared {
    client: Client,
    address: SocketAddr,
    reached: Arc<Notify>,
    go_on: Arc<Notify>,
    asked: Arc<AtomicBool>,
}

impl Server {
    pub(super) async fn start(client: Client, knows_peer: bool) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tell("SERVER", address.port());
        let (reached, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (shared_reached, shared_go_on) = (Arc::clone(&reached), Arc::clone(&go_on));
        let asked = Arc::default();
        let shared =
            Shared { client, address, reached: shared_reached, go_on: shared_go_on, asked };
        let router = libraries::router(routes().with_state(shared));
        let (stop, stopped) = oneshot::channel();
        let stopped = async { stopped.await.unwrap_or_default() };
        let serving = if knows_peer {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            tokio::spawn(async move {
                axum::serve(listener, service).with_graceful_shutdown(stopped).await
            })
        } else {
            tokio::spawn(async move {
                axum::serve(listener, router).with_graceful_shutdown(stopped).await
            })
        };
        Ok(Self { address, reached, go_on, stop, serving })
    }

    /// Waits until a request is where it does not go on.
    pub(super) async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets go on what waits after its first part.
    pub(super) fn go_on(&self) {
        self.go_on.notify_one();
    }

    /// Stops, when all connections are at their end.
    pub(super) async fn stop(self) -> Result {
        let _ = self.stop.send(());
        Ok(self.serving.await??)
    }
}

fn routes() -> Router<Shared> {
    let users = Router::new().route("/users/{id}", get(user));
    let service = Router::new().route("/users/{id}", get(user));
    users
        .clone()
        .nest("/api", users)
        .nest_service("/service", service)
        .route("/echo", post(async |body: String| body))
        .route("/unread", post(async || "did not look"))
        .route("/failed", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/panicked/{id}", get(panicked))
        .route("/large", get(async || "x".repeat(300_000)))
        .route("/streamed/{parts}", get(streamed))
        .route("/stream-failed", get(stream_failed))
        .route("/stream-panicked", get(stream_panicked))
        .route("/stream-endless", get(stream_endless))
        .route("/relayed/{id}", get(relayed))
        .route("/relayed-at-once", get(relayed_at_once))
        .route("/slow/{id}", get(slow))
        .route("/second-time", get(second_time))
        .route("/redirected", get(async || Redirect::to("/users/7")))
        .route("/redirected-for-ever", get(async || Redirect::to("/redirected-for-ever")))
}

async fn user(Path(id): Path<String>) -> String {
    format!("user {id}")
}

async fn panicked(Path(id): Path<String>) {
    // The hook of panics is left alone: what it prints tells a reader what happened.
    panic!("{id} on purpose");
}

async fn streamed(Path(parts): Path<u8>) -> Body {
    let parts = stream::iter(0..parts).map(|part| Ok::<_, Infallible>(format!("{part},")));
    Body::from_stream(parts)
}

async fn stream_failed(State(shared): State<Shared>) -> Body {
    first_then(async move {
        shared.go_on.notified().await;
        Err(io::Error::other("on purpose"))
    })
}

async fn stream_panicked(State(shared): State<Shared>) -> Body {
    first_then(async move {
        shared.go_on.notified().await;
        panic!("on purpose")
    })
}

fn first_then(second: impl Future<Output = io::Result<&'static str>> + Send + 'static) -> Body {
    Body::from_stream(stream::iter([Ok("first")]).chain(stream::once(second)))
}

async fn stream_endless() -> Body {
    let first = stream::iter([Ok::<_, Infallible>("first")]);
    Body::from_stream(first.chain(stream::pending()))
}

async fn relayed(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let url = format!("http://{}/users/{id}", shared.address);
    match shared.client.get(url).send().await {
        Ok(response) => response.text().await.unwrap_or_default().into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn relayed_at_once(State(shared): State<Shared>) -> StatusCode {
    let ask = async |path: &str| {
        let url = format!("http://{}{path}", shared.address);
        shared.client.get(url).send().await.is_ok()
    };
    match tokio::join!(ask("/users/1"), ask("/failed"), ask("/nowhere")) {
        (true, true, true) => StatusCode::OK,
        _ => StatusCode::BAD_GATEWAY,
    }
}

async fn slow(State(shared): State<Shared>) {
    shared.reached.notify_one();
    pending().await
}

async fn second_time(State(shared): State<Shared>) -> StatusCode {
    match shared.asked.swap(true, Ordering::Relaxed) {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    }
}
