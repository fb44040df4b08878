//! Remembers the results of repeated texts, and never the texts.
//!
//! A program sends few different texts, many times each. A look-up costs two hashes of the text and
//! one lock. Its result is shared, so that no string is copied.
//!
//! The map's key is the hash alone. The text is not kept to compare with, because it may hold what
//! the sanitizer removes. Two texts with the same 128 bits would share a result; with random keys
//! that cannot be provoked from outside, and it does not happen by chance.
//!
//! Memory is bounded in entries and bytes, for each shard by itself. There is no list of use: two
//! generations tell what is still asked for, and dropping the older one is a single step.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::analysis::{Analysis, UsedDatabase};
use crate::analyze::analyze;
use crate::options::Options;

/// Analyzes texts and remembers the results, within bounds.
///
/// A text is known by a 128-bit hash under keys that are drawn at random for each analyzer, so that
/// nothing of an unsanitized text stays in memory after the call. Results that are not asked for
/// again make room for others.
///
/// ```
/// use std::sync::Arc;
/// use otelier_sql::{Analyzer, Options};
///
/// let analyzer = Analyzer::new();
/// let first = analyzer.analyze("SELECT name FROM users WHERE id = 7", Options::mysql());
/// let again = analyzer.analyze("SELECT name FROM users WHERE id = 7", Options::mysql());
/// assert_eq!(&**first.text(), "SELECT name FROM users WHERE id = ?");
/// assert!(Arc::ptr_eq(&first, &again));
/// ```
#[derive(Debug)]
pub struct Analyzer {
    /// The high half of a key picks one.
    shards: [Mutex<Generations>; SHARDS],
    /// One for each half of the 128-bit hash.
    keys: [RandomState; 2],
    /// For all shards together. 0 turns the memory off.
    max_entries: usize,
    /// For all shards together, by the estimate of `memory`.
    max_bytes: usize,
    /// In bytes. A longer text is analyzed each time, and is never hashed.
    max_text: usize,
}

/// So many threads may ask at once without waiting for each other, if they ask for different texts.
const SHARDS: usize = 8;

/// The newer half of what is remembered, and the older. What is found among the older becomes
/// newer; once the newer half is full it becomes the older, and what was not asked for in the
/// meantime is gone.
#[derive(Debug, Default)]
struct Generations {
    /// Where every result is inserted. A hit here changes nothing.
    newer: HashMap<u128, Arc<Analysis>, Prehashed>,
    /// The sum of `memory` over `newer`; the size of `older` is not needed, as it only shrinks.
    newer_bytes: usize,
    /// What `newer` was before it was full. A hit here moves the entry to `newer`.
    older: HashMap<u128, Arc<Analysis>, Prehashed>,
}

impl Analyzer {
    /// Remembers up to 1024 results in at most 1 MiB, of texts of at most 16 KiB.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shards: Default::default(),
            keys: [RandomState::new(), RandomState::new()],
            max_entries: 1024,
            max_bytes: 1 << 20,
            max_text: 16 << 10,
        }
    }

    /// How many results to remember; 0 remembers none.
    #[must_use]
    pub fn with_max_entries(mut self, entries: usize) -> Self {
        self.max_entries = entries;
        self
    }

    /// How much memory the results may take, in bytes.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How long a text may be, in bytes, for its result to be remembered.
    #[must_use]
    pub fn with_max_text(mut self, bytes: usize) -> Self {
        self.max_text = bytes;
        self
    }

    /// What [`analyze`](crate::analyze) finds, or what it found before.
    pub fn analyze(&self, text: impl AsRef<[u8]>, options: Options) -> Arc<Analysis> {
        let text = text.as_ref();
        if text.len() > self.max_text || self.max_entries == 0 {
            return Arc::new(analyze(text, options));
        }
        let key = self.key(text, options);
        if let Some(known) = self.shard(key).get(key, self.limits()) {
            return known;
        }
        // Two threads may both do this; neither waits for the other.
        let found = Arc::new(analyze(text, options));
        self.shard(key).insert(key, Arc::clone(&found), self.limits());
        found
    }

    /// The hash of the options and the text. The options belong to it: the same text has other
    /// results under other options.
    fn key(&self, text: &[u8], options: Options) -> u128 {
        let [high, low] = self.keys.each_ref().map(|key| {
            let mut hasher = key.build_hasher();
            options.hash(&mut hasher);
            hasher.write(text);
            u128::from(hasher.finish())
        });
        high << 64 | low
    }

    /// Locks the shard of a key. A thread that panicked while it held the lock leaves maps that are
    /// still usable, so poison is ignored.
    fn shard(&self, key: u128) -> MutexGuard<'_, Generations> {
        // The map uses the low half.
        let shard = &self.shards[(key >> 64) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What one generation of one shard may hold: entries and bytes.
    fn limits(&self) -> (usize, usize) {
        (self.max_entries.div_ceil(2 * SHARDS), self.max_bytes / (2 * SHARDS))
    }
}

impl Default for Analyzer {
    fn default() -> Self {
        Self::new()
    }
}

