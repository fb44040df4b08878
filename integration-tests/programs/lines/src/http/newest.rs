//! axum 0.8 and reqwest 0.13.

use ::{axum, reqwest, reqwest_middleware};
use otelier_reqwest as otel_reqwest;
use otelier_tower::axum as otel_axum;

const USER: &str = "/users/{id}";

#[path = "work.rs"]
pub(super) mod work;
