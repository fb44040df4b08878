//! mysql_async 0.37.

use ::otelier_mysql;

#[path = "work.rs"]
pub(super) mod work;