impl Generations {
    /// `None` if the text is not known. What is found in the older generation outlives the next
    /// change of generations.
    fn get(&mut self, key: u128, limits: (usize, usize)) -> Option<Arc<Analysis>> {
        if let Some(known) = self.newer.get(&key) {
            return Some(Arc::clone(known));
        }
        let known = self.older.remove(&key)?;
        self.insert(key, Arc::clone(&known), limits);
        Some(known)
    }

    /// A result that alone is larger than the limit of bytes is not remembered. One that finds
    /// `newer` full makes it the older generation and starts an empty one.
    fn insert(&mut self, key: u128, analysis: Arc<Analysis>, (entries, bytes): (usize, usize)) {
        let size = memory(&analysis);
        if size > bytes {
            return;
        }
        if self.newer.len() >= entries || self.newer_bytes + size > bytes {
            self.older = std::mem::take(&mut self.newer);
            self.newer_bytes = 0;
        }
        if self.newer.insert(key, analysis).is_none() {
            self.newer_bytes += size;
        }
    }
}

/// About what an entry takes: its strings, their counts, and its place in the map.
fn memory(analysis: &Analysis) -> usize {
    let parts = [analysis.summary(), analysis.stored_procedure()];
    let strings =
        analysis.text().len() + parts.into_iter().flatten().map(|part| part.len()).sum::<usize>();
    let used = analysis.used_databases().iter();
    let used = used.map(|used| used.name().len() + size_of::<UsedDatabase>()).sum::<usize>();
    strings + used + size_of::<Analysis>() + 2 * size_of::<(u128, Arc<Analysis>)>() + 64
}

/// A key is a hash already.
///
/// The key's low half is used as it is; the shard was picked by the high half, so the two are
/// independent.
#[derive(Debug, Clone, Default)]
struct Prehashed(u64);

impl BuildHasher for Prehashed {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self::default()
    }
}

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // A `u128` is written whole, by the method below; this keeps the promise of the trait all
        // the same.
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    /// Takes the low 64 bits.
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: Options = Options::mysql();

    fn remembered(analyzer: &Analyzer) -> (usize, usize) {
        analyzer.shards.iter().fold((0, 0), |(entries, bytes), shard| {
            let shard = shard.lock().unwrap();
            let all = shard.newer.values().chain(shard.older.values());
            (
                entries + shard.newer.len() + shard.older.len(),
                bytes + all.map(|a| memory(a)).sum::<usize>(),
            )
        })
    }

    #[test]
    fn options_are_part_of_the_key() {
        let analyzer = Analyzer::new();
        let text = r#"SELECT "a" FROM t"#;
        assert_eq!(&**analyzer.analyze(text, SQL).text(), "SELECT ? FROM t");
        assert_eq!(&**analyzer.analyze(text, SQL.with_ansi_quotes(true)).text(), text);
    }

    #[test]
    fn entries_and_bytes_are_bounded() {
        let few = Analyzer::new().with_max_entries(64);
        let small = Analyzer::new().with_max_bytes(32 << 10);
        for i in 0..5_000 {
            let text = format!("SELECT c{i} FROM t{i} WHERE id = {i}");
            few.analyze(&text, SQL);
            small.analyze(&text, SQL);
        }
        let (entries, _) = remembered(&few);
        assert!((1..=64).contains(&entries), "{entries}");
        let (entries, bytes) = remembered(&small);
        assert!(entries > 8 && bytes <= 32 << 10, "{entries} entries, {bytes} bytes");
    }

    #[test]
    fn what_is_asked_for_again_stays() {
        let analyzer = Analyzer::new().with_max_entries(64);
        let hot = analyzer.analyze("SELECT hot FROM t", SQL);
        for i in 0..5_000 {
            analyzer.analyze(format!("SELECT {i}, c{i}"), SQL);
            if i % 2 == 0 {
                assert!(
                    Arc::ptr_eq(&hot, &analyzer.analyze("SELECT hot FROM t", SQL)),
                    "forgotten after {i}"
                );
            }
        }
    }

    #[test]
    fn long_texts_are_not_remembered() {
        let analyzer = Analyzer::new().with_max_text(100);
        analyzer.analyze(format!("SELECT '{}'", "x".repeat(100)), SQL);
        assert_eq!(remembered(&analyzer).0, 0);
        let none = Analyzer::new().with_max_entries(0);
        none.analyze("SELECT 1", SQL);
        assert_eq!(remembered(&none).0, 0);
    }

    #[test]
    fn nothing_of_a_literal_is_in_what_is_remembered() {
        let analyzer = Analyzer::new();
        analyzer.analyze("SELECT 'hunter2' /* hunter2 */ FROM t", SQL);
        assert_eq!(remembered(&analyzer).0, 1);
        assert!(!format!("{analyzer:?}").contains("hunter2"));
    }

    #[test]
    fn threads_share_one_analyzer() {
        let analyzer = Analyzer::new().with_max_entries(16);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for i in 0..2_000 {
                        let id = i % 40;
                        let found =
                            analyzer.analyze(format!("SELECT a{id} FROM t WHERE id = {id}"), SQL);
                        assert_eq!(**found.text(), format!("SELECT a{id} FROM t WHERE id = ?"));
                    }
                });
            }
        });
    }
}
