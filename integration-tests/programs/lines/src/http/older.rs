//! axum 0.7 and reqwest 0.12.

use axum_0_7 as axum;
use otelier_reqwest::reqwest_0_12 as otel_reqwest;
use otelier_tower::axum_0_7 as otel_axum;
use {reqwest_0_12 as reqwest, reqwest_middleware_0_4 as reqwest_middleware};

const USER: &str = "/users/:id";

#[path = "work.rs"]
pub(super) mod work;
