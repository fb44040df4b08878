//! Who an integration is: its name in the settings and its instrumentation scope.

use std::borrow::Cow;

use opentelemetry::InstrumentationScope;

use crate::semconv::SCHEMA_URL;

/// An integration: its name in the [settings](crate::settings), and the scope of its telemetry.
///
/// [`integration!`](crate::integration!) makes one. A plain [`InstrumentationScope`], as
/// [`scope!`](crate::scope!) makes it, is an integration that is called like its crate.
///
/// ```
/// use otelier_instrument::kit::Integration;
/// use otelier_instrument::{integration, scope};
///
/// let named = integration!("my-database");
/// assert_eq!(named.scope(), &scope!());
/// assert_eq!(Integration::from(scope!()).name(), env!("CARGO_PKG_NAME"));
/// ```
#[derive(Clone, Debug)]
pub struct Integration {
    pub(super) name: Cow<'static, str>,
    pub(super) scope: InstrumentationScope,
}

impl Integration {
    /// The integration that settings call `name`, with `scope` as the scope of its telemetry.
    ///
    /// ```
    /// use otelier_instrument::kit::Integration;
    /// use otelier_instrument::scope;
    ///
    /// let integration = Integration::new("my-database", scope!());
    /// assert_eq!(integration.name(), "my-database");
    /// ```
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, scope: InstrumentationScope) -> Self {
        Self { name: name.into(), scope }
    }

    /// Its name in the settings.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scope of its telemetry.
    #[must_use]
    pub fn scope(&self) -> &InstrumentationScope {
        &self.scope
    }
}

/// The instrumentation scope of the calling crate: its name, its version and the schema URL of the
/// conventions followed here.
///
/// ```
/// let scope = otelier_instrument::scope!();
/// assert_eq!(scope.schema_url(), Some(otelier_instrument::semconv::SCHEMA_URL));
/// ```
///
/// Source: <https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/>.
#[macro_export]
macro_rules! scope {
    () => {
        $crate::kit::scope_of(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    };
}

/// The integration that settings call `$name`, in the [scope](crate::scope!) of the calling crate.
///
/// ```
/// use otelier_instrument::integration;
///
/// assert_eq!(integration!("my-database").name(), "my-database");
/// ```
#[macro_export]
macro_rules! integration {
    ($name:expr) => {
        $crate::kit::Integration::new($name, $crate::scope!())
    };
}

/// The scope called `name`, with the schema URL of the conventions followed here.
/// [`scope!`](crate::scope!) calls it.
#[must_use]
pub fn scope_of(name: &'static str, version: &'static str) -> InstrumentationScope {
    InstrumentationScope::builder(name).with_version(version).with_schema_url(SCHEMA_URL).build()
}

impl From<InstrumentationScope> for Integration {
    fn from(scope: InstrumentationScope) -> Self {
        Self { name: scope.name().to_owned().into(), scope }
    }
}
