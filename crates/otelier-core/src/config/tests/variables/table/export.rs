//! Exporters, and the way to an endpoint.

use super::super::super::super::*;
use super::super::Part;
use super::{BOOLEAN, Files, MILLIS, Row, SIGNALS, row};

/// All of them.
pub(super) fn rows(files: &Files) -> Vec<Row> {
    [exporters(), otlp(files), proxies()].into_iter().flatten().collect()
}

/// Where telemetry goes, and how the console draws.
fn exporters() -> Vec<Row> {
    const CONSOLE: &str = "tracer_provider.processors[0].simple.exporter.console";
    let list = |variable, entry| {
        row(variable, entry, "1")
            .good("console", "1")
            .good("Console, OTLP,console", "2")
            .good("none", "0")
            .bad(&["s3cret", ",", "jaeger,zipkin", "none,none"])
    };
    let pulled = |variable, option: &str, default: &str| {
        let entry = format!("meter_provider.readers[0].pull.exporter.prometheus.{option}");
        row(variable, entry, default).with("OTEL_METRICS_EXPORTER", "prometheus")
    };
    vec![
        list("OTEL_TRACES_EXPORTER", "tracer_provider.processors")
            .code(|code| code.traces_exporters = Some(vec![]), "0 (code)")
            .file("tracer_provider > processors: [{simple: {exporter: {console: }}}]", "", "1"),
        list("OTEL_METRICS_EXPORTER", "meter_provider.readers")
            .good("prometheus", "1")
            .good("otlp, console, Prometheus", "3")
            .code(|code| code.metrics_exporters = Some(vec![]), "0 (code)")
            .file("meter_provider > readers: [{periodic: {exporter: {console: }}}]", "", "1"),
        list("OTEL_LOGS_EXPORTER", "logger_provider.processors")
            .code(|code| code.logs_exporters = Some(vec![]), "0 (code)")
            .file("logger_provider > processors: [{simple: {exporter: {console: }}}]", "", "1"),
        pulled("OTEL_EXPORTER_PROMETHEUS_HOST", "host", "localhost")
            .good("0.0.0.0", "0.0.0.0")
            .all("any text is a name")
            .file(
                "meter_provider > readers > - pull > exporter > prometheus/development > host: @",
                "::1",
                "::1",
            ),
        pulled("OTEL_EXPORTER_PROMETHEUS_PORT", "port", "9464")
            .good("0", "0")
            .good("65535", "65535")
            .bad(&["65536", "-1", "http", "s3cret"])
            .file(
                "meter_provider > readers > - pull > exporter > prometheus/development > port: @",
                "77",
                "77",
            ),
        row("NO_COLOR", format!("{CONSOLE}.no_color"), "false")
            .with("OTEL_TRACES_EXPORTER", "console")
            .good("1", "true")
            .good("false", "true")
            .all("any value turns colors off"),
        row("COLUMNS", format!("{CONSOLE}.columns"), "of the terminal")
            .with("OTEL_TRACES_EXPORTER", "console")
            .good("80", "80")
            .gives("0", "of the terminal (default)")
            .gives("wide", "of the terminal (default)")
            .all("a shell sets it, so nothing is said about it"),
    ]
}

/// The four variables of one option of OTLP: of each signal, then of all. `base` and `own` are
/// values of the variable of all signals and of that of one, with what is shown; `of` completes a
/// row of the first kind if its argument is `None`, and of the second if it is a signal.
macro_rules! otlp {
    ($name:literal, $entry:literal, $unset:literal, $base:expr, $own:expr, $of:expr) => {{
        const BASE: &str = concat!("OTEL_EXPORTER_OTLP_", $name);
        let (base, own): (&[(&str, &str)], &[(&str, &str)]) = ($base, $own);
        let parts = SIGNALS.map(|signal| format!("{signal}.exporter.otlp.{}", $entry));
        let [traces, metrics, logs] = parts.clone();
        let mut all = row(BASE, traces, $unset).also(metrics).also(logs);
        for (value, shown) in base {
            all = all.good(value, shown);
        }
        let names = [
            concat!("OTEL_EXPORTER_OTLP_TRACES_", $name),
            concat!("OTEL_EXPORTER_OTLP_METRICS_", $name),
            concat!("OTEL_EXPORTER_OTLP_LOGS_", $name),
        ];
        let mut rows = vec![$of(all)];
        for (variable, part) in names.into_iter().zip(parts) {
            let mut one = row(variable, part, $unset).over(BASE, base[0].0);
            for (value, shown) in own {
                one = one.good(value, shown);
            }
            rows.push($of(one));
        }
        rows
    }};
}

