//! The requests that are not recorded, as the environment lists them.

use regex::Regex;

use super::super::model::EndpointFilterSettings;
use super::super::setting::Setting;
use super::reader::Reader;

pub(super) fn read(reader: &mut Reader<'_>) -> EndpointFilterSettings {
    EndpointFilterSettings {
        general: list(
            ["OTELIER_FILTER_HTTP_ENDPOINTS_REGEX", "LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX"],
            reader,
        ),
        server: list(
            [
                "OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_SERVER",
                "LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX_SERVER",
            ],
            reader,
        ),
        client: list(
            [
                "OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT",
                "LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT",
            ],
            reader,
        ),
    }
}

/// The first of `variables` that is a JSON array of strings, without those that are no regular
/// expressions or are empty.
fn list(variables: [&'static str; 2], reader: &mut Reader<'_>) -> Setting<Vec<String>> {
    for variable in variables {
        let Some(text) = reader.text(variable) else { continue };
        let Ok(mut list) = serde_json::from_str::<Vec<String>>(&text) else {
            reader.warn(
                variable,
                "expected a JSON array of regular expressions; using nothing of it",
            );
            continue;
        };
        let given = list.len();
        list.retain(|text| Regex::new(text).is_ok());
        if list.len() < given {
            reader.warn(
                variable,
                "expected a JSON array of regular expressions; using only the items that are",
            );
        }
        list.retain(|text| !text.is_empty());
        return Setting::environment(list, variable);
    }
    Setting::default(Vec::new())
}
