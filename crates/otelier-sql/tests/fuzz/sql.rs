//! Properties of the SQL analyzer on generated texts: structured statements, soups of tokens,
//! bytes.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use otelier_sql::{Analyzer, Backslash, Options, analyze};

/// What a literal holds, and nothing else in a generated text does.
const SECRET: &str = "Hunter2";

#[test]
fn fixed_cases_hold_the_properties() {
    let mut random = Random(0x0DDB_A115);
    CORPUS.iter().for_each(|text| check(text.as_bytes()));
    for _ in 0..50_000 {
        case(&mut random);
    }
}

#[test]
#[ignore = "runs for OTELIER_FUZZ_SECONDS"]
fn new_cases_hold_the_properties() {
    let setting =
        |name| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    let seconds = setting("OTELIER_FUZZ_SECONDS").unwrap_or(10);
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = setting("OTELIER_FUZZ_SEED").unwrap_or(now);
    let mut random = Random(seed);
    println!("OTELIER_FUZZ_SEED={seed}");
    let (start, mut cases) = (Instant::now(), 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..1_000 {
            case(&mut random);
        }
        cases += 1_000;
    }
    println!("{cases} cases");
}

fn case(random: &mut Random) {
    match random.below(6) {
        0 | 1 => structured(random),
        2 => check(&random.bytes()),
        3 | 4 => check(random.soup().as_bytes()),
        _ => check(&random.mutated()),
    }
}

const ALL_OPTIONS: [Options; 6] = [
    Options::mysql(),
    Options::mysql().with_ansi_quotes(true),
    Options::mysql().with_backslash(Backslash::Escapes),
    Options::mysql().with_backslash(Backslash::Plain),
    Options::standard(),
    Options::standard().with_ansi_quotes(false).with_backslash(Backslash::Escapes),
];

/// What holds for any text.
fn check(text: &[u8]) {
    for options in ALL_OPTIONS {
        let found = analyze(text, options);
        let shown = String::from_utf8_lossy(text);
        assert!(found.text().len() <= text.len(), "{options:?} made more of {shown:?}: {found:?}");
        let again = analyze(&**found.text(), options);
        assert_eq!(again.text(), found.text(), "{options:?} changed its own text of {shown:?}");
        // A name may hold one.
        let names = text.contains(&b'`') || text.contains(&b'"');
        assert!(
            names || !found.text().contains('\''),
            "{options:?} left a quote of {shown:?}: {found:?}"
        );
        let cut = analyze(text, options.with_max_chars(20));
        assert!(found.text().starts_with(&**cut.text()), "{options:?} cut {shown:?}: {cut:?}");
        assert_eq!(cut.summary(), found.summary(), "{options:?} on {shown:?}");
        if let Some(summary) = found.summary() {
            assert!(summary.chars().count() <= 255 && !summary.is_empty(), "{shown:?}: {found:?}");
        }
        if !found.has_literals()
            && !text.contains(&b'-')
            && !text.contains(&b'/')
            && !text.contains(&b'#')
        {
            let spared =
                |text: &str| text.replace([' ', ',', '?', '\t', '\n', '\r', '\x0b', '\x0c'], "");
            let valid = str::from_utf8(text).map(spared);
            assert!(
                valid.is_err() || valid == Ok(spared(found.text())),
                "{options:?} lost part of {shown:?}: {found:?}"
            );
        }
    }
}

/// A well-formed statement whose literals all hold the secret, in either meaning of a backslash.
fn structured(random: &mut Random) {
    let escapes = random.below(2) == 0;
    let mut text = String::new();
    for _ in 0..=random.below(2) {
        statement(random, &mut text, escapes, 0);
        text.push_str(random.pick(&[";", " ; ", "; -- it's Hunter2\n", ";/* \" */"]));
    }
    let known = if escapes { Backslash::Escapes } else { Backslash::Plain };
    for options in [Options::mysql().with_backslash(known), Options::mysql()] {
        let found = analyze(&text, options);
        let secret = format!("{found:?}").contains(SECRET);
        assert!(!secret, "{options:?} shows a secret of {text:?}: {found:?}");
        assert!(found.summary().is_some(), "{options:?} finds no operation in {text:?}");
    }
    let cached = Analyzer::new().analyze(&text, Options::mysql());
    assert_eq!(*cached, analyze(&text, Options::mysql()));
    check(text.as_bytes());
}

fn statement(random: &mut Random, text: &mut String, escapes: bool, depth: usize) {
    // Only queries, the first few, stand in parentheses.
    let template = random.pick(if depth == 0 { TEMPLATES } else { &TEMPLATES[..3] });
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('~') {
        text.push_str(before);
        let mut after = after.chars();
        match after.next() {
            Some('V') => value(random, text, escapes, depth),
            Some('S') => text.push_str(&string(random, escapes)),
            Some('T') => text.push_str(random.pick(NAMES)),
            Some('_') => text.push_str(random.pick(SPACES)),
            other => panic!("{other:?} in {template:?}"),
        }
        rest = after.as_str();
    }
    text.push_str(rest);
}

