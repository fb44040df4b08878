//! The scenes, in the order they are played.

mod ping;
mod ping_manual;
mod queue;
mod shop;
mod stores;
mod untouched;

use super::scene::Scene;

/// Every scene there is.
pub(super) fn all() -> Vec<Box<dyn Scene>> {
    vec![
        Box::new(ping::Ping::default()),
        Box::new(ping_manual::PingManual),
        Box::new(stores::Stores::default()),
        Box::new(queue::Queue::default()),
        Box::new(shop::Shop::default()),
        Box::new(untouched::Untouched),
    ]
}
