//! The calls, for each library a file. Compiled with the libraries alone and with Otelier.

mod http;
mod mongodb;
mod mysql;

use std::env;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Makes the call that the command line names.
pub(crate) async fn run() -> Result {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            for (library, calls) in
                [("http", http::CALLS), ("mysql", mysql::CALLS), ("mongodb", mongodb::CALLS)]
            {
                calls.iter().for_each(|call| println!("{library} {call}"));
            }
            Ok(())
        }
        ["http", call] => http::run(call).await,
        ["mysql", call] => mysql::run(call).await,
        ["mongodb", call] => mongodb::run(call).await,
        _ => Err("say `http`, `mysql` or `mongodb`, and a call".into()),
    }
}

/// Lists the calls of a library, each a function of a context that is made for it.
macro_rules! calls {
    ($context:ty: $($call:ident)*) => {
        /// The names of the calls.
        pub(super) const CALLS: &[&str] = &[$(stringify!($call)),*];

        async fn call(name: &str, context: &$context) -> $crate::work::Result {
            match name {
                $(stringify!($call) => $call(context).await,)*
                _ => Err(format!("there is no call {name}").into()),
            }
        }
    };
}
use calls;

/// Prints what differs from run to run, and what stands for it.
fn tell(name: &str, value: impl std::fmt::Display) {
    println!("{name}={value}");
}

/// A variable that must be set.
fn variable(name: &str) -> Result<String> {
    env::var(name).map_err(|_| format!("{name} is not set").into())
}
