//! Exports over https, and then uses rustls as a program does that leaves the provider to its
//! features.

use opentelemetry::global;
use opentelemetry::trace::{Span as _, Tracer as _};

fn main() {
    #[cfg(feature = "install")]
    rustls::crypto::ring::default_provider().install_default().expect("it is the first");

    let otel = otelier_core::init().expect("nothing was asked for in code");
    global::tracer("program").start("secure").end();
    match otel.shutdown() {
        Ok(()) => println!("delivered"),
        Err(error) => println!("{error}"),
    }
    // Ends the program here if the features do not say which provider is meant.
    let _ = rustls::ClientConfig::builder();
    println!("rustls works");
}
