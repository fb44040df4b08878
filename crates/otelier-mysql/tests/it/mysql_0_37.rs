//! mysql_async 0.37.

use ::otelier_mysql;
use otelier_mysql::{OptsBuilder, Pool};

use crate::stub;

/// The database of a connection that may be another one: the driver says that it is new.
const AFTER_A_LOSS: Option<&str> = Some("shop");

#[path = "suite/modules.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of the driver")]
mod suite;

/// The user's own callback still runs, and its errors are its own.
#[tokio::test]
async fn a_callback_of_the_user_still_runs() {
    let opts = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(stub::start().port())
        .user(Some("u"))
        .prefer_socket(false)
        .max_allowed_packet(Some(1 << 24))
        .wait_timeout(Some(3600))
        .after_connect(|_| {
            Box::pin(async { Err(otelier_mysql::Error::Other("the user's own".into())) })
        });
    let pool = Pool::new(opts);
    let error = pool.get_conn().await.unwrap_err();
    assert_eq!(error.to_string(), "Other error: the user's own");
    pool.disconnect().await.unwrap();
}
