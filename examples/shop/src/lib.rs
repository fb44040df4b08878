//! What the services of the shop share. README.md tells what there is, and how to run it.

mod order;
mod queue;

pub use order::Order;
pub use queue::Queue;
