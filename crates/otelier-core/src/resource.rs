//! The resource: what describes this process in everything it exports.

mod process;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use otelier_instrument::semconv::{SCHEMA_URL, resource as key};

use crate::config::{Settings, env};

/// The name of this distribution in `telemetry.distro.name` and in the User-Agent.
pub(crate) const DISTRO: &str = "otelier";
/// The version of this distribution.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The resource, and what is said about it at start.
pub(crate) struct Described {
    pub(crate) resource: Resource,
    /// The name of the service, given or made up.
    pub(crate) name: String,
    /// Whether somebody gave the name.
    pub(crate) is_named: bool,
}

/// Describes the process: what is detected, under what the environment says, under what code says.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/resource/>.
pub(crate) fn describe(settings: &Settings) -> Described {
    let executable = env::executable_name();
    let mut attributes = detected(executable.as_deref());
    attributes.extend(settings.resource.attributes.iter().map(|it| it.value.clone()));
    let given = attributes.iter().rev().find(|attribute| {
        attribute.key.as_str() == key::SERVICE_NAME && !attribute.value.as_str().is_empty()
    });
    let given = given.map(|attribute| attribute.value.to_string());
    let is_named = given.is_some();
    let name = given
        .unwrap_or_else(|| format!("unknown_service:{}", executable.as_deref().unwrap_or("rust")));
    attributes.push(KeyValue::new(key::SERVICE_NAME, name.clone()));
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(attributes)
        .with_schema_url([], SCHEMA_URL)
        .build();
    Described { resource, name, is_named }
}

fn detected(executable: Option<&str>) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new(key::SERVICE_INSTANCE_ID, uuid::Uuid::new_v4().to_string()),
        KeyValue::new(key::TELEMETRY_DISTRO_NAME, DISTRO),
        KeyValue::new(key::TELEMETRY_DISTRO_VERSION, VERSION),
    ];
    attributes.extend(process::detect(executable));
    attributes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Code, Environment};

    fn describe_with(
        code: &Code,
        variables: &[(&str, &str)],
    ) -> (BTreeMap<String, String>, Described) {
        let environment: Environment = variables.iter().copied().collect();
        let (settings, _) = Settings::resolve(code, &environment).unwrap();
        let described = describe(&settings);
        let attributes =
            described.resource.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        (attributes.collect(), described)
    }

    #[test]
    fn a_process_without_settings_is_described() {
        let (mut attributes, described) = describe_with(&Code::default(), &[]);
        let executable = env::executable_name().unwrap();
        assert_eq!(described.resource.schema_url(), Some(SCHEMA_URL));
        let name = format!("unknown_service:{executable}");
        assert_eq!((described.name, described.is_named), (name, false));
        let instance = attributes.remove("service.instance.id").unwrap();
        assert_eq!(uuid::Uuid::parse_str(&instance).unwrap().get_version_num(), 4);
        assert!(attributes.remove("telemetry.sdk.version").is_some());
        let created = attributes.remove("process.creation.time").unwrap();
        assert_eq!((created.len(), created.ends_with('Z')), (24, true), "{created}");
        let (name, rest) = attributes["process.runtime.description"].split_once(' ').unwrap();
        let version = attributes["process.runtime.version"].clone();
        assert!(name == "rustc" && rest.starts_with(&*version), "{name} {rest}");
        let target = rest.rsplit(' ').next().unwrap();
        assert!(target.starts_with(std::env::consts::ARCH), "{target}");
        for key in ["process.runtime.version", "process.runtime.description"] {
            attributes.remove(key);
        }
        let expected = [
            ("process.executable.name", executable.clone()),
            ("process.pid", std::process::id().to_string()),
            ("process.runtime.name", "rustc".to_owned()),
            ("service.name", format!("unknown_service:{executable}")),
            ("telemetry.distro.name", "otelier".to_owned()),
            ("telemetry.distro.version", VERSION.to_owned()),
            ("telemetry.sdk.language", "rust".to_owned()),
            ("telemetry.sdk.name", "opentelemetry".to_owned()),
        ];
        assert_eq!(attributes, expected.map(|(key, value)| (key.to_owned(), value)).into());
    }

    #[test]
    fn each_init_is_another_instance() {
        let instance = || {
            let (attributes, _) = describe_with(&Code::default(), &[]);
            attributes["service.instance.id"].clone()
        };
        assert_ne!(instance(), instance());
    }

    #[test]
    fn code_then_service_name_then_resource_attributes() {
        const VARIABLES: &[(&str, &str)] = &[
            (
                "OTEL_RESOURCE_ATTRIBUTES",
                "service.name=third,service.version=1%2E2,team=env,service.instance.id=me",
            ),
            ("OTEL_SERVICE_NAME", "second"),
        ];
        let attribute = |value: &'static str| KeyValue::new("service.name", value);
        let name_in_attributes =
            Code { resource_attributes: vec![attribute("coded")], ..Code::default() };
        let both = Code { service_name: Some("first".to_owned()), ..name_in_attributes.clone() };
        for (code, variables, expected) in [
            (&Code::default(), &VARIABLES[..1], "third"),
            (&Code::default(), VARIABLES, "second"),
            (&name_in_attributes, VARIABLES, "coded"),
            (&both, VARIABLES, "first"),
        ] {
            let (attributes, described) = describe_with(code, variables);
            assert_eq!(attributes["service.name"], expected);
            assert_eq!(attributes["service.version"], "1.2");
            assert_eq!(attributes["service.instance.id"], "me");
            assert_eq!((&*described.name, described.is_named), (expected, true));
        }
        let team =
            Code { resource_attributes: vec![KeyValue::new("team", "code")], ..Code::default() };
        assert_eq!(describe_with(&team, VARIABLES).0["team"], "code");
    }
}
