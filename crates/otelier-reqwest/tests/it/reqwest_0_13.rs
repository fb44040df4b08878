//! reqwest 0.13.

use ::{otelier_reqwest, reqwest, reqwest_middleware, reqwest_retry};

#[path = "suite/modules.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of reqwest")]
mod suite;
