//! Context from the process that started this one, and to those that it starts.
//!
//! Both directions use the global propagator, as headers do; only the carrier differs.
//! `EnvironmentCarrier` turns the names of fields into those of variables, `traceparent` into
//! `TRACEPARENT`. Propagators may be the program's own, so their panics are caught: reading then
//! gives the current context, and writing stops where it was.

use std::process::Command;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, global};
use otelier_instrument::catch_panic;

use crate::config::Environment;
use crate::propagation::EnvironmentCarrier;

/// The current context, with what the environment variables of this process say: `TRACEPARENT`,
/// `TRACESTATE` and `BAGGAGE`, or those of other propagators.
///
/// So the work of a process belongs to the trace of the one that started it. [`run`](crate::run)
/// does it by itself. What is not valid is as good as absent, as with headers. Without
/// [`init`](crate::init) there is no propagator, and nothing is read.
///
/// ```no_run
/// # mod otelier { pub use otelier_core::*; }
/// # use opentelemetry::global;
/// # use opentelemetry::trace::Tracer as _;
/// # fn main() -> Result<(), otelier::InitError> {
/// let _otel = otelier::init()?;
/// let parent = otelier::context_from_environment();
/// let span = global::tracer("import").start_with_context("import", &parent);
/// # drop(span);
/// # Ok(())
/// # }
/// ```
///
/// Source: <https://opentelemetry.io/docs/specs/otel/context/env-carriers/>.
#[must_use]
pub fn context_from_environment() -> Context {
    read(&Environment::process())
}

/// The current context, with what the variables of `environment` say. Values that are no Unicode
/// are as good as absent.
fn read(environment: &Environment) -> Context {
    let variable = |name: String| {
        let value = environment.get(&name).ok().flatten()?;
        Some((name, value))
    };
    let extract = |propagator: &dyn TextMapPropagator| {
        let names = propagator.fields().map(EnvironmentCarrier::variable);
        let carrier: EnvironmentCarrier = names.filter_map(variable).collect();
        propagator.extract_with_context(&Context::current(), &carrier)
    };
    catch_panic(|| global::get_text_map_propagator(extract)).unwrap_or_else(Context::current)
}

/// Gives the current context to the process that `command` will start, as environment variables.
///
/// The child continues the trace if it reads them: [`run`](crate::run) does, and so do programs
/// that follow the specification in other languages. Variables of an older context, which the child
/// would inherit from this process, are removed. Without a current span and without baggage
/// `command` is left as it is.
///
/// ```
/// # mod otelier { pub use otelier_core::*; }
/// let mut command = std::process::Command::new("import");
/// otelier::context_to_command(&mut command);
/// ```
///
/// For a command of tokio: `otelier::context_to_command(command.as_std_mut())`.
///
/// Source: <https://opentelemetry.io/docs/specs/otel/context/env-carriers/>.
pub fn context_to_command(command: &mut Command) {
    let cx = Context::current();
    let inject = |propagator: &dyn TextMapPropagator| {
        let mut carrier = EnvironmentCarrier::default();
        propagator.inject_context(&cx, &mut carrier);
        if cx.span().span_context().is_valid() {
            for field in propagator.fields() {
                command.env_remove(EnvironmentCarrier::variable(field));
            }
        }
        command.envs(carrier.iter());
    };
    catch_panic(|| global::get_text_map_propagator(inject));
}
