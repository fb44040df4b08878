//! The API side of Otelier: semantic conventions, operation lifecycle, propagation carriers and redaction.
