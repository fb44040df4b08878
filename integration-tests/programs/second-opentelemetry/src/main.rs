//! Sets Otelier up, records a span with another version of OpenTelemetry's API, and runs until its
//! standard input is closed.

use std::io::Read as _;

use opentelemetry::trace::{Span as _, Tracer as _};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _otel = otelier_core::init()?;
    let span = opentelemetry::global::tracer("another").start("lost");
    println!("recording: {}", span.is_recording());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
