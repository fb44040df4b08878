//! What is measured on each text: an analysis, a remembered result, and a parse by the crate
//! `sqlparser`.
//!
//! Results are dropped within the time measured, and a sample has many of them, one after the
//! other: that is what a service does, and a single one takes little more time than it takes to
//! look at the clock.

use divan::counter::BytesCount;
use divan::{Bencher, black_box, black_box_drop};
use otelier_sql::{Analyzer, Options, analyze};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

/// What services send: a key look-up, a report, what an ORM writes, a bulk insert, a table's
/// definition.
const TEXTS: [&str; 6] = ["lookup", "report", "orm", "insert", "bulk", "define"];

fn text(name: &str) -> String {
    match name {
        "lookup" => "SELECT id, name, email FROM users WHERE id = ? AND deleted_at IS NULL LIMIT \
            1"
        .into(),
        "report" => "WITH recent AS (SELECT customer_id, SUM(total) AS spent FROM orders WHERE \
            placed_at >= '2024-01-01' \
            AND status IN ('paid', 'shipped', 'delivered') GROUP BY customer_id HAVING SUM(total) \
            > 1000.50)\n\
            SELECT c.id, c.name, r.spent, COALESCE(a.city, 'unknown') AS city -- for the monthly \
            mail\n\
            FROM recent r JOIN customers c ON c.id = r.customer_id LEFT JOIN addresses a ON \
            a.customer_id = c.id \
            WHERE c.country = 'DE' AND c.created_at < NOW() - INTERVAL 30 DAY ORDER BY r.spent \
            DESC LIMIT 100 OFFSET 20"
            .into(),
        "orm" => {
            let columns: Vec<String> = (0..24)
                .map(|i| {
                    format!(
                        "`o`.`column_{i}` AS \
            `o_column_{i}`"
                    )
                })
                .collect();
            format!(
                "SELECT {} FROM `shop`.`orders` AS `o` INNER JOIN `shop`.`order_items` AS `i` ON \
            `i`.`order_id` = `o`.`id` \
                 WHERE `o`.`customer_id` = 8812 AND `o`.`status` <> 'cancelled' AND `i`.`sku` IN \
            ({}) ORDER BY `o`.`id`",
                columns.join(", "),
                vec!["'SKU-001934'"; 20].join(", "),
            )
        }
        "insert" => "INSERT INTO orders (customer_id, status, total, note, placed_at) \
            VALUES (8812, 'paid', 129.90, 'leave at the neighbor''s door', '2024-05-04 11:12:13') \
            ON DUPLICATE KEY UPDATE status = VALUES(status)"
            .into(),
        "bulk" => {
            let row = "(8812, 'paid', 129.90, 'leave at the door, please ring twice', '2024-05-04 \
            11:12:13', NULL)";
            format!(
                "INSERT INTO orders (customer_id, status, total, note, placed_at, sent_at) \
            VALUES {}",
                vec![row; 500].join(", ")
            )
        }
        "define" => "CREATE TABLE IF NOT EXISTS orders (id BIGINT UNSIGNED NOT NULL \
            AUTO_INCREMENT, customer_id BIGINT NOT NULL, \
            status VARCHAR(32) NOT NULL DEFAULT 'new', total DECIMAL(12, 2) NOT NULL, note TEXT, \
            placed_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (id), KEY \
            by_customer (customer_id))"
            .into(),
        other => unreachable!("{other}"),
    }
}

#[divan::bench(args = TEXTS, sample_size = 50, max_time = 1)]
fn analyzed(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| black_box_drop(analyze(black_box(&text), Options::mysql())));
}

#[divan::bench(args = TEXTS, sample_size = 50, max_time = 1)]
fn remembered(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    let analyzer = Analyzer::new().with_max_text(1 << 20);
    analyzer.analyze(&text, Options::mysql());
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| black_box_drop(analyzer.analyze(black_box(&text), Options::mysql())));
}

#[divan::bench(args = TEXTS, sample_size = 50, max_time = 1)]
fn parsed_by_sqlparser(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    assert!(Parser::parse_sql(&MySqlDialect {}, &text).is_ok(), "sqlparser does not read {name}");
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| black_box_drop(Parser::parse_sql(&MySqlDialect {}, black_box(&text))));
}
