//! With features of the driver that the workspace does without: its own instrumentation, and its
//! blocking API.

use integration_tests::program::cargo_run;
use otelier_stubs::MongoStub;

/// The program is no member of the workspace: the driver's own instrumentation brings another
/// version of OpenTelemetry.
#[test]
fn nothing_is_refused_and_it_is_said_once() {
    let stub = MongoStub::start();
    let output = cargo_run("mongodb-both", env!("CARGO_TARGET_TMPDIR"))
        .args(["--", &stub.uri()])
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).expect("text");
    let is_said = |line: &str| line.contains("a server does not answer");
    let lines: Vec<_> = told.lines().filter(|line| !is_said(line)).collect();
    let [warning, lines @ ..] = lines.as_slice() else { panic!("nothing was said") };
    let remark = " WARN otelier: mongodb: the driver's own feature `opentelemetry` is on too.";
    assert!(warning.starts_with(remark), "{warning}");
    let (found, span) = (r#"found { "_id": 1 }"#, "find products of otelier-mongodb");
    // The call of the blocking API that sends a command is recorded once.
    let failed = format!("{span}, ServerSelection");
    assert_eq!(lines, [found, found, found, "absent: true", span, span, span, &failed]);
    assert_eq!(told.lines().filter(|line| is_said(line)).count(), 1, "{told}");
}