fn value(random: &mut Random, text: &mut String, escapes: bool, depth: usize) {
    match random.below(14) {
        0..=4 => text.push_str(&string(random, escapes)),
        // A number that is the secret has to look like one.
        5 => text.push_str(random.pick(&[
            "-1",
            "+2.5e-3",
            ".5",
            "1e9",
            "1.",
            "0x48756E74657232",
            "0b01",
        ])),
        6 => text.push_str(random.pick(&[
            "NULL",
            "TRUE",
            "false",
            "?",
            ":name",
            "@var",
            "@@global.x",
        ])),
        7 => text.push_str(random.pick(&["x'48756E74657232'", "X''", "b'0101'"])),
        8 => {
            text.push_str(random.pick(&["_utf8", "_utf8mb4 ", "N", "_binary", "_latin1\n"]));
            text.push_str(&string(random, escapes));
        }
        9 => text.push_str(random.pick(NAMES)),
        10 if depth < 3 => {
            text.push('(');
            statement(random, text, escapes, depth + 1);
            text.push(')');
        }
        11 if depth < 3 => {
            text.push_str(random.pick(&["COALESCE(", "REPLACE(", "(", "-("]));
            value(random, text, escapes, depth + 1);
            text.push_str(", ");
            value(random, text, escapes, depth + 1);
            text.push(')');
        }
        12 => {
            text.push_str(random.pick(&["/*!50000 ", "/*! "]));
            value(random, text, escapes, depth + 1);
            text.push_str(" */");
        }
        _ => {
            text.push_str(random.pick(&["DATE ", "INTERVAL ", "TIMESTAMP"]));
            text.push_str(&string(random, escapes));
        }
    }
}

