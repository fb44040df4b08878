//! The host.
//!
//! The name is the one that the kernel has, and in second place what the environment says, because
//! not every system has the file. The id is that of systemd or D-Bus; in a container these files
//! come from the image, and every container of one image would have the same id. On EC2 the
//! detector `ec2` replaces id and name.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/host/>.

use opentelemetry::KeyValue;
use otelier_instrument::semconv::resource as key;

use super::container;
use super::sources::Sources;
use crate::config::env;

/// `host.name`, `host.arch`, and `host.id` unless the program is in a container, where the file has
/// the number of the image.
///
/// The architecture is that for which the program was built.
pub(super) fn detect(sources: &Sources) -> Vec<KeyValue> {
    let files = &sources.files;
    let name = files.first_line("/proc/sys/kernel/hostname");
    let name = name.or_else(|| sources.platform.host_name.clone());
    let id = || {
        let id = files.first_line("/etc/machine-id");
        id.or_else(|| files.first_line("/var/lib/dbus/machine-id"))
    };
    let id = if container::is_inside(sources) { None } else { id() };
    let mut attributes = vec![KeyValue::new(key::HOST_ARCH, arch(env::ARCH))];
    attributes.extend(name.map(|name| KeyValue::new(key::HOST_NAME, name)));
    attributes.extend(id.map(|id| KeyValue::new(key::HOST_ID, id)));
    attributes
}

/// The conventions' name of an architecture that Rust knows. Those for which the conventions have
/// no name of their own keep that of Rust.
fn arch(rust: &'static str) -> &'static str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{System, assert_pairs};
    use super::*;
    use crate::config::Platform;

    #[test]
    fn a_host_has_its_machine_id() {
        let arch = arch(env::ARCH);
        let named = Platform { host_name: Some("variable".to_owned()), ..Platform::default() };
        for (files, expected) in [
            (
                &[("/proc/sys/kernel/hostname", "box\n"), ("/etc/machine-id", "5eed\n")][..],
                &[("host.arch", arch), ("host.id", "5eed"), ("host.name", "box")][..],
            ),
            (
                &[("/var/lib/dbus/machine-id", "bus\n"), ("/etc/machine-id", "\n")],
                &[("host.arch", arch), ("host.id", "bus"), ("host.name", "variable")],
            ),
            (
                &[("/etc/machine-id", "5eed\n"), ("/.dockerenv", "")],
                &[("host.arch", arch), ("host.name", "variable")],
            ),
        ] {
            assert_pairs(&detect(&System::with(files).sources(named.clone())), expected);
        }
    }

    #[test]
    fn architectures_have_the_names_of_the_conventions() {
        for (rust, expected) in
            [("x86_64", "amd64"), ("aarch64", "arm64"), ("x86", "x86"), ("s390x", "s390x")]
        {
            assert_eq!(arch(rust), expected);
        }
    }
}
