//! Programs that get a signal, and programs that end in other ways than by returning from `main`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::{Span as _, Tracer as _};
use otelier_core::Guard;
use signal_hook::consts::{SIGINT, SIGTERM};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::child::{current_thread, multi_thread, tell, work};

/// Runs `scenario` if it is one of these.
pub(super) fn run(scenario: &str) -> bool {
    match scenario {
        "no-handler" => on_runtime(|guard| async move {
            ready(&guard);
            std::future::pending::<()>().await;
        }),
        "no-runtime" => {
            let guard = otelier_core::init().unwrap();
            ready(&guard);
            park();
        }
        "graceful" => on_runtime(|guard| async move {
            let stop = otelier_core::shutdown_signal();
            ready(&guard);
            stop.await;
            go_on(guard);
        }),
        // Whether a program listens before or after `init`.
        "tokio-before" => on_runtime_with(listen_for_both, |guard, heard| async move {
            ready(&guard);
            heard.await;
            go_on(guard);
        }),
        "tokio-after" => on_runtime(|guard| async move {
            let heard = listen_for_both();
            ready(&guard);
            heard.await;
            go_on(guard);
        }),
        "tokio-sigint" => on_runtime(|guard| async move { only(SIGINT, guard).await }),
        "tokio-sigterm" => on_runtime(|guard| async move { only(SIGTERM, guard).await }),
        // A handler of SIGTERM that cannot be seen, beside one of SIGINT that can.
        "noted-sigterm" => on_runtime(|guard| async move {
            otelier_core::note_handled_signal(SIGTERM);
            only(SIGINT, guard).await;
        }),
        // A program that listens for another signal does not handle these.
        "tokio-sighup" => on_runtime(|guard| async move { only(1, guard).await }),
        "signal-hook" => {
            let guard = otelier_core::init().unwrap();
            let flag = Arc::new(AtomicBool::new(false));
            for signal in [SIGINT, SIGTERM] {
                signal_hook::flag::register(signal, Arc::clone(&flag)).unwrap();
            }
            wait_for(&flag, guard);
        }
        "ctrlc" => {
            let guard = otelier_core::init().unwrap();
            let flag = Arc::new(AtomicBool::new(false));
            let handled = Arc::clone(&flag);
            ctrlc::set_handler(move || handled.store(true, Ordering::SeqCst)).unwrap();
            wait_for(&flag, guard);
        }
        "in-code-off" => {
            let guard = otelier_core::builder().with_signal_handler(false).init().unwrap();
            ready(&guard);
            park();
        }
        "first-process" => {
            let guard = otelier_core::init().unwrap();
            ready(&guard);
            let file = std::env::var_os("GO_ON").unwrap();
            while !std::path::Path::new(&file).exists() {
                std::thread::sleep(Duration::from_millis(1));
            }
            go_on(guard);
        }
        "ended" => {
            let guard = otelier_core::init().unwrap();
            work(&guard);
            drop(guard);
            tell("ready", "yes");
            park();
        }
        "exit" => on_runtime(|guard| async move {
            work(&guard);
            otelier_core::exit(7)
        }),
        "exit-before-init" => otelier_core::exit(7),
        "panic-in-main" => on_runtime(|guard| async move {
            work(&guard);
            panic!("main panics")
        }),
        "panic-in-a-task" => on_runtime(|guard| async move {
            let task = tokio::spawn(async {
                let _span = global::tracer("test").start("work");
                panic!("a task panics");
            });
            assert!(task.await.unwrap_err().is_panic());
            drop(guard);
        }),
        _ => return false,
    }
    true
}

fn runtime() -> Runtime {
    match &*std::env::var("RUNTIME").unwrap_or_default() {
        "multi-thread" => multi_thread(),
        _ => current_thread(),
    }
}

fn on_runtime<F: Future<Output = ()>>(main: impl FnOnce(Guard) -> F) {
    on_runtime_with(|| (), |guard, ()| main(guard));
}

/// `before` runs before `init`.
fn on_runtime_with<T, F: Future<Output = ()>>(
    before: impl FnOnce() -> T,
    main: impl FnOnce(Guard, T) -> F,
) {
    runtime().block_on(async {
        let before = before();
        main(otelier_core::init().unwrap(), before).await;
    });
}

/// Records everything that must not be lost, and tells the test to send its signal.
fn ready(guard: &Guard) {
    work(guard);
    tell("ready", "yes");
}

/// What a program does that handles its signal: it ends what was under way.
fn go_on(guard: Guard) {
    global::tracer("test").start("last").end();
    drop(guard);
    tell("handled", "yes");
}

fn listen_for_both() -> impl Future<Output = ()> {
    let mut interrupt = signal(SignalKind::interrupt()).unwrap();
    let mut terminate = signal(SignalKind::terminate()).unwrap();
    async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

async fn only(number: i32, guard: Guard) {
    let mut listener = signal(SignalKind::from_raw(number)).unwrap();
    ready(&guard);
    listener.recv().await;
    go_on(guard);
}

fn wait_for(flag: &AtomicBool, guard: Guard) {
    ready(&guard);
    while !flag.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(1));
    }
    go_on(guard);
}

fn park() {
    loop {
        std::thread::park();
    }
}
