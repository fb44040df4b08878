//! What a program says of itself, for tests of what it must not say.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex, OnceLock};

/// All that anybody in the process says through `tracing`.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(Arc<Mutex<Vec<u8>>>);

impl Diagnostics {
    /// What is said from now on, and was since this was first called.
    ///
    /// # Panics
    ///
    /// If something else in the process listens to `tracing`.
    #[must_use]
    pub fn heard() -> Self {
        static HEARD: OnceLock<Diagnostics> = OnceLock::new();
        let heard = HEARD.get_or_init(|| {
            let heard = Self::default();
            let writer = heard.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_writer(move || writer.clone())
                .finish();
            tracing::subscriber::set_global_default(subscriber).expect("no other test sets one");
            heard
        });
        tracing::trace!("the subscriber hears");
        heard.clone()
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> String {
        let heard = self.0.lock().expect("no holder of the lock panics");
        String::from_utf8_lossy(&heard).into_owned()
    }
}

impl std::io::Write for Diagnostics {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no holder of the lock panics").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
