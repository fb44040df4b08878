//! The names of the metrics of a process, and of their attributes.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/system/process-metrics/>.

/// Seconds of CPU time, by [`CPU_MODE`]. Counter.
pub const PROCESS_CPU_TIME: &str = "process.cpu.time";
/// Bytes of physical memory. Up-down counter.
pub const PROCESS_MEMORY_USAGE: &str = "process.memory.usage";
/// Bytes of virtual memory. Up-down counter.
pub const PROCESS_MEMORY_VIRTUAL: &str = "process.memory.virtual";
/// Threads. Up-down counter.
pub const PROCESS_THREAD_COUNT: &str = "process.thread.count";
/// Open file descriptors. Up-down counter.
pub const PROCESS_UNIX_FILE_DESCRIPTOR_COUNT: &str = "process.unix.file_descriptor.count";
/// Context switches, by [`PROCESS_CONTEXT_SWITCH_TYPE`]. Counter.
pub const PROCESS_CONTEXT_SWITCHES: &str = "process.context_switches";
/// Page faults, by [`SYSTEM_PAGING_FAULT_TYPE`]. Counter.
pub const PROCESS_PAGING_FAULTS: &str = "process.paging.faults";

/// `user` or `system`.
pub const CPU_MODE: &str = "cpu.mode";
/// `voluntary` or `involuntary`.
pub const PROCESS_CONTEXT_SWITCH_TYPE: &str = "process.context_switch.type";
/// `major` or `minor`.
pub const SYSTEM_PAGING_FAULT_TYPE: &str = "system.paging.fault.type";
