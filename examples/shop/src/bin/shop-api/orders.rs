//! Placing an order, and looking it up.
//!
//! There is nothing about traces here: what each line does is in the trace by itself, and so is
//! what it logs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use otelier::mysql::{TxOpts, prelude::*};
use serde::Deserialize;
use shop::Order;
use tracing::info;

use crate::Shop;
use crate::failure::Failure;

/// What a customer asks for.
#[derive(Deserialize)]
pub(crate) struct Wish {
    article: String,
    customer: String,
}

/// `POST /orders`
pub(crate) async fn place(
    State(shop): State<Arc<Shop>>,
    Json(Wish { article, customer }): Json<Wish>,
) -> Result<(StatusCode, Json<Order>), Failure> {
    // Returning early drops the transaction, and with that rolls it back.
    let mut transaction = shop.database.pool().await?.start_transaction(TxOpts::default()).await?;

    let take = "UPDATE articles SET stock = stock - 1 WHERE name = ? AND stock > 0";
    transaction.exec_drop(take, (&article,)).await?;
    if transaction.affected_rows() == 0 {
        return Err(Failure::NoSuchArticle);
    }
    let insert = "INSERT INTO orders (article, customer) VALUES (?, ?)";
    transaction.exec_drop(insert, (&article, &customer)).await?;
    let id = transaction.last_insert_id().unwrap_or_default();

    // Before the commit: an order without a message would wait for ever.
    let order = Order { id, article, customer };
    shop.queue.send(&order).await.map_err(Failure::Queue)?;
    transaction.commit().await?;
    info!(order.id, order.article, "order placed");
    Ok((StatusCode::CREATED, Json(order)))
}

/// `GET /orders/{id}`
pub(crate) async fn find(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<u64>,
) -> Result<Json<Order>, Failure> {
    let select = "SELECT article, customer FROM orders WHERE id = ?";
    let found: Option<(String, String)> =
        select.with((id,)).first(shop.database.pool().await?).await?;
    let (article, customer) = found.ok_or(Failure::NoSuchOrder)?;
    Ok(Json(Order { id, article, customer }))
}
