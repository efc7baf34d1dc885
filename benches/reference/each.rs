//! The ordinary way: for every letter the template language makes MJML, and MJML is rendered.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use courant::domain::letter::Printed;
use courant::render::theme::Sources;
use courant::render::{Page, Spot, spots};
use minijinja::{Environment, UndefinedBehavior, context, syntax::SyntaxConfig};
use mrml::prelude::render::RenderOptions;
use serde_json::{Value, json};

use crate::digests::Newsroom;

pub struct Each {
    engine: Environment<'static>,
    options: RenderOptions,
}

impl Each {
    /// The layout of the same theme, as a template that makes MJML.
    pub fn new(_room: &Newsroom) -> Each {
        let sources = Sources::embedded("broadsheet").expect("the theme");
        let layout = resolved(&joined(&sources, "digest.mjml"));
        let text = resolved(&joined(&sources, "letter.txt"));
        let mut engine = Environment::new();
        let mut lines = SyntaxConfig::builder();
        let lines = lines.trim_blocks(true).lstrip_blocks(true).build();
        engine.set_syntax(lines.expect("a syntax"));
        engine.set_undefined_behavior(UndefinedBehavior::Chainable);
        engine.add_filter("wrap", |text: String| text);
        engine.add_filter("underline", |text: String, mark: String| {
            mark.repeat(text.len())
        });
        engine
            .add_template_owned("digest.html", layout)
            .expect("a layout");
        engine
            .add_template_owned("letter.txt", text)
            .expect("a text");
        let options = RenderOptions {
            disable_comments: true,
            fonts: HashMap::new(),
            ..RenderOptions::default()
        };
        Each { engine, options }
    }

    fn mjml(&self, room: &Newsroom, n: usize) -> (String, String) {
        let context = room.page(n, view);
        let part = |name: &str| {
            let template = self.engine.get_template(name).expect("a template");
            template
                .render(minijinja::value::Serde(&context))
                .expect("a part")
        };
        (part("digest.html"), part("letter.txt"))
    }

    /// A letter's bytes.
    pub fn message(&self, room: &Newsroom, n: usize) -> Vec<u8> {
        let (mjml, text) = self.mjml(room, n);
        let parsed = mrml::parse(&mjml).expect("MJML");
        let html = parsed.element.render(&self.options).expect("HTML");
        let part = |text: &str| {
            let mut part = Vec::with_capacity(text.len() * 5 / 4);
            encode(&mut part, text);
            part
        };
        let letter = Printed {
            subject: "The swing bridge turns again".to_owned(),
            text: part(&text),
            html_bytes: html.len(),
            html: part(&html),
        };
        room.composed(n, &letter)
    }

