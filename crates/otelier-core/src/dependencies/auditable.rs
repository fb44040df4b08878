//! The list of packages that `cargo auditable build` puts into an executable: JSON, compressed, in
//! the section `.dep-v0` of an ELF file.
//!
//! The file is read with a parser of its own, since only one section is needed: the header says
//! where the table of sections is, each entry of the table has the offset of its name, and the
//! names are in a section themselves. Only these parts are read, however large the executable is.
//!
//! An executable can be damaged or be made to mislead, so each length is bounded, each offset is
//! checked, and whatever does not fit makes the result `None`. Fields are named by their offsets in
//! the structures `Elf64_Ehdr` and `Elf64_Shdr`, as the manual page `elf(5)` has them.
//!
//! Source: <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>, and the
//! schema beside it.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use flate2::read::ZlibDecoder;
use serde_json::Value;

use super::Dependency;

/// The name of the section, as cargo-auditable chose it.
const SECTION: &[u8] = b".dep-v0";
/// The most that is read of a part of the file. In bytes, and of the list after it was
/// decompressed.
const MOST: u64 = 8 * 1024 * 1024;

/// The packages that are linked, less the program's own. `None`: the file has no list, or is no ELF
/// file of 64 bits. Neither is an error, since most programs are built without a list.
pub(super) fn read(path: &Path) -> Option<Vec<Dependency>> {
    let compressed = section(&mut File::open(path).ok()?)?;
    let mut text = Vec::new();
    ZlibDecoder::new(&*compressed).take(MOST).read_to_end(&mut text).ok()?;
    let list: Value = serde_json::from_slice(&text).ok()?;
    Some(list.get("packages")?.as_array()?.iter().filter_map(package).collect())
}

/// One entry of the list. `None` for what is not sent: the program itself, packages of its
/// workspace, what was only used to build it, and entries without name or version.
fn package(package: &Value) -> Option<Dependency> {
    let text = |name| package.get(name).and_then(Value::as_str);
    let is_local = text("source").is_some_and(|source| source.eq_ignore_ascii_case("local"));
    let is_own = is_local || package.get("root").and_then(Value::as_bool) == Some(true);
    let is_linked = text("kind").is_none_or(|kind| kind == "runtime");
    (is_linked && !is_own).then_some(())?;
    Some(Dependency { name: text("name")?.to_owned(), version: text("version")?.to_owned() })
}

/// The content of the section. Only the tables and the section itself are read. `None` if there is
/// none, or if the file is no ELF file of 64 bits.
fn section(file: &mut File) -> Option<Vec<u8>> {
    let header = read_at(file, 0, 64)?;
    // ELF, 64 bits; then the order of bytes.
    let order = match header.get(..6)? {
        [0x7f, b'E', b'L', b'F', 2, 1] => Order::Little,
        [0x7f, b'E', b'L', b'F', 2, 2] => Order::Big,
        _ => return None,
    };
    let table = order.u64(&header, 0x28)?;
    let size = order.u16(&header, 0x3a)?;
    let (count, names) = (order.u16(&header, 0x3c)?, order.u16(&header, 0x3e)?);
    if size < 64 {
        return None;
    }
    let table = read_at(file, table, u64::from(size) * u64::from(count))?;
    let sections = || table.chunks_exact(usize::from(size));
    let place = |section: &[u8]| Some((order.u64(section, 0x18)?, order.u64(section, 0x20)?));
    let (at, length) = place(sections().nth(usize::from(names))?)?;
    let names = read_at(file, at, length)?;
    let is_wanted = |section: &&[u8]| {
        let name = order.u32(section, 0).and_then(|at| names.get(usize::try_from(at).ok()?..));
        name.and_then(|name| name.split(|byte| *byte == 0).next()) == Some(SECTION)
    };
    let (at, length) = place(sections().find(is_wanted)?)?;
    read_at(file, at, length)
}

/// `length` bytes from `at` on; `None` if there are fewer, or if they are more than `MOST`.
fn read_at(file: &mut File, at: u64, length: u64) -> Option<Vec<u8>> {
    if length > MOST {
        return None;
    }
    file.seek(SeekFrom::Start(at)).ok()?;
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// The order of bytes in numbers of the file.
#[derive(Clone, Copy)]
enum Order {
    /// The least significant byte comes first.
    Little,
    /// The most significant byte comes first.
    Big,
}

impl Order {
    /// The number of `N` bytes at the offset `at`; `None` if `bytes` ends before.
    fn number<const N: usize>(self, bytes: &[u8], at: usize) -> Option<u64> {
        let field: [u8; N] = bytes.get(at..at.checked_add(N)?)?.try_into().ok()?;
        let add = |number: u64, byte: u8| number << 8 | u64::from(byte);
        Some(match self {
            Self::Little => field.into_iter().rev().fold(0, add),
            Self::Big => field.into_iter().fold(0, add),
        })
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        self.number::<2>(bytes, at).and_then(|number| number.try_into().ok())
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        self.number::<4>(bytes, at).and_then(|number| number.try_into().ok())
    }

    fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        self.number::<8>(bytes, at)
    }
}

#[cfg(test)]
mod tests;
