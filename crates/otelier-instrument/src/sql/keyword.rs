//! The words that mean something to the analyser, looked up without regard to case.

macro_rules! keywords {
    ($($name:ident = $text:literal,)*) => {
        /// A word that means something to the analyser; `None` is every other.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Keyword {
            None,
            $($name,)*
        }

        const ALL: &[(&[u8], Keyword)] = &[$(($text, Keyword::$name),)*];
    };
}

/// What fits a `u128`.
const LONGEST: usize = 16;

/// Large enough that most slots are empty.
const SLOTS: usize = 512;

/// Bit 5 of every byte. Setting it makes letters lower case; of the bytes of a word it changes only the
/// underscore besides, and makes no two of them equal.
const LOWER: u128 = u128::from_le_bytes([0x20; LONGEST]);

impl Keyword {
    /// The keyword at a place in a text. Half of a text's tokens are words, so that it is worth comparing all
    /// bytes of one at once.
    #[inline]
    pub(super) fn at(bytes: &[u8], start: usize, end: usize) -> Self {
        let length = end - start;
        if length > LONGEST {
            return Self::None;
        }
        let word =
            match bytes.get(start..start + LONGEST).and_then(|word| <[u8; LONGEST]>::try_from(word).ok()) {
                Some(word) => word,
                None => padded(&bytes[start..end]),
            };
        let packed = pack(word, length);
        let mut slot = slot(packed);
        while PACKED[slot] != packed {
            if PACKED[slot] == 0 {
                return Self::None;
            }
            slot = (slot + 1) % SLOTS;
        }
        KEYWORDS[slot]
    }

    /// Whether some write it right behind a string, without a space.
    pub(super) fn may_follow_a_string(self) -> bool {
        use Keyword as K;
        matches!(self, K::As | K::From | K::Group | K::Having | K::In | K::Is | K::Limit | K::On)
            || matches!(self, K::Order | K::Replace | K::Union | K::Using | K::Where | K::With)
    }
}

/// The first bytes as one number, in lower case.
const fn pack(word: [u8; LONGEST], length: usize) -> u128 {
    let unused = 8 * (LONGEST - length) as u32;
    match u128::MAX.checked_shr(unused) {
        Some(used) => (u128::from_le_bytes(word) | LOWER) & used,
        None => 0,
    }
}

const fn padded(word: &[u8]) -> [u8; LONGEST] {
    let mut padded = [0; LONGEST];
    let mut i = 0;
    while i < word.len() {
        padded[i] = word[i];
        i += 1;
    }
    padded
}

const fn slot(packed: u128) -> usize {
    let folded = packed as u64 ^ ((packed >> 64) as u64).rotate_left(23);
    (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize % SLOTS
}

static PACKED: [u128; SLOTS] = TABLE.0;
static KEYWORDS: [Keyword; SLOTS] = TABLE.1;

/// Each keyword in its slot, or in the next that was free.
const TABLE: ([u128; SLOTS], [Keyword; SLOTS]) = {
    let (mut packed, mut keywords) = ([0; SLOTS], [Keyword::None; SLOTS]);
    let mut i = 0;
    while i < ALL.len() {
        let (word, keyword) = ALL[i];
        let text = pack(padded(word), word.len());
        let mut at = slot(text);
        while packed[at] != 0 {
            at = (at + 1) % SLOTS;
        }
        packed[at] = text;
        keywords[at] = keyword;
        i += 1;
    }
    (packed, keywords)
};

keywords! {
    Alter = b"alter",
    Analyze = b"analyze",
    As = b"as",
    Begin = b"begin",
    By = b"by",
    Call = b"call",
    Change = b"change",
    Check = b"check",
    Checksum = b"checksum",
    Commit = b"commit",
    Concurrently = b"concurrently",
    Create = b"create",
    Database = b"database",
    Deallocate = b"deallocate",
    Delayed = b"delayed",
    Delete = b"delete",
    Desc = b"desc",
    Describe = b"describe",
    Distinct = b"distinct",
    Do = b"do",
    Drop = b"drop",
    Event = b"event",
    Except = b"except",
    Exec = b"exec",
    Execute = b"execute",
    Exists = b"exists",
    Explain = b"explain",
    Extended = b"extended",
    False = b"false",
    Flush = b"flush",
    For = b"for",
    From = b"from",
    Full = b"full",
    Function = b"function",
    Global = b"global",
    Grant = b"grant",
    Group = b"group",
    Handler = b"handler",
    Having = b"having",
    HighPriority = b"high_priority",
    Identified = b"identified",
    If = b"if",
    Ignore = b"ignore",
    In = b"in",
    Index = b"index",
    Insert = b"insert",
    Intersect = b"intersect",
    Into = b"into",
    Is = b"is",
    Join = b"join",
    Kill = b"kill",
    Lateral = b"lateral",
    Limit = b"limit",
    Load = b"load",
    Lock = b"lock",
    LowPriority = b"low_priority",
    MasterPassword = b"master_password",
    Merge = b"merge",
    Names = b"names",
    Not = b"not",
    OldPassword = b"old_password",
    On = b"on",
    Optimize = b"optimize",
    Order = b"order",
    Package = b"package",
    Password = b"password",
    Prepare = b"prepare",
    Procedure = b"procedure",
    Purge = b"purge",
    Quick = b"quick",
    Random = b"random",
    Release = b"release",
    Rename = b"rename",
    Repair = b"repair",
    Replace = b"replace",
    Reset = b"reset",
    Returning = b"returning",
    Revoke = b"revoke",
    Role = b"role",
    Rollback = b"rollback",
    Savepoint = b"savepoint",
    Schema = b"schema",
    Select = b"select",
    Sequence = b"sequence",
    Server = b"server",
    Session = b"session",
    Set = b"set",
    Share = b"share",
    Show = b"show",
    SourcePassword = b"source_password",
    Start = b"start",
    Stop = b"stop",
    StraightJoin = b"straight_join",
    Table = b"table",
    Tables = b"tables",
    Tablespace = b"tablespace",
    To = b"to",
    Transaction = b"transaction",
    Trigger = b"trigger",
    True = b"true",
    Truncate = b"truncate",
    Union = b"union",
    Unlock = b"unlock",
    Update = b"update",
    Use = b"use",
    User = b"user",
    Using = b"using",
    Values = b"values",
    View = b"view",
    Where = b"where",
    Window = b"window",
    With = b"with",
    Xa = b"xa",
}
