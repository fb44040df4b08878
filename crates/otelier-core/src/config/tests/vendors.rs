//! The presets of vendors: addresses, headers, and what is left out.

use super::*;

const LUMIGO: (&str, &str) = ("LUMIGO_TRACER_TOKEN", " t_s3cret ");
const LIGHTSTEP: (&str, &str) = ("LS_ACCESS_TOKEN", "s3cret");
const NAMED: (&str, &str) = ("OTELIER_BACKEND", "lumigo");
const HOST: &str = "https://ga-otlp.lumigo-tracer-edge.golumigo.com";

fn otlp_of(settings: &Settings, signal: Signal) -> Option<&OtlpSettings> {
    settings.exporters(signal).into_iter().find_map(|exporter| match exporter {
        ExporterSettings::Otlp(otlp) => Some(&**otlp),
        _ => None,
    })
}

/// Where the signal goes: address and protocol, and the header with the token, if it has that.
fn place(settings: &Settings, signal: Signal) -> Option<String> {
    let otlp = otlp_of(settings, signal)?;
    let mut place = format!("{} {}", otlp.endpoint.value.url, otlp.protocol.value.name());
    for name in ["authorization", "lightstep-access-token"] {
        if let Some(value) = otlp.headers.value.get(name) {
            place += &format!(" {name}: {}", value.to_str().unwrap());
        }
    }
    Some(place)
}

#[track_caller]
fn check_places(variables: &[(&str, &str)], expected: [Option<&str>; 3]) -> Settings {
    let (settings, warnings) = resolve(variables);
    assert_eq!(warnings, [""; 0]);
    let found = [Signal::Traces, Signal::Metrics, Signal::Logs].map(|it| place(&settings, it));
    assert_eq!(found.each_ref().map(Option::as_deref), expected, "{variables:?}");
    settings
}

fn lumigo(path: &str) -> String {
    format!("{HOST}{path} http/protobuf authorization: LumigoToken t_s3cret")
}

#[test]
fn a_token_of_lumigo_sends_traces_there() {
    let settings = check_places(&[LUMIGO], [Some(&lumigo("/v1/traces")), None, None]);
    assert_eq!(settings.backend.vendor.origin, Origin::Environment("LUMIGO_TRACER_TOKEN"));
    let otlp = otlp_of(&settings, Signal::Traces).unwrap();
    let preset = Origin::Preset("preset lumigo");
    assert_eq!((otlp.endpoint.origin, otlp.protocol.origin), (preset, preset));
    assert_eq!(otlp.headers.origin, Origin::Environment("LUMIGO_TRACER_TOKEN"));
    check_places(&[NAMED, LUMIGO], [Some(&lumigo("/v1/traces")), None, None]);
    check_places(
        &[("OTELIER_BACKEND", "LUMIGO"), LUMIGO],
        [Some(&lumigo("/v1/traces")), None, None],
    );
    // What is said of a backend that was not chosen.
    let local = ["traces", "metrics", "logs"]
        .map(|signal| format!("http://localhost:4318/v1/{signal} http/protobuf"));
    let local = local.each_ref().map(|place| Some(&**place));
    check_places(&[("OTELIER_BACKEND", "otlp"), LUMIGO], local);
    check_places(&[("OTELIER_BACKEND", "otlp"), ("LUMIGO_ENDPOINT", "http://a/x")], local);
}

#[test]
fn logs_go_to_lumigo_on_request_only() {
    let logs = lumigo("/v1/logs");
    for variable in ["LUMIGO_ENABLE_LOGS", "OTELIER_ENABLE_LOGS"] {
        let settings = check_places(
            &[LUMIGO, (variable, "true")],
            [Some(&lumigo("/v1/traces")), None, Some(&logs)],
        );
        assert!(settings.logs.enabled.value);
    }
    for (variable, value) in [
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://c:4318/l"),
        ("LUMIGO_LOGS_ENDPOINT", "http://c:4318/l"),
    ] {
        check_places(&[LUMIGO, (variable, value)], [Some(&lumigo("/v1/traces")), None, None]);
    }
    // What was asked for in other words stays.
    let (settings, _) = resolve(&[LUMIGO, ("OTEL_LOGS_EXPORTER", "console,otlp")]);
    assert_eq!(exporters_of(&settings, Signal::Logs), [Exporter::Console]);
    let code = Code {
        more_otlp: vec![(vec![Signal::Logs], OtlpExporter::new("http://second:4318"))],
        ..Code::default()
    };
    let (settings, _) = resolve_with(&code, &[LUMIGO]);
    assert_eq!(
        place(&settings, Signal::Logs).as_deref(),
        Some("http://second:4318/v1/logs http/protobuf")
    );
    let code = Code { logs_exporters: Some(vec![Exporter::Otlp]), ..Code::default() };
    assert_eq!(place(&resolve_with(&code, &[LUMIGO]).0, Signal::Logs), Some(logs));
    // Nothing is dumped of a signal that is off.
    let dump = ("OTELIER_LOGDUMP", "/tmp/logs.jsonl");
    assert!(resolve(&[LUMIGO, dump]).0.logs.dump.value.is_none());
    let on = ("LUMIGO_ENABLE_LOGS", "true");
    assert!(resolve(&[LUMIGO, dump, on]).0.logs.dump.value.is_some());
}

