//! New integrations of every domain in a copy of the workspace are green from the first run.

use super::*;
use crate::release::api;
use crate::same_dependencies;
use crate::tidy::tracked_files;

/// A library for each domain: in the workspace's Cargo.lock, so that no network is needed, and
/// instrumented by nothing. The names are of different lengths, as lines are cut by them.
const LIBRARIES: [(&str, Domain, usize); 5] = [
    ("httpdate", Domain::Db, 7),
    ("itoa", Domain::Rpc, 7),
    ("fastrand", Domain::Messaging, 7),
    ("mime", Domain::HttpClient, 8),
    ("hex", Domain::HttpServer, 8),
];

#[test]
fn a_name_that_is_none_is_refused() {
    let version = Version::parse("1").unwrap();
    let error = create(Path::new("missing"), "../a", version, Domain::Db).unwrap_err();
    assert_eq!(error.to_string(), "`../a` is no name of a crate");
}

#[test]
fn a_product_that_the_conventions_list_has_its_constant() {
    let root = Workspace::load().unwrap().root;
    let source = fs::read_to_string(root.join(SYSTEMS)).unwrap();
    let find = |name: &str| {
        System::find(&source, name).map(|system| (system.constant, system.is_numbered))
    };
    assert_eq!(find("redis"), Some(("REDIS".to_owned(), true)));
    assert_eq!(find("postgresql"), Some(("POSTGRESQL".to_owned(), false)));
    assert_eq!(find("sqlite"), Some(("SQLITE".to_owned(), false)));
    for name in ["tinydb", "red", "edis", ""] {
        assert_eq!(find(name), None, "{name}");
    }
}

#[test]
fn lines_are_put_in_behind_what_is_before_the_name() {
    let text = fill_lines("a\n    @x@\nb @x@ c\n", "@x@", "one\n\n  two\n");
    assert_eq!(text, "a\n    one\n\n      two\nb @x@ c\n");
}

/// Takes the time of one small build: dependencies are those that the workspace has compiled.
#[test]
fn new_integrations_pass_tidy_and_their_own_tests() {
    let workspace = Workspace::load().unwrap();
    let lock = Lock::parse(&fs::read_to_string(workspace.root.join("Cargo.lock")).unwrap());
    let root = workspace.target.join("xtask/new/source");
    let _ = fs::remove_dir_all(&root);
    for path in tracked_files(&workspace.root).unwrap() {
        let (from, to) = (workspace.root.join(&path), root.join(&path));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        match fs::read_link(&from) {
            Ok(target) => symlink(target, to).unwrap(),
            Err(_) if from.exists() => drop(fs::copy(from, to).unwrap()),
            Err(_) => {}
        }
    }
    for (library, domain, _) in LIBRARIES {
        let locked = lock.named(library).filter_map(|it| Version::parse(&it.version)).max();
        create(&root, library, locked.unwrap(), domain).unwrap();
        finish(&root, library).unwrap();
    }

    let findings: Vec<String> = tidy::findings(&Workspace::at(&root).unwrap())
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(findings, [""; 0]);
    let formatted = cargo_in(&root).args(["fmt", "--all", "--check"]).output().unwrap();
    assert!(formatted.status.success(), "{}", String::from_utf8_lossy(&formatted.stdout));

    same_dependencies::add(&workspace, &root).unwrap();
    let same = ["-p", same_dependencies::PACKAGE];
    let packages: Vec<String> =
        LIBRARIES.iter().map(|(library, ..)| format!("otelier-{library}")).collect();
    let cargo = |arguments: &[&str], after: &[&str]| {
        let mut command = cargo_in(&root);
        command.args(arguments).arg("--offline").arg("--target-dir");
        command.arg(&workspace.target).args(same).args(after);
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    let of_all: Vec<&str> = packages.iter().flat_map(|name| ["-p", name.as_str()]).collect();
    cargo(
        &[&["clippy", "--no-deps", "--all-targets"], &*of_all].concat(),
        &["--", "-D", "warnings"],
    );
    let features = LIBRARIES.map(|(library, ..)| library).join(",");
    let facade = ["check", "--lib", "-p", "otelier", "--no-default-features", "--features"];
    cargo(&[&facade[..], &[&*features]].concat(), &[]);
    // What their public API shows is what the list of the release says of it.
    let copy = Workspace::at(&root).unwrap();
    let mut document = api::document(&copy).unwrap();
    document.args(["--offline", "--target-dir"]).arg(&workspace.target).args(same);
    let output = document.args(&of_all).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = api::read_list(&copy).unwrap();
    let documents = workspace.target.join("doc");
    for package in &packages {
        let differences = api::differences(package, &documents, &listed).unwrap();
        assert_eq!(differences, [""; 0]);
        fs::remove_file(documents.join(package.replace('-', "_")).with_extension("json")).unwrap();
    }
    for (library, _, tests) in LIBRARIES {
        let text = cargo(&["test", "-p", &format!("otelier-{library}")], &[]);
        assert!(text.contains(&format!("test result: ok. {tests} passed")), "{library}: {text}");
    }
    fs::remove_dir_all(root).unwrap();
}
