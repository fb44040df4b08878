//! The SDK side of Otelier: configuration, resource, export, propagators and shutdown.

pub mod propagation;
