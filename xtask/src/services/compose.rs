//! Containers by docker compose, where an engine runs; what they are stands in compose.yaml.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::host::succeeds;
use super::state::{Directory, Record};
use super::{Service, probe};
use crate::process;
use crate::workspace::Workspace;

/// Starts the container of a service and waits until it answers.
pub(super) fn up(
    workspace: &Workspace,
    directory: &Directory,
    service: &dyn Service,
    keep: bool,
) -> Result<Record> {
    if !succeeds(Path::new("docker"), &["info"]) {
        bail!("no engine runs");
    }
    if !succeeds(Path::new("docker"), &["compose", "version"]) {
        bail!("docker has no compose command");
    }
    let mut log = File::create(directory.log(service.name()))?;
    process::run(compose(workspace).args(["up", "--detach", "--wait", service.name()]), &mut log)?;
    let (inside, address_of) = service.container();
    let address = address_of(published_port(workspace, service.name(), inside)?);
    let route = "docker compose".to_owned();
    let record = Record { address, route, pid: None, started: None, is_container: true, keep };
    // First written down, then probed: a container that does not answer must be found by `down`.
    directory.write(service.name(), &record)?;
    probe::until_ready(|| service.probe(&record.address))?;
    Ok(record)
}

/// Stops the container of a service and deletes its data.
pub(super) fn down(workspace: &Workspace, service: &dyn Service) -> Result<()> {
    // Not a `Process`: none can be started after Ctrl-C, and this is how one cleans up then.
    let output = compose(workspace)
        .args(["rm", "--stop", "--force", "--volumes", service.name()])
        .stdin(Stdio::null())
        .output()
        .context("cannot run docker")?;
    if !output.status.success() {
        bail!("docker compose failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn compose(workspace: &Workspace) -> Command {
    // Two checkouts on one machine do not share containers.
    let mut hasher = DefaultHasher::new();
    workspace.root.hash(&mut hasher);
    let mut command = Command::new("docker");
    command
        .current_dir(&workspace.root)
        .args(["compose", "--project-name"])
        .arg(format!("otelier-{:08x}", hasher.finish() as u32));
    command
}

fn published_port(workspace: &Workspace, service: &str, inside: u16) -> Result<u16> {
    let output = compose(workspace)
        .args(["port", service, &inside.to_string()])
        .stdin(Stdio::null())
        .output()
        .context("cannot run docker")?;
    port_in(&String::from_utf8_lossy(&output.stdout)).context("docker compose tells no port")
}

/// `127.0.0.1:49153` as docker prints it.
fn port_in(text: &str) -> Option<u16> {
    text.trim().rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_that_docker_prints() {
        assert_eq!(port_in("127.0.0.1:49153\n"), Some(49153));
        assert_eq!(port_in(""), None);
        assert_eq!(port_in(":"), None);
    }
}
