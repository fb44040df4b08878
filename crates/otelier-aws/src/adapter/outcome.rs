//! What a call or an attempt came to, as the SDK's hooks show it.
//!
//! The SDK's error type depends on the operation and is erased in the hooks, so the kind of a
//! failure is found by what can be asked of an `OrchestratorError`, and by what is there: a
//! response, a request. The order of the questions matters. A time limit comes first, because it
//! may pass in any phase.
//!
//! Only kinds and codes are read, never the texts of errors, which may quote the request.

use std::iter::successors;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::interceptors::context::{
    Error, FinalizerInterceptorContextRef, Output,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_types::request_id::RequestId;

use super::names::{AwsResponse, CallFailure, ErrorType};

/// What a call or an attempt came to.
pub(super) struct Outcome<'a> {
    /// `None` if the SDK has no result yet.
    result: Option<Result<&'a Output, &'a OrchestratorError<Error>>>,
    /// Whether the request was built. If not, and nothing else explains it, a failure is one of
    /// construction.
    has_request: bool,
    /// That of the attempt, or of the last attempt of the call.
    response: Option<&'a HttpResponse>,
}

impl<'a> Outcome<'a> {
    /// `was_sent`: the SDK takes the request out of the context to send it.
    pub(super) fn of(context: &'a FinalizerInterceptorContextRef<'_>, was_sent: bool) -> Self {
        Self {
            result: context.output_or_error(),
            has_request: was_sent || context.request().is_some(),
            response: context.response(),
        }
    }

    /// `None` for a failure.
    pub(super) fn output(&self) -> Option<&'a Output> {
        self.result.and_then(Result::ok)
    }

    /// `None` if no response came.
    pub(super) fn response(&self) -> Option<AwsResponse<'a>> {
        self.response.map(response)
    }

    /// The value of `error.type`. `None` for a success.
    pub(super) fn error(&self) -> Option<ErrorType> {
        let error = self.result.and_then(Result::err)?;
        Some(self.failure(error).error_type())
    }

    /// Which kind of failure `error` is, with the parts of the response that may hold its code.
    fn failure(&self, error: &OrchestratorError<Error>) -> CallFailure<'a> {
        if error.is_timeout_error() {
            return CallFailure::Timeout;
        }
        if let Some(error) = error.as_connector_error() {
            return match () {
                () if error.is_timeout() => CallFailure::Timeout,
                () if error.is_io() => CallFailure::Io,
                () => CallFailure::Dispatch,
            };
        }
        if let Some(response) = self.response {
            return CallFailure::Response {
                status: response.status().as_u16(),
                is_service_error: error.is_operation_error(),
                error_header: response.headers().get("x-amzn-errortype"),
                body: response.body().bytes(),
            };
        }
        match () {
            () if error.is_interceptor_error() => CallFailure::Interceptor,
            () if is_credentials_error(error) => CallFailure::Credentials,
            () if !self.has_request => CallFailure::Construction,
            () => CallFailure::Dispatch,
        }
    }
}

/// The status and the identifiers of a response.
pub(super) fn response(response: &HttpResponse) -> AwsResponse<'_> {
    let mut found = AwsResponse::new(response.status().as_u16());
    found.request_id = response.request_id();
    found.extended_request_id = response.headers().get("x-amz-id-2");
    found
}

/// Whether the error, or one of those that caused it, is about credentials. The SDK has no method
/// that says so.
fn is_credentials_error(error: &OrchestratorError<Error>) -> bool {
    let first: Option<&(dyn std::error::Error + 'static)> = Some(error);
    successors(first, |error| error.source()).any(<dyn std::error::Error>::is::<CredentialsError>)
}
