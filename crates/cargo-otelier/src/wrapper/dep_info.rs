//! The list of what rustc has read, with the user's own files in place of edited copies.
//!
//! From this list cargo learns when to compile again: when the user changes a file, not a copy of
//! it.

use std::fs;
use std::io;
use std::path::Path;

/// Rewrites the list. Files that are in the copy only are left out: they are ours, and do not
/// change.
pub(super) fn rewrite(list: &Path, copy: &Path, root: &Path, shown: &Path) -> io::Result<()> {
    let text = fs::read_to_string(list)?;
    fs::write(list, rewritten(&text, copy, root, shown))
}

fn rewritten(text: &str, copy: &Path, root: &Path, shown: &Path) -> String {
    let mut result = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.starts_with('#') {
            result.push_str(line);
            continue;
        }
        let (content, end) = line.strip_suffix('\n').map_or((line, ""), |it| (it, "\n"));
        // A file by itself, with a colon, says that it needs nothing.
        let (words, colon) = content.strip_suffix(':').map_or((content, ""), |it| (it, ":"));
        let all = words_of(words);
        let kept: Vec<String> =
            all.iter().filter_map(|word| original(word, copy, root, shown)).collect();
        if !kept.is_empty() || all.is_empty() {
            result.push_str(&kept.join(" "));
            result.push_str(colon);
            result.push_str(end);
        }
    }
    result
}

/// The words of a line; a space that belongs to a word has a backslash before it.
fn words_of(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut before) = (0, ' ');
    for (at, character) in line.char_indices() {
        if character == ' ' && before != '\\' {
            words.push(&line[start..at]);
            start = at + 1;
        }
        before = character;
    }
    words.push(&line[start..]);
    words.retain(|word| !word.is_empty());
    words
}

/// The word, or the user's file in place of its copy; nothing for what is in the copy only.
fn original(word: &str, copy: &Path, root: &Path, shown: &Path) -> Option<String> {
    let path = word.replace("\\ ", " ");
    // The file's own name, before its colon, is no copy.
    let Ok(inside) = Path::new(&path).strip_prefix(copy) else { return Some(word.to_owned()) };
    let is_users = root.join(inside).exists();
    is_users.then(|| shown.join(inside).to_string_lossy().replace(' ', "\\ "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_become_the_files_they_are_of() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("a b");
        fs::create_dir_all(root.join("src")).unwrap();
        fs::write(root.join("src/lib.rs"), "").unwrap();
        let text = "/t/a-1.d: /c/x/src/lib.rs /c/x/src/__otelier.rs /other.rs\n\n\
                    /t/a-1.rmeta: /c/x/src/lib.rs\n\n/c/x/src/lib.rs:\n/c/x/src/__otelier.rs:\n\
                    /other.rs:\n\n# env-dep:CARGO_MANIFEST_DIR=/c/x/src\n";
        let check = |shown: &Path, lib: &str| {
            assert_eq!(
                rewritten(text, Path::new("/c/x"), &root, shown),
                format!(
                    "/t/a-1.d: {lib} /other.rs\n\n/t/a-1.rmeta: {lib}\n\n{lib}:\n/other.rs:\n\n\
                     # env-dep:CARGO_MANIFEST_DIR=/c/x/src\n"
                )
            );
        };
        check(Path::new("crates/a"), "crates/a/src/lib.rs");
        let escaped = root.join("src/lib.rs").display().to_string().replace(' ', "\\ ");
        check(&root, &escaped);
    }
}
