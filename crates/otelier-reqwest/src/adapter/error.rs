//! `error.type` of what reqwest and middlewares return: a name from a small set, never a message.

use otelier_instrument::ErrorType;

use super::reqwest_middleware::Error;
use super::{line, reqwest};

/// The error of a request that got no response.
pub(super) fn error_type(error: &Error) -> ErrorType {
    match error {
        Error::Reqwest(error) => reqwest_error_type(error),
        // A retry middleware below wraps the error of its last attempt.
        Error::Middleware(error) => error
            .chain()
            .find_map(|cause| {
                let inner = cause.downcast_ref().map(error_type);
                inner.or_else(|| cause.downcast_ref().map(reqwest_error_type))
            })
            .unwrap_or(ErrorType::from_static("middleware")),
    }
}

/// An error of reqwest itself, from a request or from the body of a response.
pub(super) fn reqwest_error_type(error: &reqwest::Error) -> ErrorType {
    if let Some(status) = error.status() {
        return ErrorType::from_code(status.as_str());
    }
    // A connection that takes too long is a timeout first, a name that cannot be resolved is a
    // connection that failed, and nearly everything is an error of the request.
    let name = match error {
        _ if error.is_timeout() => return ErrorType::TIMEOUT,
        _ if line::is_dns(error) => "dns",
        _ if error.is_connect() => "connect",
        _ if error.is_redirect() => "redirect",
        _ if error.is_decode() => "decode",
        _ if error.is_body() => "body",
        _ if error.is_upgrade() => "upgrade",
        _ if error.is_builder() => "builder",
        _ if error.is_request() => "request",
        _ => return ErrorType::OTHER,
    };
    ErrorType::from_static(name)
}
