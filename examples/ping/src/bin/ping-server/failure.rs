//! What a client is told of an error, and its trace.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Any error of a handler: a 500.
pub(crate) struct Failure(anyhow::Error);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        // So that the request's span says what went wrong, and not only that something did; and as
        // a log record of its own.
        otelier::axum::record_error(&self.0);
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}
