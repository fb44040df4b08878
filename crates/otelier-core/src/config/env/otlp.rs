//! The OTLP exporter of one signal, as the environment describes it.
//!
//! Each option has two variables, one for the signal and one for all signals, and the first of them
//! that holds a usable value counts. Code beats both. A vendor's address takes the place of the
//! default, and `vendor::apply` then adds the token and a protocol that the vendor takes. The proxy
//! comes last, because it depends on the final address.
//!
//! An exporter that code adds for a second backend goes through the same function with an empty
//! environment: no variable applies to it, so no token reaches the other backend.

use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::super::choices::{Choice as _, Compression, Protocol, Signal};
use super::super::code::OtlpExporter;
use super::super::endpoint::{self, Endpoint};
use super::super::model::{OtlpSettings, TlsSettings};
use super::super::setting::{Origin, Setting};
use super::super::vendor::{BackendSettings, Vendor};
use super::parse::{self, Kind};
use super::reader::Reader;
use super::{Environment, proxy, vendor};
use crate::error::InitError;

/// The variable of one signal, then that of all signals.
///
/// In the order in which they are read.
type Pair = [&'static str; 2];

/// The names of one signal's variables.
struct Variables {
    endpoint: Pair,
    protocol: Pair,
    headers: Pair,
    timeout: Pair,
    compression: Pair,
    insecure: Pair,
    certificate: Pair,
    client_key: Pair,
    client_certificate: Pair,
}

/// With one argument all variables of a signal, with two the pair of one option.
macro_rules! variables {
    ($signal:literal) => {
        Variables {
            endpoint: variables!($signal, "ENDPOINT"),
            protocol: variables!($signal, "PROTOCOL"),
            headers: variables!($signal, "HEADERS"),
            timeout: variables!($signal, "TIMEOUT"),
            compression: variables!($signal, "COMPRESSION"),
            insecure: variables!($signal, "INSECURE"),
            certificate: variables!($signal, "CERTIFICATE"),
            client_key: variables!($signal, "CLIENT_KEY"),
            client_certificate: variables!($signal, "CLIENT_CERTIFICATE"),
        }
    };
    ($signal:literal, $name:literal) => {
        [concat!("OTEL_EXPORTER_OTLP_", $signal, "_", $name), concat!("OTEL_EXPORTER_OTLP_", $name)]
    };
}

impl Variables {
    fn of(signal: Signal) -> Self {
        match signal {
            Signal::Traces => variables!("TRACES"),
            Signal::Metrics => variables!("METRICS"),
            Signal::Logs => variables!("LOGS"),
        }
    }
}

/// Fails only for what `code` says.
///
/// `None`: the vendor's address is the only one, and cannot be used without its token.
pub(super) fn read(
    signal: Signal,
    code: &OtlpExporter,
    backend: &BackendSettings,
    reader: &mut Reader<'_>,
) -> Result<Option<OtlpSettings>, InitError> {
    let settings = read_all_but_proxy(signal, code, backend.vendor.value, reader)?;
    let Some(mut settings) = vendor::apply(signal, backend, settings, reader) else {
        return Ok(None);
    };
    settings.proxy = proxy_to(&settings, reader);
    Ok(Some(settings))
}

/// An exporter that only code describes. The way through the network is the same for all, so of the
/// environment the proxy counts.
pub(in super::super) fn in_code(
    signal: Signal,
    code: &OtlpExporter,
    reader: &mut Reader<'_>,
) -> Result<OtlpSettings, InitError> {
    let nothing = Environment::empty();
    let mut settings = read_all_but_proxy(signal, code, None, &mut Reader::new(&nothing))?;
    settings.proxy = proxy_to(&settings, reader);
    Ok(settings)
}

/// The proxy to the endpoint.
///
/// gRPC has none. The endpoint has to be final.
pub(in super::super) fn proxy_to(
    settings: &OtlpSettings,
    reader: &mut Reader<'_>,
) -> Setting<Option<ureq::Proxy>> {
    match settings.protocol.value {
        Protocol::Grpc => Setting::default(None),
        Protocol::HttpProtobuf | Protocol::HttpJson => {
            proxy::resolve(&settings.endpoint.value.url, reader)
        }
    }
}

/// The protocol comes first: what an address means depends on it. An address of code is a base for
/// all signals.
///
/// A bad value never stops the reading: the next variable or the default takes its place. The
/// timeout is ten seconds by default, retries included.
fn read_all_but_proxy(
    signal: Signal,
    code: &OtlpExporter,
    vendor: Option<&Vendor>,
    reader: &mut Reader<'_>,
) -> Result<OtlpSettings, InitError> {
    let variables = Variables::of(signal);
    let protocol = reader
        .resolve(code.protocol, &variables.protocol, &parse::choice(), || Protocol::HttpProtobuf);
    let insecure = reader.read(&variables.insecure, &parse::BOOL, || false).value;
    let endpoint = match &code.endpoint {
        Some(base) => Setting::code(code_endpoint(base, signal, protocol.value, insecure)?),
        None => {
            let preset = vendor.and_then(|vendor| {
                let value = vendor.endpoint(signal, protocol.value)?;
                Some(Setting { value, origin: Origin::Preset(vendor.preset) })
            });
            let default = preset
                .unwrap_or_else(|| Setting::default(Endpoint::default_for(signal, protocol.value)));
            read_endpoint(signal, &variables.endpoint, protocol.value, insecure, default, reader)
        }
    };
    let headers = match &code.headers {
        Some(pairs) => Setting::code(code_headers(pairs)?),
        None => read_headers(&variables.headers, reader),
    };
    Ok(OtlpSettings {
        timeout: reader
            .resolve(code.timeout, &variables.timeout, &parse::MILLIS, || Duration::from_secs(10)),
        compression: reader.resolve(
            code.compression.map(Some),
            &variables.compression,
            &COMPRESSION,
            || None,
        ),
        max_request_size: Setting::default(OtlpSettings::MAX_REQUEST_SIZE),
        max_response_size: Setting::default(OtlpSettings::MAX_RESPONSE_SIZE),
        tls: read_tls(&variables, reader),
        proxy: Setting::default(None),
        protocol,
        endpoint,
        headers,
    })
}

/// The address and the headers that `code` has, in place of those of `settings`.
///
/// For a configuration file: there the other options of code were applied before.
pub(in super::super) fn in_code_over(
    settings: &mut OtlpSettings,
    signal: Signal,
    code: &OtlpExporter,
) -> Result<(), InitError> {
    if let Some(base) = &code.endpoint {
        let endpoint = code_endpoint(base, signal, settings.protocol.value, false)?;
        settings.endpoint = Setting::code(endpoint);
    }
    if let Some(pairs) = &code.headers {
        settings.headers = Setting::code(code_headers(pairs)?);
    }
    Ok(())
}

/// An address that cannot be used is an error, since it was written in code.
///
/// The error names what an address has to look like, and not the address.
fn code_endpoint(
    base: &str,
    signal: Signal,
    protocol: Protocol,
    insecure: bool,
) -> Result<Endpoint, InitError> {
    Endpoint::under(base, signal, protocol, insecure)
        .ok_or_else(|| InitError::invalid("endpoint", endpoint::EXPECTED))
}

/// `none` is a value of its own, with which a signal turns off the compression of all signals.
const COMPRESSION: Kind<Option<Compression>> = Kind {
    expected: Compression::EXPECTED,
    parse: |text| match text {
        _ if text.eq_ignore_ascii_case("none") => Some(None),
        _ => Compression::from_name(text).map(Some),
    },
    show: |value| value.map_or("none", Compression::name).to_owned(),
};

/// The address of the signal is used as it is, that of all signals as a base. A bad one is skipped,
/// and the warning comes when it is known what takes its place.
fn read_endpoint(
    signal: Signal,
    [own, base]: &Pair,
    protocol: Protocol,
    insecure: bool,
    default: Setting<Endpoint>,
    reader: &mut Reader<'_>,
) -> Setting<Endpoint> {
    let mut bad = Vec::new();
    let mut find = |variable: &'static str, parse: &dyn Fn(&str) -> Option<Endpoint>| {
        let parsed = parse(&reader.text(variable)?);
        if parsed.is_none() {
            bad.push(variable);
        }
        parsed.map(|endpoint| Setting::environment(endpoint, variable))
    };
    let setting = find(own, &|text| Endpoint::exactly(text, protocol, insecure))
        .or_else(|| find(base, &|text| Endpoint::under(text, signal, protocol, insecure)))
        .unwrap_or(default);
    for variable in bad {
        // An endpoint can hold a secret in its path or query, so another variable is named and not
        // shown.
        match setting.origin {
            Origin::Environment(used) => {
                reader.warn(
                    variable,
                    format_args!("expected {}; using that of {used}", endpoint::EXPECTED),
                );
            }
            Origin::Code | Origin::File(_) | Origin::Preset(_) | Origin::Default => {
                let used = &setting.value.url;
                reader
                    .warn(variable, format_args!("expected {}; using {used}", endpoint::EXPECTED));
            }
        }
    }
    setting
}

