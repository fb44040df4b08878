//! Who the telemetry of a hook comes from: the same integration as that of the wrapper or layer.

use otelier_instrument::kit::Integration;
use otelier_instrument::scope_of;

/// The integration that settings call `name`, in the scope of the `package` whose recorder the hook
/// drives. All packages of Otelier have one version.
pub(crate) fn integration(name: &'static str, package: &'static str) -> Integration {
    Integration::new(name, scope_of(package, env!("CARGO_PKG_VERSION")))
}
