//! Servers that do not answer.
//!
//! A driver asks each of its servers again and again whether it is there, apart from the user's
//! calls. That one does not answer is said as a log record and as a line of the log, at most once a
//! minute for each server: while calls wait for a server, the driver asks twice a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use otelier_instrument::ErrorType;
use otelier_instrument::semconv::db::DbSystem;

use super::client::ClientRecorder;
use super::event::{CommandFailure, ServerAddress};
use super::pools::parts;

const INTERVAL: Duration = Duration::from_secs(60);

/// The servers of which it was said within the last minute. All clients share it: in a program with
/// many, each asks the same servers.
#[derive(Clone, Debug, Default)]
pub(super) struct UnreachableServers(Arc<Mutex<Vec<(String, Instant)>>>);

impl UnreachableServers {
    /// Whether it is to be said of `server`. Those of which it was said longer ago are forgotten,
    /// so that there are no more than a program has servers.
    fn is_due(&self, server: &str, now: Instant) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.retain(|(_, at)| now.saturating_duration_since(*at) < INTERVAL);
        let is_due = said.iter().all(|(known, _)| known != server);
        if is_due {
            said.push((server.to_owned(), now));
        }
        is_due
    }
}

impl ClientRecorder {
    /// A server did not answer when the driver asked whether it is there.
    ///
    /// It becomes a log record called `otelier.db.server_unreachable` (WARN) with `server.address`,
    /// `server.port` and `error.type`, and a warning for whoever reads the lines of the process.
    pub fn heartbeat_failed(&self, server: &ServerAddress<'_>, failure: &CommandFailure) {
        self.heartbeat_failed_at(server, failure, Instant::now());
    }

    pub(super) fn heartbeat_failed_at(
        &self,
        server: &ServerAddress<'_>,
        failure: &CommandFailure,
        now: Instant,
    ) {
        let name = server.to_string();
        let client = &self.recorders.client;
        if !client.enabled() || !self.recorders.unreachable.is_due(&name, now) {
            return;
        }
        let error = match failure {
            CommandFailure::Code(code) => ErrorType::from_code(code.to_string()),
            CommandFailure::Kind(error) => error.clone(),
        };
        let (host, port) = parts(server);
        client.record_unreachable(DbSystem::MONGODB, host, port, &error);
        tracing::warn!(
            target: "otelier",
            server = name,
            error = error.as_str(),
            "mongodb: a server does not answer; calls that need it wait, and fail when the driver's time for server \
             selection is over"
        );
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::noop::NoopTracerProvider;
    use otelier_instrument::Providers;
    use otelier_testing::{Capture, LogRecord};

    use super::*;
    use crate::recorder::{RecorderOptions, Recorders};

    const SERVER: ServerAddress<'static> = ServerAddress::Tcp { host: "db", port: 27018 };
    const OTHER: ServerAddress<'static> = ServerAddress::Tcp { host: "db", port: 27017 };

    fn recorders(capture: &Capture) -> Recorders {
        let mut providers = Providers::default();
        providers.set_tracer_provider(capture.tracer_provider());
        providers.set_meter_provider(capture.meter_provider());
        providers.set_logger_provider(capture.logger_provider());
        Recorders::new(providers, RecorderOptions::default())
    }

    fn io() -> CommandFailure {
        CommandFailure::Kind(ErrorType::from_static("Io"))
    }

    fn attributes(log: &LogRecord) -> Vec<(String, String)> {
        log.attributes.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    #[test]
    fn an_unreachable_server_is_a_warning() {
        let capture = Capture::new();
        let client = recorders(&capture).client(None);
        client.heartbeat_failed(&SERVER, &io());
        client.heartbeat_failed(&OTHER, &CommandFailure::Code(18));
        let logs = capture.logs();
        let [first, second] = &logs[..] else { panic!("{logs:?}") };
        assert_eq!((&*first.event_name, first.severity), ("otelier.db.server_unreachable", 13));
        assert_eq!(first.body.as_str(), Some("the server does not answer"));
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        // Texts are shown in quotes.
        let mut expected = vec![
            pair("db.system.name", "\"mongodb\""),
            pair("error.type", "\"Io\""),
            pair("server.address", "\"db\""),
            pair("server.port", "27018"),
        ];
        assert_eq!(attributes(first), expected);
        // The default port is left out, as on spans.
        expected[1] = pair("error.type", "\"18\"");
        expected.pop();
        assert_eq!(attributes(second), expected);
        assert_eq!(capture.spans(), []);
    }

    #[test]
    fn it_is_said_once_a_minute_of_each_server() {
        let capture = Capture::new();
        let recorders = recorders(&capture);
        // All clients together.
        let clients = [recorders.client(None), recorders.client(None)];
        let start = Instant::now();
        let mut said = 0;
        let mut check = |server, seconds, expected| {
            for client in &clients {
                let now = start + Duration::from_secs(seconds);
                client.heartbeat_failed_at(server, &io(), now);
            }
            let count = capture.logs().len();
            assert_eq!(count - said, expected, "after {seconds} seconds");
            said = count;
        };
        check(&SERVER, 0, 1);
        check(&OTHER, 30, 1);
        check(&SERVER, 59, 0);
        check(&SERVER, 60, 1);
        check(&OTHER, 89, 0);
        check(&OTHER, 90, 1);
    }

    #[test]
    fn where_nothing_is_recorded_nothing_is_said() {
        let capture = Capture::new();
        let mut providers = Providers::default();
        providers.set_tracer_provider(NoopTracerProvider::new());
        providers.set_meter_provider(opentelemetry::metrics::noop::NoopMeterProvider::new());
        providers.set_logger_provider(capture.logger_provider());
        let client = Recorders::new(providers, RecorderOptions::default()).client(None);
        client.heartbeat_failed(&SERVER, &io());
        assert_eq!(capture.logs(), []);
    }
}
