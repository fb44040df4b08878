//! Does the same work with the newest line of a library's versions and with an older one, and
//! prints what telemetry each made: `http`, or `mongodb` or `mysql` and a connection string.

mod http;
mod mongo;
mod mysql;
mod telemetry;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["http"] => http::compare().await,
        ["mongodb", uri] => mongo::compare(uri).await,
        ["mysql", url] => mysql::compare(url).await,
        _ => Err("say `http`, or `mongodb` or `mysql` and a connection string".into()),
    }
}
