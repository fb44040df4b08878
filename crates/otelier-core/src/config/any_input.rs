//! Any environment: nothing panics or fails, and no warning shows a value.

use proptest::prelude::*;

use super::*;
use crate::configuration;

/// What values of variables look like, right and wrong.
fn value() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "true",
        "none",
        "otlp",
        "console",
        "otlp,console",
        "grpc",
        "http/protobuf",
        "gzip",
        "parentbased_traceidratio",
        "tracecontext,baggage,b3",
        "http://localhost:4318",
        "https://user:hidden@example.com:4317/v1/traces?api-key=hidden",
        "api-key=100%",
        "a=b,c=d%20e",
        "\u{feff}\u{0}",
    ]);
    prop_oneof![
        words.prop_map(str::to_owned),
        "[-+]?[0-9]{1,25}([.][0-9]{0,4})?(e[0-9]{1,3})?",
        "[ -~]{0,24}",
        "\\PC{0,12}",
        "([a-z.]{1,6}=[ -~]{0,8},?){0,4}",
        "hidden[ -~]{0,6}",
    ]
}

fn variables() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let name = prop::sample::select(configuration::ALL.to_vec());
    prop::collection::vec((name, value()), 0..12)
}

proptest! {
    #[test]
    fn is_read_without_an_error(variables in variables()) {
        let environment: Environment =
            variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (settings, warnings) =
            Settings::resolve(&Code::default(), &environment).expect("the environment never fails");
        for warning in &warnings {
            prop_assert!(
                configuration::ALL.iter().any(|name| warning.contains(name)),
                "names no variable: {}", warning
            );
            prop_assert!(!warning.contains("hidden"), "shows a value: {}", warning);
        }
        // What is in force can be listed.
        prop_assert!(settings.to_config().entries().count() > 0);
    }
}