/// Each option for all signals and for one.
fn otlp(files: &Files) -> Vec<Row> {
    let coded = |code: &mut Code| {
        code.otlp = OtlpExporter::new("http://coded:4318")
            .with_protocol(Protocol::HttpJson)
            .with_header("x-code", "s3cret")
            .with_timeout(std::time::Duration::from_secs(1))
            .with_compression(Compression::Gzip);
    };
    let with_code = |shown| move |row: Row| row.code(coded, shown);
    let mut rows = otlp!(
        "ENDPOINT",
        "endpoint",
        "http://localhost:4318",
        &[("http://c:4318", "http://c:4318"), ("https://c/base?key=s3cret", "https://c")],
        &[("http://own:4318/in", "http://own:4318")],
        |row: Row| with_code("http://coded:4318 (code)")(row).bad(&["ftp://s3cret", "s3cret"])
    );
    rows.extend(otlp!(
        "PROTOCOL",
        "protocol",
        "http/protobuf",
        &[("grpc", "grpc")],
        &[("HTTP/JSON", "http/json")],
        |row: Row| with_code("http/json (code)")(row).bad(&["http", "http/xml", "s3cret"])
    ));
    rows.extend(otlp!(
        "HEADERS",
        "headers",
        "none",
        &[("x-a=1,x-b=2%20", "x-a=****,x-b=****")],
        &[("x-own=s3cret", "x-own=****")],
        |row: Row| with_code("x-code=**** (code)")(row).bad(&["s3cret"]).fails_to("none")
    ));
    rows.extend(otlp!(
        "TIMEOUT",
        "timeout",
        "10000",
        &[("0", "0")],
        &[("250", "250")],
        |row: Row| with_code("1000 (code)")(row).bad(MILLIS)
    ));
    rows.extend(otlp!(
        "COMPRESSION",
        "compression",
        "none",
        &[("GZIP", "gzip")],
        &[("none", "none"), ("gzip", "gzip")],
        |row: Row| with_code("gzip (code)")(row).bad(&["zstd", "s3cret"])
    ));
    let (all, one) = (files.pem("all"), files.pem("one"));
    rows.extend(otlp!("CERTIFICATE", "tls", "none", &[(&all, "****")], &[(&one, "****")], |row| {
        Row::bad(row, &["/absent/s3cret"]).fails_to_unset()
    }));
    rows.extend(identity(&all, &one));
    rows.extend(insecure());
    for row in &mut rows {
        // What a file says about the traces' exporter stands for all signals.
        let text = match row.variable {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" => {
                ("endpoint: '@'", "http://f:4318", "http://f:4318")
            }
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL" => ("encoding: json", "", "http/json"),
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS" => ("headers_list: '@'", "x-f=1", "x-f=****"),
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT" => ("timeout: @", "77", "77"),
            "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION" => ("compression: @", "none", "none"),
            _ => continue,
        };
        let (property, value, shown) = text;
        let text =
            format!("tracer_provider > processors > - batch > exporter > otlp_http > {property}");
        row.file = Some((text.leak(), value.to_owned(), shown));
    }
    rows
}

/// The settings of OTLP of one signal.
fn otlp_of(settings: &Settings, signal: Signal) -> &OtlpSettings {
    match settings.exporters(signal)[..] {
        [ExporterSettings::Otlp(settings)] => settings,
        ref other => panic!("{other:?}"),
    }
}

