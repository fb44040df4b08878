//! Tests of Otelier against real servers and a real OTLP receiver.
