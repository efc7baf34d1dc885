//! The vocabularies of feeds: which element of RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0, Dublin Core,
//! Media RSS and podcasts means what for a feed or an entry.

/// The vocabulary to which an element belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// The format's own.
    Main,
    /// Atom, inside RSS.
    Atom,
    Content,
    Dc,
    DcTerms,
    Media,
    Itunes,
    Xhtml,
    Rdf,
    Xml,
    Feedburner,
    /// Anything else.
    Other,
}

/// The vocabulary that a namespace names. Publishers write them with slips, so only what tells them
/// apart is looked at; `None` is a namespace that nobody knows.
pub(super) fn of_uri(uri: &str) -> Option<Family> {
    let uri = uri.trim().to_ascii_lowercase();
    let is = |part: &str| uri.contains(part);
    Some(if is("w3.org/2005/atom") || is("purl.org/atom/ns") {
        Family::Atom
    } else if is("rss/1.0/modules/content") {
        Family::Content
    } else if is("purl.org/dc/elements") || is("rss/1.0/modules/dc") {
        Family::Dc
    } else if is("purl.org/dc/terms") {
        Family::DcTerms
    } else if is("search.yahoo.com/mrss") || is("tools.search.yahoo.com/mrss") {
        Family::Media
    } else if is("itunes.com/dtds") || is("example.com/dtds/podcast") {
        Family::Itunes
    } else if is("w3.org/1999/xhtml") {
        Family::Xhtml
    } else if is("w3.org/1999/02/22-rdf-syntax-ns") {
        Family::Rdf
    } else if is("rssnamespace.org/feedburner") {
        Family::Feedburner
    } else if is("purl.org/rss/1.0/") && uri.ends_with("rss/1.0/")
        || (is("rss") || is("rdf")) && (is("userland") || is("netscape") || is("harvard.edu"))
    {
        Family::Main
    } else {
        return None;
    })
}

/// The vocabulary that a prefix stands for where nobody declared it.
pub(super) fn of_prefix(prefix: &str) -> Family {
    match prefix.to_ascii_lowercase().as_str() {
        "" => Family::Main,
        "atom" | "atom10" | "a10" => Family::Atom,
        "content" => Family::Content,
        "dc" => Family::Dc,
        "dcterms" => Family::DcTerms,
        "media" => Family::Media,
        "itunes" => Family::Itunes,
        "xhtml" => Family::Xhtml,
        "rdf" => Family::Rdf,
        "xml" => Family::Xml,
        "feedburner" => Family::Feedburner,
        _ => Family::Other,
    }
}

/// What an element stands inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    Feed,
    Entry,
    /// A picture of an entry in RSS's own words.
    Image,
    Person,
    Media,
}

/// What an element states of its feed or entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Summary,
    Content,
    Id,
    Published,
    Updated,
    Category,
    Language,
}

/// Which kind of link leads to the page, the better ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LinkKind {
    /// RSS's own.
    Rss,
    /// Atom's alternate in HTML.
    Atom,
    /// Atom's alternate in another form.
    AtomOther,
    /// A `guid` that is one.
    Guid,
    /// What is not the page but near it: what an entry is about, its medium, its own document.
    Near,
    /// Where the page really is, where a proxy of feeds put its own address in the link's place.
    Original,
}

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Its children are looked at, as standing inside of this.
    Holds(Inside),
    /// Its children are looked at, as if it were not there.
    Through,
    /// Left out with all that is in it.
    Skip,
    /// States a field, as RSS carries it: perhaps HTML. The last one that says something counts.
    Text(Field),
    /// The same, unless it was said before.
    First(Field),
    /// A text construct of Atom, with its type.
    Typed(Field),
    /// A person in one line, or with a name inside.
    Author,
    /// The name or address of the person that it stands in.
    Person,
    /// A link: its `href`, or its text.
    Link(LinkKind),
    /// A category of Atom: its `label`, its `term`, or its text.
    Category,
    /// A medium: elements inside it say what it shows.
    Medium,
    /// A small form of a medium.
    Thumbnail,
    /// The address of a picture as text or in `href`.
    Picture,
}

/// What becomes of an element of an RSS or RDF document; `name` in lower case.
pub(super) fn in_rss(family: Family, name: &str, inside: Inside) -> Role {
    match (inside, family) {
        (Inside::Image, Family::Main) if name == "url" => Role::Picture,
        (Inside::Image | Inside::Person, _) => Role::Skip,
        (_, Family::Media) => media(name, inside),
        (Inside::Media, _) => Role::Skip,
        (Inside::Feed, Family::Main) => rss_feed(name),
        (Inside::Feed, Family::Dc) => match name {
            "language" => Role::First(Field::Language),
            "title" => Role::First(Field::Title),
            _ => Role::Skip,
        },
        (Inside::Feed, Family::Atom) => match name {
            "link" => Role::Link(LinkKind::Atom),
            "title" => Role::First(Field::Title),
            _ => Role::Skip,
        },
        (Inside::Feed, Family::Itunes) if name == "title" => Role::First(Field::Title),
        (Inside::Feed, _) => Role::Skip,
        (Inside::Entry, Family::Main) => rss_entry(name),
        (Inside::Entry, _) => rss_entry_extension(family, name),
    }
}

fn rss_feed(name: &str) -> Role {
    match name {
        "item" => Role::Holds(Inside::Entry),
        "items" => Role::Through,
        "title" => Role::Text(Field::Title),
        "link" => Role::Link(LinkKind::Rss),
        "language" => Role::Text(Field::Language),
        _ => Role::Skip,
    }
}

