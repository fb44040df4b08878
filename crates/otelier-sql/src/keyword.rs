//! The words that mean something to the analyzer, looked up without regard to case.
//!
//! A word of up to 15 bytes is two numbers of eight bytes each. The lexer has them from the scan
//! that finds the word's end, so a look-up compares numbers and never bytes. Longer words are no
//! keywords.
//!
//! The table is built at compile time: an open hash table of small indexes into the list of
//! keywords. Most words of a text are no keywords and mostly meet an empty slot at once.
//!
//! The order of the list has a meaning. `is_plain` and `may_hide` compare a keyword's position with
//! the first of a group, so a new keyword belongs into the group whose comment describes it: words
//! that matter only where they are waited for, words that matter to the summary anywhere, and words
//! that matter to what is hidden.

macro_rules! keywords {
    ($($name:ident = $text:literal,)*) => {
        /// A word that means something to the analyzer; `None` is every other.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Keyword {
            None,
            $($name,)*
        }

        /// Every keyword with its spelling in lower case; the first entry stands for an empty slot.
        const ALL: &[(&[u8], Keyword)] = &[(b"", Keyword::None), $(($text, Keyword::$name),)*];
    };
}

/// Large enough that most slots are empty.
const SLOTS: usize = 1024;

/// The key of an empty slot. No keyword is spelled with no bytes.
const NO_WORD: [u64; 2] = [0, 0];

impl Keyword {
    /// The keyword that these bytes, the first the lowest, and zeros behind them spell.
    #[inline(always)]
    pub(crate) fn of(word: [u64; 2]) -> Self {
        let word = lower(word);
        let mut slot = slot(word);
        loop {
            let (known, keyword) = KEYWORDS[SLOT_OF[slot] as usize];
            if known == word || known == NO_WORD {
                return keyword;
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// Whether it says nothing unless it is waited for.
    ///
    /// Holds for the keywords before `Alter`, and for `None`. The order of the list is what makes
    /// it so.
    pub(crate) fn is_plain(self) -> bool {
        (self as u8) < Self::Alter as u8
    }

    /// Whether what it is itself or what follows may have to be hidden.
    ///
    /// Holds for the keywords from `False` on, the last group of the list.
    pub(crate) fn may_hide(self) -> bool {
        self as u8 >= Self::False as u8
    }
}

/// Sets bit 5 of every letter, which makes it lower case. Of the other bytes of a word it changes
/// only the underscore, and makes no two of them equal.
const fn lower(word: [u64; 2]) -> [u64; 2] {
    const LETTER: u64 = u64::from_le_bytes([0x40; 8]);
    [word[0] | (word[0] & LETTER) >> 1, word[1] | (word[1] & LETTER) >> 1]
}

/// Where the search for a lower-case word starts. The multiplication spreads the bits, of which the
/// highest ten are taken: as many as `SLOTS` needs.
const fn slot(word: [u64; 2]) -> usize {
    let folded = word[0] ^ word[1].rotate_left(23);
    (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54) as usize % SLOTS
}

/// The keys and their keywords, in the order of `ALL`. Entry 0 has the key of an empty slot.
static KEYWORDS: [([u64; 2], Keyword); ALL.len()] = {
    let mut keywords = [(NO_WORD, Keyword::None); ALL.len()];
    let mut i = 1;
    while i < ALL.len() {
        let (text, keyword) = ALL[i];
        let mut word = NO_WORD;
        let mut at = 0;
        while at < text.len() {
            word[at / 8] |= (text[at] as u64) << (8 * (at % 8));
            at += 1;
        }
        keywords[i] = (lower(word), keyword);
        i += 1;
    }
    keywords
};

/// Which keyword is in each slot, or in the next that was free.
///
/// An index into `KEYWORDS`; 0 is a free slot. A byte is enough while there are fewer than 256
/// keywords.
static SLOT_OF: [u8; SLOTS] = {
    let mut slots = [0; SLOTS];
    let mut i = 1;
    while i < ALL.len() {
        let mut slot = slot(KEYWORDS[i].0);
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = i as u8;
        i += 1;
    }
    slots
};

keywords! {
    // Words that say something only where they are waited for.
    All = b"all",
    As = b"as",
    By = b"by",
    Check = b"check",
    Checksum = b"checksum",
    Concurrently = b"concurrently",
    Database = b"database",
    Delayed = b"delayed",
    Distinct = b"distinct",
    Event = b"event",
    Exists = b"exists",
    Extended = b"extended",
    For = b"for",
    Full = b"full",
    Function = b"function",
    Global = b"global",
    HighPriority = b"high_priority",
    If = b"if",
    Ignore = b"ignore",
    Index = b"index",
    Is = b"is",
    Lateral = b"lateral",
    LowPriority = b"low_priority",
    MasterUser = b"master_user",
    Materialized = b"materialized",
    Names = b"names",
    Not = b"not",
    On = b"on",
    Only = b"only",
    Or = b"or",
    Package = b"package",
    Procedure = b"procedure",
    Quick = b"quick",
    Random = b"random",
    Recursive = b"recursive",
    Role = b"role",
    Schema = b"schema",
    Sequence = b"sequence",
    Session = b"session",
    SourceUser = b"source_user",
    Statement = b"statement",
    Tables = b"tables",
    Tablespace = b"tablespace",
    To = b"to",
    Transaction = b"transaction",
    Trigger = b"trigger",
    User = b"user",
    View = b"view",
    // Words that may say something to a summary anywhere.
    Alter = b"alter",
    Analyze = b"analyze",
    Begin = b"begin",
    Call = b"call",
    Change = b"change",
    Commit = b"commit",
    Create = b"create",
    Deallocate = b"deallocate",
    Delete = b"delete",
    Desc = b"desc",
    Describe = b"describe",
    Do = b"do",
    Drop = b"drop",
    Except = b"except",
    Exec = b"exec",
    Execute = b"execute",
    Explain = b"explain",
    Flush = b"flush",
    From = b"from",
    Grant = b"grant",
    Group = b"group",
    Handler = b"handler",
    Having = b"having",
    Insert = b"insert",
    Intersect = b"intersect",
    Into = b"into",
    Join = b"join",
    Kill = b"kill",
    Limit = b"limit",
    Load = b"load",
    Lock = b"lock",
    Merge = b"merge",
    Optimize = b"optimize",
    Order = b"order",
    Prepare = b"prepare",
    Purge = b"purge",
    Release = b"release",
    Rename = b"rename",
    Repair = b"repair",
    Reset = b"reset",
    Returning = b"returning",
    Revoke = b"revoke",
    Rollback = b"rollback",
    Savepoint = b"savepoint",
    Select = b"select",
    Set = b"set",
    Share = b"share",
    Show = b"show",
    Start = b"start",
    Stop = b"stop",
    StraightJoin = b"straight_join",
    Table = b"table",
    Truncate = b"truncate",
    Union = b"union",
    Unlock = b"unlock",
    Update = b"update",
    Use = b"use",
    Using = b"using",
    Values = b"values",
    Where = b"where",
    Window = b"window",
    With = b"with",
    Xa = b"xa",
    // Words that may say something to what is hidden, too.
    False = b"false",
    Identified = b"identified",
    In = b"in",
    MasterPassword = b"master_password",
    OldPassword = b"old_password",
    Password = b"password",
    Replace = b"replace",
    Server = b"server",
    SourcePassword = b"source_password",
    True = b"true",
}
