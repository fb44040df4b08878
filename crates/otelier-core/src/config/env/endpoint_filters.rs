//! The requests that are not recorded, as the environment lists them.
//!
//! The variables hold JSON, because a regular expression may contain any character that could
//! separate a list. Each of the three lists is read by itself, and its `OTELIER_` variable comes
//! before Lumigo's. The expressions stay text here; the pipeline compiles them again when it builds
//! the filter.

use regex::Regex;

use super::super::model::EndpointFilterSettings;
use super::super::setting::Setting;
use super::reader::Reader;

/// One list for both sides, one for servers and one for clients.
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
///
/// A variable that is no such array is skipped with a warning, and the next one is tried. Empty
/// text would match every request and is left out without a warning.
///
/// An expression that cannot be compiled is left out with a warning, and the others count.
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
