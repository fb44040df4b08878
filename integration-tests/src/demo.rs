//! The demo: real services, real requests, and the traces that arrive at a real OTLP receiver.
//!
//! It is a list of scenes, in `scenes/`. Each starts its services as processes of their own, drives
//! requests, and knows which traces and metrics have to arrive. To add one, write a file there,
//! name it in `scenes.rs`, and name it in the manifest of its services, under `scenes`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the demo is there to be watched")]

mod logs;
mod picture;
mod receiver;
mod scene;
mod scenes;
mod signals;
mod stage;

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use self::receiver::Receiver;
use self::scene::Scene;
use self::signals::Signals;
use self::stage::Stage;

/// Run the demo: services that talk to each other, and the traces they leave.
#[derive(Debug, clap::Parser)]
pub struct Args {
    /// Write what arrives to traces.jsonl, metrics.jsonl and logs.jsonl in this directory: one
    /// OTLP/JSON export request a line.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Leave everything running until Ctrl-C.
    #[arg(long)]
    keep: bool,

    /// Play only these scenes.
    #[arg(long, value_name = "SCENES", value_delimiter = ',')]
    only: Vec<String>,

    /// Write the largest trace of the last scene to this file, as an SVG.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Also send what arrives to this OTLP endpoint.
    #[arg(long, value_name = "URL")]
    forward: Option<String>,
}

/// How long it may take until what was sent has arrived.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Plays the scenes and draws what arrived. Whatever was started has ended when this returns.
///
/// # Errors
/// If something cannot be started or driven, if what arrived is not what a scene expects, and on
/// Ctrl-C.
pub async fn run(args: &Args) -> Result<()> {
    let mut scenes = chosen(&args.only)?;
    let mut signals = Signals::listen()?;
    let start = Instant::now();
    let programs = programs()?;
    let forward = args.forward.clone();
    let receiver = Receiver::start(&programs, args.out.as_deref(), forward).await?;
    println!("OTLP receiver on {} (HTTP) and {} (gRPC)", receiver.http(), receiver.grpc());

    let mut stage = Stage::new(programs, receiver);
    tokio::select! {
        result = play_all(&mut scenes, &mut stage, args) => result?,
        () = signals.stop() => bail!("interrupted"),
    }
    println!("as expected, in {:.1} s", start.elapsed().as_secs_f64());
    if args.keep {
        println!("\nrunning until Ctrl-C:");
        for (name, address) in stage.addresses() {
            println!("  {name:<16} {address}");
        }
        signals.stop().await;
    }
    stage.stop().await?;
    drop(stage);
    if let Some(out) = &args.out {
        println!("what arrived is in {}", out.display());
    }
    Ok(())
}

async fn play_all(scenes: &mut [Box<dyn Scene>], stage: &mut Stage, args: &Args) -> Result<()> {
    for scene in scenes {
        play(scene.as_mut(), stage, args)
            .await
            .with_context(|| format!("the scene {} failed", scene.name()))?;
    }
    Ok(())
}

async fn play(scene: &mut dyn Scene, stage: &mut Stage, args: &Args) -> Result<()> {
    stage.receiver.forget().await?;
    print!("{}: {} … ", scene.name(), scene.about());
    std::io::stdout().flush()?;
    let start = Instant::now();
    scene.play(stage).await?;
    let (received, verdict) = if args.keep {
        // The services run on, so nothing but their exporters' own pace tells when all is there.
        let checked = stage.receiver.wait_for(TIMEOUT, |received| scene.check(received)).await;
        checked?
    } else {
        stage.stop().await?;
        let received = stage.receiver.received().await?;
        let verdict = scene.check(&received);
        (received, verdict)
    };
    println!("{:.1} s\n", start.elapsed().as_secs_f64());
    println!("{}", picture::traces(&received));
    println!("{}", picture::summary(&received));
    println!("{}", picture::totals(&received));
    if let Some(file) = &args.svg {
        let written = fs::write(file, picture::svg(&received));
        written.with_context(|| format!("cannot write {}", file.display()))?;
    }
    verdict
}

fn chosen(only: &[String]) -> Result<Vec<Box<dyn Scene>>> {
    let mut scenes = scenes::all();
    let names: Vec<&str> = scenes.iter().map(|scene| scene.name()).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
        bail!("there is no scene {unknown}; there are: {}", names.join(", "));
    }
    scenes.retain(|scene| only.is_empty() || only.iter().any(|name| name == scene.name()));
    Ok(scenes)
}

/// Where the services are: cargo puts all programs of one build beside each other.
fn programs() -> Result<PathBuf> {
    let own = env::current_exe().context("cannot tell where this program is")?;
    own.parent().map(Path::to_owned).context("this program is in no directory")
}
