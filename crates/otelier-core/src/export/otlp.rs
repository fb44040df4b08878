//! The exporter of one signal: what delivers its requests, to an endpoint or a file, and an export
//! status.
//!
//! `OtlpExporters` builds them, one after the other, and keeps what they share: the signal of the
//! shutdown, the open files and the runtime of gRPC. Afterwards it becomes the `SharedExport`,
//! which the pipeline keeps as long as its exporters.
//!
//! An exporter has no result to return to the SDK. What happens to a request goes into the
//! `ExportStatus`, which warns, counts and answers what a flush has lost.

use std::sync::Arc;
use std::time::Duration;

use super::file::{FileDelivery, Lines};
#[cfg(feature = "grpc")]
use super::grpc::GrpcTransport;
use super::http::HttpTransport;
use super::request::{Encoding, ExportRequest};
use super::retry::Retry;
#[cfg(feature = "grpc")]
use super::runtime::ExporterRuntime;
use super::shutdown::ShutdownSignal;
use super::splitting::{Delivery, Splitting};
use super::status::ExportStatus;
use super::transport::Transport;
use crate::config::{FileOutput, OtlpSettings, Protocol, Signal};

/// A timeout of zero means none. The libraries below need some number, and not one that overflows
/// their clocks.
const NO_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Exports what the processors and readers of one signal give it, on their threads.
#[derive(Debug)]
pub(crate) struct OtlpExporter {
    /// An endpoint, behind splitting and retries, or a file.
    delivery: Box<dyn Delivery>,
    /// Shared with the queue in front of it and with the pipeline.
    status: Arc<ExportStatus>,
    /// That of the pipeline.
    shutdown: ShutdownSignal,
}

impl OtlpExporter {
    /// Delivers a request, and notes in the export status what became of it. Blocks meanwhile.
    /// A request without items is not sent.
    pub(super) fn export(&self, request: ExportRequest) {
        if request.items() > 0 {
            self.status.record(&self.delivery.send(request));
        }
    }

    /// As [`export`](Self::export), in requests of at most `most` items. The last one has what is
    /// left.
    pub(super) fn export_in_batches(&self, mut request: ExportRequest, most: usize) {
        while let Some(rest) = request.split_off(most.max(1)) {
            self.export(std::mem::replace(&mut request, rest));
        }
        self.export(request);
    }

    /// Shared: the pipeline asks it for losses after each flush.
    pub(crate) fn status(&self) -> Arc<ExportStatus> {
        Arc::clone(&self.status)
    }

    pub(super) fn shutdown(&self) -> ShutdownSignal {
        self.shutdown.clone()
    }
}

/// Builds the exporters of one pipeline, which share what can be shared.
#[derive(Debug, Default)]
pub(crate) struct OtlpExporters {
    /// Numbers the exporters: it is in the name of each as a component, in the metrics about
    /// losses.
    built: usize,
    /// One for all exporters that are built here.
    shutdown: ShutdownSignal,
    /// The files that are open: signals that go to the same one share it.
    files: Vec<(FileOutput, Arc<Lines>)>,
    /// Started with the first exporter that uses gRPC.
    #[cfg(feature = "grpc")]
    runtime: Option<ExporterRuntime>,
}

/// What the exporters of a pipeline share; it must live as long as they do.
#[derive(Debug, Default)]
pub(crate) struct SharedExport {
    /// The pipeline begins the shutdown with it.
    pub(crate) shutdown: ShutdownSignal,
    /// Dropping it ends the connections.
    #[cfg(feature = "grpc")]
    _runtime: Option<ExporterRuntime>,
}

impl OtlpExporters {
    /// Afterwards files are held by their exporters alone.
    pub(crate) fn into_shared(self) -> SharedExport {
        SharedExport {
            shutdown: self.shutdown,
            #[cfg(feature = "grpc")]
            _runtime: self.runtime,
        }
    }

    /// An exporter as the settings ask for. `limit` is what the processor or reader allows for an
    /// export, on top of what OTLP does. Fails with the reason.
    ///
    /// Zero for `limit` means that there is no such limit.
    pub(crate) fn build(
        &mut self,
        signal: Signal,
        settings: &OtlpSettings,
        limit: Duration,
    ) -> Result<OtlpExporter, String> {
        let timeout = effective_timeout(settings.timeout.value, limit);
        let (transport, encoding): (Box<dyn Transport>, _) = match settings.protocol.value {
            Protocol::HttpProtobuf => {
                (Box::new(HttpTransport::new(settings, Encoding::Protobuf)?), Encoding::Protobuf)
            }
            Protocol::HttpJson => {
                (Box::new(HttpTransport::new(settings, Encoding::Json)?), Encoding::Json)
            }
            Protocol::Grpc => (self.grpc(signal, settings, timeout)?, Encoding::Protobuf),
        };
        let retry = Retry::new(transport, self.shutdown.clone());
        let number = self.built;
        self.built += 1;
        Ok(OtlpExporter {
            delivery: Box::new(Splitting::new(
                retry,
                encoding,
                timeout,
                settings.max_request_size.value,
            )),
            status: ExportStatus::new(signal, settings, number, self.shutdown.clone()),
            shutdown: self.shutdown.clone(),
        })
    }

