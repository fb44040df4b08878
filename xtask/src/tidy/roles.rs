//! Which package has which role, by its folder.

use std::collections::BTreeMap;

use crate::manifest::Role;
use crate::workspace::Package;

/// Roles by the folder of the package, as `crates/otelier-tower`.
pub(super) struct Roles(BTreeMap<String, Role>);

impl Roles {
    /// The roles that the manifests state.
    pub(super) fn of(members: &[Package]) -> Self {
        let role_of = |package: &Package| {
            let folder = package.manifest().strip_suffix("/Cargo.toml")?.to_owned();
            Some((folder, package.role()?))
        };
        Self(members.iter().filter_map(role_of).collect())
    }

    #[cfg(test)]
    pub(super) fn list(roles: &[(&str, Role)]) -> Self {
        Self(roles.iter().map(|(folder, role)| ((*folder).to_owned(), *role)).collect())
    }

    /// Whether the package in this folder has this role.
    pub(super) fn is(&self, folder: &str, role: Role) -> bool {
        self.0.get(folder) == Some(&role)
    }
}
