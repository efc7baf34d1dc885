//! What a template is given: every name, what it is, whether it is always there, and whether it
//! belongs to one reader alone.

use super::kind::{Field, Kind, There, field};

/// Kinds of blocks.
pub const BLOCKS: &[&str] = &["lead", "card", "headline", "section", "sponsor"];
const STORIES: &[&str] = &["lead", "card", "headline"];
/// Creatives' sizes.
pub const SIZES: &[&str] = &["XS", "S", "M", "L"];
/// Slots.
pub const SLOTS: &[&str] = &["S1", "S2", "S3", "S4"];
/// Ways of writing.
pub const DIRECTIONS: &[&str] = &["ltr", "rtl"];

/// How a text is written, whoever wrote it.
const DIR: Field = field(
    "dir",
    &Kind::OneOf(DIRECTIONS),
    "How it is written, where that differs from the letter’s",
)
.maybe();

/// Which language it is in.
const LANG: Field = field(
    "lang",
    &Kind::Text,
    "Tag of its language, where that is not the letter’s",
)
.maybe();

/// What a letter's templates are given.
pub const LETTER: &Kind = &Kind::Record(&[
    field(
        "language",
        &Kind::Text,
        "Tag of the letter’s language, such as `en`",
    ),
    field(
        "direction",
        &Kind::OneOf(DIRECTIONS),
        "How that language is written",
    ),
    field(
        "words",
        &Kind::Words,
        "The fixed words of that language: `words.footer.view`; one that fills something in is called, `words.more.web(n=left_out)`",
    ),
    field("list_name", &Kind::Text, "The newsletter’s name"),
    field("tagline", &Kind::Text, "The line under it; may be empty"),
    field(
        "dirs",
        DIRS,
        "How the list’s own words are written, where that differs from the letter’s",
    ),
    field("subject", &Kind::Text, "The subject of the mail").personal(),
    field(
        "preheader",
        &Kind::Text,
        "What mail programs show after the subject",
    )
    .personal(),
    field("place", &Kind::Text, "The reader’s place")
        .maybe()
        .personal(),
    field(
        "welcome",
        &Kind::Text,
        "A word of welcome, in a reader’s first letter",
    )
    .maybe()
    .personal(),
    field("date", &Kind::Text, "The day of the issue, written out"),
    field(
        "why_mailed",
        &Kind::Text,
        "Why the reader gets this mail, as a sentence",
    ),
    field(
        "postal_address",
        &Kind::Text,
        "The sender’s postal address, which every letter has",
    ),
    field("website", &Kind::Text, "Address of the publisher’s site").maybe(),
    field("left_out", &Kind::Number, "Stories that did not fit"),
    field(
        "note",
        &Kind::List(&Kind::Text),
        "The editor’s note, by paragraphs",
    )
    .maybe(),
    field(
        "panel",
        PANEL,
        "A block of lines of the editor’s, such as tides or markets",
    )
    .maybe(),
    field(
        "corrections",
        &Kind::List(&Kind::Text),
        "Corrections of earlier issues",
    ),
    field(
        "written",
        WRITTEN,
        "The note, the block and the corrections again, with their links set",
    ),
    field("links", LINKS, "The reader’s own pages"),
    field(
        "numbered",
        &Kind::Flag,
        "Whether links are numbered, and listed at the end",
    )
    .in_text(),
    field("references", &Kind::Text, "The list of numbered links")
        .there(There::If("numbered"))
        .personal()
        .in_text(),
    field(
        "blocks",
        &Kind::List(BLOCK),
        "What the letter brings, from the top; one loop over it, outside of every condition",
    ),
]);

const PANEL: &Kind = &Kind::Record(&[
    field("title", &Kind::Text, "What stands above the lines").maybe(),
    field("lines", &Kind::List(&Kind::Text), "The lines"),
]);

const DIRS: &Kind = &Kind::Record(&[
    field("list_name", &Kind::OneOf(DIRECTIONS), "Of its name").maybe(),
    field("tagline", &Kind::OneOf(DIRECTIONS), "Of the line under it").maybe(),
    field(
        "postal_address",
        &Kind::OneOf(DIRECTIONS),
        "Of the postal address",
    )
    .maybe(),
]);

const WRITTEN: &Kind = &Kind::Record(&[
    field("note", &Kind::List(PROSE), "The note’s paragraphs"),
    field("panel", &Kind::List(PROSE), "The block’s lines"),
    field("corrections", &Kind::List(CORRECTED), "The corrections"),
]);

const PROSE: &Kind = &Kind::Record(&[
    field("text", &Kind::Text, "The paragraph"),
    field(
        "runs",
        &Kind::List(RUN),
        "The paragraph in pieces, links apart",
    ),
    DIR,
]);

const RUN: &Kind = &Kind::Record(&[
    field("text", &Kind::Text, "Its words"),
    field("url", &Kind::Text, "Where they lead").maybe(),
]);

const CORRECTED: &Kind = &Kind::Record(&[
    field("text", &Kind::Text, "The correction"),
    field(
        "runs",
        &Kind::List(RUN),
        "The correction in pieces, links apart",
    ),
    DIR,
    field("about", ABOUT, "The story that it corrects").maybe(),
]);