/// The certificate and the key of the client, which are needed together. What is seen is the first
/// line of the file.
fn identity(all: &str, one: &str) -> Vec<Row> {
    const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    const KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";
    fn seen(settings: &Settings, signal: Signal, key: bool) -> String {
        let identity = otlp_of(settings, signal).tls.value.identity.as_ref();
        let text = identity.map(|(certificate, pem)| if key { pem } else { certificate });
        let text = text.map(|text| String::from_utf8_lossy(text).into_owned());
        text.and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or_default()
    }
    let base = |variable: &'static str, other, show: fn(&Settings) -> String| {
        let mut row = row(variable, "", "").unset("");
        row.parts = vec![Part::Other(show)];
        row.together(variable, other, all).bad(&["/absent/s3cret"]).fails_to_unset()
    };
    let mut rows = vec![
        base(CERTIFICATE, KEY, |it| seen(it, Signal::Traces, false)).gives(all, "all"),
        base(KEY, CERTIFICATE, |it| seen(it, Signal::Traces, true)).gives(all, "all"),
    ];
    macro_rules! one {
        ($name:literal, $signal:expr) => {{
            let certificate = concat!("OTEL_EXPORTER_OTLP_", $name, "_CLIENT_CERTIFICATE");
            let key = concat!("OTEL_EXPORTER_OTLP_", $name, "_CLIENT_KEY");
            [
                base(certificate, key, |it| seen(it, $signal, false))
                    .gives(one, "one")
                    .over(CERTIFICATE, all)
                    .together(CERTIFICATE, KEY, all),
                base(key, certificate, |it| seen(it, $signal, true))
                    .gives(one, "one")
                    .over(KEY, all)
                    .together(KEY, CERTIFICATE, all),
            ]
        }};
    }
    rows.extend(one!("TRACES", Signal::Traces));
    rows.extend(one!("METRICS", Signal::Metrics));
    rows.extend(one!("LOGS", Signal::Logs));
    rows
}

/// Whether an address without a scheme is encrypted, which only gRPC allows.
fn insecure() -> Vec<Row> {
    const BASE: &str = "OTEL_EXPORTER_OTLP_INSECURE";
    const PLAIN: &str = "http://c:1 (OTEL_EXPORTER_OTLP_ENDPOINT)";
    const ENCRYPTED: &str = "https://c:1 (OTEL_EXPORTER_OTLP_ENDPOINT)";
    let [traces, metrics, logs] = SIGNALS.map(|signal| format!("{signal}.exporter.otlp.endpoint"));
    let row = |variable, entry| {
        row(variable, entry, "")
            .unset(ENCRYPTED)
            .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", "c:1")
            .bad(BOOLEAN)
    };
    let mut rows = vec![
        row(BASE, traces.clone())
            .also(metrics.clone())
            .also(logs.clone())
            .gives("true", PLAIN)
            .gives("False", ENCRYPTED),
    ];
    for (variable, entry) in [
        ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", traces),
        ("OTEL_EXPORTER_OTLP_METRICS_INSECURE", metrics),
        ("OTEL_EXPORTER_OTLP_LOGS_INSECURE", logs),
    ] {
        let row = row(variable, entry).gives("false", ENCRYPTED).gives("true", PLAIN);
        rows.push(row.over(BASE, "true"));
    }
    rows
}

/// The way through the network.
fn proxies() -> Vec<Row> {
    const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const BAD: &[&str] = &["http://me:s3cret@", "ftp://s3cret", "socks5://s3cret:1"];
    let [traces, ..] = SIGNALS;
    let proxy = |variable, endpoint: &str| {
        row(variable, format!("{traces}.exporter.otlp.proxy"), "none").with(ENDPOINT, endpoint)
    };
    let (plain, encrypted) = ("http://c:4318", "https://c:4318");
    let mut rows = Vec::new();
    for (variable, endpoint, weaker) in [
        ("http_proxy", plain, &["HTTP_PROXY", "all_proxy", "ALL_PROXY"][..]),
        ("HTTP_PROXY", plain, &["all_proxy", "ALL_PROXY"]),
        ("https_proxy", encrypted, &["HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
        ("HTTPS_PROXY", encrypted, &["all_proxy", "ALL_PROXY"]),
        ("all_proxy", plain, &["ALL_PROXY"]),
        ("ALL_PROXY", encrypted, &[]),
    ] {
        let mut row = proxy(variable, endpoint).good("http://me:s3cret@proxy:1", "****");
        for variable in weaker {
            row = row.over(variable, "http://other:2");
        }
        // A proxy that is wrong is no reason to take another way than the user meant.
        rows.push(row.bad(BAD).fails_to_unset());
    }
    for variable in ["no_proxy", "NO_PROXY"] {
        let row = proxy(variable, plain)
            .with("ALL_PROXY", "http://proxy:1")
            .unset("**** (ALL_PROXY)")
            .gives("other, c", "none (default)")
            .gives("elsewhere.example", "**** (ALL_PROXY)")
            .all("what is no host matches none");
        rows.push(row);
    }
    rows
}
