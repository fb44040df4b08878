//! The commands that nobody wants to read about.

/// Whether the command is one that drivers and health checks send, and that says nothing about the user's work.
pub(crate) fn is_noise(command: &str) -> bool {
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

/// Whether the driver sends the command by itself, in a task of its own, for what the user dropped.
pub(crate) fn needs_parent(command: &str) -> bool {
    ["abortTransaction", "killCursors"].contains(&command)
}
