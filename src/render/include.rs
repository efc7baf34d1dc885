//! Joins a template with its blocks, as text, before anything reads it, and remembers which file and
//! line every place of it comes from.
//!
//! Both spellings name a block by its path: `<mj-include path="./blocks/lead.mjml" />` in a layout,
//! `{% include "./blocks/lead.txt" %}` in a text. MJML's own includes lose the width of a section.

use std::collections::BTreeMap;

use super::error::RenderError;
use super::mjml::circle;

/// Levels of blocks within blocks.
const DEPTH: usize = 8;
/// Includes of a template in all.
const INCLUDES: usize = 2_000;
/// Bytes of a joined template.
const SIZE: usize = super::engine::SOURCE;

/// A template and its blocks in one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    /// The text.
    pub(super) text: String,
    files: Vec<String>,
    pieces: Vec<Piece>,
    /// What could not be joined, and where; each is left out of the text.
    pub(super) problems: Vec<(Place, RenderError)>,
}

/// A stretch of a text that was made of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// First octet in the new text.
    pub(super) to: usize,
    /// Octets of the old text that it comes from.
    pub(super) from: std::ops::Range<usize>,
    /// Taken over as it stood.
    pub(super) verbatim: bool,
}

/// Where something stands in what the author wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path inside the theme.
    pub file: String,
    /// From 1; 0 where no line is known.
    pub line: usize,
}

/// A stretch of the text that comes from one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// First octet in the text.
    from: usize,
    file: usize,
    /// Line of that octet in its file.
    line: usize,
}

impl Joined {
    /// Where the author wrote the octet at `offset`.
    pub(super) fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let after = self.pieces.partition_point(|p| p.from <= offset);
        let Some(piece) = self.pieces[..after].last() else {
            return Place {
                file: self.files.first().cloned().unwrap_or_default(),
                line: 1,
            };
        };
        let passed = &self.text.as_bytes()[piece.from..offset];
        let lines = passed.iter().filter(|b| **b == b'\n').count();
        Place {
            file: self.files[piece.file].clone(),
            line: piece.line + lines,
        }
    }

    /// Where the author wrote what a line (from 1) of the text begins with.
    pub(super) fn place_of_line(&self, line: usize) -> Place {
        let text = self.text.lines().nth(line.saturating_sub(1));
        let text = text.unwrap_or_default();
        self.place_of(line, text.len() - text.trim_start().len())
    }

    /// Where the template engine found a fault in the text.
    pub(super) fn place_of_error(&self, error: &minijinja::Error) -> Place {
        match error.range() {
            Some(range) => self.place(range.start),
            None => self.place_of_line(error.line().unwrap_or(0)),
        }
    }

    /// The files that it is made of.
    pub(super) fn files(&self) -> &[String] {
        &self.files
    }

    /// What a pass over the text made of it, in the order of the new text.
    pub(super) fn passed(&self, text: String, made: impl IntoIterator<Item = Made>) -> Joined {
        let mut pieces = Vec::new();
        for made in made {
            let mut add = |to, offset| {
                let after = self.pieces.partition_point(|p| p.from <= offset);
                if let Some(piece) = self.pieces[..after].last() {
                    let line = self.place(offset).line;
                    let file = piece.file;
                    pieces.push(Piece {
                        from: to,
                        file,
                        line,
                    });
                }
            };
            add(made.to, made.from.start);
            let inside = |p: &&Piece| p.from > made.from.start && p.from < made.from.end;
            for piece in self.pieces.iter().filter(inside).filter(|_| made.verbatim) {
                add(made.to + piece.from - made.from.start, piece.from);
            }
        }
        Joined {
            text,
            files: self.files.clone(),
            pieces,
            problems: Vec::new(),
        }
    }

    /// Where the author wrote a line (from 1) and column (octets, from 0) of the text.
    pub(super) fn place_of(&self, line: usize, column: usize) -> Place {
        let mut starts = self.text.match_indices('\n').map(|(at, _)| at + 1);
        let start = match line {
            0 | 1 => Some(0),
            line => starts.nth(line - 2),
        };
        self.place(start.map_or(self.text.len(), |at| at + column))
    }
}

