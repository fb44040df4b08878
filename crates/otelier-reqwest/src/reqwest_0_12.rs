//! reqwest 0.12, with reqwest-middleware 0.3 or 0.4: the same as for reqwest 0.13.
//!
//! ```
//! # mod otelier { pub use otelier_reqwest::reqwest_0_12; }
//! # use {reqwest_0_12 as reqwest, reqwest_middleware_0_4 as reqwest_middleware};
//! use otelier::reqwest_0_12::OtelMiddleware;
//!
//! let http = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
//!     .with(OtelMiddleware::new())
//!     .build();
//! ```
//!
//! Cargo takes reqwest-middleware 0.4 for it. If your program has 0.3, the middleware does not fit
//! its client until both have one version:
//! `cargo update reqwest-middleware@0.4.2 --precise 0.3.3`.

use {reqwest_0_12 as reqwest, reqwest_middleware_0_4 as reqwest_middleware};

/// How an example uses `$names` of this line.
macro_rules! line_use {
    ($names:literal) => {
        concat!(
            "# mod otelier { pub use otelier_reqwest::reqwest_0_12; }\n",
            "# use {reqwest_0_12 as reqwest, reqwest_middleware_0_4 as reqwest_middleware};\n",
            "use otelier::reqwest_0_12::",
            $names,
            ";"
        )
    };
}

/// What differs between the lines of reqwest.
mod line {
    use std::error::Error as _;

    use super::reqwest::Error;

    /// Whether the name of the server could not be resolved. This reqwest cannot be asked, and the
    /// error below that says so has no type that others can name.
    pub(super) fn is_dns(error: &Error) -> bool {
        let mut cause = error.source();
        while let Some(error) = cause {
            if error.to_string() == "dns error" {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

#[path = "adapter/modules.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of reqwest")]
mod adapter;

pub use adapter::*;
