//! How the agent is optimized.

use std::env;
use std::ffi::OsStr;

use anyhow::{Result, bail};

/// `dev` for an agent that is built faster and runs slower: for tests.
const VARIABLE: &str = "CARGO_OTELIER_AGENT_PROFILE";

/// One of cargo's two profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Profile {
    Release,
    Dev,
}

impl Profile {
    /// The one that is in force.
    pub(super) fn find() -> Result<Self> {
        Self::named(&env::var_os(VARIABLE).unwrap_or_default())
    }

    fn named(name: &OsStr) -> Result<Self> {
        match name.to_str() {
            Some("" | "release") => Ok(Self::Release),
            Some("dev") => Ok(Self::Dev),
            _ => bail!("{VARIABLE} is neither release nor dev: {}", name.display()),
        }
    }

    /// What cargo calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "dev",
        }
    }

    /// The folder in a target directory.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_optimized_unless_told_otherwise() {
        let named = |name: &str| Profile::named(OsStr::new(name)).map_err(|it| it.to_string());
        assert_eq!(named(""), Ok(Profile::Release));
        assert_eq!(named("release"), Ok(Profile::Release));
        assert_eq!(named("dev"), Ok(Profile::Dev));
        let expect = "CARGO_OTELIER_AGENT_PROFILE is neither release nor dev: debug";
        assert_eq!(named("debug"), Err(expect.to_owned()));
    }
}
