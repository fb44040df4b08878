//! The proxy through which an HTTP endpoint is reached, by the variables that other programs know
//! too.
//!
//! The variables are those of curl and most other clients, and the lower-case name comes first.
//! They are read even if a configuration file is in use, because they describe the network and not
//! the telemetry. Only proxies of HTTP are used, with or without TLS. No warning shows the URL of a
//! proxy, which may hold a password.

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;
use ureq::{Proxy, ProxyProtocol};

use super::super::setting::Setting;
use super::parse;
use super::reader::Reader;

/// For endpoints without TLS, the one that counts first.
const HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
/// For endpoints with TLS, the one that counts first.
const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
/// Of these two only the first that is set counts.
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The proxy to `url`. This machine itself is never reached through one, nor is a host of
/// `NO_PROXY`.
///
/// A proxy that cannot be used is a warning, and the endpoint is reached directly; no other
/// variable is tried.
pub(super) fn resolve(url: &str, reader: &mut Reader<'_>) -> Setting<Option<Proxy>> {
    let direct = Setting::default(None);
    let Some((uri, host)) = parse_host(url).filter(|(_, host)| !is_this_machine(host)) else {
        return direct;
    };
    let variables = if uri.scheme_str() == Some("https") { HTTPS } else { HTTP };
    let Some((text, variable)) =
        variables.into_iter().find_map(|name| Some((reader.text(name)?, name)))
    else {
        return direct;
    };
    let exceptions = EXCEPTIONS.into_iter().find_map(|name| reader.text(name)).unwrap_or_default();
    if parse::list(&exceptions).any(|exception| is_excepted(&host, uri.port_u16(), exception)) {
        return direct;
    }
    match Proxy::new(&text) {
        Ok(proxy) if matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) => {
            Setting::environment(Some(proxy), variable)
        }
        _ => {
            reader.warn(variable, "expected the URL of an HTTP proxy; using none");
            direct
        }
    }
}

/// The host in lower case and without the brackets of an IPv6 address. `None` if `url` is no URL
/// with a host.
fn parse_host(url: &str) -> Option<(Uri, String)> {
    let uri: Uri = url.parse().ok()?;
    let host = uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase();
    Some((uri, host))
}

/// A loopback address, or a name that is reserved for one. Nothing is resolved.
fn is_this_machine(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// `*` is every host, `example.com` (with or without `.` or `*.` before it) that host and those
/// below it; each may name a port. `10.0.0.0/8` is every address in that network; names of hosts
/// are not resolved for it.
///
/// `exception` is one trimmed item of the list. One that cannot be understood excepts nothing.
fn is_excepted(host: &str, port: Option<u16>, exception: &str) -> bool {
    if exception == "*" {
        return true;
    }
    if exception.contains('/') {
        let network = exception.replace(['[', ']'], "").parse::<IpNet>();
        return network.is_ok_and(|it| host.parse::<IpAddr>().is_ok_and(|host| it.contains(&host)));
    }
    let (name, only) = match exception.rsplit_once(':') {
        Some((name, number)) if !name.contains(':') || name.ends_with(']') => {
            (name, number.parse().ok())
        }
        _ => (exception, None),
    };
    let name = name.trim_start_matches('*').trim_start_matches('.').trim_matches(['[', ']']);
    let name = name.to_ascii_lowercase();
    let below = |host: &str| {
        host.strip_suffix(&name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    !name.is_empty() && below(host) && (only.is_none() || only == port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn resolve_with(url: &str, variables: &[(&str, &str)]) -> (Option<String>, Vec<String>) {
        let environment: Environment = variables.iter().copied().collect();
        let mut reader = Reader::new(&environment);
        let setting = resolve(url, &mut reader);
        let proxy = setting.value.map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
        (proxy, reader.into_warnings())
    }

    #[test]
    fn the_variable_of_the_scheme_comes_first() {
        let all = ("ALL_PROXY", "http://all:1");
        let (http, https) = (("HTTP_PROXY", "http://plain:2"), ("https_proxy", "secure:3"));
        for (url, variables, expected) in [
            ("http://c", vec![], None),
            ("http://c", vec![https], None),
            ("http://c", vec![all, http, https], Some("plain:2")),
            ("https://c/v1/traces", vec![all, http, https], Some("secure:3")),
            ("https://c", vec![all, http], Some("all:1")),
        ] {
            assert_eq!(
                resolve_with(url, &variables),
                (expected.map(str::to_owned), vec![]),
                "{url}"
            );
        }
    }

    #[test]
    fn this_machine_and_exceptions_need_no_proxy() {
        for (url, exceptions, direct) in [
            ("http://localhost:4318", "", true),
            ("http://otel.localhost", "", true),
            ("http://127.0.0.2:4318", "", true),
            ("http://[::1]:4318", "", true),
            ("http://10.0.0.1", "", false),
            ("http://c.example.com", "*", true),
            ("http://C.example.com", "other, Example.com", true),
            ("http://c.example.com", ".example.com", true),
            ("http://c.example.com", "*.example.com", true),
            ("http://badexample.com", "example.com", false),
            ("http://example.com", "c.example.com", false),
            ("http://c:4318", "c:4318", true),
            ("http://c:4318", "c:80", false),
            ("http://10.1.2.3:4318", "10.0.0.0/8", true),
            ("http://11.1.2.3:4318", "10.0.0.0/8", false),
            ("http://10.1.2.3", "192.168.0.0/16, 10.1.2.0/24", true),
            ("http://10.1.2.3", "10.1.2.3/32", true),
            ("http://10.1.2.3", "10.1.2.2/32", false),
            ("http://10.1.2.3", "0.0.0.0/0", true),
            ("http://[fd00::1]:4318", "fd00::/8", true),
            ("http://[fe80::1]:4318", "fd00::/8", false),
            ("http://[fd00::1]:4318", "0.0.0.0/0", false),
            ("http://10.1.2.3", "10.0.0.0/33", false),
            ("http://10.1.2.3", "10.0.0.0/x", false),
            ("http://c", "10.0.0.0/8", false),
            ("http://[fe80::1]:4318", "fe80::1", true),
            ("http://[fe80::1]:4318", "[fe80::1]:80", false),
            ("http://c", ",.,*., :", false),
        ] {
            let variables = [("ALL_PROXY", "http://proxy:1"), ("NO_PROXY", exceptions)];
            assert_eq!(resolve_with(url, &variables).0.is_none(), direct, "{url} {exceptions}");
        }
    }

    #[test]
    fn an_invalid_proxy_is_warned_about() {
        for bad in ["http://me:s3cret@", "ftp://s3cret", "socks5://s3cret:1", "s3 cret"] {
            let (proxy, warnings) =
                resolve_with("http://c", &[("http_proxy", bad), ("ALL_PROXY", "http://all:1")]);
            assert_eq!(proxy, None, "{bad}");
            assert_eq!(warnings, ["http_proxy: expected the URL of an HTTP proxy; using none"]);
        }
        let environment = Environment::from_iter([("http_proxy", "http://me:s3cret@proxy:1")]);
        let setting = resolve("http://c", &mut Reader::new(&environment));
        assert!(!format!("{setting:?}").contains("s3cret"), "{setting:?}");
    }
}
