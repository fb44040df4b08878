//! What is built, and what is left as it is.

use std::collections::BTreeMap;
use std::fs;

use crate::support::{PLAIN, Stage, TRACED, compiled, end, package, succeed, warnings};

/// A program that prints its variables, one to a line.
const VARIABLES: &str = "for (name, value) in std::env::vars() { println!(\"{name}={value:?}\"); }";

#[test]
fn a_program_is_traced_and_its_workspace_is_as_it_was() {
    let stage = Stage::new();
    stage.main(
        "println!(\"{} {:?}\", greeter::greeting(), std::env::args().nth(1)); \
         std::process::exit(3);",
    );
    let plain = end(&mut stage.cargo("run -q -- word"));
    assert_eq!((plain.stdout.trim(), plain.code), (&*format!("{PLAIN} Some(\"word\")"), Some(3)));
    let before = stage.sources();

    let traced = end(&mut stage.otelier("run -q -- word"));
    let expected = format!("{TRACED} Some(\"word\")");
    assert_eq!((traced.stdout.trim(), traced.code), (&*expected, Some(3)));
    assert_eq!(traced.stderr, plain.stderr, "it says nothing of its own");
    assert_eq!(stage.sources(), before);
    // The program that was built plainly is the same still, and cargo finds nothing to do.
    let again = succeed(&mut stage.cargo("build"));
    assert_eq!(compiled(&again), [""; 0]);
    assert_eq!(end(&mut stage.cargo("run -q -- word")).stdout, plain.stdout);
}

#[test]
fn a_lock_file_is_made_as_cargo_makes_it() {
    let stage = Stage::new();
    succeed(&mut stage.otelier("build -q"));
    let made = stage.read("program/Cargo.lock");
    assert!(!made.contains("otelier"), "{made}");
    fs::remove_file(stage.path("program/Cargo.lock")).unwrap();
    succeed(&mut stage.cargo("build -q"));
    assert_eq!(made, stage.read("program/Cargo.lock"));
    for flags in ["--locked", "--offline", "--frozen"] {
        assert_eq!(succeed(&mut stage.otelier(&format!("run -q {flags}"))).stdout.trim(), TRACED);
    }
}

#[test]
fn the_program_sees_the_variables_that_it_sees_without() {
    let stage = Stage::new();
    stage.main(VARIABLES);
    let target = stage.path("elsewhere");
    let variables = |command: &mut std::process::Command, own: bool| {
        command.env("RUSTDOC", "rustdoc").env("CARGO_TARGET_DIR", &target);
        let output = succeed(command).stdout;
        let mut variables: BTreeMap<String, String> = output
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        // Folders with libraries that are linked when the program runs.
        let libraries = variables.remove("LD_LIBRARY_PATH").unwrap();
        assert_eq!(libraries.contains("otelier"), own);
        // What the test itself sets.
        variables.retain(|name, _| !name.starts_with("CARGO_OTELIER_"));
        variables
    };
    let plain = variables(&mut stage.cargo("run -q"), false);
    let traced = variables(&mut stage.otelier("run -q"), true);
    assert_eq!(plain["CARGO_TARGET_DIR"], format!("{:?}", target.to_str().unwrap()));
    assert_eq!(traced, plain);
    assert!(target.join("otelier/current/debug/program").is_file());
}

#[test]
fn a_second_build_compiles_nothing_and_a_change_is_compiled() {
    let stage = Stage::new();
    let first = succeed(&mut stage.otelier("build"));
    assert!(first.stderr.contains("Preparing the agent for rustc "), "{}", first.stderr);
    assert_eq!(compiled(&first), ["otelier-words", "otelier-agent", "greeter", "program"]);
    let second = succeed(&mut stage.otelier("build"));
    assert_eq!(compiled(&second), [""; 0]);
    assert!(!second.stderr.contains("Preparing"));

    // A file of the library changes, one that is edited and one that is not.
    stage.replace(
        "greeter/src/lib.rs",
        "String::from(\"plain\")",
        "{ part::x(); String::from(\"plain\") }",
    );
    stage.write("greeter/src/part.rs", "pub fn x() { println!(\"one\") }\n");
    let text = stage.read("greeter/src/lib.rs");
    stage.write("greeter/src/lib.rs", &text.replace("/// Who", "mod part;\n/// Who"));
    let third = succeed(&mut stage.otelier("run"));
    assert_eq!(compiled(&third), ["greeter", "program"]);
    assert_eq!(third.stdout, format!("one\n{TRACED}\n"));
    stage.write("greeter/src/part.rs", "pub fn x() { println!(\"two\") }\n");
    let fourth = succeed(&mut stage.otelier("run"));
    assert_eq!(compiled(&fourth), ["greeter", "program"]);
    assert_eq!(fourth.stdout, format!("two\n{TRACED}\n"));
    assert_eq!(compiled(&succeed(&mut stage.otelier("build"))), [""; 0]);
}