/// The first variable that is set counts; the two lists are not merged. An item that is no header
/// is left out with a warning.
fn read_headers(variables: &Pair, reader: &mut Reader<'_>) -> Setting<HeaderMap> {
    for &variable in variables {
        let Some(text) = reader.text(variable) else { continue };
        let mut headers = HeaderMap::new();
        for pair in parse::raw_pairs(&text) {
            if pair.and_then(|(name, value)| add_header(&mut headers, &name, &value)).is_none() {
                let problem = "expected a list of name=value, percent-encoded, of headers that say \
                               nothing about the body; \
                               using only such items";
                reader.warn(variable, problem);
            }
        }
        return Setting::environment(headers, variable);
    }
    Setting::default(HeaderMap::new())
}

/// A header that cannot be used is an error, since it was written in code.
fn code_headers(pairs: &[(String, String)]) -> Result<HeaderMap, InitError> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        add_header(&mut headers, name, value).ok_or_else(|| {
            InitError::invalid(
                "header",
                "a name and a value that HTTP allows, and none about the body",
            )
        })?;
    }
    Ok(headers)
}

/// Servers take about a hundred, those of HTTP itself included, and the map panics when it is
/// overfull.
const MAX_HEADERS: usize = 64;

/// What only the exporter knows: a request that says otherwise is refused, and its telemetry lost.
const OF_THE_BODY: [HeaderName; 4] =
    [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING];

