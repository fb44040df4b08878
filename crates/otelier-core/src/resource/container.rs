//! The container.
//!
//! No interface tells a program which container it runs in, so the id is read from traces that
//! runtimes leave. With version 1 of control groups, the path of the group ends in the id. With
//! version 2 a container sees only `/`; then the id is in the table of mounts: in the path of the
//! group that is mounted at `/sys/fs/cgroup`, as CRI-O and containerd have it, or in the source of
//! the files that the runtime mounts into the container, such as `/etc/hostname`.
//!
//! Only what looks like an id is taken: 64 lower-case hexadecimal digits, or the form of ECS on
//! Fargate. A path that merely has another name gives nothing, since a wrong id is worse than none.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/container/>.

use opentelemetry::KeyValue;
use otelier_instrument::semconv::resource as key;

use super::files::Files;
use super::k8s;
use super::sources::Sources;

/// The files that a runtime mounts into a container from the container's own folder.
///
/// Every container has its own, so their source names this container and no other one.
const MOUNTED: [&str; 3] = ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];
/// Where control groups are mounted.
const GROUPS: &str = "/sys/fs/cgroup";

/// `container.id`. Nothing if there is none to be found.
pub(super) fn detect(sources: &Sources) -> Vec<KeyValue> {
    id(&sources.files).map(|id| KeyValue::new(key::CONTAINER_ID, id)).into_iter().collect()
}

/// Whether the program is in a container, whether or not that has an identifier. `host` asks,
/// because files of the image describe no host.
pub(super) fn is_inside(sources: &Sources) -> bool {
    let files = &sources.files;
    sources.platform.is_ecs()
        || files.has("/.dockerenv")
        || files.has("/run/.containerenv")
        || k8s::is_pod(files)
        || id(files).is_some()
}

/// The identifier of the container: from the control group, or where its version 2 hides that, from
/// what is mounted. `None` outside of containers, and with runtimes that leave no trace.
pub(super) fn id(files: &Files) -> Option<String> {
    let groups = files.read("/proc/self/cgroup").unwrap_or_default();
    let of_group = groups.lines().find_map(|line| of_segment(line.rsplit('/').next()?));
    if let Some(id) = of_group {
        return Some(id.to_owned());
    }
    let mounts = files.read("/proc/self/mountinfo")?;
    let mounts = || mounts.lines().filter_map(mount);
    // Groups come first: with CRI-O the files are those of the pod's own container.
    let mut of_groups = mounts().filter(|(_, point)| point.starts_with(GROUPS));
    let id = of_groups.find_map(|(root, _)| of_segment(root.rsplit('/').next()?));
    let id = id.or_else(|| mounts().find_map(|(root, point)| of_file(root, point)));
    id.map(str::to_owned)
}

/// The last segment of a control group: `<id>`, `docker-<id>.scope`, `crio-<id>.scope`,
/// `…:cri-containerd:<id>`, and what ECS has, `<task>-<number>`. `None` for groups of other things,
/// such as a service of systemd.
fn of_segment(segment: &str) -> Option<&str> {
    let name = match segment.rsplit_once(':') {
        Some((_, name)) => name,
        None => segment.rsplit_once('.').map_or(segment, |(name, _)| name),
    };
    let (before, last) = name.rsplit_once('-').unwrap_or(("", name));
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    match () {
        () if is_id(last) => Some(last),
        () if before.len() == 32 && is_hex(before) && is_number => Some(name),
        () => None,
    }
}

/// A line of the table of mounts: the source within its file system, and where it is mounted; see
/// the manual page `proc_pid_mountinfo(5)`.
fn mount(line: &str) -> Option<(&str, &str)> {
    let mut fields = line.split(' ').skip(3);
    Some((fields.next()?, fields.next()?))
}

/// The id in the source of one of the files, such as `/var/lib/docker/containers/<id>/hosts`.
/// Mounts at other places are not looked at: a volume may belong to another container.
fn of_file<'m>(root: &'m str, point: &str) -> Option<&'m str> {
    if !MOUNTED.contains(&point) {
        return None;
    }
    let mut segments = root.split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment.ends_with("containers") && segments.peek().is_some_and(|next| is_id(next)) {
            return segments.next();
        }
    }
    None
}

