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

/// The same as the body of a message, so that JSON is in a string, in a string of it and so on.
fn in_strings(text: String, strings: u32) -> String {
    (0..strings).fold(text, |text, _| {
        serde_json::json!({ "Type": "Notification", "Message": text }).to_string()
    })
}

/// Messages that people wrote, with line breaks, quotes, letters beyond ASCII and links.
fn chat() -> String {
    let message = |n: u32| {
        serde_json::json!({
            "id": n,
            "author": {"name": "Zoë", "avatar": format!("https://cdn.example.com/a/{n}.png?v=2")},
            "text": "Hello,\n\nwhat did she mean by \"soon\"? I have not heard a word since \
                     Tuesday.\tSee you there – and bring the others: all = more fun.\n",
        })
    };
    serde_json::Value::from((0..1000).map(message).collect::<Vec<_>>()).to_string()
}

const TEXTS: [&str; 6] =
    ["orders", "orders in 1", "orders in 2", "orders in 4", "chat", "chat in 1"];

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

/// The text of this name: of what it is, and in how many strings.
fn text(name: &str) -> String {
    let (name, strings) = name.split_once(" in ").unwrap_or((name, "0"));
    let text = if name == "orders" { orders() } else { chat() };
    in_strings(text, strings.parse().expect("a number"))
}
