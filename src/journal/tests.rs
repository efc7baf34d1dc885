//! The journal as a file: torn, shared, joined, rewritten.

use super::{Entry, Journal, Kind, Outcome, Wanted};
use crate::domain::ListId;
use crate::domain::address::AddressHash;
use crate::domain::time::Timestamp;

fn journal(folder: &tempfile::TempDir) -> Journal {
    Journal::beside(&folder.path().join("courant.db"))
}

fn entry(who: u8, kind: Kind, list: Option<i64>, ms: i64) -> Entry {
    Entry {
        at: Timestamp::from_millisecond(ms).unwrap(),
        kind,
        who: AddressHash([who; 32]),
        list: list.map(ListId),
    }
}

fn read(journal: &Journal) -> (Vec<Entry>, Vec<u64>) {
    let mut entries = Vec::new();
    let reading = journal.read(|entry| {
        entries.push(entry);
        Ok(())
    });
    (entries, reading.unwrap().at)
}

fn wanted(entries: &[Entry]) -> Vec<(Option<i64>, Outcome, i64)> {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    journal.append(entries).unwrap();
    let (wanted, _) = journal.wanted(0, 1).unwrap();
    let short = |w: &Wanted| (w.list.map(|l| l.0), w.outcome, w.at.as_millisecond());
    wanted.iter().map(short).collect()
}

#[test]
fn a_line_is_what_the_readme_says_and_nothing_is_lost_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let (whole, person) = (
        entry(0xab, Kind::Unsubscribe, Some(3), 1_764_046_800_123),
        entry(0x01, Kind::Erase, None, 0),
    );
    journal.append(&[whole.clone(), person.clone()]).unwrap();
    let text = std::fs::read_to_string(journal.path()).unwrap();
    let hash = "ab".repeat(32);
    let line = format!(
        r#"{{"at":"2025-11-25T05:00:00.123Z","kind":"unsubscribe","address_hash":"{hash}","list":3}}"#
    );
    assert_eq!(text.lines().next().unwrap(), line);
    assert_eq!(read(&journal), (vec![whole, person], vec![]));
}

#[test]
fn whatever_a_crash_left_of_the_last_line_costs_nothing_but_that_line() {
    let (first, last, next) = (
        entry(1, Kind::Unsubscribe, Some(1), 1_000),
        entry(2, Kind::Complaint, None, 2_000),
        entry(3, Kind::Rejoin, Some(2), 3_000),
    );
    let whole = {
        let folder = tempfile::tempdir().unwrap();
        journal(&folder)
            .append(&[first.clone(), last.clone()])
            .unwrap();
        std::fs::read(journal(&folder).path()).unwrap()
    };
    let begins = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    for length in begins..=whole.len() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(&folder);
        let torn = length - begins;
        // All but the end of the line: nothing of what it says is missing.
        let kept = length >= whole.len() - 1;
        // A process that writes on without looking closes the torn line first …
        std::fs::write(journal.path(), &whole[..length]).unwrap();
        journal.append(std::slice::from_ref(&next)).unwrap();
        let (entries, bad) = read(&journal);
        let expected = match kept {
            true => vec![first.clone(), last.clone(), next.clone()],
            false => vec![first.clone(), next.clone()],
        };
        assert_eq!(entries, expected, "{length} octets");
        let named = if kept || torn == 0 { vec![] } else { vec![2] };
        assert_eq!(bad, named, "{length} octets");
        // … and an owner cuts it off.
        std::fs::write(journal.path(), &whole[..length]).unwrap();
        let cut = journal.mend().unwrap();
        let expected = (!kept && torn > 0).then_some(torn as u64);
        assert_eq!(cut, expected, "{length} octets");
        let (entries, bad) = read(&journal);
        let expected = if kept { 2 } else { 1 };
        assert_eq!((entries.len(), bad), (expected, vec![]), "{length} octets");
        assert_eq!(journal.mend().unwrap(), None, "once");
    }
}

#[test]
fn lines_that_are_none_are_counted_and_end_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let good = entry(1, Kind::Bounce, None, 1_000);
    journal.append(std::slice::from_ref(&good)).unwrap();
    let line = std::fs::read_to_string(journal.path()).unwrap();
    let unknown = line.replace("bounce", "beatified");
    let short = line.replace("0101", "01");
    let long = format!("{{\"at\":\"{}\"}}\n", "x".repeat(100_000));
    let text = [
        &line,
        "\n",
        "nonsense\n",
        &unknown,
        "\u{0}\u{0}\n",
        &short,
        &long,
        "[]\n",
        &line,
    ];
    std::fs::write(journal.path(), text.concat()).unwrap();
    let (entries, bad) = read(&journal);
    assert_eq!(entries, [good.clone(), good]);
    assert_eq!(bad, [2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(journal.mend().unwrap(), None);
    let (wanted, reading) = journal.wanted(1, 2).unwrap();
    assert_eq!((wanted.len(), reading.unreadable, reading.lines), (1, 7, 9));
}

#[test]
fn processes_that_write_at_once_never_mix_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    std::thread::scope(|scope| {
        for who in 0..8 {
            let journal = journal.clone();
            scope.spawn(move || {
                for n in 0..40 {
                    let entry = entry(who, Kind::Unsubscribe, Some(n), n);
                    journal.append(&[entry]).unwrap();
                }
            });
        }
        // An owner starts meanwhile, more than once.
        for _ in 0..20 {
            journal.mend().unwrap();
            journal.compact(0).unwrap();
        }
    });
    let (entries, bad) = read(&journal);
    assert_eq!((entries.len(), bad), (320, vec![]));
}

