//! Tools for the tests of Otelier: in-memory capture, assertions and a real OTLP receiver.
