//! The replies that speak of more than one letter, or of one letter only where their code alone would
//! say otherwise: one table, read from the top, the first row that fits decides.
//!
//! Sources, as of 2026: RFC 5321, 4954, 3463, 7505 and the IANA registry of enhanced codes; Google's
//! "Email sender guidelines" and its list of SMTP errors (x.7.23 to x.7.40); Microsoft's notice on
//! 5.7.515 and its list of NDR codes; Yahoo's postmaster page of error codes; Amazon SES's list of
//! SMTP responses; the pauses are those of KumoMTA's community rules. Providers change their codes
//! without notice: a code that is not here is judged by its class alone.

use jiff::SignedDuration;

use super::{Ask, Row, row};
use crate::deliver::policy::{AlarmReason, Scope};

const ANY: (u16, u16) = (400, 599);
const LATER: (u16, u16) = (400, 499);
const NEVER: (u16, u16) = (500, 599);
/// Our fault with a provider: its letters wait, one of them asks again an hour later …
const FAULT: Ask = Ask::SLOWER.pausing(60);
/// … or four hours, where the no was final.
const FAULT_FINAL: Ask = Ask::SLOWER.pausing(240);

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    // This connection has had its letters; the next one may have more.
    row((421, 421), &[(4, 2, 2)], &[], Scope::Relay, SESSION_OVER),
    row((421, 452), &[], SESSION_WORDS, Scope::Relay, SESSION_OVER),
    // What the relay grants us: a day (SES, Gmail's relay, cPanel), then a second (SES 454).
    row(ANY, &[(4, 5, 5)], &["daily"], Scope::Relay, QUOTA),
    row(ANY, &[], QUOTA_WORDS, Scope::Relay, QUOTA),
    row((454, 454), &[(7, 0, 0)], &[], Scope::Relay, Ask::SLOWER),
    // One mailbox, and what Gmail says of one that gets too much (4.2.1); greylisting (RFC 6647).
    row(LATER, &[(1, 0, 999), (2, 0, 999)], &[], Scope::Letter, Ask::NOTHING),
    row(LATER, &[], MAILBOX_WORDS, Scope::Letter, Ask::NOTHING),
    // Too many recipients is never a bounce, and 552 once meant it (RFC 5321 §4.5.3.1.10).
    row((452, 452), &[(5, 3, 3)], &[], Scope::Letter, Ask::NOTHING),
    row((552, 552), &[(5, 3, 3)], &[], Scope::Letter, Ask::NOTHING),
    row((552, 552), &[], &["too many recipients"], Scope::Letter, Ask::NOTHING),
    // Authentication (RFC 4954 §6): servers hold it back until RCPT.
    row((530, 530), &[], &[], Scope::Relay, Ask::DOWN.alarming(AlarmReason::Credentials)),
    row((534, 535), &[], &[], Scope::Relay, Ask::DOWN.alarming(AlarmReason::Credentials)),
    row((538, 538), &[], &[], Scope::Relay, Ask::DOWN.alarming(AlarmReason::Credentials)),
    // Commands out of order.
    row((503, 503), &[], &[], Scope::Relay, Ask::DOWN),
    // Our sender address: 5.1.7 malformed, 5.1.8 no such domain, RFC 7505 §4.2 its null MX.
    row(NEVER, &[(1, 7, 8)], &[], Scope::Relay, Ask::DOWN.alarming(AlarmReason::Sender)),
    row(ANY, &[], SENDER_WORDS, Scope::Relay, Ask::DOWN.alarming(AlarmReason::Sender)),
    row(NEVER, &[], RELAYING_WORDS, Scope::Relay, Ask::DOWN.alarming(AlarmReason::Relay)),
    // Our address stands on a list that the relay asks.
    row(NEVER, &[], LISTED_WORDS, Scope::Relay, Ask::DOWN.alarming(AlarmReason::Reputation)),
    // Yahoo and AOL.
    row(ANY, &[], &["[tss05]", "[ipts05]"], Scope::Lane, YAHOO.pausing(240)),
    row(ANY, &[], &["[tss04]", "[ipts04]"], Scope::Lane, YAHOO.pausing(120)),
    row(ANY, &[], &["[tss", "[ts0", "[ipts"], Scope::Lane, YAHOO.pausing(120)),
    row((553, 554), &[], &["[bl"], Scope::Lane, FAULT_FINAL.alarming(AlarmReason::Reputation)),
    // Apple.
    row(LATER, &[], &["[hcm1]"], Scope::Lane, Ask::SLOWER.pausing(15)),
    // Microsoft: 515 and 509 authentication, 606 to 649 blocked addresses, 650 and 651 reputation
    // limits, 705 and 708 what a tenant may send; 500 and 501 "server busy".
    row(NEVER, &[(7, 509, 509), (7, 515, 515)], &[], Scope::Lane, UNPROVEN_FINAL),
    row(ANY, &[(7, 606, 649)], &[], Scope::Lane, FAULT_FINAL.alarming(AlarmReason::Reputation)),
    row(ANY, &[(7, 650, 651)], &[], Scope::Lane, Ask::SLOWER.pausing(30).alarming(AlarmReason::Reputation)),
    row(ANY, &[(7, 705, 705), (7, 708, 708)], &[], Scope::Lane, FAULT_FINAL.alarming(AlarmReason::Reputation)),
    row(LATER, &[(7, 500, 501)], &[], Scope::Lane, Ask::SLOWER.pausing(30)),
    // Gmail, and by the same numbers in the IANA registry others.
    row(ANY, &[(7, 28, 28)], &[], Scope::Lane, TOO_FAST),
    row(ANY, &[], &["unusual rate of"], Scope::Lane, TOO_FAST),
    row(LATER, &[(7, 23, 23), (7, 25, 25), (7, 29, 29)], &[], Scope::Lane, FAULT.alarming(AlarmReason::Connection)),
    row(NEVER, &[(7, 23, 23), (7, 25, 25), (7, 29, 29)], &[], Scope::Lane, FAULT_FINAL.alarming(AlarmReason::Connection)),
    row(LATER, UNPROVEN_CODES, &[], Scope::Lane, FAULT.alarming(AlarmReason::Authentication)),
    row(NEVER, UNPROVEN_CODES, &[], Scope::Lane, UNPROVEN_FINAL),
    // The load of the system that we speak to, and how fast we are to it.
    row((450, 452), &[(3, 1, 2), (4, 5, 5)], &[], Scope::Relay, Ask::SLOWER),
    row(LATER, &[], RATE_WORDS, Scope::Relay, Ask::SLOWER),
    // Security and policy without a closer word: 421 4.7.x is a provider's wish for less.
    row((421, 421), &[(7, 0, 999)], &[], Scope::Lane, Ask::SLOWER),
];

