//! The variables about what is dumped, and which requests are not recorded.

use super::*;

#[test]
fn own_keys_are_masked_in_settings_list() {
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "api.token=s3cret,x.tenant=s3cret,team=blue");
    for keys in [r#"["tenant"]"#, "all"] {
        let (settings, _) = resolve(&[attributes, ("OTELIER_SECRET_MASKING_REGEX", keys)]);
        let config = settings.to_config();
        assert!(!config.to_string().contains("s3cret"), "{config}");
        let masked = config.get("resource.attributes.x.tenant").map(ConfigEntry::value);
        assert_eq!(masked, Some("****"), "{keys}");
    }
    // What is secret by default stays so in what we say.
    let (settings, _) = resolve(&[attributes, ("OTELIER_SECRET_MASKING_REGEX", "[]")]);
    let config = settings.to_config();
    assert_eq!(config.get("resource.attributes.api.token").map(ConfigEntry::value), Some("****"));
}

#[test]
fn dumps_are_written_to_paths_or_streams() {
    for (variables, dump) in [
        (
            ["OTELIER_SPANDUMP", "LUMIGO_DEBUG_SPANDUMP"],
            (|s| s.traces.dump.value.clone()) as fn(&Settings) -> Option<FileOutput>,
        ),
        (["OTELIER_LOGDUMP", "LUMIGO_DEBUG_LOGDUMP"], |s| s.logs.dump.value.clone()),
    ] {
        for variable in variables {
            check(
                variable,
                dump,
                &[
                    ("/tmp/spans", "Some(Path(\"/tmp/spans\"))"),
                    (" spans ", "Some(Path(\"spans\"))"),
                    ("/dev/stdout", "Some(Stdout)"),
                    ("/dev/stderr", "Some(Stderr)"),
                    ("console:log", "Some(Stdout)"),
                    ("console:error", "Some(Stderr)"),
                ],
                &[],
            );
        }
        let (settings, _) = resolve(&[(variables[0], "own"), (variables[1], "alias")]);
        assert_eq!(dump(&settings), Some(FileOutput::Path("own".into())));
    }
}

#[test]
fn endpoint_filters_are_arrays_of_expressions() {
    for (variables, filter) in [
        (
            ["OTELIER_FILTER_HTTP_ENDPOINTS_REGEX", "LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX"],
            (|s| s.traces.endpoint_filters.general.clone()) as fn(&Settings) -> _,
        ),
        (
            [
                "OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_SERVER",
                "LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX_SERVER",
            ],
            |s| s.traces.endpoint_filters.server.clone(),
        ),
        (
            [
                "OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT",
                "LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT",
            ],
            |s| s.traces.endpoint_filters.client.clone(),
        ),
    ] {
        for variable in variables {
            check(
                variable,
                |s| s.traces.endpoint_filters.clone(),
                &[],
                &["s3cret", "\"s3cret\"", "[1]", "[\"s3cret\", 1]", "{\"a\": \"s3cret\"}"],
            );
            for (value, expected) in [
                ("[]", &[][..]),
                (r#"["/health", "^/live$"]"#, &["/health", "^/live$"]),
                (r#"["", "a"]"#, &["a"]),
            ] {
                let (settings, warnings) = resolve(&[(variable, value)]);
                let expected = expected.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
                assert_eq!(filter(&settings), Setting::environment(expected, variable), "{value}");
                assert_eq!(warnings, [""; 0]);
            }
            let (settings, warnings) = resolve(&[(variable, r#"["s3cret(", "b"]"#)]);
            assert_eq!(filter(&settings).value, ["b"]);
            let expected = format!(
                "{variable}: expected a JSON array of regular expressions; using only the items \
                 that are"
            );
            assert_eq!(warnings, [expected]);
        }
        let [own, alias] = variables;
        let (settings, _) = resolve(&[(own, r#"["own"]"#), (alias, r#"["alias"]"#)]);
        assert_eq!(filter(&settings), Setting::environment(vec!["own".to_owned()], own));
    }
}
