//! The pod of Kubernetes.
//!
//! The API of Kubernetes is not asked: a pod seldom has the rights, and files are enough. The
//! kubelet writes the file of hosts in each pod, which is the sign that this is one. The uid is in
//! the paths of what the kubelet mounts, and in those of control groups where these are not hidden.
//!
//! The name of the pod and of what it belongs to cannot be had this way. They can be given in
//! `OTEL_RESOURCE_ATTRIBUTES`.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/k8s/>.

use opentelemetry::KeyValue;
use otelier_instrument::semconv::resource as key;

use super::files::Files;
use super::sources::Sources;

/// How the file of hosts begins in each pod.
const SIGN: &str = "# Kubernetes-managed hosts file";
/// The namespace, as it is mounted with the account of the pod.
///
/// It is missing where the account is not mounted.
const NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
/// The characters of a UUID. Hyphens among them.
const UUID: usize = 36;

/// `k8s.pod.uid` and `k8s.namespace.name`; nothing outside of a pod. Each is left out if it is not
/// found.
pub(super) fn detect(sources: &Sources) -> Vec<KeyValue> {
    let files = &sources.files;
    if !is_pod(files) {
        return Vec::new();
    }
    let uid = files.read("/proc/self/mountinfo").and_then(|mounts| of_mounts(&mounts));
    let uid = uid.or_else(|| of_groups(&files.read("/proc/self/cgroup")?));
    [(key::K8S_POD_UID, uid), (key::K8S_NAMESPACE_NAME, files.first_line(NAMESPACE))]
        .into_iter()
        .filter_map(|(key, value)| Some(KeyValue::new(key, value?)))
        .collect()
}

/// Whether the program is in a pod. By the first line of `/etc/hosts`.
pub(super) fn is_pod(files: &Files) -> bool {
    files.first_line("/etc/hosts").is_some_and(|line| line.starts_with(SIGN))
}

/// What follows `/pods/` in a mount. The first such text that is a UUID.
fn of_mounts(mounts: &str) -> Option<String> {
    const FOLDER: &str = "/pods/";
    let after = |(at, _): (usize, &str)| mounts.get(at + FOLDER.len()..at + FOLDER.len() + UUID);
    mounts.match_indices(FOLDER).filter_map(after).find_map(uuid)
}

/// The segment before the container's, in the first line that is long enough to have one: `<uid>`,
/// `pod<uid>`, or `kubepods-…-pod<uid>.slice` with `_` in place of `-`. `None` if it holds no UUID;
/// other lines are not tried then.
fn of_groups(groups: &str) -> Option<String> {
    let line = groups.lines().find(|line| line.chars().count() > 64)?;
    let segment = line.rsplit('/').nth(1)?;
    let of_slice = segment.strip_suffix(".slice").and_then(|name| name.rsplit_once("-pod"));
    match of_slice {
        Some((_, uid)) => uuid(&uid.replace('_', "-")),
        None => uuid(segment.strip_prefix("pod").unwrap_or(segment)),
    }
}

/// The text, if it is a UUID in its form with hyphens.
fn uuid(text: &str) -> Option<String> {
    (text.len() == UUID && uuid::Uuid::parse_str(text).is_ok()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{System, assert_pairs};
    use super::*;
    use crate::config::Platform;

    const UID: &str = "6a1f0e6c-8f5b-4a51-9c1e-0d8a2f3b4c5d";
    const HOSTS: (&str, &str) = ("/etc/hosts", "# Kubernetes-managed hosts file.\n127.0.0.1 a\n");

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: Option<&str>) {
        let detected = detect(&System::with(files).sources(Platform::default()));
        let expected: Vec<_> = expected.map(|uid| ("k8s.pod.uid", uid)).into_iter().collect();
        assert_pairs(&detected, &expected);
    }

    #[test]
    fn mounts_come_before_groups() {
        let mounts = format!(
            "1 2 0:1 /var/lib/pods/no /x rw\n\
             3 4 0:1 /var/lib/kubelet/pods/{UID}/etc-hosts /etc/hosts rw"
        );
        let other = UID.replace('6', "7");
        let container = "a".repeat(64);
        let groups = format!("12:cpu:/kubepods/burstable/pod{other}/{container}");
        let mounted = ("/proc/self/mountinfo", &*mounts);
        let grouped = ("/proc/self/cgroup", &*groups);
        check(&[HOSTS, mounted, grouped], Some(UID));
        check(&[HOSTS, grouped], Some(&other));
        check(&[HOSTS], None);
        check(&[mounted, grouped], None);
        check(&[("/etc/hosts", "127.0.0.1 localhost\n"), mounted, grouped], None);
    }

    #[test]
    fn groups_have_one_of_three_forms() {
        let container = "a".repeat(64);
        let slice = UID.replace('-', "_");
        for (line, expected) in [
            (format!("1:cpu:/kubepods/burstable/pod{UID}/{container}"), Some(UID)),
            (format!("1:cpu:/kubepods/{UID}/{container}"), Some(UID)),
            (
                format!(
                    "0::/kubepods.slice/kubepods-besteffort-pod{slice}.slice/cri-{container}.scope"
                ),
                Some(UID),
            ),
            (format!("0::/short\n1:cpu:/kubepods/pod{UID}/{container}"), Some(UID)),
            (format!("1:cpu:/kubepods/pod{UID}0/{container}"), None),
            (format!("1:cpu:/kubepods/pod{}/{container}", UID.replace('6', "g")), None),
            (format!("1:cpu:/kubepods/{}/{container}", "0".repeat(32)), None),
            (format!("1:cpu:/{container}"), None),
        ] {
            check(&[HOSTS, ("/proc/self/cgroup", &line)], expected);
        }
    }

    #[test]
    fn the_namespace_comes_with_the_account() {
        let system = System::with(&[HOSTS, (NAMESPACE, "shop")]);
        let detected = detect(&system.sources(Platform::default()));
        assert_pairs(&detected, &[("k8s.namespace.name", "shop")]);
    }
}
