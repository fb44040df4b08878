//! The fuzz targets of this crate, a module each: a fixed set of cases in every test run, and an
//! ignored test that goes on for `OTELIER_FUZZ_SECONDS` from `OTELIER_FUZZ_SEED`.

mod sql;
