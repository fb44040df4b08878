//! How fast JSON is masked, beside parsing and printing the same text with `serde_json`.
#![allow(missing_docs, clippy::expect_used)]

use divan::Bencher;
use divan::counter::BytesCount;
use otelier_instrument::masking::{MaskingContext, MaskingPolicy};

fn main() {
    divan::main();
}

/// A page of orders, as a service may answer with.
fn orders() -> String {
    let order = |n: u32| {
        format!(
            concat!(
                r#"{{"id": {n}, "customer": {{"name": "Jane Doe {n}", "email": "jane{n}@example.com", "#,
                r#""session_token": "abcdef0123456789"}}, "items": [{{"sku": "A-{n}", "quantity": 2, "#,
                r#""price": 19.99, "description": "A sturdy thing that people like to have, in blue"}}], "#,
                r#""notes": null, "paid": true}}"#
            ),
            n = n
        )
    };
    format!("[{}]", (0..1000).map(order).collect::<Vec<_>>().join(",\n "))
}

/// The same as the body of a message, so that JSON is in a string.
fn message() -> String {
    serde_json::json!({ "Type": "Notification", "Message": orders() }).to_string()
}

const TEXTS: [&str; 2] = ["orders", "message"];

#[divan::bench(args = TEXTS)]
fn mask(bencher: Bencher<'_, '_>, name: &str) {
    let (policy, text) = (MaskingPolicy::default(), text(name));
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| policy.json(MaskingContext::General, &text).len());
}

#[divan::bench(args = TEXTS)]
fn parse_and_print(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        value.to_string().len()
    });
}

fn text(name: &str) -> String {
    if name == "orders" { orders() } else { message() }
}
