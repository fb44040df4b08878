//! What the services of the shop share. README.md tells what there is, and how to run it.

mod order;
mod queue;
mod stop;

pub use order::Order;
pub use queue::Queue;
pub use stop::stopped;
