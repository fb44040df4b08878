//! The keys whose values are masked, as the environment lists them.
//!
//! There is a general list, and for each context one that replaces it there. The context's name in
//! this table is also its name in a configuration file, under `distribution.otelier.masking`, and
//! in a list of settings. The three variables of the general list include `LUMIGO_BLACKLIST_REGEX`,
//! an older name of Lumigo's.
//!
//! A list with one bad expression is not used in part: fewer keys would be masked than the user
//! wants.

use otelier_instrument::masking::{MaskingContext, SensitiveKeys};

use super::super::instrumentation::MaskedKeys;
use super::parse::Kind;
use super::reader::Reader;

/// Completes "expected …" in a warning.
const EXPECTED: &str = "a JSON array of regular expressions, or all";

/// Each context with its variables, the one that counts first.
///
/// Otelier's variable of a context comes before Lumigo's. The order is also that of the list of
/// settings.
const CONTEXTS: [(MaskingContext, &str, [&str; 2]); 6] = [
    (
        MaskingContext::HttpRequestBodies,
        "http_request_bodies",
        [
            "OTELIER_SECRET_MASKING_REGEX_HTTP_REQUEST_BODIES",
            "LUMIGO_SECRET_MASKING_REGEX_HTTP_REQUEST_BODIES",
        ],
    ),
    (
        MaskingContext::HttpRequestHeaders,
        "http_request_headers",
        [
            "OTELIER_SECRET_MASKING_REGEX_HTTP_REQUEST_HEADERS",
            "LUMIGO_SECRET_MASKING_REGEX_HTTP_REQUEST_HEADERS",
        ],
    ),
    (
        MaskingContext::HttpResponseBodies,
        "http_response_bodies",
        [
            "OTELIER_SECRET_MASKING_REGEX_HTTP_RESPONSE_BODIES",
            "LUMIGO_SECRET_MASKING_REGEX_HTTP_RESPONSE_BODIES",
        ],
    ),
    (
        MaskingContext::HttpResponseHeaders,
        "http_response_headers",
        [
            "OTELIER_SECRET_MASKING_REGEX_HTTP_RESPONSE_HEADERS",
            "LUMIGO_SECRET_MASKING_REGEX_HTTP_RESPONSE_HEADERS",
        ],
    ),
    (
        MaskingContext::HttpQueryParams,
        "http_query_params",
        [
            "OTELIER_SECRET_MASKING_REGEX_HTTP_QUERY_PARAMS",
            "LUMIGO_SECRET_MASKING_REGEX_HTTP_QUERY_PARAMS",
        ],
    ),
    (
        MaskingContext::Environment,
        "environment",
        ["OTELIER_SECRET_MASKING_REGEX_ENVIRONMENT", "LUMIGO_SECRET_MASKING_REGEX_ENVIRONMENT"],
    ),
];

/// The name of the general list.
const GENERAL_NAME: &str = "general";

/// Every context with its name, the general one first.
///
/// A configuration file uses it to know which names it may have.
pub(in super::super) fn contexts() -> impl Iterator<Item = (MaskingContext, &'static str)> {
    let own = CONTEXTS.iter().map(|(context, name, _)| (*context, *name));
    std::iter::once((MaskingContext::General, GENERAL_NAME)).chain(own)
}

/// The general keys, then those of each context that has keys of its own. A list that cannot be
/// read masks as if it were not there, never less.
///
/// A context without a list of its own is not in the result: the general keys count there.
pub(in super::super) fn read(reader: &mut Reader<'_>) -> Vec<MaskedKeys> {
    const GENERAL: Kind<SensitiveKeys> = Kind {
        expected: EXPECTED,
        parse: |text| SensitiveKeys::parse(text).ok(),
        show: |_| "the default keys".to_owned(),
    };
    const OWN: Kind<Option<SensitiveKeys>> = Kind {
        expected: EXPECTED,
        parse: |text| SensitiveKeys::parse(text).ok().map(Some),
        show: |_| "the general keys".to_owned(),
    };
    let general = reader.read(
        &["OTELIER_SECRET_MASKING_REGEX", "LUMIGO_SECRET_MASKING_REGEX", "LUMIGO_BLACKLIST_REGEX"],
        &GENERAL,
        SensitiveKeys::default,
    );
    let mut all =
        vec![MaskedKeys { context: MaskingContext::General, name: GENERAL_NAME, keys: general }];
    for (context, name, variables) in CONTEXTS {
        let own = reader.read(&variables, &OWN, || None);
        if let Some(keys) = own.value.clone() {
            all.push(MaskedKeys { context, name, keys: own.map(|_| keys) });
        }
    }
    all
}
