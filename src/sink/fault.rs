//! What is asked of the sink by a word, in a local part, a script or a setting: where it strikes, what
//! happens then, and how often.
//!
//! Pure. The words are listed in the [room's documentation](super); who is counted, and how a reply
//! gets onto the wire, is known elsewhere.

use std::fmt;

use super::journal::Phase;

/// The longest word that can be a fault.
const LONGEST: usize = 64;
/// Faults that one local part may ask for.
const MOST: usize = 8;

/// One behaviour that differs from the usual one. Written, and read, as a word such as
/// `rcpt451-4-2-1x2`, `dothangup` or `ehlomulti`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fault {
    /// Where it strikes.
    pub phase: Phase,
    /// What happens.
    pub act: Act,
    /// How often, for each recipient (or, before any was named, for all connections together);
    /// `None` is always.
    pub times: Option<u32>,
}

/// What happens instead of the usual reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// A reply: another code than the usual one, another manner, or both.
    Reply(Option<Code>, Manner),
    /// The connection is closed without a reply.
    Hangup,
    /// Nothing is ever answered again.
    Hole,
    /// A line that is no reply.
    Garbage,
    /// A reply of a class that cannot stand here: 354 for 250, 250 for 354.
    WrongClass,
    /// RCPT is refused with 550, DATA gets 354 nevertheless, and the dot this code.
    Lenient(Code),
}

/// A reply code with its enhanced status code (RFC 3463).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    /// 200 to 599.
    pub basic: u16,
    /// Subject and detail: the class is the first digit of `basic`.
    pub enhanced: (u16, u16),
}

/// How a reply is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Manner {
    /// One line.
    Plain,
    /// Three lines, each with its enhanced code (RFC 2034 §4).
    Multi,
    /// Only after [`SinkSettings::slow`](super::SinkSettings::slow).
    Slow,
    /// Octet by octet, [`SinkSettings::drip`](super::SinkSettings::drip) apart.
    Drip,
    /// In two packets, the code cut in two.
    Split,
    /// Ended by a line feed alone.
    BareLf,
    /// Without a line end; the connection is closed behind it.
    NoCrlf,
    /// In a line of 64 KiB (RFC 5321 §4.5.3.1.5 ends at 512).
    LongLine,
    /// With octets that are no UTF-8.
    NotUtf8,
}

const MANNERS: &[(&str, Manner)] = &[
    ("multi", Manner::Multi),
    ("slow", Manner::Slow),
    ("drip", Manner::Drip),
    ("split", Manner::Split),
    ("barelf", Manner::BareLf),
    ("nocrlf", Manner::NoCrlf),
    ("longline", Manner::LongLine),
    ("notutf8", Manner::NotUtf8),
];
const ACTS: &[(&str, Act)] = &[
    ("hangup", Act::Hangup),
    ("hole", Act::Hole),
    ("garbage", Act::Garbage),
    ("wrongclass", Act::WrongClass),
];
/// Words of their own, for what is asked most.
const SHORT: &[(&str, &str)] = &[
    ("defer", "rcpt451-2-1x1"),
    ("refuse", "rcpt550-1-1"),
    ("full", "rcpt452-2-2"),
    ("hangup", "dothangupx1"),
    ("hangupdata", "texthangupx1"),
    ("refusedata", "dot554-7-1"),
    ("slow", "dotslow"),
];