#[test]
fn other_edits_and_another_agent_are_other_builds() {
    let stage = Stage::new();
    assert_eq!(succeed(&mut stage.otelier("run -q")).stdout.trim(), TRACED);
    stage.replace("edits/greeter/hooks.rs", ".into()", ".to_uppercase()");
    assert_eq!(succeed(&mut stage.otelier("run -q")).stdout.trim(), TRACED.to_uppercase());
    stage.replace("agent/words/src/lib.rs", TRACED, "changed");
    assert_eq!(succeed(&mut stage.otelier("run -q")).stdout.trim(), "CHANGED");
}

#[test]
fn places_in_the_source_are_those_of_the_library() {
    let stage = Stage::new();
    stage.main("greeter::fail();");
    let plain = end(stage.cargo("run -q").env("RUST_BACKTRACE", "0"));
    let traced = end(stage.otelier("run -q").env("RUST_BACKTRACE", "0"));
    let place = stage.path("greeter/src/lib.rs:10:5").display().to_string();
    assert!(plain.stderr.contains(&place), "{}", plain.stderr);
    assert!(traced.stderr.contains(&place), "{}", traced.stderr);
    assert_eq!((plain.code, traced.code), (Some(101), Some(101)));
    // An error in the library is shown as without.
    stage.replace("greeter/src/lib.rs", "panic!", "panic_with!");
    let plain = end(&mut stage.cargo("check"));
    let traced = end(&mut stage.otelier("check"));
    let error = |text: &str| {
        let start = text.find("error: cannot find macro").unwrap_or_else(|| panic!("{text}"));
        text[start..].split("\n\n").next().unwrap().to_owned()
    };
    assert_eq!(error(&traced.stderr), error(&plain.stderr));
    assert_eq!(warnings(&traced), [""; 0], "the edits are not the reason");
}

#[test]
fn two_clean_release_builds_are_the_same_bytes() {
    let stage = Stage::new();
    let build = || {
        succeed(&mut stage.otelier("build -q --release"));
        fs::read(stage.path("program/target/otelier/current/release/program")).unwrap()
    };
    let first = build();
    succeed(&mut stage.otelier("clean"));
    assert!(!stage.path("program/target/otelier").exists());
    assert!(build() == first);
}

#[test]
fn with_a_target_build_scripts_and_macros_are_left_as_they_are() {
    let stage = Stage::new();
    let manifest = package("program", "0.1.0", "greeter = { path = \"../greeter\" }\n")
        + "[build-dependencies]\ngreeter = { path = \"../greeter\" }\n[workspace]\n";
    stage.write("program/Cargo.toml", &manifest);
    stage.write(
        "program/build.rs",
        "fn main() { println!(\"cargo::rustc-env=SAID={}\", greeter::greeting()); }\n",
    );
    stage.main("println!(\"{}, {}\", env!(\"SAID\"), greeter::greeting());");
    let host = host();
    let traced = succeed(&mut stage.otelier(&format!("run -q --target {host}")));
    assert_eq!(traced.stdout.trim(), format!("{PLAIN}, {TRACED}"));
    // Without, cargo compiles the library once for both.
    let traced = succeed(&mut stage.otelier("run -q"));
    assert_eq!(traced.stdout.trim(), format!("{TRACED}, {TRACED}"));
    stage.write("program/.cargo/config.toml", &format!("[build]\ntarget = \"{host}\"\n"));
    let traced = succeed(&mut stage.otelier("run -q"));
    assert_eq!(traced.stdout.trim(), format!("{PLAIN}, {TRACED}"));
}

#[test]
fn profiles_with_link_time_optimization_and_abort_are_built() {
    let stage = Stage::new();
    let manifest = stage.read("program/Cargo.toml");
    for profile in
        ["lto = \"fat\"\npanic = \"abort\"\nstrip = true", "lto = \"thin\"\ncodegen-units = 1"]
    {
        stage.write("program/Cargo.toml", &format!("{manifest}[profile.release]\n{profile}\n"));
        assert_eq!(succeed(&mut stage.otelier("run -q --release")).stdout.trim(), TRACED);
    }
}

#[test]
fn two_versions_of_a_library_in_one_program_are_each_edited() {
    let stage = Stage::new();
    stage.write("older/Cargo.toml", &package("greeter", "0.9.0", ""));
    stage.write("older/src/lib.rs", &stage.read("greeter/src/lib.rs"));
    let edits = stage.read("edits/greeter/edits.toml");
    let of_older = edits.replace("library = \"greeter\"\n", "").replace(">=1.2.0, <1.9.0", "0.9");
    stage.write("edits/greeter/edits.toml", &(edits + &of_older));
    let dependencies = "greeter = { path = \"../greeter\" }\n\
                        older = { package = \"greeter\", path = \"../older\" }\n";
    let manifest = package("program", "0.1.0", dependencies) + "[workspace]\n";
    stage.write("program/Cargo.toml", &manifest);
    stage.main("println!(\"{}\", greeter::greeting() == older::greeting());");
    assert_eq!(succeed(&mut stage.otelier("run -q")).stdout.trim(), "true");
    stage.main("println!(\"{}, {}\", greeter::greeting(), older::greeting());");
    assert_eq!(succeed(&mut stage.otelier("run -q")).stdout.trim(), format!("{TRACED}, {TRACED}"));
}

/// The target of the machine.
fn host() -> String {
    let output = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}
