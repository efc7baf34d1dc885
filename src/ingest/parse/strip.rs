//! The text of HTML, read in one pass without building its tree: a text is never mark-up again, so
//! nothing depends on how a browser would nest what is broken.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::clean::{self, BLOCKS};
use super::cost::HTML_BYTES;
use super::lex::{Lexer, Token, meant};

/// Elements whose text is none of the page's.
const HIDDEN: &[&str] = &[
    "iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template",
    "textarea", "title",
];
/// Among them those in which tags mean nothing.
const RAW: &[&str] = &["iframe", "script", "style", "textarea", "title"];
/// Names of characters that only HTML 5 has, resolved in one text.
const RARE_NAMES: usize = 64;

/// The characters of HTML 4 by their names, each name followed by its character.
const NAMES: &str = "quot\" amp& lt< gt> apos' nbsp\u{a0} iexcl¡ cent¢ pound£ curren¤ yen¥ brvbar¦ \
    sect§ uml¨ copy© ordfª laquo« not¬ shy\u{ad} reg® macr¯ deg° plusmn± sup2² sup3³ acute´ microµ \
    para¶ middot· cedil¸ sup1¹ ordmº raquo» frac14¼ frac12½ frac34¾ iquest¿ AgraveÀ AacuteÁ AcircÂ \
    AtildeÃ AumlÄ AringÅ AEligÆ CcedilÇ EgraveÈ EacuteÉ EcircÊ EumlË IgraveÌ IacuteÍ IcircÎ IumlÏ \
    ETHÐ NtildeÑ OgraveÒ OacuteÓ OcircÔ OtildeÕ OumlÖ times× OslashØ UgraveÙ UacuteÚ UcircÛ UumlÜ \
    YacuteÝ THORNÞ szligß agraveà aacuteá acircâ atildeã aumlä aringå aeligæ ccedilç egraveè eacuteé \
    ecircê eumlë igraveì iacuteí icircî iumlï ethð ntildeñ ograveò oacuteó ocircô otildeõ oumlö \
    divide÷ oslashø ugraveù uacuteú ucircû uumlü yacuteý thornþ yumlÿ OEligŒ oeligœ ScaronŠ scaronš \
    YumlŸ fnofƒ circˆ tilde˜ AlphaΑ BetaΒ GammaΓ DeltaΔ EpsilonΕ ZetaΖ EtaΗ ThetaΘ IotaΙ KappaΚ \
    LambdaΛ MuΜ NuΝ XiΞ OmicronΟ PiΠ RhoΡ SigmaΣ TauΤ UpsilonΥ PhiΦ ChiΧ PsiΨ OmegaΩ alphaα betaβ \
    gammaγ deltaδ epsilonε zetaζ etaη thetaθ iotaι kappaκ lambdaλ muμ nuν xiξ omicronο piπ rhoρ \
    sigmafς sigmaσ tauτ upsilonυ phiφ chiχ psiψ omegaω thetasymϑ upsihϒ pivϖ ensp\u{2002} \
    emsp\u{2003} thinsp\u{2009} zwnj\u{200c} zwj\u{200d} lrm\u{200e} rlm\u{200f} ndash– mdash— lsquo‘ \
    rsquo’ sbquo‚ ldquo“ rdquo” bdquo„ dagger† Dagger‡ bull• hellip… permil‰ prime′ Prime″ lsaquo‹ \
    rsaquo› oline‾ frasl⁄ euro€ imageℑ weierp℘ realℜ trade™ alefsymℵ larr← uarr↑ rarr→ darr↓ harr↔ \
    crarr↵ lArr⇐ uArr⇑ rArr⇒ dArr⇓ hArr⇔ forall∀ part∂ exist∃ empty∅ nabla∇ isin∈ notin∉ ni∋ prod∏ \
    sum∑ minus− lowast∗ radic√ prop∝ infin∞ ang∠ and∧ or∨ cap∩ cup∪ int∫ there4∴ sim∼ cong≅ asymp≈ \
    ne≠ equiv≡ le≤ ge≥ sub⊂ sup⊃ nsub⊄ sube⊆ supe⊇ oplus⊕ otimes⊗ perp⊥ sdot⋅ lceil⌈ rceil⌉ lfloor⌊ \
    rfloor⌋ lang\u{2329} rang\u{232a} loz◊ spades♠ clubs♣ hearts♥ diams♦";

static BY_NAME: LazyLock<HashMap<&'static str, char>> = LazyLock::new(|| {
    let pairs = NAMES.split(' ').filter(|word| !word.is_empty());
    pairs
        .filter_map(|word| {
            let (at, c) = word.char_indices().next_back()?;
            Some((word.get(..at)?, c))
        })
        .collect()
});

