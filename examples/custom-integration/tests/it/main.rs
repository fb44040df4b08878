//! The tests of the integration and of the domain: each shows one ending of an operation as a
//! whole.
#![allow(missing_docs)]

mod job;
mod traced;