impl Fault {
    /// Reads a word, in any case of letters; `None` if it is none.
    pub fn parse(word: &str) -> Option<Fault> {
        if word.len() > LONGEST || !word.is_ascii() {
            return None;
        }
        let word = word.to_ascii_lowercase();
        if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == word) {
            return Fault::long(long);
        }
        if let Some(times) = word.strip_prefix("defer") {
            let fault = Fault::long("rcpt451-2-1")?;
            return Some(Fault {
                times: Some(number(times)?),
                ..fault
            });
        }
        if let Some(code) = word.strip_prefix("refuse") {
            let (code, rest) = Code::parse(code)?;
            let lenient = rest.is_empty() && !matches!(code.basic / 100, 1 | 3);
            return lenient.then_some(Fault {
                phase: Phase::Rcpt,
                act: Act::Lenient(code),
                times: None,
            });
        }
        Fault::long(&word)
    }

    /// `PHASE[CODE[-SUBJECT-DETAIL]][MANNER][xTIMES]` or `PHASE ACT [xTIMES]`, without the blanks.
    fn long(word: &str) -> Option<Fault> {
        let (phase, rest) = Phase::ALL
            .iter()
            .find_map(|phase| Some((*phase, word.strip_prefix(phase.as_str())?)))?;
        let (rest, times) = match rest.rsplit_once('x') {
            Some((before, times)) if !times.is_empty() => (before, Some(number(times)?)),
            _ => (rest, None),
        };
        let named = ACTS.iter().find(|(name, _)| *name == rest);
        let act = match named {
            Some((_, act)) => *act,
            None => reply(rest)?,
        };
        let fault = Fault { phase, act, times };
        fault.is_possible().then_some(fault)
    }

    /// Whether the point of the conversation has what the act is about: within the text, and after
    /// the reply, there is no usual reply that could be changed.
    fn is_possible(&self) -> bool {
        match (self.phase, self.act) {
            (Phase::Text | Phase::Sent, Act::Reply(code, manner)) => {
                code.is_some_and(|code| code.basic >= 400) && manner == Manner::Plain
            }
            (Phase::Text | Phase::Sent, act) => matches!(act, Act::Hangup | Act::Hole),
            (Phase::Starttls, Act::Reply(None, manner)) => manner != Manner::Plain,
            _ => true,
        }
    }

    /// What the local part of `address` asks: the word up to its first `.` or `+`, or several of
    /// them joined by `_`. A local part in which one word is none asks nothing, nor does one that
    /// speaks of what is over before a recipient is named.
    pub fn of_address(address: &str) -> Vec<Fault> {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let words = local.split(['.', '+']).next().unwrap_or_default();
        let faults: Option<Vec<Fault>> =
            words.split('_').take(MOST + 1).map(Fault::parse).collect();
        let faults = faults.unwrap_or_default();
        let late = faults.iter().all(|fault| !fault.is_of_connection());
        if late && faults.len() <= MOST {
            faults
        } else {
            Vec::new()
        }
    }

    /// Whether it strikes before a recipient is named.
    pub fn is_of_connection(&self) -> bool {
        self.phase < Phase::Mail
    }

    /// Of several that strike one message the strongest holds: a refusal, then a connection that
    /// ends, then a reply that is not one, then a manner.
    pub(super) fn strength(&self) -> u8 {
        match self.act {
            Act::Reply(Some(code), _) if code.basic >= 400 => 5,
            Act::Lenient(_) => 5,
            Act::Hangup => 4,
            Act::Hole => 3,
            Act::Garbage | Act::WrongClass => 2,
            Act::Reply(_, Manner::Slow) => 0,
            Act::Reply(..) => 1,
        }
    }

    /// What it makes of a reply whose usual code is `usual`.
    pub(super) fn outcome(&self, usual: u16) -> Outcome {
        let (code, as_usual) = match self.act {
            Act::Reply(_, Manner::NoCrlf) => (None, false),
            Act::Reply(Some(code), _) => (Some(code.basic), code.basic / 100 == usual / 100),
            Act::Reply(None, _) => (Some(usual), true),
            Act::Hangup | Act::Hole | Act::Garbage => (None, false),
            Act::WrongClass => (Some(wrong_class(usual)), false),
            Act::Lenient(_) => (Some(550), false),
        };
        Outcome { code, as_usual }
    }
}

/// What a fault makes of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The code that the client can read.
    pub(super) code: Option<u16>,
    /// Whether the command has its effect.
    pub(super) as_usual: bool,
}

/// A code whose class says something else than `usual` does.
pub(super) fn wrong_class(usual: u16) -> u16 {
    match usual {
        354 | 334 => 250,
        _ => 354,
    }
}

