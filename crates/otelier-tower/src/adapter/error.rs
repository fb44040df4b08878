//! `error.type` of what services and bodies return.

use std::any::Any;
use std::error::Error;
use std::io;

use otelier_instrument::ErrorType;
use tower::timeout::error::Elapsed;

/// What is a timeout: an error of each line of tower that may be in use, and of the standard
/// library.
const IS_TIMEOUT: &[fn(&(dyn Error + 'static)) -> bool] = &[
    |error| error.is::<Elapsed>(),
    #[cfg(feature = "tower-0_4")]
    |error| error.is::<tower_0_4::timeout::error::Elapsed>(),
    |error| {
        let error = error.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    },
];

/// The name of an error's type. A boxed error has none that says anything: it is named after a
/// timeout if it is one, else `_OTHER`.
pub(crate) fn error_type<E: 'static>(error: &E) -> ErrorType {
    match boxed(error) {
        Some(error) => of_boxed(error),
        None => ErrorType::of_type::<E>(),
    }
}

fn boxed(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    let shared = error.downcast_ref::<Box<dyn Error + Send + Sync>>().map(|it| &**it as &_);
    let sent = || error.downcast_ref::<Box<dyn Error + Send>>().map(|it| &**it as &_);
    let local = || error.downcast_ref::<Box<dyn Error>>().map(|it| &**it);
    shared.or_else(sent).or_else(local)
}

fn of_boxed(error: &(dyn Error + 'static)) -> ErrorType {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if IS_TIMEOUT.iter().any(|is_timeout| is_timeout(error)) {
            return ErrorType::TIMEOUT;
        }
        cause = error.source();
    }
    ErrorType::OTHER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<E: 'static>(error: &E, expected: &str) {
        assert_eq!(error_type(error).as_str(), expected);
    }

    #[test]
    fn a_boxed_error_is_a_timeout_or_other() {
        type Shared = Box<dyn Error + Send + Sync>;
        let timed_out = || io::Error::from(io::ErrorKind::TimedOut);
        check(&Shared::from(Elapsed::new()), "timeout");
        check(&(Box::new(Elapsed::new()) as Box<dyn Error + Send>), "timeout");
        check(&(Box::new(Elapsed::new()) as Box<dyn Error>), "timeout");
        check(&Shared::from(timed_out()), "timeout");
        check(&Shared::from(io::Error::other(Elapsed::new())), "_OTHER");
        check(&Shared::from(tower::load_shed::error::Overloaded::new()), "_OTHER");
        check(&Shared::from("a message"), "_OTHER");
    }

    #[test]
    fn a_timeout_is_found_below_other_errors() {
        #[derive(Debug)]
        struct Outer(Elapsed);
        impl std::fmt::Display for Outer {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("outer")
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }
        check(&Box::<dyn Error + Send + Sync>::from(Outer(Elapsed::new())), "timeout");
    }

    #[test]
    fn other_errors_have_the_name_of_their_type() {
        check(&io::Error::other("x"), "std::io::error::Error");
        check(&std::fmt::Error, "core::fmt::Error");
        check(&Some(Box::<dyn Error>::from("x")), "_OTHER");
    }
}
