//! What replies of real servers come to, beside what others found them to mean. The material is found
//! through `COURANT_CORPUS`.

use std::path::PathBuf;

use courant::deliver::policy::{Outcome, Phase, Reply, RetrySchedule, Verdict, signal, verdict};
use courant::domain::time::Timestamp;

use crate::support::skip;

/// The verdict of a first try, far from the deadline.
fn judge(outcome: &Outcome) -> Verdict {
    let schedule = RetrySchedule::default();
    let now = Timestamp::UNIX_EPOCH;
    verdict(outcome, 1, now, &schedule, Timestamp::MAX, 1)
}

/// What each kind of reply must never be taken for. A dead mailbox must not hold others back; what is
/// no fault of the mailbox must not be a plain refusal without an operator hearing of it.
#[test]
fn replies_of_real_servers_are_put_where_they_belong() {
    let Some(corpus) = std::env::var_os("COURANT_CORPUS").map(PathBuf::from) else {
        skip("SMTP replies", "COURANT_CORPUS is not set");
        return;
    };
    let text = std::fs::read_to_string(corpus.join("bounces/smtp_responses.jsonl")).unwrap();
    let (mut dead, mut blocked, mut heard, mut temporary) = (0, 0, 0, 0);
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| row[name].as_str().unwrap_or_default();
        let code: u16 = field("reply").parse().unwrap();
        let said = field("text");
        let said = said.strip_prefix(field("reply")).unwrap_or(said);
        let outcome = Outcome::Replied {
            phase: Phase::Rcpt,
            reply: Reply::new(code, said),
        };
        let signal = signal(&outcome);
        let refused = matches!(judge(&outcome), Verdict::Refused { .. });
        let held = signal.down || signal.throttled.is_some();
        let about = format!("{line}: refused {refused}, {signal:?}");
        if (400..500).contains(&code) {
            temporary += 1;
            assert!(!refused, "{about}");
        } else if field("kind") == "hard" {
            dead += 1;
            assert!(!held && signal.alarm.is_none() && refused, "{about}");
        } else if field("group") == "mailbox" {
            assert!(!held && refused, "{about}");
        } else if field("group") == "policy" {
            blocked += 1;
            heard += usize::from(signal.alarm.is_some());
        }
    }
    println!("{dead} dead, {heard} of {blocked} blocked told an operator, {temporary} temporary");
    assert!(dead >= 30 && temporary >= 4);
    assert!(heard * 100 >= blocked * 85, "{heard} of {blocked}");
}
