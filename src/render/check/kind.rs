//! What a name of a template is: its kind, when it is there, whose it is.

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
    /// What it means, in one line for authors.
    pub meaning: &'static str,
    /// When it is there.
    pub there: There,
    /// One reader's own: it may only be printed as it is, and asked for.
    pub personal: bool,
    /// Plain text letters have it, HTML does not.
    pub text_only: bool,
}

/// One that is in every letter, for everybody.
pub(super) const fn field(name: &'static str, kind: &'static Kind, meaning: &'static str) -> Field {
    Field {
        name,
        kind,
        meaning,
        there: There::Always,
        personal: false,
        text_only: false,
    }
}

impl Field {
    /// In some letters alone.
    pub(super) const fn maybe(self) -> Field {
        self.there(There::Maybe)
    }

    /// When it is there.
    pub(super) const fn there(mut self, there: There) -> Field {
        self.there = there;
        self
    }

    /// One reader's own.
    pub(super) const fn personal(mut self) -> Field {
        self.personal = true;
        self
    }

    /// In plain text alone.
    pub(super) const fn in_text(mut self) -> Field {
        self.text_only = true;
        self
    }
}
