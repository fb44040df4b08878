//! The calls, for each service a file. Compiled with the SDK alone and with Otelier.

mod config;
mod dynamodb;
mod failures;
mod server;
mod sns;
mod sqs;

use std::env;

use aws_types::request_id::RequestId;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Makes the call that the command line names.
pub(crate) async fn run() -> Result {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            for (library, calls) in [
                ("sqs", sqs::CALLS),
                ("sns", sns::CALLS),
                ("dynamodb", dynamodb::CALLS),
                ("failures", failures::CALLS),
            ] {
                calls.iter().for_each(|call| println!("{library} {call}"));
            }
            Ok(())
        }
        ["sqs", call] => sqs::run(call).await,
        ["sns", call] => sns::run(call).await,
        ["dynamodb", call] => dynamodb::run(call).await,
        ["failures", call] => failures::run(call).await,
        _ => Err("say `sqs`, `sns`, `dynamodb` or `failures`, and a call".into()),
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

/// Tells which request it was that succeeded, and gives the output.
fn succeeded<T: RequestId, E: std::error::Error + Send + Sync + 'static>(
    result: std::result::Result<T, E>,
) -> Result<T> {
    let output = result?;
    tell_request(&output);
    Ok(output)
}

/// Tells which request it was that failed, if there was one, and gives the error.
fn failed<T: std::fmt::Debug, E: RequestId>(result: std::result::Result<T, E>) -> E {
    let error = result.expect_err("an error");
    tell_request(&error);
    error
}

fn tell_request(of: &impl RequestId) {
    if let Some(id) = of.request_id() {
        tell("REQUEST", id);
    }
}
