//! A server that is ended by a signal: `ended HANDLER WHEN`.
//!
//! The handler is `tokio`, `ctrl-c` (tokio's, of SIGINT), `ctrlc` (the crate) or `none`; it is
//! there `before` the first request or `after` it. With one, the server lets go on what it has
//! begun, says so, and ends with status 5.

use std::future::pending;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A handler that is there.
enum Handler {
    Stream(Signal),
    CtrlC(Arc<Notify>),
    None,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, when] = &arguments[..] else { return Err("say a handler, and when".into()) };
    let (reached, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (reached, go_on) = (Arc::clone(&reached), Arc::clone(&go_on));
        async move || {
            reached.notify_one();
            go_on.notified().await;
            "slow"
        }
    };
    let router = Router::new().route("/fast", get(async || "fast")).route("/slow", get(slow));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;

    let mut handler = match &**when {
        "before" => Some(Handler::register(name)?),
        _ => None,
    };
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let serving = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async move { stopped.notified().await })
            .await
    });
    println!("{}", ask(format!("http://{address}/fast")).await?);
    let mut handler = match handler.take() {
        Some(handler) => handler,
        None => Handler::register(name)?,
    };
    let slow = tokio::spawn(async move { ask(format!("http://{address}/slow")).await });
    reached.notified().await;
    println!("ready");

    handler.received().await;
    println!("asked to end");
    stop.notify_one();
    go_on.notify_one();
    println!("{}", slow.await??);
    serving.await??;
    println!("ended");
    Ok(ExitCode::from(5))
}

async fn ask(url: String) -> reqwest::Result<String> {
    reqwest::get(url).await?.text().await
}

impl Handler {
    fn register(name: &str) -> Result<Self> {
        match name {
            "tokio" => Ok(Self::Stream(signal(SignalKind::terminate())?)),
            "ctrl-c" => Ok(Self::Stream(signal(SignalKind::interrupt())?)),
            "ctrlc" => {
                let received = Arc::new(Notify::new());
                let by_handler = Arc::clone(&received);
                ctrlc::set_handler(move || by_handler.notify_one())?;
                Ok(Self::CtrlC(received))
            }
            _ => Ok(Self::None),
        }
    }

    async fn received(&mut self) {
        match self {
            Self::Stream(signals) => {
                signals.recv().await;
            }
            Self::CtrlC(received) => received.notified().await,
            Self::None => pending().await,
        }
    }
}
