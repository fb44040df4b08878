//! Where a request comes from, behind proxies: `Forwarded`, `X-Forwarded-*`, the target and `Host`.
//!
//! Each of scheme, host and client is taken from the first of these sources that has a valid one.
//! Sources:
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#setting-serveraddress-and-serverport-attributes>,
//! RFC 7239 (`Forwarded`), RFC 9110 (lists, quoted strings, `Host`), RFC 3986 (what a host is).

mod field;
mod host;
#[cfg(feature = "http")]
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::field::{forwarded_pairs, list_members};
pub(super) use self::host::HostPort;
use self::host::client_address;
use super::message::HttpServerRequest;

/// The request as its client sent it, before proxies forwarded it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ForwardedRequest<'a> {
    /// `http` or `https`. Other schemes are ignored: any client can send one, and the scheme is an
    /// attribute of metrics.
    pub(super) scheme: Option<&'static str>,
    /// The host and the port that the client asked for.
    pub(super) host: Option<HostPort<'a>>,
    /// The client's address.
    pub(super) client: Option<Cow<'a, str>>,
    /// The request's `User-Agent`, found in the same pass over the headers.
    pub(super) user_agent: Option<Cow<'a, str>>,
}

/// The first value of each kind in each header, while the headers are read.
#[derive(Default)]
struct Found<'a> {
    forwarded_proto: Option<Cow<'a, str>>,
    forwarded_host: Option<Cow<'a, str>>,
    forwarded_for: Option<Cow<'a, str>>,
    x_proto: Option<Cow<'a, str>>,
    x_host: Option<Cow<'a, str>>,
    x_for: Option<Cow<'a, str>>,
    host: Option<&'a str>,
    user_agent: Option<Cow<'a, str>>,
}

impl<'a> ForwardedRequest<'a> {
    pub(super) fn of(request: &'a impl HttpServerRequest) -> Self {
        let mut found = Found::default();
        for (name, value) in request.all_headers() {
            // Most headers are none of these: the length rules them out before a comparison.
            match name.len() {
                4 if name == "host" => first(&mut found.host, value.to_str()),
                9 if name == "forwarded" => {
                    if let Some(line) = value.to_str() {
                        found.read_forwarded(line);
                    }
                }
                10 if name == "user-agent" => first(&mut found.user_agent, Some(value.to_text())),
                15 if name == "x-forwarded-for" => first_member(&mut found.x_for, value.to_str()),
                16 if name == "x-forwarded-host" => first_member(&mut found.x_host, value.to_str()),
                17 if name == "x-forwarded-proto" => {
                    first_member(&mut found.x_proto, value.to_str());
                }
                _ => {}
            }
        }
        let scheme = known_scheme(found.forwarded_proto.as_deref())
            .or_else(|| known_scheme(found.x_proto.as_deref()))
            .or_else(|| known_scheme(request.scheme()));
        let host = found
            .forwarded_host
            .and_then(HostPort::parse)
            .or_else(|| found.x_host.and_then(HostPort::parse))
            .or_else(|| request.authority().map(Cow::Borrowed).and_then(HostPort::parse))
            .or_else(|| found.host.map(Cow::Borrowed).and_then(HostPort::parse));
        let client = found
            .forwarded_for
            .and_then(client_address)
            .or_else(|| found.x_for.and_then(client_address));
        Self { scheme, host, client, user_agent: found.user_agent }
    }
}

impl<'a> Found<'a> {
    /// Keeps the first of each parameter, in whichever element it stands.
    fn read_forwarded(&mut self, line: &'a str) {
        let Some(pairs) = forwarded_pairs(line) else { return };
        for (name, value) in pairs {
            let slot = match name {
                name if name.eq_ignore_ascii_case("proto") => &mut self.forwarded_proto,
                name if name.eq_ignore_ascii_case("host") => &mut self.forwarded_host,
                name if name.eq_ignore_ascii_case("for") => &mut self.forwarded_for,
                _ => continue,
            };
            first(slot, Some(value).filter(|value| !value.is_empty()));
        }
    }
}

/// Keeps `value` if there is none yet.
fn first<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

/// Keeps the first member of a list-valued header that is not empty.
fn first_member<'a>(slot: &mut Option<Cow<'a, str>>, line: Option<&'a str>) {
    if slot.is_none() {
        *slot = line.and_then(|line| list_members(line)?.into_iter().find(|it| !it.is_empty()));
    }
}

fn known_scheme(name: Option<&str>) -> Option<&'static str> {
    let name = name?;
    ["http", "https"].into_iter().find(|known| name.eq_ignore_ascii_case(known))
}