const ABOUT: &Kind = &Kind::Record(&[
    field("headline", &Kind::Text, "Its headline"),
    field("url", &Kind::Text, "Where it is read").maybe(),
    LANG,
    DIR,
]);

const LINKS: &Kind = &Kind::Record(&[
    field(
        "unsubscribe",
        &Kind::Text,
        "Leaves the list, at one click; every letter has it",
    )
    .personal(),
    field(
        "preferences",
        &Kind::Text,
        "The reader’s own terms; every letter has it",
    )
    .personal(),
    field("view", &Kind::Text, "The letter in a browser")
        .maybe()
        .personal(),
]);

/// One piece of the layout.
pub const BLOCK: &Kind = &Kind::Record(&[
    field("kind", &Kind::OneOf(BLOCKS), "What it is"),
    field(
        "first",
        &Kind::Flag,
        "Whether it is the first story of its section",
    ),
    field("section", &Kind::Text, "The section’s name").there(There::Kinds(&["section"])),
    field(
        "area",
        &Kind::Flag,
        "Whether it is the section “also in your area”",
    ),
    field("story", STORY, "The story").there(There::Kinds(STORIES)),
    field("sponsor", SPONSOR, "The sponsor’s text").there(There::Kinds(&["sponsor"])),
]);

const STORY: &Kind = &Kind::Record(&[
    field("headline", &Kind::Text, "Its headline"),
    LANG,
    DIR,
    field("summary", &Kind::Text, "Its first lines").maybe(),
    field(
        "kicker",
        &Kind::Text,
        "The word above the headline, a topic",
    )
    .maybe(),
    field(
        "meta",
        &Kind::Text,
        "Who wrote it, where and when, and how long it takes to read",
    )
    .maybe(),
    field("origin", ORIGIN, "Who published it first").maybe(),
    field("also", &Kind::Text, "Which other sources told it").maybe(),
    field(
        "why",
        &Kind::Text,
        "Why this reader gets it; empty where its section says so",
    )
    .personal(),
    field("url", &Kind::Text, "Where it is read on").maybe(),
    field("image", IMAGE, "Its picture").maybe(),
    field("ref", &Kind::Text, "Its number in the list of links")
        .there(There::If("numbered"))
        .personal()
        .in_text(),
]);

const ORIGIN: &Kind = &Kind::Record(&[
    field("text", &Kind::Text, "That it was, in words"),
    field("url", &Kind::Text, "Where it is read there").maybe(),
]);

const IMAGE: &Kind = &Kind::Record(&[
    field("url", &Kind::Text, "Where the picture is"),
    field("alt", &Kind::Text, "What it shows, in words"),
    field("pixels", PIXELS, "Its size, where that is known").maybe(),
]);

const PIXELS: &Kind = &Kind::Record(&[
    field("width", &Kind::Number, "Pixels across"),
    field("height", &Kind::Number, "Pixels down"),
]);

const SPONSOR: &Kind = &Kind::Record(&[
    field(
        "label",
        &Kind::Text,
        "What says that this is paid for; it stands before everything else of the sponsor’s",
    ),
    field("headline", &Kind::Text, "Its headline").maybe(),
    field("text", &Kind::Text, "Its text"),
    DIR,
    field(
        "url",
        &Kind::Text,
        "Where it leads; the link has rel=\"sponsored\"",
    )
    .maybe(),
    field("site", &Kind::Text, "The name of the site it leads to").maybe(),
    field("size", &Kind::OneOf(SIZES), "How much room it has"),
    field("slot", &Kind::OneOf(SLOTS), "Which place it stands in"),
    field("ref", &Kind::Text, "Its number in the list of links")
        .there(There::If("numbered"))
        .personal()
        .in_text(),
]);

/// What `variant` is, in `[[ ]]` and `[% %]`: decided once for each variant that a theme is compiled in.
pub const VARIANT: &[(&str, &str, &str)] = &[
    (
        "variant.length",
        "long or short",
        "How much the reader wants",
    ),
    (
        "variant.images",
        "true or false",
        "Whether pictures are shown",
    ),
    (
        "variant.direction",
        "ltr or rtl",
        "How the language is written",
    ),
    (
        "variant.start",
        "left or right",
        "The side at which lines begin",
    ),
    (
        "variant.end",
        "right or left",
        "The side at which lines end",
    ),
];

/// What `loop` is inside a loop.
pub const LOOP: &Kind = &Kind::Record(&[
    field("index", &Kind::Number, "The turn, from 1"),
    field("index0", &Kind::Number, "The turn, from 0"),
    field("revindex", &Kind::Number, "Turns that are left, down to 1"),
    field("revindex0", &Kind::Number, "Turns that are left, down to 0"),
    field("first", &Kind::Flag, "Whether it is the first turn"),
    field("last", &Kind::Flag, "Whether it is the last one"),
    field("length", &Kind::Number, "How many turns there are"),
    field("depth", &Kind::Number, "Loops around it, from 1"),
    field("depth0", &Kind::Number, "Loops around it, from 0"),
]);
