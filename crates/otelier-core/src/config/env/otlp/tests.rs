//! The variables of the OTLP exporters, of all signals and of one.

use super::*;
use crate::config::Environment;

fn resolve_with(code: &OtlpExporter, variables: &[(&str, &str)]) -> (OtlpSettings, Vec<String>) {
    let environment: Environment = variables.iter().copied().collect();
    let mut reader = Reader::new(&environment);
    let backend = vendor::read(&mut reader);
    let settings = read(Signal::Traces, code, &backend, &mut reader).unwrap();
    (settings.unwrap(), reader.into_warnings())
}

fn resolve(variables: &[(&str, &str)]) -> (OtlpSettings, Vec<String>) {
    resolve_with(&OtlpExporter::default(), variables)
}

fn base(name: &str) -> String {
    format!("OTEL_EXPORTER_OTLP_{name}")
}

fn own(name: &str) -> String {
    format!("OTEL_EXPORTER_OTLP_TRACES_{name}")
}

/// `good` works for all signals and for one; `other` for one beats it; `bad` for one falls back to
/// the one for all, and `bad` for all to the default, each with one warning that does not show it.
#[track_caller]
fn check<T: PartialEq + std::fmt::Debug>(
    name: &str,
    part: fn(&OtlpSettings) -> T,
    [good, other]: [(&str, T); 2],
    bad: &[&str],
) {
    let (base, own) = (base(name), own(name));
    let default = part(&resolve(&[]).0);
    let expect = |variables: &[(&str, &str)], expected: &T, warned: &[&str]| {
        let (settings, warnings) = resolve(variables);
        assert_eq!(part(&settings), *expected, "{variables:?}");
        assert_eq!(warnings.len(), warned.len(), "{variables:?}: {warnings:?}");
        for (warning, variable) in warnings.iter().zip(warned) {
            let text = warning.strip_prefix(&format!("{variable}: expected ")).unwrap_or_default();
            assert!(text.contains("; using "), "{warning}");
            assert!(!text.contains("s3cret"), "{warning}");
        }
    };
    expect(&[(&base, good.0)], &good.1, &[]);
    expect(&[(&own, good.0)], &good.1, &[]);
    expect(&[(&base, good.0), (&own, other.0)], &other.1, &[]);
    expect(&[(&base, good.0), (&own, " ")], &good.1, &[]);
    expect(&[(&base, "")], &default, &[]);
    for bad in bad {
        expect(&[(&base, bad)], &default, &[&base]);
        expect(&[(&base, good.0), (&own, bad)], &good.1, &[&own]);
        expect(&[(&base, bad), (&own, bad)], &default, &[&own, &base]);
    }
}

#[test]
fn protocols() {
    let part = |settings: &OtlpSettings| settings.protocol.value;
    let good = [("grpc", Protocol::Grpc), ("HTTP/JSON", Protocol::HttpJson)];
    check("PROTOCOL", part, good, &["http", "s3cret", "http/xml"]);
    assert_eq!(part(&resolve(&[]).0), Protocol::HttpProtobuf);
}

#[test]
fn timeouts() {
    let ms = Duration::from_millis;
    let part = |settings: &OtlpSettings| settings.timeout.value;
    check("TIMEOUT", part, [("250", ms(250)), ("0", ms(0))], &["-7", "7s", "7.5", "s3cret"]);
    assert_eq!(part(&resolve(&[]).0), ms(10_000));
}

#[test]
fn compression() {
    let part = |settings: &OtlpSettings| settings.compression.value;
    check(
        "COMPRESSION",
        part,
        [("GZIP", Some(Compression::Gzip)), ("none", None)],
        &["zstd", "s3cret"],
    );
}

#[test]
fn endpoints() {
    let url = |settings: &OtlpSettings| settings.endpoint.value.url.clone();
    let (base, own) = (base("ENDPOINT"), own("ENDPOINT"));
    for (variables, expected, warnings) in [
        (vec![], "http://localhost:4318/v1/traces", vec![]),
        (vec![(&*base, "http://c:1")], "http://c:1/v1/traces", vec![]),
        (vec![(&own, "http://c:1/in")], "http://c:1/in", vec![]),
        (vec![(&base, "http://c:1"), (&own, "http://d:2/in")], "http://d:2/in", vec![]),
        (
            vec![(&base, "ftp://t0ken")],
            "http://localhost:4318/v1/traces",
            vec!["_ENDPOINT: expected a URL", "; using http://localhost:4318/v1/traces"],
        ),
        (
            vec![(&base, "http://c:1"), (&own, "t0ken")],
            "http://c:1/v1/traces",
            vec!["_TRACES_ENDPOINT: expected a URL", "; using that of OTEL_EXPORTER_OTLP_ENDPOINT"],
        ),
    ] {
        let (settings, found) = resolve(&variables);
        assert_eq!(url(&settings), expected);
        assert_eq!(found.len(), usize::from(!warnings.is_empty()), "{found:?}");
        for part in warnings {
            assert!(found[0].contains(part) && !found[0].contains("t0ken"), "{found:?}");
        }
    }
}

#[test]
fn grpc_has_a_default_and_no_path() {
    for (variables, expected) in [
        (vec![], "http://localhost:4317"),
        (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1")], "http://c:1"),
        (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "c:1")], "https://c:1"),
        (
            vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "c:1"), ("OTEL_EXPORTER_OTLP_INSECURE", "true")],
            "http://c:1",
        ),
        (
            vec![
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:1"),
                ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
                ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "false"),
            ],
            "https://c:1",
        ),
    ] {
        let variables: Vec<_> =
            [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")].into_iter().chain(variables).collect();
        let (settings, warnings) = resolve(&variables);
        assert_eq!((&*settings.endpoint.value.url, warnings), (expected, vec![]), "{variables:?}");
    }
}

