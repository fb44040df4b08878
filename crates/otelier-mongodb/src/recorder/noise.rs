//! The commands that are left out.
//!
//! There are two reasons. Some commands say nothing and are left out unless the user wants them.
//! Others are sent by the driver in a task of its own, and are recorded only if there is a current
//! span.

/// Whether drivers and health checks send the command, so that it says nothing about the user's
/// work.
pub(super) fn is_noise(command: &str) -> bool {
    const NOISE: [&str; 11] = [
        "hello",
        "isMaster",
        "ismaster",
        "ping",
        "endSessions",
        "refreshSessions",
        "buildInfo",
        "buildinfo",
        "authenticate",
        "saslStart",
        "saslContinue",
    ];
    NOISE.contains(&command)
}

/// Whether drivers send the command by themselves, in a task of their own, for what the user
/// dropped.
pub(super) fn needs_parent(command: &str) -> bool {
    ["abortTransaction", "killCursors"].contains(&command)
}