#[test]
fn metrics_go_elsewhere_or_nowhere() {
    for (variable, value, url) in [
        ("OTEL_METRICS_EXPORTER", "otlp", "http://localhost:4318/v1/metrics"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://c:4318/m", "http://c:4318/m"),
    ] {
        let place = format!("{url} http/protobuf");
        check_places(
            &[LUMIGO, (variable, value)],
            [Some(&lumigo("/v1/traces")), Some(&place), None],
        );
    }
    let code = Code { metrics_exporters: Some(vec![Exporter::Otlp]), ..Code::default() };
    let (settings, _) = resolve_with(&code, &[LUMIGO]);
    assert!(place(&settings, Signal::Metrics).unwrap().starts_with("http://localhost:4318/"));
}

#[test]
fn what_is_sent_has_the_origin_of_its_exporter() {
    let exporter = ("OTEL_METRICS_EXPORTER", "otlp");
    let (settings, _) = resolve(&[LUMIGO, exporter]);
    assert_eq!(settings.metrics.readers.origin, Origin::Environment(exporter.0));
    let (settings, _) = resolve(&[LUMIGO]);
    assert_eq!(settings.metrics.readers.origin, Origin::Preset("preset lumigo"));
}

#[test]
fn vendors_are_known_by_their_names() {
    let vendor = |variable| resolve(&[variable]).0.backend.vendor.value;
    assert!(vendor(LUMIGO).is_some() && vendor(LUMIGO) == vendor(LUMIGO));
    assert!(vendor(LUMIGO) != vendor(LIGHTSTEP));
}

#[test]
fn lumigos_variables_beat_otlp_and_preset() {
    const OWN: (&str, &str) = ("LUMIGO_ENDPOINT", "https://own.example/as/it/is?x=1");
    const SIGNAL: (&str, &str) = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://signal:4318/t");
    const BASE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://base:4318");
    let traces = |code: &Code, variables: &[(&str, &str)]| {
        let (settings, warnings) = resolve_with(code, variables);
        assert_eq!(warnings, [""; 0]);
        place(&settings, Signal::Traces).unwrap()
    };
    let none = Code::default();
    let own = "https://own.example/as/it/is?x=1 http/protobuf \
               authorization: LumigoToken t_s3cret";
    assert_eq!(traces(&none, &[LUMIGO, OWN, SIGNAL, BASE]), own);
    // The token is for who is meant by it.
    assert_eq!(traces(&none, &[LUMIGO, SIGNAL, BASE]), "http://signal:4318/t http/protobuf");
    assert_eq!(traces(&none, &[LUMIGO, BASE]), "http://base:4318/v1/traces http/protobuf");
    assert_eq!(
        traces(&none, &[NAMED, LUMIGO, BASE]),
        "http://base:4318/v1/traces http/protobuf authorization: LumigoToken t_s3cret"
    );
    let otlp = OtlpExporter::new("http://coded:4318");
    let coded = Code { otlp, ..Code::default() };
    let place = "http://coded:4318/v1/traces http/protobuf";
    assert_eq!(traces(&coded, &[LUMIGO, OWN, SIGNAL, BASE]), place);
    assert_eq!(
        traces(&coded, &[NAMED, LUMIGO, OWN]),
        format!("{place} authorization: LumigoToken t_s3cret")
    );
    // A header that the user set is the user's.
    let header = ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=mine,x-a=1");
    let mine = format!("{HOST}/v1/traces http/protobuf authorization: mine");
    assert_eq!(traces(&none, &[LUMIGO, header]), mine);
}

#[test]
fn the_address_of_logs_has_the_same_order() {
    const ON: (&str, &str) = ("LUMIGO_ENABLE_LOGS", "true");
    const OWN: (&str, &str) = ("LUMIGO_LOGS_ENDPOINT", "https://own.example/as/it/is");
    const SIGNAL: (&str, &str) = ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://signal:4318/l");
    const BASE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://base:4318");
    let token = "authorization: LumigoToken t_s3cret";
    for (variables, expected) in [
        (&[OWN, SIGNAL, BASE][..], format!("https://own.example/as/it/is http/protobuf {token}")),
        (&[SIGNAL, BASE], "http://signal:4318/l http/protobuf".to_owned()),
        (&[BASE], "http://base:4318/v1/logs http/protobuf".to_owned()),
        (&[NAMED, SIGNAL], format!("http://signal:4318/l http/protobuf {token}")),
        (&[], lumigo("/v1/logs")),
    ] {
        let (settings, warnings) = resolve(&[&[LUMIGO, ON], variables].concat());
        assert_eq!(warnings, [""; 0]);
        assert_eq!(place(&settings, Signal::Logs), Some(expected), "{variables:?}");
    }
    let otlp = OtlpExporter::new("http://coded:4318");
    let coded = Code { otlp, ..Code::default() };
    let (settings, _) = resolve_with(&coded, &[LUMIGO, ON, OWN, SIGNAL]);
    let expected = "http://coded:4318/v1/logs http/protobuf";
    assert_eq!(place(&settings, Signal::Logs).as_deref(), Some(expected));
}

#[test]
fn a_base_address_takes_the_metrics_too() {
    let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://base:4318");
    check_places(
        &[LUMIGO, base],
        [
            Some("http://base:4318/v1/traces http/protobuf"),
            Some("http://base:4318/v1/metrics http/protobuf"),
            None,
        ],
    );
}

#[test]
fn lightstep_takes_all_signals_over_grpc() {
    let place = "https://ingest.lightstep.com:443 grpc lightstep-access-token: s3cret";
    let settings = check_places(&[LIGHTSTEP], [Some(place); 3]);
    assert_eq!(settings.backend.vendor.value.map(|vendor| vendor.name), Some("lightstep"));
    check_places(&[("OTELIER_BACKEND", "lightstep"), LIGHTSTEP], [Some(place); 3]);
    let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    let traces = "https://ingest.lightstep.com:443/v1/traces http/protobuf \
                  lightstep-access-token: s3cret";
    assert_eq!(self::place(&resolve(&[LIGHTSTEP, protocol]).0, Signal::Traces).unwrap(), traces);
    // To a collector without the token, unless the vendor is named, and as OTLP is by default.
    let base = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318/t");
    let traces = |variables: &[(&str, &str)]| self::place(&resolve(variables).0, Signal::Traces);
    assert_eq!(traces(&[LIGHTSTEP, base]).unwrap(), "http://c:4318/t http/protobuf");
    assert_eq!(
        traces(&[("OTELIER_BACKEND", "lightstep"), LIGHTSTEP, base]).unwrap(),
        "http://c:4318/t http/protobuf lightstep-access-token: s3cret"
    );
}

#[test]
fn lightsteps_variables_name_the_service() {
    let attribute = |variables: &[(&str, &str)], key: &str| {
        let (settings, warnings) = resolve(variables);
        assert_eq!(warnings, [""; 0]);
        let found = settings.resource.get(key)?;
        Some((found.value.value.to_string(), found.origin.to_string()))
    };
    let own = [("LS_SERVICE_NAME", "shop"), ("LS_SERVICE_VERSION", "1.2")];
    let found = |value: &str, origin: &str| Some((value.to_owned(), origin.to_owned()));
    assert_eq!(attribute(&own, "service.name"), found("shop", "LS_SERVICE_NAME"));
    assert_eq!(attribute(&own, "service.version"), found("1.2", "LS_SERVICE_VERSION"));
    let general =
        [("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,service.version=0"), own[0], own[1]];
    assert_eq!(attribute(&general, "service.name"), found("shop", "LS_SERVICE_NAME"));
    let named = [("OTEL_SERVICE_NAME", "b"), own[0]];
    assert_eq!(attribute(&named, "service.name"), found("b", "OTEL_SERVICE_NAME"));
    assert_eq!(attribute(&[("LS_SERVICE_NAME", " ")], "service.name"), None);
}

#[track_caller]
fn assert_warned(variables: &[(&str, &str)], start: &str) -> Settings {
    let (settings, warnings) = resolve(variables);
    let [warning] = &warnings[..] else { panic!("{variables:?}: {warnings:?}") };
    assert!(warning.starts_with(start) && !warning.contains("s3cret"), "{warning}");
    settings
}

#[test]
fn two_tokens_and_no_name_are_no_vendor() {
    let start = "LUMIGO_TRACER_TOKEN and LS_ACCESS_TOKEN are set; using no vendor";
    let settings = assert_warned(&[LUMIGO, LIGHTSTEP], start);
    assert_eq!(settings.backend.vendor, Setting::default(None));
    let traces = place(&settings, Signal::Traces).unwrap();
    assert_eq!(traces, "http://localhost:4318/v1/traces http/protobuf");
    let named = resolve(&[LUMIGO, LIGHTSTEP, NAMED]);
    assert_eq!(named.1, [""; 0]);
    assert_eq!(place(&named.0, Signal::Traces), Some(lumigo("/v1/traces")));
}

#[test]
fn without_a_token_nothing_goes_to_the_vendor() {
    let nothing = "LUMIGO_TRACER_TOKEN: not set; nothing is exported to lumigo";
    for variables in [
        &[NAMED][..],
        &[NAMED, ("LUMIGO_ENDPOINT", "http://a/t")],
        &[NAMED, ("LUMIGO_TRACER_TOKEN", "  "), ("LUMIGO_ENABLE_LOGS", "true")],
    ] {
        let settings = assert_warned(variables, nothing);
        for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
            assert_eq!(place(&settings, signal), None, "{variables:?}");
        }
    }
    // An address of somebody else needs no token.
    let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318");
    let (settings, warnings) = resolve(&[NAMED, base]);
    assert_eq!(warnings, [""; 0]);
    let traces = place(&settings, Signal::Traces).unwrap();
    assert_eq!(traces, "http://c:4318/v1/traces http/protobuf");
    // Lumigo's address alone is not used.
    let settings = assert_warned(&[("LUMIGO_ENDPOINT", "http://a/s3cret")], nothing);
    assert!(place(&settings, Signal::Traces).unwrap().starts_with("http://localhost"));
    let bad = "LUMIGO_TRACER_TOKEN: expected a token that HTTP allows";
    let (settings, warnings) = resolve(&[("LUMIGO_TRACER_TOKEN", "s3cret\nx")]);
    assert!(warnings[0].starts_with(bad), "{warnings:?}");
    assert_eq!((warnings.len(), place(&settings, Signal::Traces)), (1, None));
}

