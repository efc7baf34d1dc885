//! Elements of HTML, as far as two rooms ask the same of them.

/// Whether an element holds nothing and is never closed (HTML, "void elements"); `name` in lower case.
pub fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}
