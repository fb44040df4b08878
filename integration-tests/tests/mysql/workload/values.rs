//! Every type that a column may have, there and back in both protocols.

use super::mysql::{Conn, OptsBuilder, Row, Value, params, prelude::*};
use super::{Notes, note, note_last, text};

pub(super) async fn run(opts: &OptsBuilder, notes: &mut Notes) {
    let mut conn = Conn::new(opts.clone()).await.unwrap();
    conn.query_drop(
        "CREATE TEMPORARY TABLE v (i BIGINT, u BIGINT UNSIGNED, f FLOAT, d DOUBLE, m DECIMAL(20, \
         5), b BLOB, t TEXT, \
         dt DATETIME(6), da DATE, ti TIME(6), y YEAR, bi BIT(10), e ENUM('a', 'b'), s SET('x', \
         'y'), j JSON)",
    )
    .await
    .unwrap();
    let nothing = vec![Value::NULL; 15];
    let least = vec![
        Value::Int(i64::MIN),
        Value::UInt(0),
        Value::Float(-1.5),
        Value::Double(-1e300),
        "-123456789012345.12345".into(),
        Value::Bytes(vec![0, 255, 39, 92]),
        "".into(),
        Value::Date(1000, 1, 1, 0, 0, 0, 0),
        "1000-01-01".into(),
        Value::Time(true, 34, 22, 59, 59, 0),
        1901.into(),
        Value::Bytes(vec![0, 1]),
        "a".into(),
        "".into(),
        "[]".into(),
    ];
    let most = vec![
        Value::Int(i64::MAX),
        Value::UInt(u64::MAX),
        Value::Float(1.5),
        Value::Double(1e300),
        "123456789012345.12345".into(),
        Value::Bytes((0..=255).collect()),
        "it's \\ \"ünïcode\" 🎵".into(),
        Value::Date(9999, 12, 31, 23, 59, 59, 999_999),
        "9999-12-31".into(),
        Value::Time(false, 34, 22, 59, 59, 0),
        2155.into(),
        Value::Bytes(vec![3, 255]),
        "b".into(),
        "x,y".into(),
        "{\"a\": [1, null, \"x\"]}".into(),
    ];
    let insert = format!("INSERT INTO v VALUES ({})", ["?"; 15].join(", "));
    for row in [nothing, least, most] {
        note(notes, "insert", &conn.exec_drop(&insert, row).await.map_err(text));
        note_last(notes, &conn);
    }
    // Rows have their values and the names and types of their columns.
    note(notes, "as text", &conn.query::<Row, _>("SELECT * FROM v").await.map_err(text));
    note(notes, "as binary", &conn.exec::<Row, _, _>("SELECT * FROM v", ()).await.map_err(text));
    let typed = "SELECT i, u, b, t, y FROM v WHERE i = :i";
    let row: Option<(i64, u64, Vec<u8>, String, u16)> =
        conn.exec_first(typed, params! { "i" => i64::MAX }).await.unwrap();
    note(notes, "typed", &row);
    let empty: Option<Option<String>> =
        conn.query_first("SELECT t FROM v WHERE i IS NULL").await.unwrap();
    note(notes, "null", &empty);

    let big: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251) as u8).collect();
    conn.query_drop("CREATE TEMPORARY TABLE big (b LONGBLOB)").await.unwrap();
    note(notes, "big", &conn.exec_drop("INSERT INTO big VALUES (?)", (&big,)).await.map_err(text));
    let back: Option<Vec<u8>> = conn.query_first("SELECT b FROM big").await.unwrap();
    note(notes, "big text", &(back.as_ref() == Some(&big)));
    let back: Option<Vec<u8>> = conn.exec_first("SELECT b FROM big", ()).await.unwrap();
    note(notes, "big binary", &(back.as_ref() == Some(&big)));
    note(notes, "disconnect", &conn.disconnect().await);
}
