//! The end of a process by `exit`.
//!
//! The pipeline is ended here and not by the `Guard`, which is still alive in `main` or elsewhere.
//! It ends once: when the main thread's values are dropped later, there is nothing left to do.

use crate::{current, diagnostics};

/// Ends the process with the exit status `code`, after what is pending was delivered.
///
/// The place of [`std::process::exit`], which drops no [`Guard`](crate::Guard) and so loses what
/// was recorded last. It waits five seconds at most, and then ends the process in any case; what
/// could not be delivered is warned about. Before `init` it is `std::process::exit` itself.
///
/// ```no_run
/// # mod otelier { pub use otelier_core::*; }
/// # fn import() -> Result<(), std::io::Error> { Ok(()) }
/// # fn main() -> Result<(), otelier::InitError> {
/// let _otel = otelier::init()?;
/// if let Err(error) = import() {
///     eprintln!("{error}");
///     otelier::exit(2);
/// }
/// # Ok(())
/// # }
/// ```
pub fn exit(code: i32) -> ! {
    if let Some(pipeline) = current::get()
        && let Err(error) = pipeline.end()
    {
        diagnostics::warn(&error.to_string());
    }
    std::process::exit(code)
}
