//! Prepared statements, and what can be executed like one.
//!
//! What a statement does is known from its text. The driver's statement has none, so the traced one
//! carries the analysis that was made when it was prepared. `StatementLike` tells for each type
//! what is known of it, and turns it into what the driver takes.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use super::line;
use super::mysql_async;
use super::mysql_async::prelude::AsQuery;
use crate::recorder::{Analysis, Subject};

/// A prepared statement, as [`mysql_async::Statement`], which it dereferences to.
///
/// It remembers what its text does. The text itself is not kept.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What the driver executes; it knows its connection.
    inner: mysql_async::Statement,
    /// `None` if nothing was recorded when the statement was prepared.
    analysis: Option<Arc<Analysis>>,
}

impl Statement {
    pub(crate) fn new(inner: mysql_async::Statement, analysis: Option<Arc<Analysis>>) -> Self {
        Self { inner, analysis }
    }

    /// The driver's statement.
    #[must_use]
    pub fn into_inner(self) -> mysql_async::Statement {
        self.inner
    }
}

/// As the driver's own: what is known of a statement does not distinguish it from another.
impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl Eq for Statement {}

impl Deref for Statement {
    type Target = mysql_async::Statement;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

/// Everything that can be executed as a statement: text, a [`Statement`], and one of the driver's.
/// As [`mysql_async::prelude::StatementLike`].
pub trait StatementLike: Send + Sync {
    /// What the driver executes.
    #[doc(hidden)]
    type Driver: line::Executable;

    /// What is known of the statement.
    #[doc(hidden)]
    fn subject(&self) -> Subject<'_>;

    /// What the driver executes.
    #[doc(hidden)]
    fn into_driver(self) -> Self::Driver;
}

/// A text is known by itself, and the driver takes it as it is.
macro_rules! text_is_like_a_statement {
    ($($type:ty),* $(,)?) => {$(
        impl StatementLike for $type {
            type Driver = Self;

            fn subject(&self) -> Subject<'_> {
                Subject::Text(self.as_query())
            }

            fn into_driver(self) -> Self {
                self
            }
        }
    )*};
}

text_is_like_a_statement!(
    &str,
    String,
    Box<str>,
    Arc<str>,
    Cow<'_, str>,
    &[u8],
    Vec<u8>,
    Box<[u8]>,
    Arc<[u8]>,
    Cow<'_, [u8]>,
);

impl StatementLike for Statement {
    type Driver = mysql_async::Statement;

    fn subject(&self) -> Subject<'_> {
        self.analysis.as_ref().map_or(Subject::Unknown, Subject::Analyzed)
    }

    fn into_driver(self) -> mysql_async::Statement {
        self.inner
    }
}

impl StatementLike for mysql_async::Statement {
    type Driver = Self;

    fn subject(&self) -> Subject<'_> {
        Subject::Prepared(self.id())
    }

    fn into_driver(self) -> Self {
        self
    }
}

impl<T: StatementLike + Clone> StatementLike for &T {
    type Driver = T::Driver;

    fn subject(&self) -> Subject<'_> {
        (**self).subject()
    }

    fn into_driver(self) -> T::Driver {
        self.clone().into_driver()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_the_driver_takes_is_like_a_statement() {
        fn check<T: StatementLike>(statement: T) {
            assert!(matches!(statement.subject(), Subject::Text(text) if &*text == b"DO ?"));
            driver(statement.into_driver());
        }
        fn driver(_: impl mysql_async::prelude::StatementLike) {}
        let text = "DO ?";
        let owned = text.to_owned();
        check(text);
        check(&owned);
        check(owned);
        check::<Box<str>>(text.into());
        check::<Arc<str>>(text.into());
        check::<Cow<'_, str>>(text.into());
        check(text.as_bytes());
        check(text.as_bytes().to_vec());
        check::<Box<[u8]>>(text.as_bytes().into());
        check::<Arc<[u8]>>(text.as_bytes().into());
        check::<Cow<'_, [u8]>>(text.as_bytes().into());
    }
}
