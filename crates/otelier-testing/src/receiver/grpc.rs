//! OTLP/gRPC.
//!
//! One service type serves the three signals; only the types of their messages differ. The limit of
//! a message's size is checked here rather than by the server library, so that the code and the
//! words are those of a collector. It is measured after decompression, on the message encoded
//! again.

use std::net::TcpListener;
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
    logs_service_server::{LogsService, LogsServiceServer},
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
    metrics_service_server::{MetricsService, MetricsServiceServer},
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use tonic::codec::CompressionEncoding::Gzip;
use tonic::transport::{Server, server::TcpIncoming};
use tonic::{Code, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::shared::Shared;
use super::validity;
use super::{Message, Protocol, Reply};

/// Serves until `stop` resolves and the requests under way are answered.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: impl Future<Output = ()>,
) {
    let listener =
        tokio::net::TcpListener::from_std(listener).expect("the listener is non-blocking");
    macro_rules! service {
        ($server:ident) => {
            $server::new(Service(Arc::clone(&shared)))
                .accept_compressed(Gzip)
                // The limit is ours, so that the code is the one a collector answers with.
                .max_decoding_message_size(usize::MAX)
        };
    }
    Server::builder()
        .add_service(service!(TraceServiceServer))
        .add_service(service!(MetricsServiceServer))
        .add_service(service!(LogsServiceServer))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), stop)
        .await
        .expect("accepting connections does not end");
}

/// The implementation of all three services.
struct Service(Arc<Shared>);

impl Service {
    /// What the reply says was rejected, if anything.
    async fn receive<T: prost::Message>(
        &self,
        request: tonic::Request<T>,
        wrap: fn(T) -> Message,
    ) -> Result<Option<(i64, String)>, Status> {
        let (metadata, _, message) = request.into_parts();
        let (size, limit) = (message.encoded_len(), self.0.limits.grpc);
        let message = wrap(message);
        if size > limit {
            // In the words of the server that collectors are built on.
            let problem = format!("grpc: received message larger than max ({size} vs. {limit})");
            self.0.refuse(Protocol::Grpc, metadata.into_headers(), message);
            return Err(Status::resource_exhausted(problem));
        }
        if let Err(problem) = validity::check(&message) {
            self.0.fail(format!("gRPC: {problem}"));
            return Err(Status::invalid_argument(problem));
        }
        let reply = self.0.receive(Protocol::Grpc, metadata.into_headers(), message).await;
        if reply.accepts() { Ok(reply.partial) } else { Err(status(&reply)) }
    }
}

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let partial = self.receive(request, Message::Traces).await?;
        let partial_success = partial.map(|(rejected_spans, error_message)| {
            ExportTracePartialSuccess { rejected_spans, error_message }
        });
        Ok(Response::new(ExportTraceServiceResponse { partial_success }))
    }
}

#[tonic::async_trait]
impl MetricsService for Service {
    async fn export(
        &self,
        request: tonic::Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let partial = self.receive(request, Message::Metrics).await?;
        let partial_success = partial.map(|(rejected_data_points, error_message)| {
            ExportMetricsPartialSuccess { rejected_data_points, error_message }
        });
        Ok(Response::new(ExportMetricsServiceResponse { partial_success }))
    }
}

#[tonic::async_trait]
impl LogsService for Service {
    async fn export(
        &self,
        request: tonic::Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let partial = self.receive(request, Message::Logs).await?;
        let partial_success = partial.map(|(rejected_log_records, error_message)| {
            ExportLogsPartialSuccess { rejected_log_records, error_message }
        });
        Ok(Response::new(ExportLogsServiceResponse { partial_success }))
    }
}

/// The gRPC code with the same meaning for an exporter: the same ones are retryable.
fn status(reply: &Reply) -> Status {
    let code = match reply.status {
        400 => Code::InvalidArgument,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        413 | 429 => Code::ResourceExhausted,
        502 | 503 => Code::Unavailable,
        504 => Code::DeadlineExceeded,
        _ => Code::Internal,
    };
    match reply.retry_after {
        None => Status::new(code, reply.message()),
        Some(delay) => {
            let details = ErrorDetails::with_retry_info(Some(delay));
            Status::with_error_details(code, reply.message(), details)
        }
    }
}
