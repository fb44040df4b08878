//! Commands: which are told, what is told of them, and how they end.

pub(crate) mod describe;
pub(crate) mod noise;
pub(crate) mod outcome;
pub(crate) mod text;
