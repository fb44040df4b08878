//! The `console` exporter: traces, metrics and logs in the terminal, drawn for the person who
//! develops the service.
//!
//! A trace is a tree, drawn when its local root has ended: for each span its service, name, kind,
//! duration and place on the trace's time axis, its outcome, whether it was slow, the attributes
//! that matter, and the log records that were made in it. Metrics are a table with one line per
//! series, a log record without a span is one line. At the end there is a table of the routes that
//! were served. All three share one [`Console`], which writes on a thread of its own: nothing in
//! the traced program waits for the terminal except `force_flush` and `shutdown`, and these for a
//! limited time.
//!
//! ```
//! # mod otelier { pub use otelier_core::*; }
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! use otelier::console::{Console, ConsoleSpanProcessor};
//!
//! let provider = SdkTracerProvider::builder()
//!     .with_span_processor(ConsoleSpanProcessor::new(&Console::stdout()))
//!     .build();
//! # provider.shutdown().unwrap();
//! ```

mod logs;
mod metrics;
mod output;
mod spans;
mod style;
pub mod summary;
mod text;
pub mod tree;
mod waiting;

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

use output::Output;
use tree::Layout;
use waiting::Waiting;

pub use logs::ConsoleLogExporter;
pub use metrics::ConsoleMetricExporter;
pub use spans::ConsoleSpanProcessor;
pub use style::{Color, Style};

/// How long `force_flush` and `shutdown` wait for the terminal when the caller names no time.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the console exporters write, and in which style. Clones share one writer, so nothing is
/// interleaved.
///
/// Writing never fails: a closed pipe ends the output and nothing else. It never blocks either:
/// while the terminal is stopped, a bounded number of drawings wait for it, and the others are
/// counted and dropped.
#[derive(Clone, Debug)]
pub struct Console {
    /// The queue of the thread that writes; shared by clones.
    output: Output,
    /// Width and color, which stay as they were when an exporter was made.
    style: Style,
    /// Whether standard output is one; decides what [`Color::Auto`] means.
    is_terminal: bool,
    /// The spans and log records that cannot be drawn yet.
    waiting: Arc<Mutex<Waiting>>,
    /// Where the columns of all traces are.
    layout: Arc<Mutex<Layout>>,
}

impl Console {
    /// Writes to standard output: in color and as wide as the terminal if it is one, else plain
    /// and 100 columns wide.
    #[must_use]
    pub fn stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let mut console = Self::to_writer(io::stdout());
        console.is_terminal = is_terminal;
        console.style.color = is_terminal;
        if let Some((terminal_size::Width(width), _)) = terminal_size::terminal_size() {
            console.style.width = width.into();
        }
        console
    }

    /// Writes to `writer`: plain, and 100 columns wide.
    ///
    /// `writer` is used by one thread only, and may block. It is dropped with that thread, when the
    /// last clone and the exporters that share it are gone and all is written.
    #[must_use]
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        Self {
            output: Output::new(writer),
            style: Style::default(),
            is_terminal: false,
            waiting: Arc::default(),
            layout: Arc::default(),
        }
    }

    /// Sets whether to use colors. `NO_COLOR`, where it is set, is [`Color::Never`].
    #[must_use]
    pub fn with_color(mut self, color: Color) -> Self {
        self.style.color = match color {
            Color::Auto => self.is_terminal,
            Color::Always => true,
            Color::Never => false,
        };
        self
    }

    /// Sets the width of the lines in columns, as `COLUMNS` does. Drawings are 60 columns wide at
    /// least and 180 at most.
    #[must_use]
    pub fn with_width(mut self, columns: usize) -> Self {
        self.style.width = columns;
        self
    }

    /// The spans and records that wait. A panic elsewhere does not poison them for good.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all that was queued so far is written; an error if that takes longer than
    /// `timeout`.
    fn flush(&self, timeout: Duration) -> OTelSdkResult {
        match self.output.flush(timeout) {
            true => Ok(()),
            false => Err(OTelSdkError::Timeout(timeout)),
        }
    }
}

/// `service.name`, as the SDK always has it. Empty if it is missing all the same, as in tests.
fn service_name(resource: &Resource) -> String {
    let name = resource.get(&opentelemetry::Key::from_static_str(
        otelier_instrument::semconv::resource::SERVICE_NAME,
    ));
    name.map(|name| name.as_str().into_owned()).unwrap_or_default()
}
