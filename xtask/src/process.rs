//! Child processes that never outlive the task that started them.
//!
//! Each child leads a process group of its own, so that what it starts is stopped with it: when the
//! guard is dropped, on Ctrl-C, and on SIGTERM or SIGHUP. The signal only ends the children; the
//! task then sees its wait return, gives up, and its guards clean up in order.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

/// How the error of a command begins that took longer than it may; the time follows.
pub(crate) const ENDED: &str = "it was ended after";

/// How long a child may take to end after SIGTERM. The test runner gives its own children ten
/// seconds.
const GRACE: Duration = Duration::from_secs(12);
const POLL: Duration = Duration::from_millis(25);
/// How often a long silent step says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(30);

static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C, SIGTERM and SIGHUP end the children first; a second signal ends everything at
/// once.
pub(crate) fn handle_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            signal_groups(Signal::SIGKILL);
            std::process::exit(130);
        }
        signal_groups(Signal::SIGTERM);
        thread::spawn(|| {
            thread::sleep(GRACE);
            signal_groups(Signal::SIGKILL);
        });
    })
    .context("cannot install the signal handler")
}

/// Whether a signal has asked the task to end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Fails once a signal has asked the task to end.
pub(crate) fn check_interrupted() -> Result<()> {
    if interrupted() {
        bail!("interrupted");
    }
    Ok(())
}

/// A child process with everything it starts; dropping it stops them.
pub(crate) struct Process {
    child: Child,
    /// Cleared when the child is left running on purpose.
    owned: bool,
}

impl Process {
    /// Starts `command` in a process group of its own, without an input.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        check_interrupted()?;
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let process = Self { child, owned: true };
        groups().insert(process.group());
        // A signal that came before the insertion found nothing to end.
        check_interrupted()?;
        Ok(process)
    }

    /// The process id, which is also that of the group.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The exit status, if the child has ended.
    pub(crate) fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("cannot wait for a child process")
    }

    /// Waits for the child to end; what it left behind in its group is killed.
    pub(crate) fn wait(self, mut on_poll: impl FnMut()) -> Result<ExitStatus> {
        self.wait_while(|| {
            on_poll();
            Ok(())
        })
    }

    /// Waits for the child to end, and ends it as soon as `on_poll` fails.
    fn wait_while(mut self, mut on_poll: impl FnMut() -> Result<()>) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.try_wait()? {
                check_interrupted()?;
                return Ok(status);
            }
            on_poll()?;
            thread::sleep(POLL);
        }
    }

    /// Leaves the child running after the task has ended.
    pub(crate) fn detach(mut self) {
        self.owned = false;
        groups().remove(&self.group());
    }

    fn group(&self) -> i32 {
        self.child.id().cast_signed()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.owned {
            let _ = stop(self.id(), || matches!(self.child.try_wait(), Ok(None)));
            groups().remove(&self.group());
        }
    }
}

/// Ends the process group `id`: SIGTERM, then SIGKILL when `alive` still holds after the time of
/// grace.
pub(crate) fn stop(id: u32, alive: impl FnMut() -> bool) -> Result<()> {
    stop_within(GRACE, id, alive)
}

fn stop_within(grace: Duration, id: u32, mut alive: impl FnMut() -> bool) -> Result<()> {
    let group = Pid::from_raw(id.cast_signed());
    if alive() {
        let _ = killpg(group, Signal::SIGTERM);
        let start = Instant::now();
        while alive() && start.elapsed() < grace {
            thread::sleep(POLL);
        }
    }
    // Whatever is left of the group, the leader included.
    let _ = killpg(group, Signal::SIGKILL);
    let start = Instant::now();
    while alive() {
        if start.elapsed() > GRACE {
            bail!("process {id} cannot be ended");
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// Collects the exit status of a child that was detached, so that it does not stay behind as a
/// zombie.
pub(crate) fn reap(id: u32) {
    let _ = waitpid(Pid::from_raw(id.cast_signed()), Some(WaitPidFlag::WNOHANG));
}

/// Runs a command, and fails with the end of its output unless it succeeds.
pub(crate) fn run(command: &mut Command, log: &mut File) -> Result<()> {
    let output = Tail::default();
    let status = run_into(command, log, &output, Progress::Silent, None)?;
    if !status.success() {
        bail!("{} failed ({status}):\n{}", shown(command), output.last_lines(15));
    }
    Ok(())
}

/// Runs a command whose output, both streams in order, goes to `log`. `progress` says what a person
/// sees of it. It is ended when it takes longer than `limit`.
pub(crate) fn run_logged(
    command: &mut Command,
    log: &mut File,
    progress: Progress<'_>,
    limit: Option<Duration>,
) -> Result<ExitStatus> {
    run_into(command, log, &Tail::default(), progress, limit)
}

/// Says now and then that a silent step is alive, over all the commands of the step.
pub(crate) struct Heartbeat {
    label: String,
    start: Instant,
    last: Instant,
}

impl Heartbeat {
    pub(crate) fn new(label: &str) -> Self {
        let start = Instant::now();
        Self { label: label.to_owned(), start, last: start }
    }

    fn beat(&mut self, tail: &Tail) {
        if self.last.elapsed() >= HEARTBEAT {
            self.last = Instant::now();
            let line = tail.last_lines(1);
            let seconds = self.start.elapsed().as_secs();
            println!("      {} … {seconds}s  {}", self.label, line.trim());
        }
    }
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    if words.iter().any(|program| program.ends_with("/cargo")) {
        words = vec!["cargo".to_owned()];
    }
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

/// What a person sees of a running command.
pub(crate) enum Progress<'a> {
    Silent,
    /// A line now and then.
    Heartbeat(&'a mut Heartbeat),
    /// All its output.
    Echo,
}

fn run_into(
    command: &mut Command,
    log: &mut File,
    tail: &Tail,
    mut progress: Progress<'_>,
    limit: Option<Duration>,
) -> Result<ExitStatus> {
    writeln!(log, "$ {}", shown(command))?;
    let (reader, writer) = io::pipe().context("cannot make a pipe")?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let process = Process::spawn(command);
    // The command holds our ends of the pipe; while they are open the reader would wait for more.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let process = process?;

    let (done, finished) = mpsc::channel();
    let echo = matches!(progress, Progress::Echo);
    let pump = Pump { reader, log: log.try_clone()?, tail: tail.clone(), echo };
    thread::spawn(move || {
        pump.run();
        let _ = done.send(());
    });
    let start = Instant::now();
    let status = process.wait_while(|| {
        if let Progress::Heartbeat(heartbeat) = &mut progress {
            heartbeat.beat(tail);
        }
        match limit.filter(|limit| start.elapsed() > *limit) {
            Some(limit) => bail!("{ENDED} {} s", limit.as_secs()),
            None => Ok(()),
        }
    })?;
    // A grandchild that left the group may hold the pipe open: do not wait for it.
    let _ = finished.recv_timeout(Duration::from_secs(5));
    Ok(status)
}

/// Copies a child's output to where it is wanted.
struct Pump {
    reader: PipeReader,
    log: File,
    tail: Tail,
    echo: bool,
}

impl Pump {
    fn run(mut self) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count) = self.reader.read(&mut buffer) {
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            let _ = self.log.write_all(bytes);
            self.tail.push(bytes);
            if self.echo {
                let mut stdout = io::stdout().lock();
                let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
            }
        }
    }
}

/// The end of a child's output.
#[derive(Clone, Default)]
struct Tail(Arc<Mutex<Vec<u8>>>);

impl Tail {
    const KEEP: usize = 16 * 1024;

    fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        let excess = kept.len().saturating_sub(Self::KEEP);
        kept.drain(..excess);
    }

    fn last_lines(&self, count: usize) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last_lines(&String::from_utf8_lossy(&kept), count)
    }
}