/// The template with every include replaced by the file that it names within the theme; `name` is
/// the template's own path.
pub(super) fn trace<'a>(
    name: &'a str,
    source: &str,
    files: &'a BTreeMap<String, String>,
) -> Joined {
    let mut join = Join {
        out: Joined {
            text: String::with_capacity(source.len() * 2),
            files: vec![name.to_owned()],
            pieces: Vec::new(),
            problems: Vec::new(),
        },
        theme: files,
        open: Vec::new(),
        top: name,
        includes: 0,
    };
    join.append(0, source);
    join.out
}

/// As [`trace`].
///
/// # Errors
/// The first of its problems.
pub(super) fn join(
    name: &str,
    source: &str,
    files: &BTreeMap<String, String>,
) -> Result<Joined, RenderError> {
    let joined = trace(name, source, files);
    match joined.problems.first() {
        Some((_, problem)) => Err(problem.clone()),
        None => Ok(joined),
    }
}

struct Join<'a> {
    out: Joined,
    /// Path within the theme to text.
    theme: &'a BTreeMap<String, String>,
    /// Blocks that are being joined, outermost first.
    open: Vec<&'a str>,
    /// The template's own path.
    top: &'a str,
    includes: usize,
}

impl<'a> Join<'a> {
    fn append(&mut self, file: usize, source: &str) {
        let mut done = 0;
        while let Some((start, path, end)) = next(&source[done..]) {
            self.piece(file, source, done, done + start);
            let place = || Place {
                file: self.out.files[file].clone(),
                line: line_at(source, done + start),
            };
            match self.block(path) {
                Ok((name, block)) => {
                    self.includes += 1;
                    self.open.push(name);
                    let file = self.file(name);
                    self.append(file, block.trim_end());
                    self.open.pop();
                }
                Err(problem) => {
                    let place = place();
                    self.out.problems.push((place, problem));
                }
            }
            done += end;
        }
        self.piece(file, source, done, source.len());
    }

    fn piece(&mut self, file: usize, source: &str, from: usize, to: usize) {
        if self.out.text.len() + (to - from) > SIZE {
            let full = |(_, p): &(Place, RenderError)| matches!(p, RenderError::TooLarge { .. });
            if !self.out.problems.iter().any(full) {
                let place = Place {
                    file: self.out.files[file].clone(),
                    line: line_at(source, from),
                };
                let problem = RenderError::TooLarge { limit: SIZE };
                self.out.problems.push((place, problem));
            }
            return;
        }
        self.out.pieces.push(Piece {
            from: self.out.text.len(),
            file,
            line: line_at(source, from),
        });
        self.out.text.push_str(&source[from..to]);
    }

    fn file(&mut self, path: &str) -> usize {
        let known = self.out.files.iter().position(|f| f == path);
        known.unwrap_or_else(|| {
            self.out.files.push(path.to_owned());
            self.out.files.len() - 1
        })
    }

    fn block(&self, path: &str) -> Result<(&'a str, &'a str), RenderError> {
        let name = path.trim_start_matches("./");
        let found = self.theme.get_key_value(name);
        let (name, block) = found.ok_or_else(|| RenderError::Include {
            path: path.chars().take(120).collect(),
        })?;
        let way = [self.top].into_iter().chain(self.open.iter().copied());
        let round: Vec<&str> = way.skip_while(|open| open != name).collect();
        if !round.is_empty() {
            let way = circle(round.into_iter().chain([name.as_str()]));
            return Err(RenderError::IncludeCircle { way });
        }
        if self.open.len() >= DEPTH {
            return Err(RenderError::IncludeDepth { limit: DEPTH });
        }
        if self.includes >= INCLUDES {
            return Err(RenderError::Includes { limit: INCLUDES });
        }
        Ok((name, block))
    }
}

