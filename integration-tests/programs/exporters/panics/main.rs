//! Records a span, a metric and a log record, and panics in a span that is open.

use opentelemetry::global;

fn main() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        eprintln!("the hook of the program");
        before(info);
    }));
    let _otel = otelier_tracing::init().expect("nothing was asked for in code");
    tracing::info_span!("ended").in_scope(|| tracing::info!("said before"));
    global::meter("program").u64_counter("counter").build().add(1, &[]);
    tracing::info_span!("open").in_scope(|| panic!("out of {}", "bolts"));
}