    /// Time of one letter by official MJML in a Node process that is warm, the fastest of many; none where
    /// there is none.
    pub fn official(&self, room: &Newsroom) -> Option<Duration> {
        let (mjml, _) = self.mjml(room, 1);
        let script = "const m=require('mjml');const f=m.default||m;let s='';\
             process.stdin.on('data',d=>s+=d).on('end',async()=>{\
             let best=Infinity,html='';for(let i=0;i<200;i++){const t=process.hrtime.bigint();\
             html=(await f(s)).html;best=Math.min(best,Number(process.hrtime.bigint()-t))}\
             console.log(best,html.length)})";
        let mut node = Command::new("node")
            .args(["-e", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        node.stdin.take()?.write_all(mjml.as_bytes()).ok()?;
        let output = node.wait_with_output().ok()?;
        let said = String::from_utf8(output.stdout).ok()?;
        let (nanos, octets) = said.trim().split_once(' ')?;
        let (nanos, octets): (u64, usize) = (nanos.parse().ok()?, octets.parse().ok()?);
        assert!(octets > 40_000, "a whole letter: {octets}");
        Some(Duration::from_nanos(nanos))
    }
}

/// Quoted-printable, the plain way.
fn encode(out: &mut Vec<u8>, text: &str) {
    let mut column = 0;
    for byte in text.bytes() {
        if byte == b'\n' {
            out.extend_from_slice(b"\r\n");
            column = 0;
            continue;
        }
        let plain = matches!(byte, b' '..=b'~') && byte != b'=';
        let width = if plain { 1 } else { 3 };
        if column + width > 75 {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        match plain {
            true => out.push(byte),
            false => out.extend_from_slice(format!("={byte:02X}").as_bytes()),
        }
        column += width;
    }
}

fn joined(sources: &Sources, file: &str) -> String {
    let mut text = sources.files[file].clone();
    loop {
        let found = [("<mj-include", "/>"), ("{% include", "%}")]
            .into_iter()
            .filter_map(|(open, close)| {
                let start = text.find(open)?;
                Some((start, start + text[start..].find(close)? + close.len()))
            })
            .min();
        let Some((start, end)) = found else {
            return text;
        };
        let path = text[start..end].split(['"', '\'']).nth(1).expect("a path");
        let block = sources.files[path.trim_start_matches("./")]
            .trim_end()
            .to_owned();
        text.replace_range(start..end, &block);
    }
}

fn resolved(source: &str) -> String {
    let mut engine = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax
        .block_delimiters("[%", "%]")
        .variable_delimiters("[[", "]]")
        .comment_delimiters("[#", "#]")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    engine.set_syntax(syntax.expect("a syntax"));
    let variant = context! {
        length => "long", images => true, direction => "ltr", start => "left", end => "right",
    };
    engine
        .render_str(source, context! { variant })
        .expect("a variant")
}

/// A page as this way's templates see it.
fn view(page: &Page<'_>) -> Value {
    let sections: Vec<_> = page.stories.iter().map(|s| &s.section).collect();
    let sponsor = |slot| page.sponsors.iter().find(|s| s.slot == slot);
    let blocks: Vec<Value> = spots(&sections, |slot| sponsor(slot).is_some())
        .into_iter()
        .filter_map(|spot| match spot {
            Spot::Sponsor(slot) => {
                let sponsor = sponsor(slot)?;
                Some(json!({"kind": "sponsor", "first": false, "area": false, "sponsor": {
                    "label": format!("Advertisement · {}", sponsor.sponsor_name),
                    "text": sponsor.text, "url": sponsor.url, "site": "sponsor.example",
                    "size": sponsor.size.as_str(), "slot": slot.as_str(),
                }}))
            }
            Spot::Heading(at) => Some(json!({
                "kind": "section", "section": page.stories[at].section_name, "first": false, "area": false,
            })),
            Spot::Story { at, first } => {
                let story = &page.stories[at];
                let image = story.image.as_ref().map(|i| json!({"url": i.url, "alt": i.alt}));
                let kind = if at == 0 { "lead" } else { "card" };
                Some(json!({"kind": kind, "first": first, "area": false, "story": {
                    "headline": story.headline, "summary": story.summary, "url": story.url,
                    "meta": format!("{} · 06:40", story.byline), "why": "Because you follow Harbour",
                    "image": image,
                }}))
            }
        })
        .collect();
    json!({
        "language": "en", "direction": "ltr", "list_name": page.sender.list_name,
        "tagline": page.sender.tagline, "subject": page.stories[0].headline,
        "preheader": page.stories[1].headline, "date": "Wednesday 25 November 2026",
        "place": page.place, "blocks": blocks, "left_out": 0, "numbered": false, "corrections": [],
        "dirs": {}, "written": {"note": [], "panel": [], "corrections": []},
        "why_mailed": "You receive this letter because you subscribed.",
        "postal_address": page.sender.postal_address,
        "links": {"unsubscribe": page.links.unsubscribe, "preferences": page.links.preferences,
            "view": page.links.view},
        "words": {"footer": {"preferences": "Change topics", "unsubscribe": "Unsubscribe",
            "view": "View in browser"}},
    })
}
