//! How a call failed, as one low-cardinality name.

use std::iter::successors;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::interceptors::context::Error;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use otelier_instrument::ErrorType;

/// The longest error code that is believed to be one.
const LONGEST: usize = 96;

/// The name of `error`: the service's error code where it gave one, else what part of the SDK failed, as its `SdkError`
/// says, or what that part could not have.
pub(crate) fn error_type(
    error: &OrchestratorError<Error>,
    has_request: bool,
    response: Option<&HttpResponse>,
) -> ErrorType {
    if error.is_timeout_error() {
        return ErrorType::TIMEOUT;
    }
    if let Some(error) = error.as_connector_error() {
        return match () {
            () if error.is_timeout() => ErrorType::TIMEOUT,
            () if error.is_io() => ErrorType::from_static("io"),
            () => ErrorType::from_static("dispatch_failure"),
        };
    }
    if let Some(response) = response {
        return match error_code(response) {
            Some(code) if error.is_operation_error() => ErrorType::from_code(code),
            None if error.is_operation_error() && !response.status().is_success() => {
                ErrorType::from_code(response.status().as_u16().to_string())
            }
            // It could not be read or understood.
            _ => ErrorType::from_static("response_error"),
        };
    }
    ErrorType::from_static(match () {
        () if error.is_interceptor_error() => "interceptor_error",
        () if is_of_credentials(error) => "credentials_error",
        () if !has_request => "construction_failure",
        () => "dispatch_failure",
    })
}

fn is_of_credentials(error: &OrchestratorError<Error>) -> bool {
    let first: Option<&(dyn std::error::Error + 'static)> = Some(error);
    successors(first, |error| error.source()).any(<dyn std::error::Error>::is::<CredentialsError>)
}

/// The error code, wherever the service's protocol has it: a header, a member of a JSON object, an XML element.
fn error_code(response: &HttpResponse) -> Option<&str> {
    let body = || std::str::from_utf8(response.body().bytes()?).ok();
    let code = match response.headers().get("x-amzn-errortype") {
        Some(code) => code,
        None => {
            let body = body()?;
            json_member(body, "__type").or_else(|| between(body, "<Code>", "</Code>"))?
        }
    };
    // `namespace#Code:documentation`
    let code = code.rsplit('#').next()?.split(':').next()?.trim();
    let is_name = |code: &str| {
        code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    (!code.is_empty() && code.len() <= LONGEST && is_name(code)).then_some(code)
}

/// The text of the string `member`, which must come without an escape: a code has none.
fn json_member<'a>(body: &'a str, member: &str) -> Option<&'a str> {
    let at = body.find(&format!("\"{member}\""))? + member.len() + 2;
    let value = body[at..].trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    value.split('"').next()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = &text[text.find(before)? + before.len()..];
    Some(&rest[..rest.find(after)?])
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn code(header: Option<&'static str>, body: &'static str) -> Option<String> {
        let status = StatusCode::try_from(400).expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        if let Some(header) = header {
            response.headers_mut().insert("x-amzn-errortype", header);
        }
        error_code(&response).map(str::to_owned)
    }

    #[test]
    fn reads_the_code_of_each_protocol() {
        let json = r#"{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "x"}"#;
        let xml = "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code></Error></ErrorResponse>";
        for (header, body, expected) in [
            (None, json, Some("QueueDoesNotExist")),
            (None, xml, Some("NotFound")),
            (
                Some("ResourceNotFoundException:http://internal/"),
                "",
                Some("ResourceNotFoundException"),
            ),
            (Some("AccessDenied"), json, Some("AccessDenied")),
            (None, "", None),
            (None, "<html>502</html>", None),
            (None, r#"{"__type":"a \u0041 b"}"#, None),
            (None, r#"{"__type":7}"#, None),
            (None, "<Code>not a code</Code>", None),
        ] {
            assert_eq!(code(header, body).as_deref(), expected, "{header:?} {body}");
        }
    }
}