#[test]
fn headers() {
    let show = |settings: &OtlpSettings| {
        let headers = settings.headers.value.iter();
        headers
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let warning = "OTEL_EXPORTER_OTLP_HEADERS: expected a list of name=value, percent-encoded, of \
                   headers that say \
                   nothing about the body; using only such items";
    for (value, expected, warnings) in [
        ("", vec![], vec![]),
        ("api-key=k%20e%3Dy, X-Team =a=b,", vec!["api-key: k e=y", "x-team: a=b"], vec![]),
        ("t0ken", vec![], vec![warning]),
        ("a=1,t0ken,bad name=2,c=3", vec!["a: 1", "c: 3"], vec![warning]),
        // A bare percent sign encodes nothing: the value is kept as it is.
        (
            "api-key=100%,b=%zz,c=%41%4,d=%FF",
            vec!["api-key: 100%", "b: %zz", "c: %41%4", "d: %FF"],
            vec![],
        ),
        ("a=1,a=2", vec!["a: 2"], vec![]),
        ("Content-Type=text/plain,content-length=3,a=1", vec!["a: 1"], vec![warning]),
    ] {
        let (settings, found) = resolve(&[("OTEL_EXPORTER_OTLP_HEADERS", value)]);
        assert_eq!(show(&settings), expected, "{value}");
        assert_eq!(found, warnings, "{value}");
    }
    let many: String = (0..40_000).map(|number| format!("x{number}=,")).collect();
    let (settings, found) = resolve(&[("OTEL_EXPORTER_OTLP_HEADERS", &many)]);
    assert_eq!((settings.headers.value.len(), found), (MAX_HEADERS, vec![warning.to_owned()]));
    let (settings, _) = resolve(&[
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=t0ken"),
    ]);
    assert_eq!(show(&settings), ["b: t0ken"], "headers of one signal replace those of all");
    assert!(!format!("{settings:?}").contains("t0ken"));
}

#[test]
fn tls_files_are_read_or_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    let (pem, key, text) = (file("pem", PEM), file("key", KEY), file("text", "s3cret"));
    let absent = folder.path().join("absent").to_str().unwrap().to_owned();

    let all = [
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*pem),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &pem),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", &key),
    ];
    let (settings, warnings) = resolve(&all);
    assert_eq!(warnings, [""; 0]);
    assert_eq!(settings.tls.value.authorities.as_deref(), Some(PEM.as_bytes()));
    assert_eq!(settings.tls.value.identity, Some((PEM.into(), KEY.into())));

    for (variable, path, expected) in [
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &absent, "cannot be read"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &text, "nothing in PEM form"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &text, "nothing in PEM form"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &pem, "needed together"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &key, "needed together"),
    ] {
        let (settings, warnings) = resolve(&[(variable, path)]);
        assert_eq!(settings.tls.value, TlsSettings::default());
        let [warning] = &warnings[..] else { panic!("{variable}: {warnings:?}") };
        assert!(
            warning.starts_with(&format!("{variable}: ")) && warning.contains(expected),
            "{warning}"
        );
        assert!(warning.contains("using") && !warning.contains("s3cret"), "{warning}");
    }
}

#[test]
fn code_beats_the_variables_of_signals() {
    let code = OtlpExporter {
        protocol: Some(Protocol::HttpJson),
        endpoint: Some("https://coded/base".to_owned()),
        headers: Some(vec![("X-Code".to_owned(), "1".to_owned())]),
        timeout: Some(Duration::from_secs(1)),
        compression: Some(Compression::Gzip),
    };
    let variables = ["ENDPOINT", "PROTOCOL", "HEADERS", "TIMEOUT", "COMPRESSION"].map(own);
    let variables: Vec<_> = variables.iter().map(|variable| (&**variable, "nonsense")).collect();
    let (settings, warnings) = resolve_with(&code, &variables);
    assert_eq!(warnings, [""; 0]);
    assert_eq!(settings.endpoint.value.url, "https://coded/base/v1/traces");
    assert_eq!(settings.headers.value["x-code"], "1");
    for origin in [
        settings.protocol.origin,
        settings.endpoint.origin,
        settings.headers.origin,
        settings.timeout.origin,
        settings.compression.origin,
    ] {
        assert_eq!(origin, Origin::Code);
    }
}

#[test]
fn errors_of_code_show_no_value() {
    let endpoint =
        OtlpExporter { endpoint: Some("ftp://t0ken".to_owned()), ..OtlpExporter::default() };
    let header = OtlpExporter {
        headers: Some(vec![("authorization".to_owned(), "t0ken\n".to_owned())]),
        ..OtlpExporter::default()
    };
    for (code, setting) in [(endpoint, "endpoint"), (header, "header")] {
        let environment = Environment::from_iter([("", "")]);
        let mut reader = Reader::new(&environment);
        let backend = vendor::read(&mut reader);
        let error = read(Signal::Logs, &code, &backend, &mut reader).unwrap_err();
        assert!(error.is_invalid_setting() && !error.is_already_initialized());
        let text = error.to_string();
        assert!(text.contains(setting) && !text.contains("t0ken"), "{text}");
    }
}

#[test]
fn a_certificate_has_a_marker() {
    assert!(is_pem(b"its name\n-----BEGIN CERTIFICATE-----\n"));
    for none in [&b""[..], b"-----BEGIN", b"no certificate, but a long text"] {
        assert!(!is_pem(none), "{none:?}");
    }
}