fn line_at(source: &str, offset: usize) -> usize {
    1 + source.as_bytes()[..offset]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
}

/// Where the first include starts, its path, where it ends.
fn next(text: &str) -> Option<(usize, &str, usize)> {
    let spellings = [("<mj-include", "/>"), ("{% include", "%}")];
    let found = spellings.iter().filter_map(|(open, close)| {
        let start = text.find(open)?;
        let end = start + text[start..].find(close)? + close.len();
        Some((start, end))
    });
    let (start, end) = found.min()?;
    let mut quoted = text[start..end].split(['"', '\'']);
    let path = quoted.nth(1).unwrap_or_default();
    Some((start, path, end))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{join, trace};
    use crate::render::RenderError;

    fn blocks() -> BTreeMap<String, String> {
        BTreeMap::from([
            (
                "blocks/a.mjml".to_owned(),
                "A\n<mj-include path=\"./blocks/b.mjml\" />\n".to_owned(),
            ),
            ("blocks/b.mjml".to_owned(), "B".to_owned()),
            ("blocks/c.txt".to_owned(), "C".to_owned()),
            (
                "blocks/loop.txt".to_owned(),
                "{% include './blocks/loop.txt' %}".to_owned(),
            ),
        ])
    }

    #[test]
    fn blocks_stand_where_they_are_included() {
        let blocks = blocks();
        let joined = join(
            "x",
            "x<mj-include path='./blocks/a.mjml'/>y{% include \"./blocks/c.txt\" %}z",
            &blocks,
        );
        assert_eq!(joined.map(|j| j.text).as_deref(), Ok("xA\nByCz"));
        assert!(matches!(
            join("x", "{% include \"./blocks/none.txt\" %}", &blocks),
            Err(RenderError::Include { path }) if path == "./blocks/none.txt"
        ));
        assert!(matches!(
            join("x", "{% include \"./blocks/loop.txt\" %}", &blocks),
            Err(RenderError::IncludeCircle { way }) if way == "blocks/loop.txt -> blocks/loop.txt"
        ));
    }

    #[test]
    fn every_place_knows_its_file_and_line() {
        let source = "x\ny<mj-include path='./blocks/a.mjml'/>z\n{% include 'none.txt' %}w";
        let joined = trace("digest.mjml", source, &blocks());
        let place = |sign: char| {
            let at = joined.text.find(sign).expect("joined");
            let place = joined.place(at);
            (place.file, place.line)
        };
        let in_file = |file: &str, line| (file.to_owned(), line);
        assert_eq!(joined.text, "x\nyA\nBz\nw");
        assert_eq!(place('x'), in_file("digest.mjml", 1));
        assert_eq!(place('y'), in_file("digest.mjml", 2));
        assert_eq!(place('A'), in_file("blocks/a.mjml", 1));
        assert_eq!(place('B'), in_file("blocks/b.mjml", 1));
        assert_eq!(place('z'), in_file("digest.mjml", 2));
        assert_eq!(place('w'), in_file("digest.mjml", 3));
        assert_eq!(joined.place_of(3, 1), joined.place(6));
        assert_eq!(joined.problems.len(), 1);
        assert_eq!(joined.problems[0].0, joined.place_of(4, 0));
    }

    #[test]
    fn blocks_that_multiply_come_to_an_end() {
        let mut blocks = BTreeMap::new();
        for n in 0..8 {
            let include = format!("<mj-include path=\"blocks/b{}.mjml\" />", n + 1);
            blocks.insert(format!("blocks/b{n}.mjml"), include.repeat(100));
        }
        blocks.insert("blocks/b8.mjml".to_owned(), String::new());
        let deep = join("x", "<mj-include path='blocks/b0.mjml' />", &blocks);
        assert!(matches!(
            deep,
            Err(RenderError::IncludeDepth { .. } | RenderError::Includes { .. })
        ));
    }
}