/// A header of the same name is replaced. The value is marked sensitive. `None`, with nothing
/// added, if the name is one of `OF_THE_BODY`, if HTTP does not allow the name or the value, or if
/// there are too many headers.
pub(in super::super) fn add_header(headers: &mut HeaderMap, name: &str, value: &str) -> Option<()> {
    let name =
        HeaderName::from_bytes(name.as_bytes()).ok().filter(|name| !OF_THE_BODY.contains(name))?;
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    (headers.len() < MAX_HEADERS).then(|| {
        headers.insert(name, value);
    })
}

/// The client's certificate and key are used only together. The origin is that of the authorities
/// if there are any, else that of the client's certificate.
fn read_tls(variables: &Variables, reader: &mut Reader<'_>) -> Setting<TlsSettings> {
    let authorities =
        read_file(&variables.certificate, "using the built-in certificate authorities", reader);
    let without = "using no client certificate";
    let certificate = read_file(&variables.client_certificate, without, reader);
    let key = read_file(&variables.client_key, without, reader);
    let identity = match (certificate, key) {
        (Some((certificate, variable)), Some((key, _))) => Some(((certificate, key), variable)),
        (Some((_, variable)), None) => needs(&variables.client_key, variable, reader),
        (None, Some((_, variable))) => needs(&variables.client_certificate, variable, reader),
        (None, None) => None,
    };
    let origin = match (&authorities, &identity) {
        (Some((_, variable)), _) | (None, Some((_, variable))) => Origin::Environment(variable),
        (None, None) => Origin::Default,
    };
    let authorities = authorities.map(|(pem, _)| pem);
    let identity = identity.map(|(identity, _)| identity);
    Setting { value: TlsSettings { authorities, identity }, origin }
}

/// What is used of a client's certificate or key whose other half cannot be had: nothing. A warning
/// says so about `variable`, unless `other` names a file, about which there is one already.
fn needs<T>(other: &Pair, variable: &'static str, reader: &mut Reader<'_>) -> Option<T> {
    if other.iter().all(|other| reader.text(other).is_none()) {
        let problem = "a client certificate and a client key are needed together; using neither";
        reader.warn(variable, problem);
    }
    None
}

/// The content of the first file that is named, with its variable. A file that cannot be used is a
/// warning, which ends with `instead`; the second variable is not tried then.
///
/// The file is read once, when telemetry is set up. A certificate that is renewed later needs a
/// restart of the process.
fn read_file(
    variables: &Pair,
    instead: &str,
    reader: &mut Reader<'_>,
) -> Option<(Vec<u8>, &'static str)> {
    let (path, variable) =
        variables.iter().find_map(|&variable| Some((reader.text(variable)?, variable)))?;
    match std::fs::read(path) {
        Ok(pem) if is_pem(&pem) => {
            return Some((pem, variable));
        }
        Ok(_) => {
            reader.warn(variable, format_args!("the file holds nothing in PEM form; {instead}"));
        }
        Err(error) => {
            reader.warn(variable, format_args!("the file cannot be read ({error}); {instead}"));
        }
    }
    None
}

/// Whether a file holds anything in PEM form.
///
/// It looks for the first marker only. TLS finds out whether the rest is right.
pub(in super::super) fn is_pem(content: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN ";
    content.windows(BEGIN.len()).any(|window| window == BEGIN)
}

#[cfg(test)]
mod tests;
