//! The function of AWS Lambda, as its environment describes it.
//!
//! Lambda describes the function in variables, which `config` has read, so nothing is asked and
//! nothing can fail. The instance of the function is its stream of logs, as the conventions have
//! it.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/faas/>.

use opentelemetry::{Array, KeyValue, Value};
use otelier_instrument::semconv::resource as key;

use super::sources::Sources;

/// The attributes of the function; nothing outside of Lambda. Variables that are not set are left
/// out. Memory is given in bytes.
pub(super) fn detect(sources: &Sources) -> Vec<KeyValue> {
    let Some(function) = &sources.platform.lambda else { return Vec::new() };
    let mut attributes = vec![
        KeyValue::new(key::CLOUD_PROVIDER, "aws"),
        KeyValue::new(key::CLOUD_PLATFORM, "aws_lambda"),
        KeyValue::new(key::FAAS_NAME, function.name.clone()),
    ];
    for (key, value) in [
        (key::CLOUD_REGION, &sources.platform.region),
        (key::FAAS_VERSION, &function.version),
        (key::FAAS_INSTANCE, &function.log_stream),
    ] {
        attributes.extend(value.clone().map(|value| KeyValue::new(key, value)));
    }
    // The variable has mebibytes.
    let memory = function.memory.and_then(|size| size.checked_mul(1024 * 1024));
    attributes.extend(memory.map(|bytes| KeyValue::new(key::FAAS_MAX_MEMORY, bytes)));
    let group = function.log_group.clone();
    attributes.extend(group.map(|group| {
        let names = Value::Array(Array::String(vec![group.into()]));
        KeyValue::new(key::AWS_LOG_GROUP_NAMES, names)
    }));
    attributes
}

#[cfg(test)]
mod tests {
    use super::super::testing::{System, assert_pairs};
    use super::*;
    use crate::config::{Lambda, Platform};

    #[test]
    fn a_function_is_described_by_its_variables() {
        let function = Lambda {
            name: "resize".to_owned(),
            version: Some("$LATEST".to_owned()),
            memory: Some(128),
            log_group: Some("/aws/lambda/resize".to_owned()),
            log_stream: Some("2026/11/28/[1]a".to_owned()),
        };
        let region = Some("eu-west-1".to_owned());
        let all = Platform { lambda: Some(function), region, ..Platform::default() };
        let system = System::with(&[]);
        assert_pairs(
            &detect(&system.sources(all)),
            &[
                ("aws.log.group.names", "[\"/aws/lambda/resize\"]"),
                ("cloud.platform", "aws_lambda"),
                ("cloud.provider", "aws"),
                ("cloud.region", "eu-west-1"),
                ("faas.instance", "2026/11/28/[1]a"),
                ("faas.max_memory", "134217728"),
                ("faas.name", "resize"),
                ("faas.version", "$LATEST"),
            ],
        );
        let name = "resize".to_owned();
        let named = Lambda { name, memory: Some(i64::MAX), ..Lambda::default() };
        let named = Platform { lambda: Some(named), ..Platform::default() };
        assert_pairs(
            &detect(&system.sources(named)),
            &[("cloud.platform", "aws_lambda"), ("cloud.provider", "aws"), ("faas.name", "resize")],
        );
        assert_pairs(&detect(&system.sources(Platform::default())), &[]);
    }
}
