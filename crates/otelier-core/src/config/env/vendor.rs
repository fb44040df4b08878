//! The vendor that the environment names or implies, and what that changes about an exporter.
//!
//! A vendor is in force if `OTELIER_BACKEND` names it, or if its token is the only one that is set.
//! Two tokens without a name choose nothing, because a guess could send telemetry to the wrong
//! company.
//!
//! `apply` changes the exporter of a signal after its own variables were read. The rule for the
//! address: that of code first, then the vendor's own variable, then the variables of OTLP, then
//! the vendor's preset. The rule for the token is in `vendor.rs`, one level up. A header of the
//! same name that the user set stays as it is.

use std::time::Duration;

use http::HeaderName;
use opentelemetry::KeyValue;

use super::super::choices::{Choice as _, Signal};
use super::super::endpoint::{self, Endpoint};
use super::super::model::OtlpSettings;
use super::super::setting::{Origin, Setting};
use super::super::vendor::{self, BackendSettings, DependencyReportSettings, Vendor};
use super::parse::Kind;
use super::reader::Reader;
use super::signals::switch;

/// The variable that names a vendor, or `otlp` for none.
const BACKEND: &str = "OTELIER_BACKEND";

/// The vendor that `OTELIER_BACKEND` names, else the one whose token is there.
///
/// A token that HTTP does not allow in a header is as good as none, with a warning. A token of
/// another vendor than the one in force is not used.
pub(super) fn read(reader: &mut Reader<'_>) -> BackendSettings {
    let tokens: Vec<(&'static Vendor, String)> = vendor::ALL
        .into_iter()
        .filter_map(|vendor| Some((vendor, reader.text(vendor.token)?)))
        .collect();
    let named = named(reader);
    let vendor = match named {
        Some(vendor) => Setting::environment(vendor, BACKEND),
        None => implied(&tokens, reader),
    };
    let token = vendor.value.and_then(|vendor| {
        let (_, token) = tokens.iter().find(|(of, _)| *of == vendor)?;
        let value = vendor.header_value(token);
        if value.is_none() {
            reader.warn(vendor.token, "expected a token that HTTP allows; using none");
        }
        Some(Setting::environment(Some(value?), vendor.token))
    });
    if named.is_none() && tokens.is_empty() {
        warn_about_endpoints(reader);
    }
    BackendSettings {
        vendor,
        token: token.unwrap_or(Setting::default(None)),
        is_named: named.is_some(),
        dependencies: dependencies(reader),
    }
}

/// `None`: not named, or with a name that is not known. `Some(None)`: named `otlp`, so that a token
/// implies nothing.
fn named(reader: &mut Reader<'_>) -> Option<Option<&'static Vendor>> {
    let text = reader.text(BACKEND)?;
    let vendor = vendor::ALL.into_iter().find(|vendor| vendor.name.eq_ignore_ascii_case(&text));
    if vendor.is_none() && !text.eq_ignore_ascii_case("otlp") {
        let names: Vec<&str> = vendor::ALL.iter().map(|vendor| vendor.name).collect();
        let names = names.join(", ");
        reader.warn(BACKEND, format_args!("expected {names} or otlp; using what a token implies"));
        return None;
    }
    Some(vendor)
}

/// The origin is the variable of the token. Several tokens are a warning.
fn implied(
    tokens: &[(&'static Vendor, String)],
    reader: &mut Reader<'_>,
) -> Setting<Option<&'static Vendor>> {
    match tokens {
        [] => Setting::default(None),
        [(vendor, _)] => Setting::environment(Some(*vendor), vendor.token),
        several => {
            let (variables, names): (Vec<&str>, Vec<&str>) =
                several.iter().map(|(vendor, _)| (vendor.token, vendor.name)).unzip();
            let (variables, names) = (variables.join(" and "), names.join(" or "));
            reader.say(
                BACKEND,
                format_args!(
                    "{variables} are set; using no vendor, set {BACKEND} to {names} to choose one"
                ),
            );
            Setting::default(None)
        }
    }
}

/// An address of a vendor is nothing without its token.
///
/// Called only if no token is set and `OTELIER_BACKEND` names nothing.
fn warn_about_endpoints(reader: &mut Reader<'_>) {
    for vendor in vendor::ALL {
        for &(_, variable) in vendor.endpoints {
            if reader.text(variable).is_some() {
                warn_without_token(vendor, reader);
            }
        }
    }
}

/// Once for all signals, since the reader warns once about a variable.
fn warn_without_token(vendor: &Vendor, reader: &mut Reader<'_>) {
    let problem = format_args!("not set; nothing is exported to {vendor}");
    reader.warn(vendor.token, problem);
}

/// The timeout is in seconds, with a fraction, above zero and at most an hour.
fn dependencies(reader: &mut Reader<'_>) -> DependencyReportSettings {
    const SECONDS: Kind<Duration> = Kind {
        expected: "a number of seconds above zero",
        parse: |text| {
            let seconds = text.parse().ok().filter(|seconds: &f64| *seconds <= 3600.0)?;
            Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero())
        },
        show: |value| value.as_secs_f64().to_string(),
    };
    DependencyReportSettings {
        enabled: switch(&["OTELIER_REPORT_DEPENDENCIES", "LUMIGO_REPORT_DEPENDENCIES"], reader),
        timeout: reader.read(&["LUMIGO_CONNECTION_TIMEOUT"], &SECONDS, || Duration::from_secs(3)),
    }
}

/// The attributes of the resource that a vendor wants, which every other source beats.
pub(super) fn preset_attributes(backend: &BackendSettings) -> Vec<Setting<KeyValue>> {
    let Some(vendor) = backend.vendor.value else { return Vec::new() };
    let origin = Origin::Preset(vendor.preset);
    (vendor.attributes)().into_iter().map(|value| Setting { value, origin }).collect()
}

/// The attributes of the resource that variables of vendors set, whatever the backend is.
///
/// With no vendor too: `LS_SERVICE_NAME` names a service that sends its telemetry to a collector.
pub(super) fn attributes(reader: &mut Reader<'_>) -> Vec<Setting<KeyValue>> {
    let variables = vendor::ALL.iter().flat_map(|vendor| vendor.variables);
    variables
        .filter_map(|&(variable, key)| {
            let value = KeyValue::new(key, reader.text(variable)?);
            Some(Setting::environment(value, variable))
        })
        .collect()
}

/// What the vendor changes about the exporter of `signal`, whose address is the vendor's if no
/// other was set. `None`: there is no exporter, since that address cannot be used.
///
/// A token goes along in three cases: the address is the vendor's preset, it comes from the
/// vendor's own variable, or the vendor is named and an address was set. If a header has the
/// default origin, its origin becomes the variable of the token.
pub(super) fn apply(
    signal: Signal,
    backend: &BackendSettings,
    mut otlp: OtlpSettings,
    reader: &mut Reader<'_>,
) -> Option<OtlpSettings> {
    let Some(vendor) = backend.vendor.value else { return Some(otlp) };
    let own = vendor.endpoint_variable(signal).filter(|_| otlp.endpoint.origin != Origin::Code);
    let own = own.and_then(|variable| own_endpoint(variable, vendor, &otlp, reader));
    let is_own = own.is_some();
    if let Some(endpoint) = own {
        otlp.endpoint = endpoint;
    }
    let is_preset = otlp.endpoint.origin == Origin::Preset(vendor.preset);
    if is_preset || is_own {
        if backend.token.value.is_none() {
            warn_without_token(vendor, reader);
            return None;
        }
        set_protocol(vendor, &mut otlp, reader);
    }
    if is_preset {
        // The path depends on the protocol.
        otlp.endpoint.value = vendor.endpoint(signal, otlp.protocol.value)?;
    }
    // The address of somebody else may be given the token by who names the vendor.
    let is_set = otlp.endpoint.origin != Origin::Default;
    if let Some(token) = &backend.token.value
        && (is_preset || is_own || (backend.is_named && is_set))
    {
        let header = HeaderName::from_static(vendor.header.0);
        otlp.headers.value.entry(header).or_insert_with(|| token.clone());
        if otlp.headers.origin == Origin::Default {
            otlp.headers.origin = Origin::Environment(vendor.token);
        }
    }
    Some(otlp)
}

/// The address of the vendor's own variable. `None`, with a warning, if it cannot be used; then the
/// address that there is stays.
fn own_endpoint(
    variable: &'static str,
    vendor: &Vendor,
    otlp: &OtlpSettings,
    reader: &mut Reader<'_>,
) -> Option<Setting<Endpoint>> {
    let text = reader.text(variable)?;
    let endpoint = Endpoint::exactly(&text, vendor.protocols[0], false);
    if endpoint.is_none() {
        // An address may hold a secret, so another variable is named and not shown.
        let used = match otlp.endpoint.origin {
            Origin::Environment(used) => format!("that of {used}"),
            _ => otlp.endpoint.value.shown().to_owned(),
        };
        reader.warn(variable, format_args!("expected {}; using {used}", endpoint::EXPECTED));
    }
    Some(Setting::environment(endpoint?, variable))
}

/// A protocol that the vendor takes.
///
/// A default becomes the vendor's first protocol, and so does one of a variable that the vendor
/// does not take, with a warning. What code sets stays.
fn set_protocol(vendor: &Vendor, otlp: &mut OtlpSettings, reader: &mut Reader<'_>) {
    let [first, ..] = vendor.protocols else { return };
    match otlp.protocol.origin {
        Origin::Default => {
            otlp.protocol = Setting { value: *first, origin: Origin::Preset(vendor.preset) };
        }
        Origin::Environment(variable) if !vendor.protocols.contains(&otlp.protocol.value) => {
            let used = first.name();
            reader.warn(variable, format_args!("{vendor} takes {used}; using that"));
            otlp.protocol = Setting { value: *first, origin: Origin::Preset(vendor.preset) };
        }
        _ => {}
    }
}
