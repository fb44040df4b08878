//! Asks the metadata services of a platform. They are on this machine or next to it, so there is no
//! proxy, and no request takes longer than a second.

use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue, Method, Request};
use serde_json::Value;

use crate::export::platform_agent;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The most that is read of an answer.
const MOST: u64 = 256 * 1024;

/// The text at `url`; the error is a reason to show.
pub(super) fn get(
    url: &str,
    header: Option<(&'static str, &str)>,
    deadline: Instant,
) -> Result<String, String> {
    ask(&Method::GET, url, header, deadline)
}

/// The object at `url`; the error is a reason to show.
pub(super) fn get_object(
    url: &str,
    header: Option<(&'static str, &str)>,
    deadline: Instant,
) -> Result<Value, String> {
    let value: Value = serde_json::from_str(&get(url, header, deadline)?)
        .map_err(|_| "the answer is no JSON".to_owned())?;
    if value.is_object() { Ok(value) } else { Err("the answer is no JSON object".to_owned()) }
}

/// As [`get`], with a request that has another method.
pub(super) fn ask(
    method: &Method,
    url: &str,
    header: Option<(&'static str, &str)>,
    deadline: Instant,
) -> Result<String, String> {
    let timeout = deadline.saturating_duration_since(Instant::now()).min(TIMEOUT);
    if timeout.is_zero() {
        return Err("no time is left".to_owned());
    }
    let mut request = Request::new(&[][..] as &[u8]);
    *request.method_mut() = method.clone();
    *request.uri_mut() = url.parse().map_err(|_| "the address is not a URL".to_owned())?;
    if let Some((name, value)) = header {
        let value = HeaderValue::from_str(value).map_err(|_| "the token is none".to_owned())?;
        request.headers_mut().insert(HeaderName::from_static(name), value);
    }
    send(request, timeout).map_err(|error| error.to_string())
}

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
