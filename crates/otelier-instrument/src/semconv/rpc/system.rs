//! The systems of remote procedure calls that the conventions know, and any other.

/// A system of remote procedure calls: `rpc.system.name`.
///
/// There is a constant for each system that the conventions list. Others are made by
/// [`new`](Self::new):
///
/// ```
/// use otelier_instrument::semconv::rpc::RpcSystem;
///
/// const TARPC: RpcSystem = RpcSystem::new("tarpc");
/// assert_eq!(TARPC.name(), "tarpc");
/// assert_eq!(RpcSystem::GRPC.name(), "grpc");
/// ```
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/rpc/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RpcSystem(&'static str);

impl RpcSystem {
    /// gRPC.
    pub const GRPC: Self = Self::new("grpc");
    /// Apache Dubbo.
    pub const DUBBO: Self = Self::new("dubbo");
    /// Connect RPC.
    pub const CONNECTRPC: Self = Self::new("connectrpc");
    /// JSON-RPC.
    pub const JSONRPC: Self = Self::new("jsonrpc");

    /// The system called `name` in `rpc.system.name`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The value of `rpc.system.name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}