/// A string as a careful client would write it, and seldom one whose value a careless client did
/// not look at.
fn string(random: &mut Random, escapes: bool) -> String {
    let quote = random.pick(&['\'', '\'', '"']);
    if random.below(32) == 0 {
        let words = random.pick(&[
            SECRET,
            "Hunter2 and Hunter2",
            "and Hunter2",
            "Hunter2,Hunter2",
            "from Hunter2",
            "join Hunter2",
            ") , Hunter2",
        ]);
        return format!("{quote}Rock {quote} {words} {quote} Roll{quote}");
    }
    let mut text = String::from(quote);
    for _ in 0..random.below(4) {
        match random.below(8) {
            0 => text.extend([quote, quote]),
            1 if escapes => text.extend(['\\', quote]),
            2 => text.push_str(if escapes { r"\\" } else { r"\" }),
            3 => text.push(if quote == '"' { '\'' } else { '"' }),
            4 => {
                text.push_str(
                    random.pick(&["--", "-- ", "#", "/* ", "`", ";", "\n", "(", "IN (", "\0"]),
                );
            }
            _ => text.push_str(SECRET),
        }
    }
    let _ = write!(text, "{SECRET}{}", random.pick(&["", " ", r"\\", "%"]));
    text.push(quote);
    text
}

const TEMPLATES: &[&str] = &[
    "SELECT~_a,~V FROM~_~T WHERE b =~V AND c IN (~V,~V, ~V) LIMIT 5",
    "SELECT * FROM ~T o JOIN ~T USING (id) WHERE a=~V OR b LIKE ~S~_GROUP BY a",
    "SELECT EXTRACT(YEAR FROM ~V) FROM (SELECT ~V FROM ~T) x, ~T",
    "INSERT INTO~_~T (a, b) VALUES (~V, ~V),(~V,~V) ON DUPLICATE KEY UPDATE a = ~V",
    "INSERT INTO ~T SELECT ~V FROM ~T",
    "UPDATE ~T SET a = ~V,b=~V WHERE c BETWEEN ~V AND ~V",
    "DELETE FROM ~T~_WHERE a IN (~S)",
    "WITH x AS (SELECT ~V) SELECT * FROM x WHERE a <> ~V",
    "CREATE TABLE ~T (a INT DEFAULT ~V COMMENT ~S, b ENUM(~S,~S))~_COMMENT=~S",
    "CREATE USER ~S@~S IDENTIFIED BY ~S",
    "CREATE USER bob IDENTIFIED BY Hunter2",
    "ALTER USER bob@~S IDENTIFIED WITH plugin BY ~S REPLACE ~S",
    "GRANT SELECT ON ~T TO bob IDENTIFIED BY PASSWORD ~S",
    "SET PASSWORD FOR bob = PASSWORD(~S)",
    "SET PASSWORD = Hunter2",
    "CHANGE MASTER TO MASTER_PASSWORD=~S, MASTER_HOST=~S",
    "CALL ~T(~V,~V)",
    "SELECT ~S x, ~S `y`, ~V z FROM ~T WHERE a BETWEEN ~S AND ~S",
    "WITH RECURSIVE x (a) AS (SELECT ~V FROM ~T UNION ALL TABLE x) INSERT INTO ~T TABLE x",
    "SET STATEMENT a=~V FOR SET PASSWORD = Hunter2",
    "EXPLAIN FORMAT=~S DELETE FROM ~T WHERE a = ~V",
    "SELECT ~V FROM {OJ ~T LEFT JOIN ~T ON a = ~V}",
    "USE ~T",
    "LOAD DATA LOCAL INFILE ~S INTO TABLE ~T FIELDS TERMINATED BY ~S",
    "SET @a := ~V, names = ~S",
    "PREPARE s FROM ~S",
    "/* Hunter2 */ SELECT ~V",
];

const NAMES: &[&str] =
    &["t", "shop.orders", "`song list`", "`a``b`.`c'd`", "artiste_é", "c3po", "_x", "$y", "`from`"];

const SPACES: &[&str] =
    &[" ", "\n", "\t ", " /* Hunter2's */ ", "/**/", " -- \"Hunter2\n", " # it's Hunter2\r\n"];

/// What a fuzzer that mutates its input would be given to start with.
const CORPUS: &[&str] = &[
    "SELECT * FROM songs WHERE id IN (1, 'a', x'00') -- c\n",
    "INSERT INTO t VALUES (_binary'\\'', \"a\"\"b\", N'c', -1.5e-3), (0b1, 0xFF, .5, NULL)",
    r"SELECT 'a\' %', ' \' %', 'c:\\'",
    "/*!50000 SELECT */ /*M! 'a*/' */ a FROM `b``c`.d # e",
    "CREATE USER a@'b' IDENTIFIED BY PASSWORD 'c'; SET PASSWORD = d; GRANT x ON *.* TO y \
     IDENTIFIED BY z",
    "WITH a AS (SELECT $1, $tag$ b $tag$) DELETE FROM c USING d WHERE e IS NOT TRUE",
    "CREATE TRIGGER a BEFORE INSERT ON b FOR EACH ROW BEGIN SELECT 1; END",
    "CALL a.b(1, @c, :d)",
    "SELECT 5--3, --/**/ 5, 1 -- 2",
    "((((((((((SELECT a FROM (b, (c",
];

const TOKENS: &[&str] = &[
    "SELECT ",
    "FROM ",
    "IN",
    "IN (",
    "(",
    ")",
    ",",
    ";",
    ".",
    "?",
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\'",
    "\\\\",
    "--",
    "-- ",
    "-",
    "+",
    "/*",
    "*/",
    "/*!",
    "/*!50000",
    "/*M!",
    "/",
    "*",
    "!",
    "#",
    "\n",
    "\r",
    " ",
    "\t",
    "\0",
    "1",
    "0x",
    "e",
    "1e",
    "_utf8",
    "x",
    "b",
    "N",
    "q",
    "$",
    "$$",
    "$a$",
    "@",
    ":",
    "::",
    "[",
    "]",
    "{",
    "}",
    "=",
    "é",
    "\u{a0}",
    "TRUE",
    "IS ",
    "NOT ",
    "a",
    "WITH ",
    "IDENTIFIED ",
    "BY ",
    "PASSWORD ",
    "SET ",
    "CREATE ",
    "TABLE ",
    "INDEX ",
    "ON ",
    "TRIGGER ",
    "CALL ",
    "GRANT ",
    "RECURSIVE ",
    "STATEMENT ",
    "FOR ",
    "UNION ",
    "USE ",
    "UPDATE ",
    "JOIN ",
    "INSERT ",
    "INTO ",
    "AS ",
    "SHOW ",
    "LOCK ",
    "EXPLAIN ",
    "USING ",
    "VALUES ",
    "CHANGE ",
    "MASTER_PASSWORD",
    "DELETE ",
    "TRUNCATE ",
];

/// SplitMix64: small, seeded, and good enough to choose with.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn soup(&mut self) -> String {
        (0..self.below(24)).map(|_| self.pick(TOKENS)).collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(48)).map(|_| self.next() as u8).collect()
    }

    fn mutated(&mut self) -> Vec<u8> {
        let mut bytes = self.pick(CORPUS).as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len().max(1)).min(bytes.len());
            match self.below(4) {
                0 if at < bytes.len() => bytes[at] = self.next() as u8,
                1 => drop(bytes.splice(at..at, self.pick(TOKENS).bytes())),
                2 => bytes.truncate(at),
                _ => drop(bytes.drain(at..(at + self.below(6)).min(bytes.len()))),
            }
        }
        bytes
    }
}