pub(super) const SESSION_OVER: Ask = Ask {
    pause: Some(SignedDuration::from_secs(5)),
    ..Ask::NOTHING
};
const SESSION_WORDS: &[&str] = &[
    "message per connection",
    "messages per connection",
    "messages per session",
    "messages for this session",
    "messages in this session",
    "messages in this connection",
    "messages on this connection",
    "messages in one session",
    "idle timeout",
];
const MAILBOX_WORDS: &[&str] = &[
    "greylist",
    "graylist",
    "grey-list",
    "gray-list",
    "mailbox full",
    "mailbox is full",
    "over quota",
    "quota exceeded",
    "user is receiving mail",
    "trying to contact is receiving mail",
];
const SENDER_WORDS: &[&str] = &[
    "not owned by user",
    "email address is not verified",
    "not authorized to send as",
    "sendasdenied",
];
const LISTED_WORDS: &[&str] = &["blocked using", "client host blocked", "dnsbl"];
const RELAYING_WORDS: &[&str] = &[
    "allowed rcpthosts",
    "relay access denied",
    "relaying denied",
    "relaying not allowed",
    "relay not permitted",
    "not permitted to relay",
    "unable to relay",
    "unauthenticated senders not allowed",
];
const QUOTA: Ask = Ask::SLOWER.pausing(60).alarming(AlarmReason::Quota);
const QUOTA_WORDS: &[&str] = &[
    "daily message quota",
    "daily sending quota",
    "daily user sending",
    "daily sending limit",
    "daily quota exceeded",
    "max emails per hour",
    "max defers and failures per hour",
];
const YAHOO: Ask = Ask::SLOWER.alarming(AlarmReason::Reputation);
const TOO_FAST: Ask = Ask::SLOWER.at_most(10).alarming(AlarmReason::Rate);
const UNPROVEN_FINAL: Ask = FAULT_FINAL.alarming(AlarmReason::Authentication);
/// 20 to 22 DKIM, 24 SPF, 26 several, 27 SPF, 30 DKIM, 31 and 40 no DMARC record, 32 From not aligned.
const UNPROVEN_CODES: &[(u16, u16, u16)] = &[
    (7, 20, 22),
    (7, 24, 24),
    (7, 26, 27),
    (7, 30, 32),
    (7, 40, 40),
];
const RATE_WORDS: &[&str] = &[
    "rate limit",
    "rate exceeded",
    "sending rate",
    "throttl",
    "too many connections",
    "too many concurrent",
    "concurrent connections",
    "maximum number of connections",
    "too many messages",
    "frequency limited",
    "sending too fast",
    "server busy",
    "insufficient system",
    "system load",
    "load average",
];

/// What makes a refusal without a telling code one of policy.
pub(super) const POLICY_WORDS: &[&str] = &[
    "policy",
    "spam",
    "blocked",
    "blacklist",
    "block list",
    "blocklist",
    "reputation",
    "dmarc",
    "dkim",
    " spf",
    "reverse dns",
    "rdns",
    "not allowed",
];
