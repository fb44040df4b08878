//! The test vectors of the semantic conventions, all of them.

use otelier_sql::{Options, analyze};
use serde_json::Value;

#[test]
fn all_vectors_of_the_conventions_pass() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("db-sql-test-cases.json")).unwrap();
    assert_eq!(cases.len(), 24);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let options = match case["input"]["db.system.name"].as_str().unwrap() {
            "other_sql" => Options::standard(),
            "mysql" | "mariadb" => Options::mysql(),
            other => panic!("{name}: no dialect for {other}"),
        };
        // Nothing in the vectors depends on the dialect, so that MySQL's has to satisfy them too.
        for options in [options, Options::mysql()] {
            let found = analyze(case["input"]["query"].as_str().unwrap(), options);
            let texts = case["expected"]["db.query.text"].as_array().unwrap();
            assert!(texts.contains(&Value::from(&**found.text())), "{name}: {found:?}");
            let summary = found.summary().map_or(Value::Null, |summary| Value::from(&**summary));
            assert_eq!(summary, case["expected"]["db.query.summary"], "{name}: {found:?}");
        }
    }
}
