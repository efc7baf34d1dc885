//! The vocabularies of feeds: which element of RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0, Dublin Core,
//! Media RSS and podcasts means what, said in the one dialect that the feed reader understands.

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
    Image,
    Person,
    Media,
}

/// What only the first element that states it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Once {
    Title,
    Summary,
    Content,
    Id,
    Published,
    Author,
}

/// Which kind of link leads to the page, the better ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LinkKind {
    /// What a proxy of feeds replaced.
    Original,
    /// RSS's own.
    Rss,
    /// Atom's alternate in HTML.
    Atom,
    /// Atom's alternate in another form.
    AtomOther,
    /// A `guid` that is one.
    Guid,
}

/// The schemes under which links are written.
const LINK_SCHEMES: [(LinkKind, &str); 5] = [
    (LinkKind::Original, "courant:original"),
    (LinkKind::Rss, "courant:rss"),
    (LinkKind::Atom, "courant:atom"),
    (LinkKind::AtomOther, "courant:other"),
    (LinkKind::Guid, "courant:guid"),
];

impl LinkKind {
    pub(super) fn scheme(self) -> &'static str {
        LINK_SCHEMES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, scheme)| scheme)
    }

    pub(super) fn of_scheme(scheme: &str) -> Option<LinkKind> {
        LINK_SCHEMES
            .iter()
            .find(|(_, s)| *s == scheme)
            .map(|(kind, _)| *kind)
    }
}

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Written under this name; its children are looked at.
    Holds(&'static str, Inside),
    /// Left out; its children are looked at.
    Through,
    /// Left out with all that is in it.
    Skip,
    /// Its text is written under this name, as RSS carries it: perhaps HTML.
    Text(&'static str),
    /// The same, unless it was said before.
    First(&'static str, Once),
    /// A text construct of Atom, with its type.
    Typed(&'static str),
    /// A person in one line.
    Author,
    /// A link: its `href`, or its text.
    Link(LinkKind),
    /// A category of Atom: its `term`, or its text.
    Category,
    /// Only its attributes count, of these names.
    Attributes(&'static str, &'static [&'static str]),
    /// The person of a Dublin Core element inside Atom.
    Creator,
}

const MEDIA: &[&str] = &["url", "type", "width", "height"];

/// A medium: elements inside it say what it shows.
pub(super) const MEDIA_CONTENT: Role = Role::Attributes("media:content", MEDIA);

/// What becomes of an element of an RSS or RDF document; `name` in lower case.
pub(super) fn in_rss(family: Family, name: &str, inside: Inside) -> Role {
    match (inside, family) {
        (Inside::Image, Family::Main) => match name {
            "url" => Role::Text("url"),
            "title" => Role::Text("title"),
            "link" => Role::Text("link"),
            _ => Role::Skip,
        },
        (Inside::Image | Inside::Person, _) => Role::Skip,
        (_, Family::Media) => media(name, inside, "description"),
        (Inside::Media, _) => Role::Skip,
        (Inside::Feed, Family::Main) => rss_feed(name),
        (Inside::Feed, Family::Dc) if name == "language" => Role::Text("language"),
        (Inside::Feed, Family::Dc) if name == "title" => Role::First("title", Once::Title),
        (Inside::Feed, Family::Atom) if name == "link" => Role::Link(LinkKind::Atom),
        (Inside::Feed, _) => Role::Skip,
        (Inside::Entry, Family::Main) => rss_entry(name),
        (Inside::Entry, _) => rss_entry_extension(family, name),
    }
}

fn rss_feed(name: &str) -> Role {
    match name {
        "item" => Role::Holds("item", Inside::Entry),
        "image" => Role::Holds("image", Inside::Image),
        "title" => Role::Text("title"),
        "link" => Role::Link(LinkKind::Rss),
        "description" => Role::Text("description"),
        "language" => Role::Text("language"),
        "pubdate" => Role::Text("pubDate"),
        "lastbuilddate" => Role::Text("lastBuildDate"),
        _ => Role::Skip,
    }
}

fn rss_entry(name: &str) -> Role {
    match name {
        "title" => Role::Text("title"),
        "link" => Role::Link(LinkKind::Rss),
        "description" => Role::Text("description"),
        "summary" | "abstract" => Role::First("description", Once::Summary),
        "author" | "managingeditor" => Role::Author,
        "category" | "keywords" => Role::Text("category"),
        "guid" | "id" => Role::Text("guid"),
        "enclosure" => Role::Attributes("enclosure", &["url", "type", "length"]),
        "pubdate" | "published" | "date" | "created" => Role::Text("pubDate"),
        "updated" | "modified" | "lastmodified" => Role::Text("updated"),
        "comments" => Role::Text("comments"),
        "fullitem" | "body" | "content" | "fulltext" => {
            Role::First("content:encoded", Once::Content)
        }
        _ => Role::Skip,
    }
}

fn rss_entry_extension(family: Family, name: &str) -> Role {
    match (family, name) {
        (Family::Content, "encoded") => Role::Text("content:encoded"),
        (Family::Xhtml, "body" | "div") => Role::First("content:encoded", Once::Content),
        (Family::Feedburner, "origlink") => Role::Link(LinkKind::Original),
        (Family::Dc | Family::Atom, "title") => Role::First("title", Once::Title),
        (Family::Itunes | Family::Atom, "author") | (Family::Dc, "creator" | "author") => {
            Role::Author
        }
        (Family::Dc, "date") => Role::First("pubDate", Once::Published),
        (Family::Dc, "subject") => Role::Text("category"),
        (Family::Dc | Family::DcTerms, "description" | "abstract")
        | (Family::Itunes, "summary" | "subtitle")
        | (Family::Atom, "summary") => Role::First("description", Once::Summary),
        (Family::Dc, "identifier") | (Family::Atom, "id") => Role::First("guid", Once::Id),
        (Family::DcTerms, "issued" | "created" | "available") | (Family::Atom, "published") => {
            Role::First("pubDate", Once::Published)
        }
        (Family::DcTerms, "modified") | (Family::Atom, "updated" | "modified") => {
            Role::Text("updated")
        }
        (Family::Atom, "link") => Role::Link(LinkKind::Atom),
        (Family::Atom, "content") => Role::First("content:encoded", Once::Content),
        (Family::Itunes, "image") => Role::Attributes("itunes:image", &["href"]),
        _ => Role::Skip,
    }
}

fn media(name: &str, inside: Inside, summary: &'static str) -> Role {
    match (name, inside) {
        ("group", Inside::Entry) => Role::Holds("media:group", Inside::Media),
        ("content", _) => MEDIA_CONTENT,
        ("title", Inside::Entry) => Role::First("title", Once::Title),
        ("description", _) => Role::First(summary, Once::Summary),
        ("thumbnail", _) => Role::Attributes("media:thumbnail", MEDIA),
        _ => Role::Skip,
    }
}

/// What becomes of an element of an Atom document; `name` in lower case.
pub(super) fn in_atom(family: Family, name: &str, inside: Inside) -> Role {
    match (inside, family) {
        (Inside::Image, _) => Role::Skip,
        (Inside::Person, Family::Main | Family::Atom) => match name {
            "name" => Role::Text("name"),
            "uri" | "url" | "homepage" => Role::Text("uri"),
            "email" => Role::Text("email"),
            _ => Role::Skip,
        },
        (Inside::Entry | Inside::Media, Family::Media) => media(name, inside, "summary"),
        (Inside::Person | Inside::Media, _) => Role::Skip,
        (_, Family::Main | Family::Atom) => atom_main(name, inside),
        (Inside::Entry, Family::Feedburner) if name == "origlink" => Role::Link(LinkKind::Original),
        (Inside::Entry, Family::Dc) => match name {
            "subject" => Role::Category,
            "creator" => Role::Creator,
            "date" => Role::First("published", Once::Published),
            "title" => Role::First("title", Once::Title),
            "description" => Role::First("summary", Once::Summary),
            _ => Role::Skip,
        },
        (Inside::Entry, Family::DcTerms) => match name {
            "issued" | "created" => Role::First("published", Once::Published),
            "modified" => Role::Text("updated"),
            _ => Role::Skip,
        },
        (Inside::Entry, Family::Xhtml) if matches!(name, "body" | "div") => {
            Role::First("content", Once::Content)
        }
        _ => Role::Skip,
    }
}

fn atom_main(name: &str, inside: Inside) -> Role {
    match (name, inside) {
        ("entry", Inside::Feed) => Role::Holds("entry", Inside::Entry),
        ("entries", Inside::Feed) => Role::Through,
        ("title", _) => Role::Typed("title"),
        ("id", _) => Role::Text("id"),
        ("link", _) => Role::Link(LinkKind::Atom),
        ("updated" | "modified", _) => Role::Text("updated"),
        ("author", _) => Role::Holds("author", Inside::Person),
        ("published" | "issued" | "pubdate", Inside::Entry) => Role::Text("published"),
        ("created", Inside::Entry) => Role::First("published", Once::Published),
        ("category", Inside::Entry) => Role::Category,
        ("summary", Inside::Entry) => Role::Typed("summary"),
        ("content", Inside::Entry) => Role::Typed("content"),
        _ => Role::Skip,
    }
}
