//! Who publishes: the newsroom's outlets and their habits.

/// An outlet and its habits.
#[derive(Debug)]
pub struct Outlet {
    /// Short name.
    pub slug: &'static str,
    /// Its host.
    pub host: &'static str,
    /// The languages in which it publishes.
    pub languages: &'static [&'static str],
    /// Its feed has whole texts, not ledes alone.
    pub whole: bool,
    /// Its entries have ids of their own; without, their address is their id.
    pub keyed: bool,
    /// It points to the pages of others.
    pub points: bool,
    /// How good it is, in thousandths: a better one tells more of what matters.
    pub quality: u16,
}

/// The outlets.
pub const OUTLETS: &[Outlet] = &[
    Outlet {
        slug: "courier",
        host: "courier.example",
        languages: &["en", "de"],
        whole: true,
        keyed: true,
        points: false,
        quality: 900,
    },
    Outlet {
        slug: "gazette",
        host: "gazette.example",
        languages: &["en"],
        whole: true,
        keyed: false,
        points: false,
        quality: 700,
    },
    Outlet {
        slug: "wire",
        host: "wire.example",
        languages: &["en", "de", "ru", "ar", "ja"],
        whole: true,
        keyed: true,
        points: false,
        quality: 600,
    },
    Outlet {
        slug: "echo",
        host: "echo.example",
        languages: &["en", "de"],
        whole: false,
        keyed: false,
        points: false,
        quality: 500,
    },
    Outlet {
        slug: "blog",
        host: "blog.example",
        languages: &["en"],
        whole: false,
        keyed: true,
        points: false,
        quality: 300,
    },
    Outlet {
        slug: "digest",
        host: "digest.example",
        languages: &["en", "de", "ru", "ar", "ja"],
        whole: false,
        keyed: true,
        points: true,
        quality: 200,
    },
    Outlet {
        slug: "vestnik",
        host: "vestnik.example",
        languages: &["ru"],
        whole: true,
        keyed: false,
        points: false,
        quality: 700,
    },
    Outlet {
        slug: "sahil",
        host: "sahil.example",
        languages: &["ar"],
        whole: true,
        keyed: false,
        points: false,
        quality: 700,
    },
    Outlet {
        slug: "minato",
        host: "minato.example",
        languages: &["ja"],
        whole: true,
        keyed: true,
        points: false,
        quality: 700,
    },
];