    /// An exporter that writes lines of OTLP/JSON. Fails with the reason.
    /// A file that is known is shared and not emptied again.
    pub(crate) fn build_file(
        &mut self,
        signal: Signal,
        output: &FileOutput,
    ) -> Result<OtlpExporter, String> {
        let known = self.files.iter().find(|(known, _)| known == output);
        let lines = match known {
            Some((_, lines)) => Arc::clone(lines),
            None => {
                let lines = Lines::open(output, self.shutdown.clone())
                    .map_err(|error| format!("{output} cannot be opened: {error}"))?;
                let lines = Arc::new(lines);
                self.files.push((output.clone(), Arc::clone(&lines)));
                lines
            }
        };
        let number = self.built;
        self.built += 1;
        let status = ExportStatus::of_file(signal, output, number, self.shutdown.clone());
        Ok(OtlpExporter {
            delivery: Box::new(FileDelivery::new(lines, Arc::clone(&status))),
            status,
            shutdown: self.shutdown.clone(),
        })
    }

    /// The transport of gRPC. A runtime that was started is kept, also if the transport cannot be
    /// built.
    #[cfg(feature = "grpc")]
    fn grpc(
        &mut self,
        signal: Signal,
        settings: &OtlpSettings,
        timeout: Duration,
    ) -> Result<Box<dyn Transport>, String> {
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => ExporterRuntime::start("otelier-grpc")
                .map_err(|error| format!("gRPC cannot start its thread: {error}"))?,
        };
        let runtime = self.runtime.insert(runtime);
        let transport = GrpcTransport::new(signal, settings, timeout, runtime.handle().clone())?;
        Ok(Box::new(transport))
    }

    #[cfg(not(feature = "grpc"))]
    fn grpc(
        &mut self,
        _: Signal,
        _: &OtlpSettings,
        _: Duration,
    ) -> Result<Box<dyn Transport>, String> {
        Err("this program is built without the feature `grpc`".to_owned())
    }
}

/// The processors and readers have a timeout for exports too, which only the exporter can keep.
/// The shorter of the two counts, and zero is none.
/// The result is never zero and never more than a day.
fn effective_timeout(exporter: Duration, limit: Duration) -> Duration {
    [exporter, limit]
        .into_iter()
        .filter(|timeout| !timeout.is_zero())
        .min()
        .unwrap_or(NO_LIMIT)
        .min(NO_LIMIT)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

    use super::super::splitting::Outcome;
    use super::*;

    /// Accepts everything, and keeps how many items each request had.
    #[derive(Clone, Debug, Default)]
    struct Counting(Arc<Mutex<Vec<usize>>>);

    impl Delivery for Counting {
        fn send(&self, request: ExportRequest) -> Outcome {
            let accepted = request.items();
            self.0.lock().unwrap().push(accepted);
            Outcome { accepted, ..Outcome::default() }
        }
    }

    #[test]
    fn batches_have_at_most_the_items_that_they_may_have() {
        for (items, most, expected) in [
            (5, 2, &[2, 2, 1][..]),
            (4, 2, &[2, 2]),
            (3, 1, &[1, 1, 1]),
            (3, 0, &[1, 1, 1]),
            (3, usize::MAX, &[3]),
            (0, 2, &[]),
        ] {
            let spans = vec![Span::default(); items];
            let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
            let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
            let counting = Counting::default();
            let output = FileOutput::at("/nowhere");
            let shutdown = ShutdownSignal::default();
            let exporter = OtlpExporter {
                delivery: Box::new(counting.clone()),
                status: ExportStatus::of_file(Signal::Traces, &output, 0, shutdown.clone()),
                shutdown,
            };
            let request = ExportRequest::Traces(ExportTraceServiceRequest { resource_spans });
            exporter.export_in_batches(request, most);
            assert_eq!(*counting.0.lock().unwrap(), expected, "{items} by {most}");
        }
    }

    #[test]
    fn shorter_timeout_counts_and_zero_is_none() {
        let s = Duration::from_secs;
        for (exporter, limit, expected) in [
            (s(10), s(30), s(10)),
            (s(10), s(2), s(2)),
            (s(0), s(30), s(30)),
            (s(0), s(0), NO_LIMIT),
            (Duration::MAX, s(0), NO_LIMIT),
        ] {
            assert_eq!(effective_timeout(exporter, limit), expected);
        }
    }
}
