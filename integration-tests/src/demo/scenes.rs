//! The scenes, in the order they are played.

mod ping;
mod queue;
mod shop;

use super::scene::Scene;

/// Every scene there is.
pub(super) fn all() -> Vec<Box<dyn Scene>> {
    vec![
        Box::new(ping::Ping::default()),
        Box::new(queue::Queue::default()),
        Box::new(shop::Shop::default()),
    ]
}
