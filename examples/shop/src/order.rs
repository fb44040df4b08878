//! What a customer orders; also what travels through the queue and on to the shipping service.

use serde::{Deserialize, Serialize};

/// An order that the shop has taken.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: u64,
    /// What was ordered.
    pub article: String,
    /// Who ordered it.
    pub customer: String,
}