#[test]
fn a_stop_counts_where_it_is_younger_than_the_newest_return() {
    use Kind::{Bounce, Complaint, Erase, Rejoin, Suppress, Unsubscribe};
    use Outcome::{Back, Erased, Stopped};
    let own = |kind, ms| entry(1, kind, Some(7), ms);
    let all = |kind, ms| entry(1, kind, None, ms);
    assert_eq!(
        wanted(&[own(Unsubscribe, 1), own(Rejoin, 2)]),
        [(Some(7), Back, 2)]
    );
    let again = [(Some(7), Stopped(Unsubscribe), 3)];
    let lines = [own(Unsubscribe, 1), own(Rejoin, 2), own(Unsubscribe, 3)];
    assert_eq!(wanted(&lines), again);
    let [a, b, c] = lines;
    assert_eq!(wanted(&[c, b, a]), again, "whatever the order of the lines");
    let same = [own(Rejoin, 5), own(Unsubscribe, 5)];
    assert_eq!(wanted(&same), [(Some(7), Stopped(Unsubscribe), 5)]);
    let [a, b] = same;
    assert_eq!(
        wanted(&[b, a]),
        [(Some(7), Back, 5)],
        "but within a millisecond"
    );
    // A complaint is not undone by leaving later, only by coming back.
    let lines = [own(Complaint, 1), own(Bounce, 2), own(Unsubscribe, 3)];
    assert_eq!(wanted(&lines), [(Some(7), Stopped(Complaint), 1)]);
    // Coming back to a list lifts a stop of the person, not one of another list.
    let lines = [
        all(Suppress, 1),
        own(Rejoin, 2),
        entry(1, Unsubscribe, Some(8), 1),
    ];
    assert_eq!(
        wanted(&lines),
        [(Some(7), Back, 2), (Some(8), Stopped(Unsubscribe), 1)]
    );
    let lines = [own(Rejoin, 2), all(Suppress, 3), all(Erase, 4)];
    let stopped = (None, Stopped(Suppress), 3);
    assert_eq!(
        wanted(&lines),
        [(None, Erased, 4), stopped, (Some(7), Back, 2)]
    );
    // What is older than an erasure stays forgotten, whoever came back since.
    let lines = [all(Erase, 4), all(Rejoin, 5)];
    assert_eq!(wanted(&lines), [(None, Erased, 4), (None, Back, 5)]);
}

#[test]
fn rewriting_keeps_what_it_comes_to_and_what_it_cannot_read() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let mut lines = Vec::new();
    for round in 0..50 {
        for who in 0..20 {
            let kind = Kind::ALL[usize::from(who) % Kind::ALL.len()];
            lines.push(entry(who, kind, (who % 3 == 0).then_some(1), round));
        }
    }
    // Two of one millisecond: the second counts.
    lines.push(entry(200, Kind::Unsubscribe, None, 9));
    lines.push(entry(200, Kind::Rejoin, None, 9));
    lines.push(entry(201, Kind::Rejoin, None, 9));
    lines.push(entry(201, Kind::Unsubscribe, None, 9));
    journal.append(&lines).unwrap();
    let newer = r#"{"at":"2030-01-01T00:00:00Z","kind":"beatified"}"#;
    let text = std::fs::read_to_string(journal.path()).unwrap() + newer + "\n";
    std::fs::write(journal.path(), &text).unwrap();
    let before = journal.wanted(0, 1).unwrap().0;
    assert_eq!(
        journal.compact(1 << 20).unwrap(),
        None,
        "it is short enough"
    );
    let (was, is) = journal.compact(100).unwrap().unwrap();
    assert_eq!(was, text.len() as u64);
    assert!(is * 20 < was, "{is} of {was}");
    assert_eq!(journal.wanted(0, 1).unwrap().0, before);
    let parts: Vec<_> = (0..3)
        .flat_map(|p| journal.wanted(p, 3).unwrap().0)
        .collect();
    assert_eq!(parts.len(), before.len());
    assert!(
        std::fs::read_to_string(journal.path())
            .unwrap()
            .contains(newer)
    );
    assert_eq!(journal.compact(100).unwrap(), None, "nothing more to gain");
    journal.append(&[entry(9, Kind::Erase, None, 9)]).unwrap();
    assert_eq!(read(&journal).0.len(), 25);
}

#[test]
fn joining_takes_up_what_is_not_known_and_nothing_where_it_begins_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (
        journal(&folder),
        Journal::of_backup(&folder.path().join("copy.db")),
    );
    let (a, b) = (
        entry(1, Kind::Unsubscribe, None, 1),
        entry(2, Kind::Bounce, None, 2),
    );
    assert_eq!(own.join(&other).unwrap(), 0, "neither is there");
    assert!(!own.path().exists());
    own.append(&[a.clone(), b.clone()]).unwrap();
    assert_eq!(
        own.copy_to(other.path()).unwrap(),
        own.path().metadata().unwrap().len()
    );
    assert_eq!(own.join(&other).unwrap(), 0);
    own.append(std::slice::from_ref(&a)).unwrap();
    assert_eq!(own.join(&other).unwrap(), 0, "it has gone on since");
    std::fs::remove_file(own.path()).unwrap();
    assert_eq!(
        own.join(&other).unwrap(),
        2,
        "lost, and found in the backup"
    );
    assert_eq!(read(&own).0, [a, b]);
}
