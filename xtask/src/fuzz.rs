//! `cargo xtask fuzz`: a bounded run of the fuzz targets, on stable Rust.
//!
//! There are two kinds, and a new target of either is picked up without a line here:
//!
//! - An ignored test in a test target named `fuzz`. It feeds a function with inputs from a seeded
//!   generator for `OTELIER_FUZZ_SECONDS`, starting from `OTELIER_FUZZ_SEED`, and on a failure
//!   prints the seed and the input.
//! - A property in a module named `any_input` of a package that tests with proptest. Each test run
//!   takes the same few inputs; here it runs again and again, each time with another seed and more
//!   inputs. On a failure proptest prints the smallest input that it finds.
//! - A test in a module whose name begins with `any_`, of a test target named `it`. It takes a few
//!   inputs from a generator that starts from `OTELIER_FUZZ_SEED`; here it runs again and again,
//!   each time with another seed.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use crate::process::{self, Process};
use crate::workspace::{Package, Workspace};

/// Run the fuzz targets for a bounded time each.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long each target runs.
    #[arg(long, default_value_t = 30, env = "OTELIER_FUZZ_SECONDS")]
    seconds: u64,
    /// Where the generator starts; a seed that a failed run printed repeats that run. Taken from
    /// the clock if absent.
    #[arg(long, env = "OTELIER_FUZZ_SEED")]
    seed: Option<u64>,
    /// Run only the targets of this package (may be repeated).
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// Run only targets whose name contains one of these.
    filter: Vec<String>,
}

/// Runs the targets of each package that has some.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let seed = args.seed.unwrap_or_else(seed_from_clock);
    let unknown = |name: &&String| !workspace.packages.iter().any(|it| it.name == **name);
    if let Some(unknown) = args.packages.iter().find(unknown) {
        bail!("no package is named {unknown}");
    }
    let is_chosen =
        |package: &&Package| args.packages.is_empty() || args.packages.contains(&package.name);
    let packages: Vec<&Package> = workspace.packages.iter().filter(is_chosen).collect();
    let mut failed: Vec<&str> = Vec::new();
    for package in packages.iter().filter(|package| package.has_target("test", "fuzz")) {
        let package = &package.name;
        println!("fuzz: {package}, {} s per target, seed {seed}", args.seconds);
        let mut command = workspace.cargo();
        command
            .args(["test", "--release", "--all-features", "-p", package, "--test", "fuzz", "--"])
            // One at a time: a target that measures its own speed must not compete with the next.
            .args(["--ignored", "--nocapture", "--test-threads=1"])
            .args(&args.filter)
            .env("OTELIER_FUZZ_SECONDS", args.seconds.to_string())
            .env("OTELIER_FUZZ_SEED", seed.to_string());
        if !Process::spawn(&mut command)?.wait(|| ())?.success() {
            failed.push(package);
        }
        process::check_interrupted()?;
    }
    for package in packages {
        let name = &package.name;
        let mut targets = Vec::new();
        if has_properties(package) {
            targets.push((&["--lib"][..], "any_input::".to_owned()));
        }
        targets.extend(modules(workspace, package).map(|it| (&["--test", "it"][..], it)));
        for (target, module) in targets {
            if !again_and_again(args, workspace, name, target, &module, seed)? {
                failed.push(name);
            }
        }
    }
    if !failed.is_empty() {
        bail!("fuzz targets failed in {}; run again with --seed {seed}", failed.join(", "));
    }
    Ok(())
}

fn has_properties(package: &Package) -> bool {
    package.dependencies.iter().any(|dependency| dependency.name == "proptest")
}

/// The modules `any_…` of its test target `it`, as the names of their tests begin.
fn modules(workspace: &Workspace, package: &Package) -> impl Iterator<Item = String> {
    let folder = workspace.root.join(package.manifest()).with_file_name("tests").join("it");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    names
        .filter(|name| name.starts_with("any_"))
        .filter_map(|name| Some(format!("{}::", name.strip_suffix(".rs")?)))
}

/// How many inputs a property gets for one seed.
const CASES: u32 = 20_000;

/// Runs the tests of a module in a target of a package until the time is over; whether all held.
fn again_and_again(
    args: &Args,
    workspace: &Workspace,
    package: &str,
    target: &[&str],
    module: &str,
    seed: u64,
) -> Result<bool> {
    let test = || {
        let mut command = workspace.cargo();
        command.args(["test", "--release", "--quiet", "--all-features", "-p", package]);
        command.args(target);
        command
    };
    // The build is not a part of the time.
    println!("fuzz: {package}, {module}, {} s; building …", args.seconds);
    if !Process::spawn(test().arg("--no-run"))?.wait(|| ())?.success() {
        return Ok(false);
    }
    let start = Instant::now();
    let all = vec![module.to_owned()];
    let filter = if args.filter.is_empty() { &all } else { &args.filter };
    let mut round = seed;
    loop {
        println!("fuzz: {package}, {module}, seed {round}");
        let mut command = test();
        command
            .arg("--")
            .args(filter)
            .env("OTELIER_FUZZ_SEED", round.to_string())
            .env("PROPTEST_CASES", CASES.to_string())
            .env("PROPTEST_RNG_SEED", round.to_string());
        let held = Process::spawn(&mut command)?.wait(|| ())?.success();
        process::check_interrupted()?;
        if !held {
            println!("fuzz: {package} again: --seed {round}");
            return Ok(false);
        }
        if start.elapsed() >= Duration::from_secs(args.seconds) {
            return Ok(true);
        }
        round = round.wrapping_add(1);
    }
}

fn seed_from_clock() -> u64 {
    // The low half of the nanoseconds is all that differs between two runs.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_nanos() as u64)
}
