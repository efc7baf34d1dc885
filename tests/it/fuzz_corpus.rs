//! The fuzz corpus and seeded mutations of it, through the entries that libFuzzer uses.

#[path = "../../fuzz/entries.rs"]
mod entries;

use std::path::{Path, PathBuf};

/// Mutations of one file.
const MUTATIONS: usize = 150;

fn files(subject: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(subject);
    let listed = std::fs::read_dir(&folder).expect("the corpus is there");
    let mut paths: Vec<PathBuf> = listed.map(|f| f.expect("a file").path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).expect("readable");
            (path, bytes)
        })
        .collect()
}

/// Numbers from a seed, the same at every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize % end.max(1)
    }

    /// One input changed in one to four places: octets flipped, cut, doubled, or put in from another.
    fn mutate(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let (a, b) = (self.below(out.len() + 1), self.below(out.len() + 1));
            let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 256));
            match self.below(5) {
                0 if !out.is_empty() => {
                    let i = self.below(out.len());
                    out[i] ^= 1 << self.below(8);
                }
                1 => drop(out.drain(from..to)),
                2 => {
                    let piece = out[from..to].to_vec();
                    out.splice(from..from, piece);
                }
                3 => {
                    let start = self.below(other.len() + 1);
                    let end = other.len().min(start + 64);
                    out.splice(from..to, other[start..end].iter().copied());
                }
                _ => {
                    const PIECES: &[&str] = &[
                        "<item>",
                        "</title>",
                        "<![CDATA[",
                        "]]>",
                        "&#x0;",
                        "&amp;",
                        "\u{202e}",
                        "\"",
                        "T",
                        "-",
                        "+",
                        ":",
                        "%",
                        "#",
                        "[",
                        "99999999999",
                        "any(",
                        ") NEAR/3 ",
                        "title:",
                        "*",
                        "{headline}",
                        "']\n",
                        "\n",
                    ];
                    let piece = PIECES[self.below(PIECES.len())];
                    out.splice(from..from, piece.bytes());
                }
            }
        }
        out
    }
}

#[test]
fn the_fuzz_corpus_and_its_mutations_hold() {
    let mut draw = Draw(0x00c0_ffee);
    for (subject, entry) in entries::ENTRIES {
        let files = files(subject);
        assert!(!files.is_empty(), "{subject} has a corpus");
        for (path, bytes) in &files {
            let told = |input: &[u8]| {
                let held = std::panic::catch_unwind(|| entry(input));
                let input = String::from_utf8_lossy(input).into_owned();
                assert!(held.is_ok(), "{subject}, {}: {input:?}", path.display());
            };
            told(bytes);
            for _ in 0..MUTATIONS {
                let other = &files[draw.below(files.len())].1;
                told(&draw.mutate(bytes, other));
            }
        }
    }
}
