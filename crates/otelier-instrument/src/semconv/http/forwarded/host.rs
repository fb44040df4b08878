//! Which text is a host, and which names a client. Sources: RFC 3986, section 3.2.2, and RFC 7239,
//! section 6.

use std::borrow::Cow;
use std::net::Ipv6Addr;
use std::ops::Range;

/// A host name or address, without the brackets of an IPv6 literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct HostPort<'a> {
    pub(in super::super) host: Cow<'a, str>,
    pub(in super::super) port: Option<u16>,
}

impl<'a> HostPort<'a> {
    /// `None` where `text` is no host. User information is skipped: it is never recorded.
    pub(super) fn parse(text: Cow<'a, str>) -> Option<Self> {
        let (start, authority) = match text.rsplit_once('@') {
            Some((user_info, rest))
                if user_info.bytes().all(|it| is_name_byte(it) || it == b':') =>
            {
                (user_info.len() + 1, rest)
            }
            Some(_) => return None,
            None => (0, &*text),
        };
        let (host, port) = split_port(authority)?;
        if !port.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let port = port.parse().ok();
        Some(Self { host: slice(text, start + host.start..start + host.end), port })
    }
}

/// The address in a node such as `192.0.2.1:80` or `[::1]:_port`. `None` for a client that a proxy
/// hides: `unknown`, and identifiers that start with `_`.
pub(super) fn client_address(node: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let (host, port) = split_port(&node)?;
    let name = &node[host.clone()];
    let is_hidden = name.eq_ignore_ascii_case("unknown") || name.starts_with('_');
    let is_port = port.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    (!is_hidden && is_port).then(|| slice(node, host))
}

/// Where the host is in `text`, and what stands after its colon. `None` where there is no host.
fn split_port(text: &str) -> Option<(Range<usize>, &str)> {
    let bare = text.trim();
    let start = text.len() - text.trim_start().len();
    if let Some(rest) = bare.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let port = match rest {
            "" => "",
            rest => rest.strip_prefix(':')?,
        };
        return is_ipv6(host).then_some((start + 1..start + 1 + host.len(), port));
    }
    match bare.split_once(':') {
        // More than one colon: an IPv6 address without its brackets.
        Some((_, rest)) if rest.contains(':') => {
            is_ipv6(bare).then_some((start..start + bare.len(), ""))
        }
        Some((host, port)) => is_name(host).then_some((start..start + host.len(), port)),
        None => is_name(bare).then_some((start..start + bare.len(), "")),
    }
}

fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
    address.parse::<Ipv6Addr>().is_ok() && zone.bytes().all(is_name_byte)
}

/// Whether `text` is a registered name or an IPv4 address.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_name_byte)
}

/// Unreserved characters, those of percent-encoding, and sub-delimiters.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte)
}

fn slice(text: Cow<'_, str>, range: Range<usize>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
    }
}