/// The text of an HTML fragment: block elements as line breaks, references resolved once, white space
/// of the source as blanks. It stops soon after `chars` characters.
pub(super) fn text(html: &str, chars: usize) -> String {
    let html = clean::cut_bytes(html, HTML_BYTES);
    let enough = chars.saturating_mul(4);
    let mut out = String::with_capacity(html.len().min(enough).min(HTML_BYTES));
    let mut names = RARE_NAMES;
    let mut lexer = Lexer::new(html);
    // White space is one blank later on, so octets beyond the longest form of `chars` count as shown.
    while out.len() <= enough {
        let Some(token) = lexer.next() else {
            break;
        };
        match token {
            Token::Text(text) => push(text, &mut out, &mut names),
            Token::CData(text) => out.push_str(text),
            Token::Start(name, _, empty) => {
                let name = Tag::new(name);
                if name.is_one_of(HIDDEN) && !empty {
                    skip(&mut lexer, &name);
                } else {
                    name.breaks(&mut out);
                }
            }
            Token::End(name) => Tag::new(name).breaks(&mut out),
            Token::Doctype(_) => {}
        }
    }
    out
}

/// A tag's name in lower case, without an allocation; longer names than HTML's are cut.
struct Tag {
    bytes: [u8; 12],
    len: usize,
}

impl Tag {
    fn new(name: &str) -> Tag {
        let mut bytes = [0; 12];
        let len = name.len().min(12);
        for (to, from) in bytes.iter_mut().zip(name.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        Tag { bytes, len }
    }

    fn name(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn is_one_of(&self, names: &[&str]) -> bool {
        names
            .binary_search_by(|known| known.as_bytes().cmp(self.name()))
            .is_ok()
    }

    /// What its element puts between the texts beside it.
    fn breaks(&self, out: &mut String) {
        match self.name() {
            b"td" | b"th" => out.push(' '),
            _ if self.is_one_of(BLOCKS) => out.push('\n'),
            _ => {}
        }
    }
}

/// Steps over an element of which nothing is shown, with all that is in it.
fn skip(lexer: &mut Lexer<'_>, opened: &Tag) {
    let raw = opened.is_one_of(RAW);
    let mut depth = 1_usize;
    while depth > 0 {
        match lexer.next() {
            None => return,
            Some(Token::Start(name, _, false)) if !raw => {
                depth += usize::from(Tag::new(name).name() == opened.name());
            }
            Some(Token::End(name)) if Tag::new(name).name() == opened.name() => depth -= 1,
            // A comparison in a script looks like a tag; its end is a tag all the same.
            Some(_) => {}
        }
    }
}

/// Adds a text, its references resolved once and its line ends as blanks.
fn push(text: &str, out: &mut String, rare: &mut usize) {
    let from = out.len();
    let mut rest = text;
    while let Some(i) = rest.find('&') {
        let (before, after) = rest.split_at(i);
        out.push_str(before);
        let (c, length) = reference(after, rare).unwrap_or(('&', 1));
        // A reference to a line end is white space like any other.
        out.push(if matches!(c, '\n' | '\r') { ' ' } else { c });
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    let added = out.get(from..).unwrap_or_default();
    if added.contains(['\n', '\r']) {
        let line = added.replace(['\n', '\r'], " ");
        out.truncate(from);
        out.push_str(&line);
    }
}

/// The character that a text's first reference stands for, and how many octets it takes.
fn reference(text: &str, rare: &mut usize) -> Option<(char, usize)> {
    let body = text.get(1..)?;
    if let Some(digits) = body.strip_prefix('#') {
        let (digits, radix, before) = match digits.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16, 3),
            None => (digits, 10, 2),
        };
        let end = digits
            .bytes()
            .take(8)
            .position(|b| !(b as char).is_digit(radix))
            .unwrap_or(digits.len().min(8));
        let code = u32::from_str_radix(digits.get(..end)?, radix).ok()?;
        let closed = digits.as_bytes().get(end) == Some(&b';');
        let c = char::from_u32(code).filter(|c| *c != '\0').map(meant)?;
        return Some((c, before + end + usize::from(closed)));
    }
    let end = body
        .bytes()
        .take(32)
        .position(|b| !b.is_ascii_alphanumeric())
        .unwrap_or(body.len().min(32));
    let name = body.get(..end)?;
    if body.as_bytes().get(end) == Some(&b';') {
        let known = BY_NAME.get(name).copied();
        return known.or_else(|| of_html5(name, rare)).map(|c| (c, end + 2));
    }
    // The oldest names are also understood without their end, as browsers do.
    ["nbsp", "amp", "quot", "copy", "reg", "lt", "gt"]
        .iter()
        .find(|old| **old == name)
        .and_then(|old| BY_NAME.get(old))
        .map(|c| (*c, end + 1))
}

/// A name that HTML 4 does not know, by the HTML parser's own table.
fn of_html5(name: &str, rare: &mut usize) -> Option<char> {
    *rare = rare.checked_sub(1)?;
    let shown = clean::resolved_by_parser(&format!("&{name};"));
    let mut chars = shown.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Some(c),
        _ => None,
    }
}
