//! Asks the metadata services of a platform. They are on this machine or next to it, so there is no
//! proxy, and no request takes longer than a second.
//!
//! A detector asks only where the machine says that it is on the platform. Each request is sent
//! once and without a retry: detectors run while `init` waits, and an attribute that is missing is
//! better than a start that is late.
//!
//! Errors are texts, because they are only ever shown. They hold neither a header nor the token in
//! it. Any status but 200 is an error, redirects among them, because metadata services send none.

use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue, Method, Request};
use serde_json::Value;

use crate::export::platform_agent;

/// How long one request may take. With name resolution, connection and the answer.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The most that is read of an answer. In bytes; a longer answer is an error.
const MOST: u64 = 256 * 1024;

/// The text at `url`; the error is a reason to show.
///
/// `header` is a name in lower case and its value. No request begins after `deadline`, and none
/// lasts beyond it.
pub(super) fn get(
    url: &str,
    header: Option<(&'static str, &str)>,
    deadline: Instant,
) -> Result<String, String> {
    ask(&Method::GET, url, header, deadline)
}

/// The object at `url`; the error is a reason to show. JSON that is no object is an error too.
pub(super) fn get_object(
    url: &str,
    header: Option<(&'static str, &str)>,
    deadline: Instant,
) -> Result<Value, String> {
    let value: Value = serde_json::from_str(&get(url, header, deadline)?)
        .map_err(|_| "the answer is no JSON".to_owned())?;
    if value.is_object() { Ok(value) } else { Err("the answer is no JSON object".to_owned()) }
}

/// As [`get`], with a request that has another method. A request with PUT has an empty body;
/// `header` as there.
pub(super) fn ask(
    method: &Method,
    url: &str,
    header: Option<(&'static str, &str)>,
    deadline: Instant,
) -> Result<String, String> {
    let timeout =
        time_for_a_request(deadline, Instant::now()).ok_or_else(|| "no time is left".to_owned())?;
    let mut request = Request::new(&[][..] as &[u8]);
    *request.method_mut() = method.clone();
    *request.uri_mut() = url.parse().map_err(|_| "the address is not a URL".to_owned())?;
    if let Some((name, value)) = header {
        let value = HeaderValue::from_str(value).map_err(|_| "the token is none".to_owned())?;
        request.headers_mut().insert(HeaderName::from_static(name), value);
    }
    send(request, timeout).map_err(|error| error.to_string())
}

/// How long a request that starts `now` may take, if there is time. At most `TIMEOUT`.
fn time_for_a_request(deadline: Instant, now: Instant) -> Option<Duration> {
    let time = deadline.saturating_duration_since(now).min(TIMEOUT);
    (!time.is_zero()).then_some(time)
}

/// Sends the request and reads the answer within `timeout`. The two branches differ in type: `ureq`
/// wants a body with PUT and none with other methods.
fn send(request: Request<&[u8]>, timeout: Duration) -> Result<String, ureq::Error> {
    let agent = platform_agent();
    let mut response = if request.method() == Method::PUT {
        let request = agent.configure_request(request).timeout_global(Some(timeout)).build();
        agent.run(request)?
    } else {
        let request = request.map(|_| ());
        agent.run(agent.configure_request(request).timeout_global(Some(timeout)).build())?
    };
    if response.status() != http::StatusCode::OK {
        return Err(ureq::Error::StatusCode(response.status().as_u16()));
    }
    response.body_mut().with_config().limit(MOST).read_to_string()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Server;
    use super::*;

    #[test]
    fn requests_are_limited_to_a_second() {
        let now = Instant::now();
        let millis = Duration::from_millis;
        for (left, expected) in [
            (60_000, Some(millis(1000))),
            (1000, Some(millis(1000))),
            (250, Some(millis(250))),
            (0, None),
        ] {
            assert_eq!(time_for_a_request(now + millis(left), now), expected);
        }
        assert_eq!(time_for_a_request(now, now + millis(1)), None);
        let server = Server::start(|_| Some((200, "{}".to_owned())));
        assert_eq!(get(&server.url, None, now).unwrap_err(), "no time is left");
        assert_eq!(server.asked().len(), 0);
    }

    #[test]
    fn other_answers_than_200_are_reasons() {
        let server = Server::start(|_| Some((302, String::new())));
        let deadline = Instant::now() + Duration::from_secs(60);
        assert_eq!(get(&server.url, None, deadline).unwrap_err(), "http status: 302");
        assert_eq!(server.asked().len(), 1);
        let bad = get("not a url", None, deadline).unwrap_err();
        assert_eq!(bad, "the address is not a URL");
    }
}
