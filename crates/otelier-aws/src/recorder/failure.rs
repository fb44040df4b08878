//! How a call failed, as one low-cardinality name: `error.type`.
//!
//! The code that the service gives comes first, because it says the most: `QueueDoesNotExist` and
//! not 400. Each protocol of AWS has it in another place. The text of a response is searched and
//! not parsed: it may be long, and without a code the status is recorded.
//!
//! A code is checked before it is recorded. What has other characters than those of a name, or is
//! too long, may be a message or data of the user, and is refused.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/>.

use otelier_instrument::ErrorType;

/// The longest text that is taken for an error code.
const MAX_CODE_LENGTH: usize = 96;

/// What made a call fail, as the SDK distinguishes it.
///
/// ```
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {
/// use otelier::aws::recorder::CallFailure;
///
/// let body = br#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"..."}"#;
/// let failure = CallFailure::Response {
///     status: 400,
///     is_service_error: true,
///     error_header: None,
///     body: Some(body),
/// };
/// assert_eq!(failure.error_type().as_str(), "QueueDoesNotExist");
/// assert_eq!(CallFailure::Timeout.error_type().as_str(), "timeout");
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub enum CallFailure<'a> {
    /// A time limit was exceeded.
    Timeout,
    /// The connection failed.
    Io,
    /// The request could not be sent.
    Dispatch,
    /// The request could not be made.
    Construction,
    /// There were no credentials to sign it with.
    Credentials,
    /// An interceptor of the user failed it.
    Interceptor,
    /// A response came.
    Response {
        /// Its HTTP status.
        status: u16,
        /// Whether the SDK understood it, as an error of the service.
        is_service_error: bool,
        /// The header `x-amzn-errortype`.
        error_header: Option<&'a str>,
        /// The body, if it is in memory.
        body: Option<&'a [u8]>,
    },
}

impl CallFailure<'_> {
    /// `error.type`: the service's error code or the status, else what the SDK's `SdkError` calls
    /// the failure. Nothing else of an error is recorded.
    #[must_use]
    pub fn error_type(&self) -> ErrorType {
        ErrorType::from_static(match *self {
            Self::Timeout => return ErrorType::TIMEOUT,
            Self::Io => "io",
            Self::Dispatch => "dispatch_failure",
            Self::Construction => "construction_failure",
            Self::Credentials => "credentials_error",
            Self::Interceptor => "interceptor_error",
            Self::Response { is_service_error: false, .. } => "response_error",
            Self::Response { status, error_header, body, .. } => {
                match error_code(error_header, body) {
                    Some(code) => return ErrorType::from_code(code),
                    None if !(200..300).contains(&status) => {
                        return ErrorType::from_code(status.to_string());
                    }
                    None => "response_error",
                }
            }
        })
    }
}

/// The error code, wherever the service's protocol has it: a header, a member of a JSON object, an
/// XML element.
fn error_code<'a>(header: Option<&'a str>, body: Option<&'a [u8]>) -> Option<&'a str> {
    let code = match header {
        Some(code) => code,
        None => {
            let body = std::str::from_utf8(body?).ok()?;
            json_member(body, "__type").or_else(|| between(body, "<Code>", "</Code>"))?
        }
    };
    // `namespace#Code:documentation`
    let code = code.rsplit('#').next()?.split(':').next()?.trim();
    let is_name = |code: &str| {
        code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    (!code.is_empty() && code.len() <= MAX_CODE_LENGTH && is_name(code)).then_some(code)
}

/// The string `member`. One with an escape is no code, and is refused by its characters.
fn json_member<'a>(body: &'a str, member: &str) -> Option<&'a str> {
    let at = body.find(&format!("\"{member}\""))? + member.len() + 2;
    let value = body[at..].trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    value.split('"').next()
}

/// The text between the first `before` and the `after` that follows it.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = &text[text.find(before)? + before.len()..];
    Some(&rest[..rest.find(after)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_code_of_each_protocol() {
        let json = r#"{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "x"}"#;
        let xml = "<ErrorResponse><Error><Code>NotFound</Code></Error></ErrorResponse>";
        let long = format!("<Code>{}</Code>", "x".repeat(MAX_CODE_LENGTH + 1));
        let longest = format!("<Code>{}</Code>", "x".repeat(MAX_CODE_LENGTH));
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
            (None, &long, None),
            (None, &longest, Some(&longest["<Code>".len()..][..MAX_CODE_LENGTH])),
        ] {
            assert_eq!(error_code(header, Some(body.as_bytes())), expected, "{header:?} {body}");
        }
    }

    #[test]
    fn names_each_kind_of_failure() {
        let response = |status, is_service_error| CallFailure::Response {
            status,
            is_service_error,
            error_header: None,
            body: None,
        };
        for (failure, expected) in [
            (CallFailure::Timeout, "timeout"),
            (CallFailure::Io, "io"),
            (CallFailure::Dispatch, "dispatch_failure"),
            (CallFailure::Construction, "construction_failure"),
            (CallFailure::Credentials, "credentials_error"),
            (CallFailure::Interceptor, "interceptor_error"),
            (response(502, true), "502"),
            (response(199, true), "199"),
            (response(300, true), "300"),
            (response(200, true), "response_error"),
            (response(502, false), "response_error"),
        ] {
            assert_eq!(failure.error_type().as_str(), expected, "{failure:?}");
        }
    }
}
