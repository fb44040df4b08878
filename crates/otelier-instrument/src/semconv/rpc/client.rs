//! A call of a remote procedure: one CLIENT span and its duration, from the same values.

use std::borrow::Cow;
use std::sync::Arc;

use arrayvec::ArrayVec;
use opentelemetry::metrics::{Histogram, Meter};
use opentelemetry::propagation::Injector;
use opentelemetry::trace::{SpanBuilder, SpanKind};
use opentelemetry::{Context, KeyValue, StringValue};

use crate::kit::{
    self, ErrorType, Instrumenter, Instruments, Integration, Operation, OperationSpan,
    OperationState, Outcome, Providers, value,
};
use crate::semconv::{attribute, metric};

use super::RpcSystem;

/// Starts an [`RpcOperation`] for each call that a client makes.
///
/// # What is emitted
///
/// A CLIENT span named `{rpc.method}`, or `{rpc.system.name}` without a method, and the metric
/// `rpc.client.call.duration` (s). Both have `rpc.system.name`, and, where known, `rpc.method`,
/// `server.address`, `server.port`, `rpc.status_code` and `error.type`.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/#rpc-client-span> and
/// <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/#metric-rpcclientcallduration>.
///
/// # Example
///
/// ```
/// use otelier_instrument::kit::FieldList;
/// use otelier_instrument::semconv::rpc::{RpcClient, RpcRequest, RpcSystem};
/// use otelier_instrument::{Providers, drive, integration};
///
/// # async fn send(fields: &FieldList) -> Result<u8, i32> { Ok(1) }
/// # async fn example() -> Result<u8, i32> {
/// let client = RpcClient::new(integration!("my-rpc"), Providers::default());
/// let operation = client.start(|| {
///     let mut request = RpcRequest::new(RpcSystem::GRPC);
///     request.method = Some("shop.Orders/Get".into());
///     request
/// });
/// let mut fields = FieldList::default();
/// operation.inject(&mut fields);
/// let mut operation = Some(operation);
/// let result = drive(&mut operation, send(&fields)).await;
/// if let Some(operation) = operation {
///     match &result {
///         Ok(_) => operation.end(),
///         Err(code) => operation.fail_with_code(code.to_string()),
///     }
/// }
/// # result
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RpcClient(Arc<Instrumenter<ClientInstruments>>);

/// What is known of a call before it is made. `None` is what does not apply, or is not known.
///
/// ```
/// use otelier_instrument::semconv::rpc::{RpcRequest, RpcSystem};
///
/// let mut request = RpcRequest::new(RpcSystem::JSONRPC);
/// request.method = Some("orders.get".into());
/// assert_eq!(request.system.name(), "jsonrpc");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct RpcRequest {
    /// `rpc.system.name`.
    pub system: RpcSystem,
    /// `rpc.method`: the full name, with the service if the system has services. It must be one of
    /// few: a name that a caller made up is not recorded.
    pub method: Option<StringValue>,
    /// `server.address`.
    pub server_address: Option<StringValue>,
    /// `server.port`; left out without an address.
    pub server_port: Option<u16>,
}

impl RpcRequest {
    /// A call by `system` of which nothing else is known.
    #[must_use]
    pub fn new(system: RpcSystem) -> Self {
        Self { system, method: None, server_address: None, server_port: None }
    }
}

impl RpcClient {
    /// A client of `integration` that sends telemetry to `providers`.
    #[must_use]
    pub fn new(integration: impl Into<Integration>, providers: Providers) -> Self {
        Self(Arc::new(Instrumenter::new(integration, providers)))
    }

    /// Starts the operation that `describe` returns, as a child of the current context.
    ///
    /// If no signal is enabled, `describe` is not called and the operation only passes the context
    /// on.
    pub fn start(&self, describe: impl FnOnce() -> RpcRequest) -> RpcOperation {
        let parent = Context::current();
        let signals = self.0.enabled_signals(&parent);
        if signals.is_empty() {
            return RpcOperation(OperationState::noop(parent, &self.0));
        }
        let facts = Facts::of(describe());
        let span =
            OperationSpan::start(signals.tracer(), SpanKind::Client, parent, || SpanBuilder {
                name: facts.span_name(),
                attributes: Some({
                    // With room for the code and `error.type`, so that the vector does not grow.
                    let mut attributes = Vec::with_capacity(6);
                    attributes.extend(facts.identity());
                    attributes
                }),
                ..SpanBuilder::default()
            });
        RpcOperation(OperationState::recorded(Recording { span, facts }, &self.0))
    }
}