impl Code {
    /// Reads `451` or `451-2-1` at the start of `text`, and what follows it.
    fn parse(text: &str) -> Option<(Code, &str)> {
        let (digits, rest) = text.split_at_checked(3)?;
        let basic = u16::try_from(number(digits)?).ok()?;
        if !(200..600).contains(&basic) {
            return None;
        }
        let Some(tail) = rest.strip_prefix('-') else {
            let enhanced = usual_enhanced(basic);
            return Some((Code { basic, enhanced }, rest));
        };
        let (subject, tail) = tail.split_once('-')?;
        let end = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (detail, rest) = tail.split_at(end);
        let short = |digits| number(digits).and_then(|n| u16::try_from(n).ok());
        let enhanced = (short(subject)?, short(detail)?);
        let sound = enhanced.0 < 1000 && enhanced.1 < 1000;
        sound.then_some((Code { basic, enhanced }, rest))
    }

    /// `451 4.2.1 not now, try again later`: a line of a reply without its end.
    pub(super) fn line(&self, separator: char) -> String {
        let (subject, detail) = self.enhanced;
        let text = match (self.basic / 100, self.enhanced) {
            (2, _) => "Ok",
            (3, _) => return format!("{}{separator}go on", self.basic),
            (_, (1, 1)) => "no such user here",
            (_, (2, 2)) => "mailbox full",
            (5, (7, 1)) => "message refused",
            (4, _) => "not now, try again later",
            _ => "refused, as was asked",
        };
        let class = self.basic / 100;
        format!("{}{separator}{class}.{subject}.{detail} {text}", self.basic)
    }
}

/// The enhanced code that servers give most with a code, without its class.
fn usual_enhanced(basic: u16) -> (u16, u16) {
    match basic {
        421 => (3, 2),
        450 | 451 => (2, 1),
        452 | 552 => (2, 2),
        454 | 530 | 554 => (7, 1),
        500 | 502 => (5, 1),
        501 | 504 | 555 => (5, 4),
        534 | 535 => (7, 8),
        550 => (1, 1),
        553 => (1, 3),
        _ => (0, 0),
    }
}

/// A code, a manner, or both.
fn reply(text: &str) -> Option<Act> {
    let (code, rest) = match Code::parse(text) {
        Some((code, rest)) => (Some(code), rest),
        None => (None, text),
    };
    let manner = match rest {
        "" if code.is_some() => Manner::Plain,
        rest => MANNERS.iter().find(|(name, _)| *name == rest)?.1,
    };
    Some(Act::Reply(code, manner))
}

