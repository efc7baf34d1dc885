//! What a template is given: every name, what it is, whether it is always there, and whether it
//! belongs to one reader alone.

/// What a value is.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Values by name.
    Record(&'static [Field]),
    /// Many of one kind.
    List(&'static Kind),
    /// The fixed words of the letter's language, by dotted key.
    Words,
}

/// When a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// In every letter.
    Always,
    /// In some: it has to be asked for first.
    Maybe,
    /// Where the record's `kind` is one of these.
    Kinds(&'static [&'static str]),
    /// Where this flag of the letter is true.
    If(&'static str),
}

/// One name.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// As templates write it.
    pub name: &'static str,
    /// What it is.
    pub kind: &'static Kind,
    /// When it is there.
    pub there: There,
    /// One reader's own: it may only be printed as it is, and asked for.
    pub personal: bool,
    /// Plain text letters have it, HTML does not.
    pub text_only: bool,
}

const fn field(name: &'static str, kind: &'static Kind) -> Field {
    Field {
        name,
        kind,
        there: There::Always,
        personal: false,
        text_only: false,
    }
}

impl Field {
    const fn maybe(self) -> Field {
        self.there(There::Maybe)
    }

    const fn there(mut self, there: There) -> Field {
        self.there = there;
        self
    }

    const fn personal(mut self) -> Field {
        self.personal = true;
        self
    }

    const fn in_text(mut self) -> Field {
        self.text_only = true;
        self
    }
}

/// Kinds of blocks.
pub const BLOCKS: &[&str] = &["lead", "card", "headline", "section", "sponsor"];
const STORIES: &[&str] = &["lead", "card", "headline"];
/// Creatives' sizes.
pub const SIZES: &[&str] = &["XS", "S", "M", "L"];
/// Slots.
pub const SLOTS: &[&str] = &["S1", "S2", "S3", "S4"];
/// Ways of writing.
pub const DIRECTIONS: &[&str] = &["ltr", "rtl"];

/// What a letter's templates are given.
pub const LETTER: &Kind = &Kind::Record(&[
    field("language", &Kind::Text),
    field("direction", &Kind::OneOf(DIRECTIONS)),
    field("words", &Kind::Words),
    field("list_name", &Kind::Text),
    field("tagline", &Kind::Text),
    field("dirs", DIRS),
    field("subject", &Kind::Text).personal(),
    field("preheader", &Kind::Text).personal(),
    field("place", &Kind::Text).maybe().personal(),
    field("date", &Kind::Text),
    field("why_mailed", &Kind::Text),
    field("postal_address", &Kind::Text),
    field("website", &Kind::Text).maybe(),
    field("left_out", &Kind::Number),
    field("note", &Kind::List(&Kind::Text)).maybe(),
    field("panel", PANEL).maybe(),
    field("corrections", &Kind::List(&Kind::Text)),
    field("written", WRITTEN),
    field("links", LINKS),
    field("numbered", &Kind::Flag).in_text(),
    field("references", &Kind::Text)
        .there(There::If("numbered"))
        .personal()
        .in_text(),
    field("blocks", &Kind::List(BLOCK)),
]);

const PANEL: &Kind = &Kind::Record(&[
    field("title", &Kind::Text).maybe(),
    field("lines", &Kind::List(&Kind::Text)),
]);

const DIRS: &Kind = &Kind::Record(&[
    field("list_name", &Kind::OneOf(DIRECTIONS)).maybe(),
    field("tagline", &Kind::OneOf(DIRECTIONS)).maybe(),
    field("postal_address", &Kind::OneOf(DIRECTIONS)).maybe(),
]);

const WRITTEN: &Kind = &Kind::Record(&[
    field("note", &Kind::List(PROSE)),
    field("panel", &Kind::List(PROSE)),
    field("corrections", &Kind::List(CORRECTED)),
]);

const PROSE: &Kind = &Kind::Record(&[
    field("text", &Kind::Text),
    field("runs", &Kind::List(RUN)),
    field("dir", &Kind::OneOf(DIRECTIONS)).maybe(),
]);

const RUN: &Kind = &Kind::Record(&[
    field("text", &Kind::Text),
    field("url", &Kind::Text).maybe(),
]);

const CORRECTED: &Kind = &Kind::Record(&[
    field("text", &Kind::Text),
    field("runs", &Kind::List(RUN)),
    field("dir", &Kind::OneOf(DIRECTIONS)).maybe(),
    field("about", ABOUT).maybe(),
]);

const ABOUT: &Kind = &Kind::Record(&[
    field("headline", &Kind::Text),
    field("url", &Kind::Text).maybe(),
    field("lang", &Kind::Text).maybe(),
    field("dir", &Kind::OneOf(DIRECTIONS)).maybe(),
]);

const LINKS: &Kind = &Kind::Record(&[
    field("unsubscribe", &Kind::Text).personal(),
    field("preferences", &Kind::Text).personal(),
    field("view", &Kind::Text).maybe().personal(),
]);

/// One piece of the layout.
pub const BLOCK: &Kind = &Kind::Record(&[
    field("kind", &Kind::OneOf(BLOCKS)),
    field("first", &Kind::Flag),
    field("section", &Kind::Text).there(There::Kinds(&["section"])),
    field("area", &Kind::Flag),
    field("story", STORY).there(There::Kinds(STORIES)),
    field("sponsor", SPONSOR).there(There::Kinds(&["sponsor"])),
]);

const STORY: &Kind = &Kind::Record(&[
    field("headline", &Kind::Text),
    field("lang", &Kind::Text).maybe(),
    field("dir", &Kind::OneOf(DIRECTIONS)).maybe(),
    field("summary", &Kind::Text).maybe(),
    field("kicker", &Kind::Text).maybe(),
    field("meta", &Kind::Text).maybe(),
    field("why", &Kind::Text).personal(),
    field("url", &Kind::Text).maybe(),
    field("image", IMAGE).maybe(),
    field("ref", &Kind::Text)
        .there(There::If("numbered"))
        .personal()
        .in_text(),
]);

const IMAGE: &Kind = &Kind::Record(&[
    field("url", &Kind::Text),
    field("alt", &Kind::Text),
    field("pixels", PIXELS).maybe(),
]);

const PIXELS: &Kind = &Kind::Record(&[
    field("width", &Kind::Number),
    field("height", &Kind::Number),
]);

const SPONSOR: &Kind = &Kind::Record(&[
    field("label", &Kind::Text),
    field("headline", &Kind::Text).maybe(),
    field("text", &Kind::Text),
    field("dir", &Kind::OneOf(DIRECTIONS)).maybe(),
    field("url", &Kind::Text).maybe(),
    field("site", &Kind::Text).maybe(),
    field("size", &Kind::OneOf(SIZES)),
    field("slot", &Kind::OneOf(SLOTS)),
    field("ref", &Kind::Text)
        .there(There::If("numbered"))
        .personal()
        .in_text(),
]);

/// What `loop` is inside a loop.
pub const LOOP: &Kind = &Kind::Record(&[
    field("index", &Kind::Number),
    field("index0", &Kind::Number),
    field("revindex", &Kind::Number),
    field("revindex0", &Kind::Number),
    field("first", &Kind::Flag),
    field("last", &Kind::Flag),
    field("length", &Kind::Number),
    field("depth", &Kind::Number),
    field("depth0", &Kind::Number),
]);
