//! What holds for every line of the driver's versions. Compiled once for each.

mod auto_traits;
mod sessions;

use super::{AFTER_A_LOSS, otelier_mysql};
