//! Which responses have a body, and how long it is. Source: RFC 9110, sections 6.4.1 and 8.6.

use crate::semconv::http::HttpHeaders;

/// What the request's method and the response's status and headers say of the response's body.
///
/// ```
/// use otelier_instrument::body::ResponseFraming;
///
/// let mut framing = ResponseFraming::to_method("GET");
/// framing.set_response(200, Some(5));
/// assert_eq!(framing.size(false, None), None); // announced, not yet there
/// assert!(framing.is_complete(5));
///
/// let mut framing = ResponseFraming::to_method("HEAD");
/// framing.set_response(200, Some(5));
/// assert_eq!(framing.size(false, None), Some(0)); // a response to HEAD has no body
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseFraming {
    method: Method,
    has_body: bool,
    announced: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Head,
    Connect,
    Other,
}

impl ResponseFraming {
    /// The response to a request with this method.
    #[must_use]
    pub fn to_method(method: &str) -> Self {
        let method = match method {
            "HEAD" => Method::Head,
            "CONNECT" => Method::Connect,
            _ => Method::Other,
        };
        Self { method, has_body: method != Method::Head, announced: None }
    }

    /// Records the status of the response and its `content-length`.
    pub fn set_response(&mut self, status: u16, content_length: Option<u64>) {
        let is_bodiless = match self.method {
            Method::Head => true,
            Method::Connect if (200..300).contains(&status) => true,
            _ => (100..200).contains(&status) || status == 204 || status == 304,
        };
        self.has_body = !is_bodiless;
        self.announced = content_length;
    }

    /// The size of the body, where it is certain before the body is read.
    ///
    /// `is_end_stream` and `exact` are what the body says of itself: that it has no more frames,
    /// and how many bytes it has.
    #[must_use]
    pub fn size(&self, is_end_stream: bool, exact: Option<u64>) -> Option<u64> {
        match self.has_body && !is_end_stream && self.announced != Some(0) {
            true => exact,
            false => Some(0),
        }
    }

    /// The size that `content-length` announces: 0 for a response without a body, whatever the
    /// header says.
    #[must_use]
    pub fn announced(&self) -> Option<u64> {
        if self.has_body { self.announced } else { Some(0) }
    }

    /// Whether `bytes` are all of the announced body. A reader that knows the length does not poll
    /// again.
    #[must_use]
    pub fn is_complete(&self, bytes: u64) -> bool {
        self.announced().is_some_and(|announced| bytes >= announced)
    }
}

/// The `content-length` among `headers`.
#[must_use]
pub fn content_length(headers: &impl HttpHeaders) -> Option<u64> {
    headers.header("content-length")?.to_str()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_responses_have_no_body() {
        for (method, status, has_none) in [
            ("GET", 200, false),
            ("GET", 101, true),
            ("GET", 103, true),
            ("GET", 204, true),
            ("GET", 205, false),
            ("POST", 304, true),
            ("HEAD", 200, true),
            ("HEAD", 500, true),
            ("CONNECT", 200, true),
            ("CONNECT", 407, false),
            ("head", 200, false),
        ] {
            let mut framing = ResponseFraming::to_method(method);
            framing.set_response(status, Some(7));
            let size = has_none.then_some(0);
            assert_eq!(framing.size(false, None), size, "{method} {status}");
            assert_eq!(framing.is_complete(6), has_none, "{method} {status}");
            assert!(framing.is_complete(7));
        }
    }

    #[test]
    fn body_may_know_its_size() {
        let mut framing = ResponseFraming::to_method("GET");
        framing.set_response(200, None);
        assert_eq!(framing.size(false, None), None);
        assert_eq!(framing.size(false, Some(3)), Some(3));
        assert_eq!(framing.size(true, None), Some(0));
        assert!(!framing.is_complete(u64::MAX), "nothing is announced");
        framing.set_response(200, Some(0));
        assert_eq!(framing.size(false, None), Some(0));
        assert!(framing.is_complete(0));
    }
}
