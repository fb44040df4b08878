//! reqwest 0.12.

use otelier_reqwest::reqwest_0_12 as otelier_reqwest;
use {
    reqwest_0_12 as reqwest, reqwest_middleware_0_4 as reqwest_middleware,
    reqwest_retry_0_8 as reqwest_retry,
};

#[path = "suite/modules.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of reqwest")]
mod suite;