/// Whether it is the id of a container, as Docker, containerd and others write it.
fn is_id(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

/// Whether all of it is hexadecimal, with letters in lower case. Empty texts are.
fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{System, assert_pairs};
    use super::*;
    use crate::config::Platform;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn detect_with(cgroup: &str, mountinfo: &str) -> Vec<KeyValue> {
        let files = [("/proc/self/cgroup", cgroup), ("/proc/self/mountinfo", mountinfo)];
        detect(&System::with(&files).sources(Platform::default()))
    }

    #[test]
    fn control_groups_have_the_id() {
        let task = "0123456789abcdef0123456789abcdef-0123456789";
        for (line, expected) in [
            (format!("12:cpu:/docker/{ID}"), ID),
            (format!("0::/\n1:name=systemd:/system.slice/docker-{ID}.scope"), ID),
            (format!("1:cpu:/kubepods.slice/a.slice/cri-containerd-{ID}.scope"), ID),
            (format!("1:cpu:/kubepods-besteffort-pod1.slice:cri-containerd:{ID}"), ID),
            (format!("1:cpu:/kubepods.slice/a.slice/crio-{ID}.scope"), ID),
            (format!("1:cpu:/{ID}.aaaa"), ID),
            (format!("1:cpu:/ecs/task/{task}"), task),
        ] {
            assert_pairs(&detect_with(&line, ""), &[("container.id", expected)]);
        }
    }

    #[test]
    fn mounts_have_the_id_where_groups_do_not() {
        let line = |root: &str, point: &str| format!("9 8 0:1 {root} {point} rw - ext4 /dev/a rw");
        for root in [
            format!("/var/lib/docker/containers/{ID}/hostname"),
            format!("/home/me/.local/share/containers/storage/overlay-containers/{ID}/userdata"),
        ] {
            let lines = ["7 6 0:1 / / rw - overlay o rw", &line(&root, "/etc/hostname")];
            assert_pairs(&detect_with("0::/\n", &lines.join("\n")), &[("container.id", ID)]);
            // A volume of another container.
            assert_pairs(&detect_with("0::/\n", &line(&root, "/data")), &[]);
        }
    }

    #[test]
    fn mounted_groups_come_before_the_files_of_the_pod() {
        let line = |root: &str, point: &str| format!("9 8 0:1 {root} {point} rw - ext4 /dev/a rw");
        let pod = "f".repeat(64);
        let storage = "/var/lib/containers/storage/overlay-containers";
        let hostname = line(&format!("{storage}/{pod}/userdata/hostname"), "/etc/hostname");
        for (root, point) in [
            (format!("/kubepods.slice/a-pod1.slice/crio-{ID}.scope"), "/sys/fs/cgroup"),
            (format!("/kubepods.slice/a-pod1.slice/crio-{ID}.scope"), "/sys/fs/cgroup/systemd"),
            (format!("/kubepods-pod1.slice:cri-containerd:{ID}"), "/sys/fs/cgroup"),
        ] {
            let lines = [hostname.clone(), line(&root, point)].join("\n");
            assert_pairs(&detect_with("0::/\n", &lines), &[("container.id", ID)]);
        }
        // The root of the groups, as outside of Kubernetes, and a group of something else.
        for root in ["/", "/user.slice/session-3.scope"] {
            let lines = [hostname.clone(), line(root, "/sys/fs/cgroup")].join("\n");
            assert_pairs(&detect_with("0::/\n", &lines), &[("container.id", &pod)]);
        }
    }

    #[test]
    fn outside_of_containers_there_is_none() {
        let upper = ID.to_uppercase();
        for group in [
            "0::/user.slice/user-1000.slice/session-3.scope".to_owned(),
            format!("1:cpu:/docker/{}", &ID[1..]),
            format!("1:cpu:/docker/{upper}"),
            "1:memory:/process/0123456789abcdef0123456789abcdef".to_owned(),
            String::new(),
        ] {
            assert_pairs(&detect_with(&group, "garbage"), &[]);
        }
        assert_pairs(&detect(&System::with(&[]).sources(Platform::default())), &[]);
    }
}
