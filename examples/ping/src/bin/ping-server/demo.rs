//! Routes that go wrong on purpose, to see in a trace what that looks like.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::time::sleep;

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/ping/fail", get(fail)).route("/ping/slow", get(slow))
}

/// An error of the server.
async fn fail() -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

/// An answer so late that the client may be gone by then.
async fn slow() -> &'static str {
    sleep(Duration::from_secs(5)).await;
    "late"
}
