//! Ends while exports are under way: as a whole, or a child of it alone; or with a guard that is
//! never dropped.

use std::sync::OnceLock;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use opentelemetry::global;
use opentelemetry::trace::{Span as _, Tracer as _};

static GUARD: OnceLock<otelier_core::Guard> = OnceLock::new();

fn work() -> otelier_core::Guard {
    let otel = otelier_core::init().expect("nothing was asked for in code");
    global::tracer("program").start("span").end();
    global::meter("program").u64_counter("counter").build().add(1, &[]);
    otel
}

fn main() {
    let ending = std::env::args().nth(1);
    if let Some(ending @ ("thread" | "exit-of-thread")) = ending.as_deref() {
        let ending = ending.to_owned();
        let thread = std::thread::spawn(move || {
            assert!(GUARD.set(work()).is_ok(), "it is set once");
            println!("ended");
            if ending == "exit-of-thread" {
                std::process::exit(3);
            }
        });
        thread.join().expect("it does not panic");
        return;
    }
    let otel = work();
    if ending.as_deref() == Some("static") {
        assert!(GUARD.set(otel).is_ok(), "it is set once");
        println!("ended");
        return;
    }
    if ending.as_deref() == Some("exit") {
        println!("ended");
        std::process::exit(3);
    }
    if ending.as_deref() == Some("fork") {
        // SAFETY: the child uses nothing that another thread could have held at this moment: it
        // ends.
        match unsafe { fork() }.expect("a process can be started") {
            ForkResult::Child => {
                drop(otel);
                println!("child ended");
                return;
            }
            ForkResult::Parent { child } => {
                // Both end at once; the one that has to wait for the collector is the last.
                let _ = otel.shutdown();
                println!("parent ended");
                waitpid(child, None).expect("the child ends");
                return;
            }
        }
    }
    let _ = otel.shutdown();
    println!("ended");
}
