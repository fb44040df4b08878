//! Short programs, and programs that start others.

use std::process::Command;

use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, global};

use super::child::{current_thread, multi_thread, tell};

/// Runs `scenario` if it is one of these. None of them drops its guard: what arrives was delivered
/// before.
pub(super) fn run(scenario: &str) -> bool {
    let import = || -> Result<(), String> {
        global::tracer("test").in_span("step", |_| ());
        Ok(())
    };
    match scenario {
        "run-closure" => {
            let _otel = otelier_core::init().unwrap();
            otelier_core::run("nightly-import", import).unwrap();
            std::process::exit(0);
        }
        "run-current-thread" | "run-multi-thread" => {
            let runtime = match scenario {
                "run-multi-thread" => multi_thread(),
                _ => current_thread(),
            };
            runtime.block_on(async {
                let _otel = otelier_core::init().unwrap();
                let work = async {
                    tokio::task::yield_now().await;
                    import()
                };
                otelier_core::run("nightly-import", work).await.unwrap();
                std::process::exit(0);
            });
        }
        "run-failing" => {
            let _otel = otelier_core::init().unwrap();
            let result: Result<(), String> =
                otelier_core::run("nightly-import", || Err("no file called s3cret".to_owned()));
            tell("returned", result.unwrap_err());
            std::process::exit(0);
        }
        "run-with-child" => {
            let _otel = otelier_core::init().unwrap();
            otelier_core::run("parent", || -> Result<(), String> {
                show_environment_of_child();
                Ok(())
            })
            .unwrap();
        }
        "root-with-child" => {
            let _otel = otelier_core::init().unwrap();
            let cx = Context::new().with_span(global::tracer("test").start("root"));
            let attached = cx.attach();
            show_environment_of_child();
            drop(attached);
        }
        "no-span-with-child" => {
            let _otel = otelier_core::init().unwrap();
            show_environment_of_child();
        }
        #[cfg(feature = "tokio-metrics")]
        "runtime-metrics" => multi_thread().block_on(async {
            let builder = otelier_core::builder().with_process_metrics().with_tokio_metrics();
            builder.init().unwrap().shutdown().unwrap();
        }),
        #[cfg(feature = "tokio-metrics")]
        "runtime-metrics-outside" => {
            let builder = otelier_core::builder().with_tokio_metrics();
            builder.init().unwrap().shutdown().unwrap();
        }
        _ => return false,
    }
    true
}

fn show_environment_of_child() {
    let mut command = Command::new("/usr/bin/env");
    otelier_core::context_to_command(&mut command);
    let output = command.output().unwrap();
    println!("{}", String::from_utf8(output.stdout).unwrap());
}
