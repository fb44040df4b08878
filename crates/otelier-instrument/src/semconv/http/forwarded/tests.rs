//! Requests behind proxies, and requests that pretend to be.

use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};

use super::*;

fn request(uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).expect("a name");
        request = request.header(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
    }
    request.body(()).expect("a request").into_parts().0
}

/// A scheme, a host with its port, and a client.
type Expected<'a> = (Option<&'a str>, Option<(&'a str, Option<u16>)>, Option<&'a str>);

fn check(uri: &str, headers: &[(&str, &str)], expected: Expected<'_>) {
    let request = request(uri, headers);
    let origin = ForwardedRequest::of(&request);
    let host = origin.host.as_ref().map(|host| (&*host.host, host.port));
    let actual: Expected<'_> = (origin.scheme, host, origin.client.as_deref());
    assert_eq!(actual, expected, "{uri} {headers:?}");
}

fn host(headers: &[(&str, &str)], expected: Option<(&str, Option<u16>)>) {
    check("/a", headers, (None, expected, None));
}

fn client(headers: &[(&str, &str)], expected: Option<&str>) {
    check("/a", headers, (None, None, expected));
}

#[test]
fn takes_the_host_header_of_a_plain_request() {
    host(&[("host", "example.com")], Some(("example.com", None)));
    host(&[("host", "example.com:8080")], Some(("example.com", Some(8080))));
    host(&[("host", "[::1]:8080")], Some(("::1", Some(8080))));
    host(&[("host", "[::1]")], Some(("::1", None)));
    host(&[], None);
}

#[test]
fn uri_authority_beats_host_header() {
    let headers = [("host", "other")];
    check("https://example.com/a", &headers, (Some("https"), Some(("example.com", None)), None));
    let expected = (Some("http"), Some(("example.com", Some(81))), None);
    check("http://joe:pw@example.com:81/", &headers, expected);
}

#[test]
fn x_forwarded_headers_beat_the_connection() {
    let headers = [
        ("host", "inner:8080"),
        ("x-forwarded-proto", "HTTPS, http"),
        ("x-forwarded-host", "example.com, proxy"),
        ("x-forwarded-for", "203.0.113.7, 10.0.0.1"),
    ];
    let expected = (Some("https"), Some(("example.com", None)), Some("203.0.113.7"));
    check("/a", &headers, expected);
}

#[test]
fn forwarded_beats_x_forwarded_headers() {
    let forwarded = r#"For="[2001:db8::17]:4711";Proto=https;host=example.com:444, for=10.0.0.1"#;
    let headers = [
        ("forwarded", forwarded),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-host", "other"),
        ("x-forwarded-proto", "http"),
    ];
    let expected = (Some("https"), Some(("example.com", Some(444))), Some("2001:db8::17"));
    check("/a", &headers, expected);
}

#[test]
fn hidden_and_broken_values_count_as_absent() {
    let nothing = (None, None, None);
    for headers in [
        &[("forwarded", "for=unknown")][..],
        &[("forwarded", "for=_hidden;;=;proto")],
        &[("x-forwarded-for", "unknown, 10.0.0.1")],
        &[("host", ""), ("x-forwarded-host", ""), ("forwarded", "")],
        &[("host", ":80"), ("x-forwarded-host", "@, a")],
        &[("forwarded", "for=@")],
        &[("x-forwarded-proto", "gopher")],
        &[("host", "[::1")],
    ] {
        check("/a", headers, nothing);
    }
    host(&[("host", "joe:pw@example.com")], Some(("example.com", None)));
    host(&[("host", "example.com:http")], Some(("example.com", None)));
}

#[test]
fn an_address_without_brackets_is_kept_whole() {
    client(&[("x-forwarded-for", "2001:db8::17")], Some("2001:db8::17"));
    client(&[("x-forwarded-for", "203.0.113.7:4711")], Some("203.0.113.7"));
}