fn rss_entry(name: &str) -> Role {
    match name {
        "title" | "headline" => Role::Text(Field::Title),
        "link" | "url" => Role::Link(LinkKind::Rss),
        "description" => Role::Text(Field::Summary),
        "summary" | "abstract" | "teaser" => Role::First(Field::Summary),
        "author" | "managingeditor" | "creator" => Role::Author,
        "category" | "keywords" => Role::Text(Field::Category),
        "guid" | "id" => Role::Text(Field::Id),
        "enclosure" => Role::Medium,
        "image" => Role::Holds(Inside::Image),
        "thumbnail" => Role::Picture,
        "pubdate" | "published" => Role::Text(Field::Published),
        "date" | "created" => Role::First(Field::Published),
        "updated" | "modified" | "lastmodified" | "lastbuilddate" => Role::Text(Field::Updated),
        "fullitem" | "body" | "content" | "fulltext" => Role::First(Field::Content),
        "language" => Role::Text(Field::Language),
        _ => Role::Skip,
    }
}

fn rss_entry_extension(family: Family, name: &str) -> Role {
    match (family, name) {
        (Family::Content, "encoded") => Role::Text(Field::Content),
        (Family::Xhtml, "body" | "div") => Role::First(Field::Content),
        (Family::Feedburner, "origlink") => Role::Link(LinkKind::Original),
        (Family::Dc | Family::Atom | Family::Itunes, "title") => Role::First(Field::Title),
        (Family::Itunes | Family::Atom, "author") | (Family::Dc, "creator" | "author") => {
            Role::Author
        }
        (Family::Dc, "subject") => Role::Text(Field::Category),
        (Family::Dc, "language") => Role::First(Field::Language),
        (Family::Dc | Family::DcTerms, "description" | "abstract")
        | (Family::Itunes, "summary" | "subtitle")
        | (Family::Atom, "summary") => Role::First(Field::Summary),
        (Family::Dc, "identifier") | (Family::Atom, "id") => Role::First(Field::Id),
        (Family::Dc, "date")
        | (Family::DcTerms, "issued" | "created" | "available")
        | (Family::Atom, "published") => Role::First(Field::Published),
        (Family::DcTerms, "modified") | (Family::Atom, "updated" | "modified") => {
            Role::Text(Field::Updated)
        }
        (Family::Atom, "link") => Role::Link(LinkKind::Atom),
        (Family::Atom, "category") => Role::Category,
        (Family::Atom, "content") => Role::First(Field::Content),
        (Family::Itunes, "image") => Role::Picture,
        _ => Role::Skip,
    }
}

fn media(name: &str, inside: Inside) -> Role {
    match (name, inside) {
        (_, Inside::Feed) => Role::Skip,
        ("group", Inside::Entry) => Role::Holds(Inside::Media),
        ("content", _) => Role::Medium,
        ("title", Inside::Entry) => Role::First(Field::Title),
        ("description", _) => Role::First(Field::Summary),
        ("thumbnail", _) => Role::Thumbnail,
        _ => Role::Skip,
    }
}

/// What becomes of an element of an Atom document; `name` in lower case.
pub(super) fn in_atom(family: Family, name: &str, inside: Inside) -> Role {
    match (inside, family) {
        (Inside::Image, _) => Role::Skip,
        (Inside::Person, Family::Main | Family::Atom) => match name {
            "name" | "email" => Role::Person,
            _ => Role::Skip,
        },
        (Inside::Entry | Inside::Media, Family::Media) => media(name, inside),
        (Inside::Person | Inside::Media, _) => Role::Skip,
        (_, Family::Main | Family::Atom) => atom_main(name, inside),
        (Inside::Entry, Family::Feedburner) if name == "origlink" => Role::Link(LinkKind::Original),
        (Inside::Entry, Family::Dc) => match name {
            "subject" => Role::Text(Field::Category),
            "creator" => Role::Author,
            "date" => Role::First(Field::Published),
            "title" => Role::First(Field::Title),
            "description" => Role::First(Field::Summary),
            _ => Role::Skip,
        },
        (Inside::Entry, Family::DcTerms) => match name {
            "issued" | "created" => Role::First(Field::Published),
            "modified" => Role::Text(Field::Updated),
            _ => Role::Skip,
        },
        (Inside::Entry, Family::Xhtml) if matches!(name, "body" | "div") => {
            Role::First(Field::Content)
        }
        _ => Role::Skip,
    }
}

fn atom_main(name: &str, inside: Inside) -> Role {
    match (name, inside) {
        ("entry", Inside::Feed) => Role::Holds(Inside::Entry),
        ("entries", Inside::Feed) => Role::Through,
        ("title", _) => Role::Typed(Field::Title),
        ("id", _) => Role::Text(Field::Id),
        ("link", _) => Role::Link(LinkKind::Atom),
        ("updated" | "modified", _) => Role::Text(Field::Updated),
        ("author", _) => Role::Holds(Inside::Person),
        ("published" | "issued" | "pubdate", Inside::Entry) => Role::Text(Field::Published),
        ("created", Inside::Entry) => Role::First(Field::Published),
        ("category", Inside::Entry) => Role::Category,
        ("summary", Inside::Entry) => Role::Typed(Field::Summary),
        ("content", Inside::Entry) => Role::Typed(Field::Content),
        _ => Role::Skip,
    }
}
