//! Sample workspaces, written to temporary folders with their lock files, and what is said of them.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::support::SupportedLine;
use super::*;
use crate::version::{Range, Version};

/// A workspace in a folder of its own, which goes with it.
struct Sample(PathBuf);

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Sample {
    /// A program named `shop`, with these dependencies, source and lock file.
    fn new(dependencies: &str, main: &str, lock: &[(&str, &str, &[&str])]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("cargo-otelier-doctor-{}-{number}", std::process::id());
        let root = std::env::temp_dir().join(name);
        fs::create_dir_all(root.join("src")).unwrap();
        let manifest = format!(
            "[workspace]\n[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             [dependencies]\n{dependencies}"
        );
        fs::write(root.join("Cargo.toml"), manifest).unwrap();
        fs::write(root.join("src/main.rs"), main).unwrap();
        let mut text = "version = 4\n".to_owned();
        for (name, version, dependencies) in lock {
            text.push_str(&format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n"));
            if *name != "shop" {
                text.push_str("source = \"registry+https://example.org/index\"\n");
            }
            if !dependencies.is_empty() {
                let lines: String = dependencies.iter().map(|it| format!(" \"{it}\",\n")).collect();
                text.push_str(&format!("dependencies = [\n{lines}]\n"));
            }
        }
        fs::write(root.join("Cargo.lock"), text).unwrap();
        Self(root)
    }

    #[track_caller]
    fn check(&self, expect: &[&str]) {
        let project = Project::load(&self.0.join("Cargo.toml")).unwrap();
        let report = check::check(&project, &support()).to_string();
        assert_eq!(report.lines().collect::<Vec<_>>(), expect, "{report}");
    }
}

fn support() -> Support {
    let line = |library: &str, versions: &[&str], feature: &str, write: &str| {
        let versions: Vec<String> = versions.iter().map(|it| (*it).to_owned()).collect();
        SupportedLine {
            library: library.to_owned(),
            range: Range::of(&versions).unwrap(),
            tested: versions.join(" to "),
            feature: feature.to_owned(),
            write: write.to_owned(),
        }
    };
    let features = [
        ("full", vec!["axum", "aws-sqs"]),
        ("axum", vec!["tower"]),
        ("aws-sqs", vec!["aws"]),
        ("default", vec!["tls-ring"]),
    ];
    Support {
        lines: vec![
            line("axum", &["0.8.0", "0.8.9"], "axum", ".layer(axum)"),
            line("axum", &["0.7.0", "0.7.9"], "axum-0_7", ".layer(axum_0_7)"),
            line("aws-sdk-*", &["1.1.0"], "aws", "aws::client!"),
            line("aws-sdk-sqs", &["1.24.0", "1.119.0"], "aws-sqs", "aws::sqs"),
        ],
        features: features
            .into_iter()
            .map(|(name, on)| (name.to_owned(), on.into_iter().map(str::to_owned).collect()))
            .collect(),
        opentelemetry: Version::parse("0.33"),
    }
}

#[test]
fn libraries_get_their_feature_and_line() {
    let lock: &[(&str, &str, &[&str])] = &[
        ("shop", "0.1.0", &["axum 0.7.9", "aws-sdk-s3", "aws-sdk-sqs"]),
        ("axum", "0.7.9", &[]),
        ("axum", "0.8.9", &[]),
        ("aws-sdk-s3", "1.9.0", &[]),
        ("aws-sdk-sqs", "1.200.0", &[]),
    ];
    let dependencies = "axum = \"0.7\"\naws-sdk-s3 = \"1\"\naws-sdk-sqs = \"1\"\n";
    Sample::new(dependencies, "fn main() {}", lock).check(&[
        "+ shop: aws-sdk-s3 1.9.0: tested with 1.1.0, and this is newer; turn on the feature `aws`, and \
         write",
        "      aws::client!",
        "+ shop: aws-sdk-sqs 1.200.0: tested with 1.24.0 to 1.119.0, and this is newer; turn on the \
         feature `aws-sqs`, and write",
        "      aws::sqs",
        "+ shop: axum 0.7.9: tested with 0.7.0 to 0.7.9; turn on the feature `axum-0_7`, and write",
        "      .layer(axum_0_7)",
        "+ shop: one command turns these features on",
        "      cargo add -p shop otelier --features aws,aws-sqs,axum-0_7",
    ]);
}

#[test]
fn enabled_features_and_old_versions_are_found() {
    let lock: &[(&str, &str, &[&str])] = &[
        ("shop", "0.1.0", &["axum", "aws-sdk-sqs", "otelier"]),
        ("axum", "0.8.4", &[]),
        ("aws-sdk-sqs", "1.24.0", &[]),
        ("otelier", "0.1.0", &["opentelemetry"]),
        ("opentelemetry", "0.33.1", &[]),
    ];
    let dependencies = "axum = \"0.8\"\naws-sdk-sqs = \"1\"\n\
                        otelier = { version = \"0.1\", features = [\"full\"] }\n";
    Sample::new(dependencies, "fn main() { let _otel = otelier::init(); }", lock).check(&[
        "✓ shop: aws-sdk-sqs 1.24.0: tested with 1.24.0 to 1.119.0; the feature `aws-sqs` is on",
        "✓ shop: axum 0.8.4: tested with 0.8.0 to 0.8.9; the feature `axum` is on",
        "✓ opentelemetry 0.33.1: there is one version",
    ]);

    let old: &[(&str, &str, &[&str])] = &[("shop", "0.1.0", &["axum"]), ("axum", "0.6.20", &[])];
    Sample::new("axum = \"0.6\"\n", "fn main() {}", old).check(&[
        "✗ shop: axum 0.6.20: this version is not supported; supported are 0.8.0 to 0.8.9, 0.7.0 to \
         0.7.9",
    ]);
}

#[test]
fn a_second_opentelemetry_is_traced_to_who_wants_it() {
    let lock: &[(&str, &str, &[&str])] = &[
        ("shop", "0.1.0", &["otelier", "web", "opentelemetry 0.31.0"]),
        ("otelier", "0.1.0", &["opentelemetry 0.33.1"]),
        ("web", "2.0.0", &["tracing-opentelemetry"]),
        ("tracing-opentelemetry", "0.32.0", &["opentelemetry 0.31.0"]),
        ("opentelemetry", "0.31.0", &[]),
        ("opentelemetry", "0.33.1", &[]),
    ];
    let dependencies = "otelier = \"0.1\"\nweb = \"2\"\nopentelemetry = \"0.31\"\n";
    Sample::new(dependencies, "fn main() { let _otel = otelier::init(); }", lock).check(&[
        "✗ opentelemetry 0.31.0: Otelier uses 0.33.0; spans and metrics that are made with this one \
         are lost without an error. It is there because of shop, tracing-opentelemetry 0.32.0 (of \
         web 2.0.0, of shop)",
        "      cargo tree -i opentelemetry@0.31.0",
    ]);
}

#[test]
fn a_program_that_ends_without_delivering_is_found() {
    let lock: &[(&str, &str, &[&str])] = &[
        ("shop", "0.1.0", &["axum", "otelier"]),
        ("axum", "0.8.9", &[]),
        ("otelier", "0.1.0", &[]),
    ];
    let dependencies = "axum = \"0.8\"\notelier = { version = \"0.1\", features = [\"axum\"] }\n";
    let axum = "✓ shop: axum 0.8.9: tested with 0.8.0 to 0.8.9; the feature `axum` is on";
    let serve = "✗ shop: shutdown: src/main.rs:2 serves until the process is killed, so what was \
                 recorded last is lost; write";
    let graceful = "      .with_graceful_shutdown(otelier::shutdown_signal())";
    let init = "      let _otel = otelier::init()?;";
    Sample::new(
        dependencies,
        "fn main() {\n    axum::serve(listener, app); // .with_graceful_shutdown()\n}\n",
        lock,
    )
    .check(&[
        axum,
        serve,
        graceful,
        "✗ shop: start: depends on otelier, but never calls it; write, first in `main`",
        init,
    ]);
    Sample::new(
        dependencies,
        "fn main() {\n    let _ = otelier::init()?;\n    \
         axum::serve(l, a).with_graceful_shutdown(s);\n    std::process::exit(1);\n}\n",
        lock,
    )
    .check(&[
        axum,
        "✗ shop: start: src/main.rs:2 binds the guard to `_`, which drops it at once; write",
        init,
        "+ shop: shutdown: src/main.rs:4 ends the process without dropping the guard: return from \
         `main`, or call the guard's `shutdown` first",
    ]);
}

#[test]
fn comments_strings_and_longer_names_are_no_code() {
    let lock: &[(&str, &str, &[&str])] = &[
        ("shop", "0.1.0", &["axum", "otelier", "rustls"]),
        ("axum", "0.8.9", &[]),
        ("otelier", "0.1.0", &[]),
    ];
    let dependencies = "axum = \"0.8\"\notelier = { version = \"0.1\", features = [\"axum\"] }\n";
    let axum = "✓ shop: axum 0.8.9: tested with 0.8.0 to 0.8.9; the feature `axum` is on";
    let main = r##"
        use otelier::{
            init,
            Signal,
        };
        /* axum::serve(listener, app) /* process::exit( */ let _ = otelier::init(); */
        fn main() {
            let _otel = init()?;
            let quote = '"';
            let text = "let _ = otelier::init(); std::process::exit(1); axum::serve(l, a)";
            let raw = r#"the "axum::serve(" of axum"#;
            my_axum::serve(text, raw, quote);
        }
    "##;
    Sample::new(dependencies, main, lock).check(&[axum]);
    // And what stands behind them is.
    let main = "fn main() {\n    let c = '\"'; let u = \"http://x\"; let _ = otelier::init();\n}\n";
    Sample::new(dependencies, main, lock).check(&[
        axum,
        "✗ shop: start: src/main.rs:2 binds the guard to `_`, which drops it at once; write",
        "      let _otel = otelier::init()?;",
    ]);
    let main = "// let _otel = otelier::init();\nfn main() {}\n";
    Sample::new(dependencies, main, lock).check(&[
        axum,
        "✗ shop: start: depends on otelier, but never calls it; write, first in `main`",
        "      let _otel = otelier::init()?;",
    ]);
}

#[test]
fn the_cryptography_of_tls_is_looked_at() {
    let both: &[(&str, &str, &[&str])] = &[
        ("shop", "0.1.0", &["otelier", "rustls"]),
        ("otelier", "0.1.0", &[]),
        ("rustls", "0.23.30", &["aws-lc-rs", "ring"]),
        ("ring", "0.17.14", &[]),
        ("aws-lc-rs", "1.13.0", &[]),
    ];
    let main = "fn main() { let _otel = otelier::init(); }";
    let no_tls = "otelier = { version = \"0.1\", default-features = false }\nrustls = \"0.23\"\n";
    Sample::new(no_tls, main, both).check(&[
        "✗ rustls 0.23.30: is built with two providers of cryptography, `ring` and `aws-lc-rs`, and \
         chooses none by itself: code that asks for its default panics, unless the program chooses \
         first",
        "      rustls::crypto::ring::default_provider().install_default().ok();",
        "+ shop: otelier: is built without TLS, so an endpoint with https cannot be reached: turn on \
         `tls-ring` or `tls-aws-lc` if you need one",
    ]);
    let installs = "fn main() { let _otel = otelier::init(); p().install_default(); }";
    let dependencies = "otelier = \"0.1\"\nrustls = \"0.23\"\n";
    Sample::new(dependencies, installs, both).check(&[
        "✓ rustls 0.23.30: is built with `ring` and `aws-lc-rs`, and the program chooses one",
    ]);
    let one: &[(&str, &str, &[&str])] = &[
        ("shop", "0.1.0", &["otelier", "rustls"]),
        ("otelier", "0.1.0", &[]),
        ("rustls", "0.23.30", &["ring"]),
        ("ring", "0.17.14", &[]),
    ];
    Sample::new(dependencies, main, one).check(&["✓ rustls 0.23.30: its cryptography is `ring`"]);
}

#[test]
fn a_workspace_without_a_lock_file_says_so() {
    let sample = Sample::new("", "fn main() {}", &[]);
    fs::remove_file(sample.0.join("Cargo.lock")).unwrap();
    let error = Project::load(&sample.0.join("Cargo.toml")).err().unwrap().to_string();
    assert!(error.contains("cargo generate-lockfile"), "{error}");
}

#[test]
fn what_is_supported_is_in_the_binary() {
    let support = supported().unwrap();
    assert!(support.knows("axum") && support.knows("aws-sdk-kms") && !support.knows("serde"));
    assert!(support.closure(&["full"]).contains("tower"));
    assert!(support.lines.iter().all(|line| !line.write.is_empty()));
    assert!(support.opentelemetry.is_some());
}