#[test]
fn text_in_a_quoted_string_is_no_parameter() {
    let headers =
        [("host", "inner"), ("forwarded", r#"for=1.2.3.4;by="a,b";proto=https;host=pub.x"#)];
    check("/a", &headers, (Some("https"), Some(("pub.x", None)), Some("1.2.3.4")));
    for by in [
        r#"by="x;host=evil.example""#,
        r#"by="x,host=evil.example""#,
        r#"by="x\";host=evil.example""#,
        r#"by="x\\\";host=evil.example;""#,
        r#"by="x;host=\"evil.example""#,
    ] {
        host(&[("host", "inner"), ("forwarded", by)], Some(("inner", None)));
    }
}

#[test]
fn quoted_values_are_unquoted() {
    for (forwarded, expected) in [
        (r#"host="pub.x:81""#, ("pub.x", Some(81))),
        (r#"host="p\ub.x""#, ("pub.x", None)),
        (r#"host="[::1]:81""#, ("::1", Some(81))),
        (r#" host="pub.x" ; by=_a"#, ("pub.x", None)),
    ] {
        host(&[("host", "inner"), ("forwarded", forwarded)], Some(expected));
    }
    check("/a", &[("forwarded", r#"proto="https""#)], (Some("https"), None, None));
}

#[test]
fn nodes_may_have_a_port() {
    for (node, expected) in [
        (r#""192.0.2.43:47011""#, Some("192.0.2.43")),
        (r#""[2001:db8:cafe::17]:4711""#, Some("2001:db8:cafe::17")),
        (r#""[2001:db8:cafe::17]""#, Some("2001:db8:cafe::17")),
        (r#""[2001:db8:cafe::17]:_port""#, Some("2001:db8:cafe::17")),
        (r#""192.0.2.43:_port""#, Some("192.0.2.43")),
        (r#""unknown:443""#, None),
        ("UNKNOWN", None),
        (r#""_hidden:443""#, None),
        (r#""_hidden:_port""#, None),
        (r#""[::1""#, None),
        (r#""[::1]x""#, None),
        (r#""[not an address]""#, None),
        (r#""1:2:3""#, None),
    ] {
        client(&[("forwarded", &format!("for={node}"))], expected);
    }
}

#[test]
fn first_host_and_scheme_anywhere_count() {
    let headers = [
        ("forwarded", "for=1.1.1.1, for=2.2.2.2;proto=https"),
        ("forwarded", "host=pub.x;proto=http, host=other"),
    ];
    check("/a", &headers, (Some("https"), Some(("pub.x", None)), Some("1.1.1.1")));
}

#[test]
fn the_first_of_repeated_parameters_counts() {
    host(&[("forwarded", "host=a;host=b")], Some(("a", None)));
    client(&[("forwarded", "for=1.1.1.1;for=2.2.2.2")], Some("1.1.1.1"));
}

#[test]
fn empty_elements_of_lists_are_skipped() {
    client(&[("x-forwarded-for", ", 2.2.2.2")], Some("2.2.2.2"));
    client(&[("x-forwarded-for", " , 10.0.0.1")], Some("10.0.0.1"));
    client(&[("x-forwarded-for", ""), ("x-forwarded-for", "2.2.2.2")], Some("2.2.2.2"));
    client(&[("forwarded", ", ;for=2.2.2.2")], Some("2.2.2.2"));
    host(&[("x-forwarded-host", ",,a")], Some(("a", None)));
    check("/a", &[("x-forwarded-proto", ",https")], (Some("https"), None, None));
}

#[test]
fn quoted_members_of_x_forwarded_lists_are_unquoted() {
    client(&[("x-forwarded-for", r#""[::1]:42""#)], Some("::1"));
    client(&[("x-forwarded-for", r#""[::1]:42", 2.2.2.2"#)], Some("::1"));
    host(&[("x-forwarded-host", r#""pub.x:81""#)], Some(("pub.x", Some(81))));
    check("/a", &[("x-forwarded-proto", r#""https""#)], (Some("https"), None, None));
}

#[test]
fn unbalanced_quotes_give_nothing() {
    let headers = |line| [("host", "inner"), ("forwarded", line)];
    for line in [
        r#"host="pub.x"#,
        r#"proto=https;host="pub.x"#,
        r#"host=pub.x";proto=https"#,
        r#"by="a;host=pub.x;proto=https;for=1.1.1.1"#,
        r#"by="a\";host=pub.x"#,
    ] {
        check("/a", &headers(line), (None, Some(("inner", None)), None));
    }
    client(&[("x-forwarded-for", r#""1.1.1.1, 2.2.2.2"#)], None);
    client(&[("x-forwarded-for", r#"1.1.1.1", 2.2.2.2"#)], None);
}

#[test]
fn pairs_that_are_not_well_formed_are_skipped() {
    host(&[("forwarded", r#"host="a"b;host=c"#)], Some(("c", None)));
    host(&[("forwarded", r#"host=a"b";host=c"#)], Some(("c", None)));
    host(&[("forwarded", r#"host="a""b";host=c"#)], Some(("c", None)));
    host(&[("forwarded", "host;host=;=x;host=c")], Some(("c", None)));
}

#[test]
fn what_is_no_host_is_not_recorded() {
    for name in [
        "e.x/evil?q",
        "e.x:80/evil",
        "e.x#f",
        "a b",
        "e.x/evil@good.example",
        "[::1]evil",
        "[e.x]",
        "e.x\\evil",
        "<script>",
        "a:b:c",
        "e.x:80@",
    ] {
        host(&[("host", name)], None);
        host(&[("host", "inner"), ("x-forwarded-host", name)], Some(("inner", None)));
        let forwarded = format!("host=\"{}\"", name.replace('\\', "\\\\"));
        host(&[("host", "inner"), ("forwarded", &forwarded)], Some(("inner", None)));
    }
    host(&[("host", "\u{fc}.example")], None);
}

#[test]
fn scheme_other_than_http_is_ignored() {
    let headers = [("forwarded", "proto=gopher"), ("x-forwarded-proto", "https")];
    check("/a", &headers, (Some("https"), None, None));
}

#[test]
fn finds_a_user_agent_in_utf_8() {
    let request = request("/a", &[("user-agent", "J\u{fc}rgen/1.0"), ("user-agent", "other")]);
    assert_eq!(ForwardedRequest::of(&request).user_agent.as_deref(), Some("J\u{fc}rgen/1.0"));
}

mod any_input {
    use proptest::prelude::*;

    use crate::semconv::http::message::HttpHeaders;

    use super::*;

    /// A parameter of a `Forwarded` element as it is meant, with how it is written.
    fn parameter() -> impl Strategy<Value = (String, String, String)> {
        let name = prop::sample::select(vec!["for", "By", "host", "Host", "proto", "x"]);
        let value = prop_oneof!["[a-z0-9.]{1,8}", "[ -~]{0,12}", "https", "x;host=evil", "a,b"];
        (name, value, any::<bool>()).prop_map(|(name, value, quote)| {
            let is_token = !value.is_empty()
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
            let written = match is_token && !quote {
                true => value.clone(),
                false => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
            };
            (name.to_owned(), value, written)
        })
    }

    fn lines() -> impl Strategy<Value = Vec<Vec<Vec<(String, String, String)>>>> {
        let element = prop::collection::vec(parameter(), 0..4);
        prop::collection::vec(prop::collection::vec(element, 0..3), 0..3)
    }

    proptest! {
        #[test]
        fn finds_the_first_parameter_however_it_is_written(lines in lines()) {
            let written: Vec<String> = lines
                .iter()
                .map(|elements| {
                    let elements = elements.iter().map(|parameters| {
                        let pairs = parameters.iter().map(|(name, _, it)| format!("{name}={it}"));
                        pairs.collect::<Vec<_>>().join(";")
                    });
                    elements.collect::<Vec<_>>().join(", ")
                })
                .collect();
            let headers: Vec<_> = written.iter().map(|line| ("forwarded", line.as_str())).collect();
            let request = request("/a", &headers);
            let meant = |wanted: &str| {
                let mut all = lines.iter().flatten().flatten();
                all.find(|(name, value, _)| name.eq_ignore_ascii_case(wanted) && !value.is_empty())
                    .map(|(_, value, _)| value.clone())
            };
            let mut found = Found::default();
            for (_, value) in request.all_headers() {
                found.read_forwarded(value.to_str().expect("text"));
            }
            prop_assert_eq!(found.forwarded_host.map(Cow::into_owned), meant("host"));
            prop_assert_eq!(found.forwarded_proto.map(Cow::into_owned), meant("proto"));
            prop_assert_eq!(found.forwarded_for.map(Cow::into_owned), meant("for"));
        }

        #[test]
        fn records_nothing_but_hosts(name in 0..5_usize, value in r#"[ -~]{0,40}|[a-z:."\[\],;=@0-9]{0,24}"#) {
            let name =
                ["forwarded", "x-forwarded-host", "x-forwarded-for", "x-forwarded-proto", "host"][name];
            let request = request("/a", &[(name, &value)]);
            let origin = ForwardedRequest::of(&request);
            let is_clean = |text: &str| {
                !text.is_empty() && !text.contains([' ', '/', '?', '#', '@', '"', '\\', '[', ']', '<'])
            };
            prop_assert!(origin.host.is_none_or(|host| is_clean(&host.host)));
            prop_assert!(origin.client.is_none_or(|client| is_clean(&client)));
        }
    }
}
