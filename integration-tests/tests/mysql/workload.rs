//! One program, compiled against the driver and against us: its results are the same.

mod bare;
mod traced;

use super::support::{Database, on_both_runtimes};

on_both_runtimes!(results_errors_and_transactions_are_those_of_the_driver);

async fn results_errors_and_transactions_are_those_of_the_driver(db: &Database) {
    let bare = bare::program::run(db.opts()).await;
    let ((), spans) = db
        .traced(async {
            let traced = traced::program::run(db.opts()).await;
            assert_eq!(traced.len(), bare.len());
            for (traced, bare) in traced.iter().zip(&bare) {
                assert_eq!(traced, bare);
            }
        })
        .await;
    assert!(bare.len() > 150, "the program does too little: {bare:#?}");
    assert!(spans.len() > 150, "too little of it was traced: {}", spans.len());
}