fn number(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = |f: &mut fmt::Formatter<'_>, code: Code| {
            write!(f, "{}", code.basic)?;
            match code.enhanced {
                usual if usual == usual_enhanced(code.basic) => Ok(()),
                (subject, detail) => write!(f, "-{subject}-{detail}"),
            }
        };
        match self.act {
            Act::Lenient(lenient) => {
                f.write_str("refuse")?;
                return code(f, lenient);
            }
            Act::Reply(given, manner) => {
                f.write_str(self.phase.as_str())?;
                if let Some(given) = given {
                    code(f, given)?;
                }
                let name = MANNERS.iter().find(|(_, known)| *known == manner);
                f.write_str(name.map_or("", |(name, _)| name))?;
            }
            act => {
                let name = ACTS.iter().find(|(_, known)| *known == act);
                write!(f, "{}{}", self.phase, name.map_or("", |(name, _)| name))?;
            }
        }
        match self.times {
            Some(times) => write!(f, "x{times}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(address: &str) -> String {
        let faults = Fault::of_address(address);
        let words: Vec<String> = faults.iter().map(Fault::to_string).collect();
        words.join(" ")
    }

    #[test]
    fn the_words_end_at_a_dot_a_plus_or_the_at_sign() {
        for (address, expected) in [
            ("defer1.ann@x.example", "rcpt451x1"),
            ("DEFER12+ann@x.example", "rcpt451x12"),
            ("defer@x.example", "rcpt451x1"),
            ("deferred@x.example", ""),
            ("defer+5@x.example", "rcpt451x1"),
            ("defer99999999999@x.example", ""),
            ("refuse.bob@x.example", "rcpt550"),
            ("refused.bob@x.example", ""),
            ("full@x.example", "rcpt452"),
            ("fuller@x.example", ""),
            ("hangup.eve@x.example", "dothangupx1"),
            ("hangupdata.eve@x.example", "texthangupx1"),
            ("refusedata.kim@x.example", "dot554"),
            ("Slow.lee@x.example", "dotslow"),
            ("mia.refuse@x.example", ""),
            ("rcpt451x2.ann@x", "rcpt451x2"),
            ("rcpt451-7-1x2.ann@x", "rcpt451-7-1x2"),
            ("mail421.bob@x", "mail421"),
            ("Data452x1.x@x", "data452x1"),
            ("dot554.y@x", "dot554"),
            ("dot451-4-2.y@x", "dot451-4-2"),
            ("dot550multi.y@x", "dot550multi"),
            ("refuse250@x", "refuse250"),
            ("refuse554+a@x", "refuse554"),
            ("rcpt451x1_dothangupx1.ann@x", "rcpt451x1 dothangupx1"),
            ("rcpt451x1_ann@x", ""),
            ("banner421@x", ""),
            ("sent421@x", "sent421"),
            ("sentdrip@x", ""),
            ("text250@x", ""),
            ("textgarbage@x", ""),
            ("rcpt@x", ""),
            ("rcpt199@x", ""),
            ("rcpt600@x", ""),
            ("rcpt451-1@x", ""),
            ("rcpt451-1-1000@x", ""),
            ("rcpt451x@x", ""),
            ("postmaster", ""),
            ("", ""),
        ] {
            assert_eq!(words(address), expected, "{address}");
        }
        assert_eq!(words(&("rcpt451_".repeat(8) + "rcpt451@x")), "");
    }

    /// Every word that the grammar knows, without codes beyond a few.
    fn all() -> Vec<Fault> {
        let codes = ["", "250", "354", "421", "451-7-1", "550"];
        let manners = MANNERS.iter().map(|(name, _)| *name);
        let tails: Vec<String> = manners
            .chain([""])
            .flat_map(|manner| codes.map(|code| format!("{code}{manner}")))
            .chain(ACTS.iter().map(|(name, _)| (*name).to_owned()))
            .collect();
        let words = Phase::ALL.iter().flat_map(|phase| {
            let with = move |tail: &String| format!("{phase}{tail}");
            tails.iter().map(with).collect::<Vec<_>>()
        });
        words.filter_map(|word| Fault::parse(&word)).collect()
    }

    #[test]
    fn a_fault_is_read_as_it_is_written() {
        let all = all();
        // 8 points with 53 replies (a code, a manner, or both) and 4 acts; 2 with 3 codes and 2 acts.
        assert_eq!(all.len(), 8 * (53 + 4) + 2 * (3 + 2));
        for fault in all {
            let thrice = Fault {
                times: Some(3),
                ..fault
            };
            for fault in [fault, thrice] {
                assert_eq!(Fault::parse(&fault.to_string()), Some(fault), "{fault}");
            }
        }
    }

    #[test]
    fn outcomes() {
        for (word, usual, code, as_usual) in [
            ("rcpt451", 250, Some(451), false),
            ("rcpt251", 250, Some(251), true),
            ("rcptmulti", 250, Some(250), true),
            ("rcptnocrlf", 250, None, false),
            ("dothangup", 250, None, false),
            ("dothole", 250, None, false),
            ("dotgarbage", 250, None, false),
            ("dotwrongclass", 250, Some(354), false),
            ("datawrongclass", 354, Some(250), false),
            ("refuse250", 250, Some(550), false),
        ] {
            let outcome = Fault::parse(word).map(|fault| fault.outcome(usual));
            assert_eq!(outcome, Some(Outcome { code, as_usual }), "{word}");
        }
    }

    #[test]
    fn lines_carry_codes_of_one_class() {
        let line = |word: &str| match Fault::parse(word).map(|fault| fault.act) {
            Some(Act::Reply(Some(code), _)) => code.line(' '),
            act => format!("{act:?}"),
        };
        assert_eq!(line("defer"), "451 4.2.1 not now, try again later");
        assert_eq!(line("refuse"), "550 5.1.1 no such user here");
        assert_eq!(line("full"), "452 4.2.2 mailbox full");
        assert_eq!(line("dot554"), "554 5.7.1 message refused");
        assert_eq!(line("rcpt550-7-26"), "550 5.7.26 refused, as was asked");
        assert_eq!(line("data354"), "354 go on");
    }
}