#[test]
fn what_cannot_be_used_is_warned_about() {
    let settings = assert_warned(
        &[("OTELIER_BACKEND", "s3cret"), LUMIGO],
        "OTELIER_BACKEND: expected lumigo, lightstep or otlp; using what a token implies",
    );
    assert_eq!(place(&settings, Signal::Traces), Some(lumigo("/v1/traces")));
    let settings = assert_warned(
        &[LUMIGO, ("LUMIGO_ENDPOINT", "ftp://s3cret")],
        "LUMIGO_ENDPOINT: expected a URL with a host",
    );
    assert_eq!(place(&settings, Signal::Traces), Some(lumigo("/v1/traces")));
    let settings = assert_warned(
        &[LUMIGO, ("LUMIGO_ENDPOINT", "s3cret"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")],
        "LUMIGO_ENDPOINT: expected a URL with a host, http:// or https:// (gRPC also takes \
         host:port); using that of OTEL_EXPORTER_OTLP_ENDPOINT",
    );
    assert!(place(&settings, Signal::Traces).unwrap().starts_with("http://c:4318/v1/traces "));
    let settings = assert_warned(
        &[LUMIGO, ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")],
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: lumigo takes http/protobuf; using that",
    );
    assert_eq!(place(&settings, Signal::Traces), Some(lumigo("/v1/traces")));
    let settings = assert_warned(
        &[LUMIGO, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "s3cret")],
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: expected",
    );
    assert_eq!(place(&settings, Signal::Traces), Some(lumigo("/v1/traces")));
}

#[test]
fn lumigos_resource_has_its_attributes() {
    let value = |variables: &[(&str, &str)], key: &str| {
        let settings = resolve(variables).0;
        settings.resource.get(key).map(|it| it.value.value.to_string())
    };
    let version = Some(env!("CARGO_PKG_VERSION").to_owned());
    assert_eq!(value(&[LUMIGO], "lumigo.distro.version"), version);
    let framework = if cfg!(feature = "framework-axum") { "axum" } else { "Unknown" };
    assert_eq!(value(&[LUMIGO], "framework").as_deref(), Some(framework));
    assert_eq!(value(&[LIGHTSTEP], "framework"), None);
    let own = [LUMIGO, ("OTEL_RESOURCE_ATTRIBUTES", "framework=mine")];
    assert_eq!(value(&own, "framework").as_deref(), Some("mine"));

    let has_environ = |variables: &[(&str, &str)]| {
        resolve(variables).0.resource.detectors.value.contains(&Detector::Environ)
    };
    assert!(has_environ(&[LUMIGO]) && !has_environ(&[LIGHTSTEP]) && !has_environ(&[]));
    assert!(!has_environ(&[LUMIGO, ("OTELIER_RESOURCE_DETECTORS", "host,process")]));
}

#[test]
fn the_report_of_dependencies_fails_towards_off() {
    let own = "OTELIER_REPORT_DEPENDENCIES";
    let alias = "LUMIGO_REPORT_DEPENDENCIES";
    let enabled = |variables: &[(&str, &str)]| resolve(variables).0.backend.dependencies.enabled;
    assert_eq!(enabled(&[]), Setting::default(true));
    for variable in [own, alias] {
        for (value, expected) in [("true", true), ("True", true), ("false", false)] {
            assert_eq!(enabled(&[(variable, value)]), Setting::environment(expected, variable));
        }
        assert_eq!(enabled(&[(variable, "")]), Setting::default(true));
        let settings = assert_warned(&[(variable, "s3cret")], &format!("{variable}: expected"));
        assert!(!settings.backend.dependencies.enabled.value);
    }
    let both = [(alias, "false"), (own, "true")];
    assert_eq!(enabled(&both), Setting::environment(true, own));
    check(
        "LUMIGO_CONNECTION_TIMEOUT",
        |s| s.backend.dependencies.timeout.value,
        &[("0.25", "250ms"), ("7", "7s")],
        &["s3cret", "0", "-1", "inf", "1e9"],
    );
}

#[test]
fn the_list_has_the_backend_and_no_token() {
    let (settings, _) = resolve(&[LUMIGO, ("LUMIGO_ENDPOINT", "https://a.example/s3cret")]);
    let config = settings.to_config();
    let otlp = "tracer_provider.processors[0].batch.exporter.otlp";
    for (name, expected) in [
        ("otelier.backend", "lumigo (LUMIGO_TRACER_TOKEN)"),
        ("otelier.backend.token", "**** (LUMIGO_TRACER_TOKEN)"),
        ("otelier.dependency_report.enabled", "true (default)"),
        ("otelier.dependency_report.timeout", "3000 (default)"),
        (&format!("{otlp}.endpoint"), "https://a.example (LUMIGO_ENDPOINT)"),
        (&format!("{otlp}.headers"), "authorization=**** (LUMIGO_TRACER_TOKEN)"),
        (&format!("{otlp}.protocol"), "http/protobuf (preset lumigo)"),
        ("resource.attributes.framework", "Unknown (preset lumigo)"),
    ] {
        let entry = config.get(name).unwrap_or_else(|| panic!("{name} in {config}"));
        let found = format!("{} ({})", entry.value(), entry.origin());
        let expected = match cfg!(feature = "framework-axum") {
            true => expected.replace("Unknown", "axum"),
            false => expected.to_owned(),
        };
        assert_eq!(found, expected, "{name}");
    }
    assert!(!config.to_string().contains("s3cret"), "{config}");
    assert!(!format!("{settings:?}").contains("t_s3cret"), "{settings:?}");
}

#[test]
fn the_summary_says_what_lumigo_does_not_get() {
    let summary = |variables: &[(&str, &str)]| {
        resolve(variables).0.summary("0.1.0", Some("shop"), InCode::default())
    };
    assert_eq!(
        summary(&[LUMIGO]),
        format!(
            "version 0.1.0: service shop, traces to {HOST} (http/protobuf), metrics off by preset \
             lumigo; OTEL_EXPORTER_OTLP_METRICS_ENDPOINT sends them elsewhere, logs off by preset \
             lumigo; OTELIER_ENABLE_LOGS=true turns them on"
        )
    );
    assert!(summary(&[NAMED]).contains("traces off by preset lumigo, without LUMIGO_TRACER_TOKEN"));
    // One that takes logs without being asked lacks the token only.
    let lightstep = summary(&[("OTELIER_BACKEND", "lightstep")]);
    assert!(
        lightstep.contains("logs off by preset lightstep, without LS_ACCESS_TOKEN"),
        "{lightstep}"
    );
}
