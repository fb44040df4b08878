//! Executables with and without the list.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::*;

/// A list as cargo-auditable writes it.
const LIST: &str = r#"{"format": 1, "packages": [
    {"name": "adler", "version": "0.2.3", "source": "crates.io"},
    {"name": "cc", "version": "1.2.0", "source": "crates.io", "kind": "build"},
    {"name": "forked", "version": "1.0.0-rc.1", "source": "git", "dependencies": [0]},
    {"name": "helpers", "version": "0.1.0", "source": "local"},
    {"name": "shop", "version": "0.1.0", "source": "crates.io", "dependencies": [0, 2], "root": true}
]}"#;

fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// An ELF file with nothing but the names of sections and one section.
fn elf(name: &str, content: &[u8], is_big: bool) -> Vec<u8> {
    let number = |number: u64, size: usize| match is_big {
        true => number.to_be_bytes()[8 - size..].to_vec(),
        false => number.to_le_bytes()[..size].to_vec(),
    };
    let names = format!("\0.names\0{name}\0").into_bytes();
    let (names_at, content_at) = (64, 64 + names.len() as u64);
    let table_at = content_at + content.len() as u64;
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, if is_big { 2 } else { 1 }];
    file.resize(0x28, 0);
    file.extend(number(table_at, 8));
    file.resize(0x3a, 0);
    for field in [64, 3, 1] {
        file.extend(number(field, 2));
    }
    file.extend(&names);
    file.extend(content);
    let mut section = |name: u64, at: u64, length: u64| {
        let start = file.len();
        file.extend(number(name, 4));
        file.resize(start + 0x18, 0);
        file.extend(number(at, 8));
        file.extend(number(length, 8));
        file.resize(start + 64, 0);
    };
    section(0, 0, 0);
    section(1, names_at, names.len() as u64);
    section(8, content_at, content.len() as u64);
    file
}

fn read_bytes(bytes: &[u8]) -> Option<Vec<Dependency>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read(file.path())
}

fn expected() -> Vec<Dependency> {
    [("adler", "0.2.3"), ("forked", "1.0.0-rc.1")]
        .map(|(name, version)| Dependency { name: name.to_owned(), version: version.to_owned() })
        .to_vec()
}

#[test]
fn linked_packages_are_those_of_the_list() {
    for is_big in [false, true] {
        let file = elf(".dep-v0", &compressed(LIST), is_big);
        assert_eq!(read_bytes(&file), Some(expected()));
    }
}

#[test]
fn files_without_the_list_have_none() {
    let list = compressed(LIST);
    for content in [&b"no zlib"[..], &compressed("no JSON"), &compressed("[]"), b""] {
        assert_eq!(read_bytes(&elf(".dep-v0", content, false)), None);
    }
    assert_eq!(read_bytes(&elf(".text", &list, false)), None);
    assert_eq!(read(&PathBuf::from("/no/such/file")), None);
    assert_eq!(read_bytes(b"#!/bin/sh\n"), None);
    // Wherever it is cut, and whatever a byte of its tables says.
    let file = elf(".dep-v0", &list, false);
    for length in 0..file.len() {
        read_bytes(&file[..length]);
    }
    for at in (0..64).chain(file.len() - 192..file.len()) {
        let mut broken = file.clone();
        broken[at] = 0xff;
        read_bytes(&broken);
    }
    // This test has no such section.
    assert_eq!(read(&std::env::current_exe().unwrap()), None);
}

/// What a tool that writes sections makes of a real executable.
#[cfg(target_os = "linux")]
#[test]
fn a_real_executable_has_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let (list, executable) = (folder.path().join("list"), folder.path().join("executable"));
    std::fs::write(&list, compressed(LIST)).unwrap();
    let added = std::process::Command::new("objcopy")
        .arg(format!("--add-section=.dep-v0={}", list.display()))
        .arg("/proc/self/exe")
        .arg(&executable)
        .status();
    match added {
        Ok(status) => assert!(status.success()),
        // A machine without binutils.
        Err(_) => return,
    }
    assert_eq!(read(&executable), Some(expected()));
}
