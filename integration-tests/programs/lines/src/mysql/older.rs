//! mysql_async 0.36.

use otelier_mysql::mysql_0_36 as otelier_mysql;

#[path = "work.rs"]
pub(super) mod work;