/// The last `count` lines of a text.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn groups() -> MutexGuard<'static, BTreeSet<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn signal_groups(signal: Signal) {
    for &group in groups().iter() {
        let _ = killpg(Pid::from_raw(group), signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn scratch_file(name: &str) -> (File, std::path::PathBuf) {
        let path = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
        let file =
            File::options().create(true).truncate(true).read(true).write(true).open(&path).unwrap();
        (file, path)
    }

    #[test]
    fn both_streams_reach_the_log_in_order() {
        let (mut log, path) = scratch_file("order");
        let status = run_logged(
            &mut shell("echo one; echo two >&2; echo three"),
            &mut log,
            Progress::Heartbeat(&mut Heartbeat::new("test")),
            None,
        )
        .unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        assert!(status.success());
        assert!(text.ends_with("\none\ntwo\nthree\n"), "{text:?}");
    }

    #[test]
    fn a_command_past_its_limit_is_ended() {
        let (mut log, path) = scratch_file("limit");
        let limit = Some(Duration::from_millis(50));
        let error = run_logged(&mut shell("sleep 600"), &mut log, Progress::Silent, limit);
        std::fs::remove_file(path).unwrap();
        assert_eq!(error.unwrap_err().to_string(), "it was ended after 0 s");
    }

    #[test]
    fn a_failed_command_says_what_it_printed() {
        let (mut log, path) = scratch_file("failed");
        let error =
            run(&mut shell("echo the reason >&2; exit 3"), &mut log).unwrap_err().to_string();
        std::fs::remove_file(path).unwrap();
        assert!(error.contains("exit status: 3") && error.contains("\nthe reason"), "{error}");
    }

    #[test]
    fn dropping_a_process_ends_what_it_started() {
        let (reader, writer) = io::pipe().unwrap();
        let mut command = shell("sleep 600 & sleep 600 & wait");
        command.stdout(writer);
        let process = Process::spawn(&mut command).unwrap();
        drop(command);
        drop(process);
        // The pipe ends only when the last of the three processes that hold it has ended.
        let (done, finished) = mpsc::channel();
        thread::spawn(move || done.send(io::read_to_string(reader).map_err(|error| error.kind())));
        assert_eq!(finished.recv_timeout(Duration::from_secs(10)).unwrap(), Ok(String::new()));
    }

    #[test]
    fn a_process_that_ignores_the_polite_signal_is_killed() {
        let mut alive = true;
        let mut child = shell("trap '' TERM; echo ready; while :; do sleep 1; done");
        let (mut reader, writer) = io::pipe().unwrap();
        let mut process = child.stdout(writer).process_group(0).spawn().unwrap();
        let mut ready = [0; 6];
        reader.read_exact(&mut ready).unwrap();
        let started = Instant::now();
        let grace = Duration::from_millis(200);
        stop_within(grace, process.id(), || {
            alive = alive && process.try_wait().unwrap().is_none();
            alive
        })
        .unwrap();
        assert!(started.elapsed() >= grace);
    }

    #[test]
    fn last_lines_of_short_and_long_texts() {
        assert_eq!(last_lines("", 2), "");
        assert_eq!(last_lines("a\n", 2), "a");
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
    }
}
