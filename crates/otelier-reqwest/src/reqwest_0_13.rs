//! reqwest 0.13, with reqwest-middleware 0.5.

use ::{reqwest, reqwest_middleware};

/// How an example uses `$names` of this line.
macro_rules! line_use {
    ($names:literal) => {
        concat!(
            "# mod otelier { pub use otelier_reqwest as reqwest; }\nuse otelier::reqwest::",
            $names,
            ";"
        )
    };
}

/// What differs between the lines of reqwest.
mod line {
    use super::reqwest::Error;

    /// Whether the name of the server could not be resolved.
    pub(super) fn is_dns(error: &Error) -> bool {
        error.is_dns()
    }
}

#[path = "adapter/modules.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of reqwest")]
mod adapter;

pub use adapter::*;
