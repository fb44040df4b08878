//! Otelier: the context of a call.

use aws_smithy_types::config_bag::{Storable, StoreReplace};
use otelier_agent::Captured;

/// The context of a call, in its configuration bag.
#[derive(Clone, Debug)]
pub struct CallContext(pub Captured);

impl Storable for CallContext {
    type Storer = StoreReplace<Self>;
}
