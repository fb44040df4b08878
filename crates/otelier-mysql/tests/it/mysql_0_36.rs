//! mysql_async 0.36.

use otelier_mysql::mysql_0_36 as otelier_mysql;

/// The database of a connection that may be another one: the driver does not say that it is new.
const AFTER_A_LOSS: Option<&str> = None;

#[path = "suite/modules.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of the driver")]
mod suite;
