//! Why a request fails, and what the client's answer says of it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use otelier::mysql;
use tracing::error;

pub(crate) enum Failure {
    NoSuchArticle,
    NoSuchOrder,
    Database(mysql::Error),
    Queue(anyhow::Error),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, told) = match self {
            Self::NoSuchArticle => (StatusCode::UNPROCESSABLE_ENTITY, "no such article left"),
            Self::NoSuchOrder => (StatusCode::NOT_FOUND, "no such order"),
            // A server that answers with an error is there; what is wrong is what it was asked.
            Self::Database(error @ mysql::Error::Server(_)) => {
                error!(%error, "the database refuses");
                (StatusCode::INTERNAL_SERVER_ERROR, "a mistake of ours")
            }
            Self::Database(error) => {
                error!(%error, "no database");
                (StatusCode::SERVICE_UNAVAILABLE, "come again later")
            }
            Self::Queue(error) => {
                error!(%error, "no queue");
                (StatusCode::SERVICE_UNAVAILABLE, "come again later")
            }
        };
        (status, told).into_response()
    }
}

impl From<mysql::Error> for Failure {
    fn from(error: mysql::Error) -> Self {
        Self::Database(error)
    }
}
