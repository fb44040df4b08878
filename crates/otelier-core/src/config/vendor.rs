//! Vendors: where each takes telemetry, and what it asks for. A vendor is a file of its own and a
//! line in [`ALL`].
//!
//! A vendor is data and not code: a table of its address, its token and its wishes. `env/vendor.rs`
//! decides which vendor is in force and changes the exporters accordingly. A token goes only to the
//! vendor's address or to that of the vendor's own variable, unless the vendor is named with
//! `OTELIER_BACKEND`; so a token that is merely set never reaches the address of another party.
//!
//! With a configuration file there is no vendor: the file describes its exporters in full.

mod lightstep;
mod lumigo;

use std::fmt;

use http::HeaderValue;
use opentelemetry::KeyValue;

use super::choices::{Protocol, Signal};
use super::endpoint::Endpoint;
use super::setting::Setting;

/// Every vendor that `OTELIER_BACKEND` can name.
pub(crate) const ALL: [&Vendor; 2] = [&lumigo::LUMIGO, &lightstep::LIGHTSTEP];

/// What a vendor asks for.
#[derive(Debug)]
pub(crate) struct Vendor {
    /// Its name in `OTELIER_BACKEND`.
    pub(crate) name: &'static str,
    /// Where a setting comes from that this preset makes.
    pub(crate) preset: &'static str,
    /// The variable that holds the token. It implies the vendor.
    pub(crate) token: &'static str,
    /// The header that carries the token, and what stands before the token in it.
    pub(crate) header: (&'static str, &'static str),
    /// The address, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it.
    pub(crate) address: &'static str,
    /// How telemetry is sent; the first one if there is a choice.
    pub(crate) protocols: &'static [Protocol],
    /// The variables that name another address for a signal, which is used as it is.
    pub(crate) endpoints: &'static [(Signal, &'static str)],
    /// The signals that it takes.
    pub(crate) signals: &'static [Signal],
    /// Whether logs are sent only if a variable says so.
    pub(crate) logs_on_request: bool,
    /// Where it takes the names and versions of dependencies.
    pub(crate) dependencies: Option<&'static str>,
    /// Whether the environment, masked, belongs to the resource.
    pub(crate) wants_environ: bool,
    /// Variables that set attributes of the resource, with the keys of those.
    pub(crate) variables: &'static [(&'static str, &'static str)],
    /// Attributes of the resource that it wants beside the usual ones.
    pub(crate) attributes: fn() -> Vec<KeyValue>,
}

impl PartialEq for Vendor {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Vendor {
    /// The address for `signal`, if it takes that.
    pub(crate) fn endpoint(&self, signal: Signal, protocol: Protocol) -> Option<Endpoint> {
        let takes = self.signals.contains(&signal);
        takes.then(|| Endpoint::under(self.address, signal, protocol, false)).flatten()
    }

    /// The variable that names another address for `signal`.
    ///
    /// `None` if this vendor has no such variable.
    pub(crate) fn endpoint_variable(&self, signal: Signal) -> Option<&'static str> {
        self.endpoints.iter().find(|(of, _)| *of == signal).map(|(_, variable)| *variable)
    }

    /// The value of the header that carries `token`.
    ///
    /// Marked sensitive. `None` if `token` has characters that no header may have.
    pub(crate) fn header_value(&self, token: &str) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("{}{token}", self.header.1)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The vendor that telemetry goes to, if it is one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BackendSettings {
    /// `None` is plain OTLP.
    pub(crate) vendor: Setting<Option<&'static Vendor>>,
    /// The value of the header, which no debug print shows.
    pub(crate) token: Setting<Option<HeaderValue>>,
    /// Whether the vendor was named, and not implied by its token.
    pub(crate) is_named: bool,
    pub(crate) dependencies: DependencyReportSettings,
}

/// Whether and how the names and versions of dependencies are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DependencyReportSettings {
    /// Off only if a variable says so; other conditions are checked when the report is made.
    pub(crate) enabled: Setting<bool>,
    /// For the whole report.
    pub(crate) timeout: Setting<std::time::Duration>,
}