/// A call of a remote procedure. See [`RpcClient`] for what it emits, [`Operation`] for how it
/// ends.
///
/// A call that its caller drops is no error: its span has `otelier.cancelled`, and its status is
/// unset.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct RpcOperation(OperationState<Recording>);

#[derive(Debug)]
struct Recording {
    span: OperationSpan,
    facts: Facts,
}

impl RpcOperation {
    /// Writes the operation's context into what the call carries beside its arguments. Does nothing
    /// where integrations are switched off.
    pub fn inject(&self, carrier: &mut dyn Injector) {
        self.0.owner().inject(self.context(), carrier);
    }

    /// Records the code that the server answered with: `rpc.status_code`. Whether it is a failure
    /// is for the caller to say.
    pub fn set_status_code(&mut self, code: impl Into<StringValue>) {
        if let Some(recording) = self.0.recording_mut() {
            recording.facts.status_code = Some(value::bounded(code));
        }
    }

    /// Ends the operation: it succeeded.
    pub fn end(self) {
        self.0.end(None);
    }

    /// Ends the operation as failed with a code of the server's, which becomes both
    /// `rpc.status_code` and `error.type`.
    pub fn fail_with_code(mut self, code: impl Into<String>) {
        let code = code.into();
        self.set_status_code(code.clone());
        self.fail(ErrorType::from_code(code));
    }
}

crate::operation!(RpcOperation);

impl kit::Recording for Recording {
    type Owner = Instrumenter<ClientInstruments>;
    type Output = ();

    fn context(&self) -> &Context {
        self.span.context()
    }

    fn kind(&self) -> &SpanKind {
        self.span.kind()
    }

    fn end(self, instrumenter: &Self::Owner, outcome: Outcome) {
        instrumenter.measure(|instruments| {
            let attributes: ArrayVec<KeyValue, 6> = self
                .facts
                .identity()
                .chain(self.facts.status_attribute())
                .chain(outcome.error().map(attribute::error_type))
                .collect();
            instruments.duration.record(self.span.elapsed().as_secs_f64(), &attributes);
        });
        self.span.end(&outcome, || self.facts.status_attribute());
    }
}

/// The values that the span and the metric have in common.
#[derive(Debug)]
struct Facts {
    system: RpcSystem,
    method: Option<StringValue>,
    server: Option<(StringValue, Option<u16>)>,
    status_code: Option<StringValue>,
}

impl Facts {
    fn of(request: RpcRequest) -> Self {
        let address = request.server_address.map(value::bounded);
        Self {
            system: request.system,
            method: request.method.map(value::bounded),
            server: address.map(|address| (address, request.server_port)),
            status_code: None,
        }
    }

    fn span_name(&self) -> Cow<'static, str> {
        match &self.method {
            Some(method) => Cow::Owned(method.as_str().to_owned()),
            None => Cow::Borrowed(self.system.name()),
        }
    }

    fn identity(&self) -> impl Iterator<Item = KeyValue> {
        let method = self.method.clone();
        let (address, port) = self.server.clone().unzip();
        [
            Some(KeyValue::new(attribute::RPC_SYSTEM_NAME, self.system.name())),
            method.map(|method| KeyValue::new(attribute::RPC_METHOD, method)),
            address.map(|address| KeyValue::new(attribute::SERVER_ADDRESS, address)),
            port.flatten().map(|port| KeyValue::new(attribute::SERVER_PORT, i64::from(port))),
        ]
        .into_iter()
        .flatten()
    }

    fn status_attribute(&self) -> Option<KeyValue> {
        self.status_code.clone().map(|code| KeyValue::new(attribute::RPC_STATUS_CODE, code))
    }
}

struct ClientInstruments {
    duration: Histogram<f64>,
}

impl Instruments for ClientInstruments {
    fn create(meter: &Meter) -> Self {
        Self {
            duration: metric::seconds(
                meter,
                metric::RPC_CLIENT_CALL_DURATION,
                "Measures the duration of an outgoing Remote Procedure Call (RPC).",
                &metric::DURATION_BOUNDARIES,
            ),
        }
    }
}
