//! Joins a template with its blocks, as text, before anything reads it.
//!
//! Both spellings name a block by its path: `<mj-include path="./blocks/lead.mjml" />` in a layout,
//! `{% include "./blocks/lead.txt" %}` in a text. MJML's own includes lose the width of a section.

use std::collections::BTreeMap;

use super::error::RenderError;

/// Levels of blocks within blocks.
const DEPTH: usize = 8;
/// Bytes of a joined template.
const SIZE: usize = 1 << 20;

/// The template with every include replaced by the file that it names within the theme.
pub(super) fn join(source: &str, files: &BTreeMap<String, String>) -> Result<String, RenderError> {
    let mut out = String::with_capacity(source.len() * 2);
    append(&mut out, source, files, 0)?;
    Ok(out)
}

fn append(
    out: &mut String,
    source: &str,
    files: &BTreeMap<String, String>,
    depth: usize,
) -> Result<(), RenderError> {
    if depth > DEPTH {
        return Err(RenderError::IncludeDepth { limit: DEPTH });
    }
    let mut rest = source;
    while let Some((before, path, after)) = next(rest) {
        out.push_str(before);
        let name = path.trim_start_matches("./");
        let block = files.get(name).ok_or_else(|| RenderError::Include {
            path: path.chars().take(120).collect(),
        })?;
        append(out, block.trim_end(), files, depth + 1)?;
        rest = after;
    }
    out.push_str(rest);
    if out.len() > SIZE {
        return Err(RenderError::TooLarge { limit: SIZE });
    }
    Ok(())
}

/// The text before the first include, its path, the text after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let spellings = [("<mj-include", "/>"), ("{% include", "%}")];
    let found = spellings.iter().filter_map(|(open, close)| {
        let start = text.find(open)?;
        let end = start + text[start..].find(close)? + close.len();
        Some((start, end))
    });
    let (start, end) = found.min()?;
    let mut quoted = text[start..end].split(['"', '\'']);
    let path = quoted.nth(1).unwrap_or_default();
    Some((&text[..start], path, &text[end..]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::join;
    use crate::render::RenderError;

    #[test]
    fn blocks_stand_where_they_are_included() {
        let blocks = BTreeMap::from([
            (
                "blocks/a.mjml".to_owned(),
                "A<mj-include path=\"./blocks/b.mjml\" />\n".to_owned(),
            ),
            ("blocks/b.mjml".to_owned(), "B".to_owned()),
            ("blocks/c.txt".to_owned(), "C".to_owned()),
            (
                "blocks/loop.txt".to_owned(),
                "{% include './blocks/loop.txt' %}".to_owned(),
            ),
        ]);
        let joined = join(
            "x<mj-include path='./blocks/a.mjml'/>y{% include \"./blocks/c.txt\" %}z",
            &blocks,
        );
        assert_eq!(joined.as_deref(), Ok("xAByCz"));
        assert!(matches!(
            join("{% include \"./blocks/none.txt\" %}", &blocks),
            Err(RenderError::Include { path }) if path == "./blocks/none.txt"
        ));
        assert!(matches!(
            join("{% include \"./blocks/loop.txt\" %}", &blocks),
            Err(RenderError::IncludeDepth { .. })
        ));
    }
}
