//! What operators type about editions and letters: pause, resume, cancel, release, drop, retry and
//! reconcile, through the real binary and a real SMTP receiver.

use courant::cli::lock::OwnerLock;
use courant::domain::delivery::DeliveryState;
use courant::domain::due::Due;
use courant::domain::subscriber::Redue;
use courant::domain::time::Run;
use courant::domain::{SubscriberId, SubscriptionId};
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::store::ledger::{Record, Start};
use serde_json::{Value, json};

use crate::support::at;
use crate::support::binary::{Serving, typed};
use crate::support::newsroom::Newsroom;
use crate::support::paper::lease;

const RUN: &str = "2026-11-26";
const EVE: &str = "refuse.eve@example.org";

/// Ann, Bob and Eve, whom the receiver refuses, planned for the run.
async fn planned() -> (Newsroom, Vec<SubscriptionId>) {
    let newsroom = Newsroom::new().await;
    let mut ids = Vec::new();
    for address in ["ann@example.org", "bob@example.org", EVE] {
        let id = newsroom.subscriber(address, "Europe/Berlin", None, &[]);
        ids.push(id.await);
    }
    newsroom.done(&[
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-11-26T06:30",
    ]);
    (newsroom, ids)
}

async fn sink(newsroom: &Newsroom) -> SinkHandle {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let sink = Sink::start(listener.expect("a port"), SinkSettings::default()).expect("a sink");
    newsroom.configure(sink.addr());
    sink
}

fn status(newsroom: &Newsroom, code: i32) -> Value {
    newsroom.json(
        &["edition", "status", "times", "--run", RUN, "--json"],
        code,
    )
}

fn send(newsroom: &Newsroom) -> (i32, String, String) {
    newsroom.run(&["edition", "send", "times", "--run", RUN, "--yes"])
}

/// Sets everybody's next due far ahead, whatever the real time is when this runs.
async fn due_far_ahead(newsroom: &Newsroom, ids: &[SubscriptionId]) {
    due_at(newsroom, ids, "2090-01-02T06:00:00Z", "2090-01-02").await;
}

async fn due_at(newsroom: &Newsroom, ids: &[SubscriptionId], due: &str, run: &str) {
    let store = &newsroom.folder.store;
    for id in ids {
        let (_, subscription) = store.subscription(*id).await.expect("read").expect("there");
        let cadence = store.cadence(newsroom.list, &subscription.terms.cadence);
        let redue = Redue {
            subscription: *id,
            terms: subscription.terms_id,
            due: Some(Due {
                at: at(due),
                run: Run::parse(run).expect("a run"),
                cadence: cadence.await.expect("daily").id,
            }),
        };
        assert_eq!(store.redue(&[redue]).await.expect("written"), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_edition_says_so_and_goes_on_when_it_is_told_to() {
    let (newsroom, _) = planned().await;
    let sink = sink(&newsroom).await;
    let (out, err) = newsroom.done(&["edition", "pause", "times"]);
    assert_eq!(out, "");
    assert_eq!(
        err,
        "daily 2026-11-26 is paused: 3 letters open, and none leaves until it goes on\n\
         next: `courant edition resume times --run 2026-11-26 --cadence daily` lets it go on\n"
    );
    for args in [
        &["edition", "pause", "times", "--run", RUN][..],
        &["edition", "pause", "times"],
    ] {
        let (_, err) = newsroom.done(args);
        assert!(err.contains("was paused already: 3 letters open"), "{err}");
    }
    let (code, _, err) = send(&newsroom);
    assert_eq!(code, 1);
    let told = "error: daily 2026-11-26 is paused\nhint: `courant edition resume times --run";
    assert!(err.starts_with(told), "{err}");
    assert_eq!(sink.mailbox().count_accepted(), 0);
    let (out, _) = newsroom.done(&["edition", "status", "times"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "daily 2026-11-26: paused");
    assert!(lines[1].starts_with("paused since "), "{out}");
    let undo = "courant edition resume times --run 2026-11-26 --cadence daily";
    assert_eq!(lines[2], format!("  to let it go on: `{undo}`"));
    assert_eq!(status(&newsroom, 0)["halted"]["undo"], undo);
    let (table, err) = newsroom.done(&["edition", "list", "times"]);
    assert!(
        table.contains("paused") && err.contains(undo),
        "{table}{err}"
    );
    let (_, err) = newsroom.done(&["edition", "resume", "times"]);
    assert!(
        err.starts_with("daily 2026-11-26 goes on: 3 letters open\n"),
        "{err}"
    );
    let (_, err) = newsroom.done(&["edition", "resume", "times", "--run", RUN]);
    assert_eq!(err, "daily 2026-11-26 is not paused\n");
    let (code, out, err) = send(&newsroom);
    assert_eq!(code, 6, "{out}{err}");
    assert_eq!(sink.mailbox().count_accepted(), 2);
    let (code, _, err) = newsroom.run(&["edition", "pause", "times", "--run", RUN]);
    assert_eq!(code, 1);
    assert!(
        err.contains("is finished: there is nothing to pause"),
        "{err}"
    );
    let (code, _, err) = newsroom.run(&["edition", "resume", "times"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("there is no edition of `times` to resume\nhint: "),
        "{err}"
    );
    sink.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_that_is_paused_under_way_says_so() {
    let (newsroom, _) = planned().await;
    let home = newsroom.folder.path();
    let lock = OwnerLock::take(&home.join("courant.lock")).expect("the lock");
    let send = ["edition", "send", "times", "--run", RUN, "--yes"];
    let args = [&["--home", home.to_str().expect("UTF-8")], &send[..]].concat();
    let (sending, _) = Serving::until(typed(&args, &[]), "following it");
    newsroom.done(&["edition", "pause", "times", "--run", RUN]);
    let (code, out, err) = sending.ended();
    drop(lock);
    assert_eq!(code, 6, "{out}{err}");
    assert!(out.contains("open 3"), "{out}");
    let told = "daily 2026-11-26 is paused: 3 letters open\nhint: `courant edition resume times";
    assert!(err.contains(told), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_edition_is_over_for_good() {
    let (newsroom, _) = planned().await;
    let cancel = ["edition", "cancel", "times", "--run", RUN, "--yes"];
    let (code, out, err) = newsroom.run(&cancel[..5]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(
        err.starts_with(
            "daily 2026-11-26 would be cancelled for good: 3 letters would be withheld\n"
        ) && err.contains("hint: add --yes"),
        "{err}"
    );
    assert_eq!(status(&newsroom, 0)["state"], "planned");
    let (_, err) = newsroom.done(&cancel);
    assert_eq!(err, "daily 2026-11-26 is cancelled: 3 letters withheld\n");
    let status = status(&newsroom, 0);
    assert_eq!(status["state"], "cancelled");
    assert_eq!(
        (&status["tally"]["withheld"], &status["tally"]["open"]),
        (&json!(3), &json!(0))
    );
    let (_, err) = newsroom.done(&cancel);
    assert_eq!(err, "daily 2026-11-26 was cancelled already\n");
    for verb in ["pause", "resume"] {
        let (code, _, err) = newsroom.run(&["edition", verb, "times", "--run", RUN]);
        assert_eq!(code, 1);
        assert!(
            err.starts_with("error: daily 2026-11-26 was cancelled, for good\nhint: "),
            "{err}"
        );
    }
    assert_eq!(send(&newsroom).0, 1);
    let rows = newsroom.json(&["delivery", "list", "times", "--run", RUN, "--json"], 0);
    for row in rows.as_array().expect("an array") {
        assert_eq!(
            (&row["state"], &row["reply"]),
            (&json!("withheld"), &json!("cancelled"))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_cancelled_before_anybody_is_planned_for_it() {
    let newsroom = Newsroom::new().await;
    let ann = newsroom
        .subscriber("ann@example.org", "Europe/Berlin", None, &[])
        .await;
    let store = &newsroom.folder.store;
    let due = store.due_waves_of(newsroom.list).await.expect("read")[0].clone();
    let run = due.run.to_string();
    let (_, err) = newsroom.done(&["edition", "cancel", "times", "--run", &run, "--yes"]);
    let told = format!(
        "daily {run} is cancelled: 0 letters withheld\n\
         still to come, and skipped: 1 reader, due again for the edition after it\n"
    );
    assert_eq!(err, told);
    // The hint of what comes next leads to no cancelled edition.
    let (_, err) = newsroom.done(&["edition", "send", "times"]);
    let told = format!(
        "nothing of `times` is due now\n\
         daily {run} is cancelled; at its time, its readers are due for the one after it\n"
    );
    assert_eq!(err, told);
    let planned = newsroom.press().plan(&due, due.due_at, due.due_at).await;
    let planned = planned.expect("planned");
    assert_eq!((planned.digests, planned.skipped), (0, 1));
    let explain = [
        "edition",
        "explain",
        "times",
        "--run",
        &run,
        "--subscriber",
        "ann@example.org",
    ];
    let (_, out, err) = newsroom.run(&explain);
    assert!(
        format!("{out}{err}").contains("the edition was cancelled before"),
        "{out}{err}"
    );
    let (_, next) = store.subscription(ann).await.expect("read").expect("there");
    assert!(next.due_at.expect("due") > due.due_at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_passes_over_a_cancelled_edition_whose_time_has_come() {
    let newsroom = Newsroom::new().await;
    let ann = newsroom
        .subscriber("ann@example.org", "Europe/Berlin", None, &[])
        .await;
    let run = "2020-01-02";
    due_at(&newsroom, &[ann], "2020-01-02T06:00:00Z", run).await;
    newsroom.done(&["edition", "cancel", "times", "--run", run, "--yes"]);
    let (code, _, err) = newsroom.run(&["edition", "send", "times", "--run", run, "--yes"]);
    assert_eq!(code, 1);
    let told = "error: daily 2020-01-02 is cancelled\nhint: `courant edition status times";
    assert!(err.starts_with(told), "{err}");
    let (_, err) = newsroom.done(&["edition", "send", "times", "--yes"]);
    assert!(
        err.starts_with("daily 2020-01-02 is cancelled: 1 reader skipped\n"),
        "{err}"
    );
    let store = &newsroom.folder.store;
    let (_, next) = store.subscription(ann).await.expect("read").expect("there");
    assert!(next.due_at.expect("due") > at("2020-01-03T00:00:00Z"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_nobody_is_due_for_in_years_is_no_edition() {
    let newsroom = Newsroom::new().await;
    let ann = newsroom.subscriber("ann@example.org", "Europe/Berlin", None, &[]);
    ann.await;
    let due = newsroom.folder.store.due_waves_of(newsroom.list).await;
    let next = due.expect("read")[0].run;
    for verb in ["pause", "cancel"] {
        let mut args = vec!["edition", verb, "times", "--run", "2090-01-01"];
        args.extend((verb == "cancel").then_some("--yes"));
        let (code, _, err) = newsroom.run(&args);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains("has no edition `2090-01-01`"), "{err}");
        assert!(
            err.contains(&format!("the next one is daily {next}")),
            "{err}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_letters_are_given_up_released_and_tried_again() {
    let (newsroom, ids) = planned().await;
    let sink = sink(&newsroom).await;
    let give_up = [
        "delivery",
        "drop",
        "times",
        "--subscriber",
        "ann@example.org",
        "--yes",
    ];
    let (code, _, err) = newsroom.run(&give_up[..5]);
    assert_eq!(code, 2);
    assert!(
        err.starts_with(
            "the letter of ann@example.org in daily 2026-11-26 would be given up: it is planned"
        ),
        "{err}"
    );
    let (_, err) = newsroom.done(&give_up);
    assert!(err.ends_with("given up: it is withheld\n"), "{err}");
    let (code, _, err) = newsroom.run(&give_up);
    assert_eq!(code, 1);
    assert!(err.contains("waits for nothing: it is withheld"), "{err}");
    let release = [
        "delivery",
        "release",
        "times",
        "--subscriber",
        "bob@example.org",
    ];
    let (code, _, err) = newsroom.run(&release);
    assert_eq!(code, 1);
    assert!(err.contains("asks nothing: it is planned"), "{err}");

    assert_eq!(send(&newsroom).0, 6);
    assert_eq!(sink.mailbox().count_accepted(), 1, "Bob's");
    due_far_ahead(&newsroom, &ids).await;
    let retry = [
        "delivery",
        "retry",
        "times",
        "--subscriber",
        EVE,
        "--dry-run",
    ];
    let (_, err) = newsroom.done(&retry);
    assert!(err.ends_with("would be tried again\n"), "{err}");
    let (_, err) = newsroom.done(&retry[..5]);
    let told = format!("the letter of {EVE} in daily 2026-11-26 is tried again\n");
    assert!(err.starts_with(&told), "{err}");
    let (code, _, err) = newsroom.run(&retry[..5]);
    assert_eq!(code, 1);
    assert!(err.contains("was not refused: it is planned"), "{err}");
    assert_eq!(send(&newsroom).0, 6, "refused again");
    let by_code = ["delivery", "retry", "times", "--code", "5xx", "--json"];
    let (code, out, err) = newsroom.run(&by_code);
    assert_eq!(
        (code, err.as_str()),
        (2, "1 letter would be tried again\nhint: add --yes\n")
    );
    let told: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(told[0]["letters"], json!({ "reopened": 1 }));
    let none = ["delivery", "retry", "times", "--code", "4xx", "--yes"];
    assert_eq!(newsroom.done(&none).1, "no letter was refused so\n");
    let row = newsroom.folder.store.deliveries(
        newsroom
            .folder
            .store
            .editions(newsroom.list, 1)
            .await
            .expect("read")[0]
            .id,
        SubscriberId(2),
        10,
    );
    assert_eq!(row.await.expect("read")[0].attempt, 1, "it began anew");
    let wrong = ["delivery", "retry", "times", "--code", "2xx"];
    assert_eq!(newsroom.run(&wrong).0, 2);
    sink.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_asks_is_released_or_given_up_all_at_once() {
    let newsroom = Newsroom::new().await;
    newsroom.done(&["list", "set", "times", "approval", "hold"]);
    for address in ["ann@example.org", "bob@example.org"] {
        newsroom
            .subscriber(address, "Europe/Berlin", None, &[])
            .await;
    }
    newsroom.done(&[
        "edition",
        "plan",
        "times",
        "--yes",
        "--at",
        "2026-11-26T06:30",
    ]);
    assert_eq!(status(&newsroom, 5)["tally"]["asking"], 2);
    let release = [
        "delivery",
        "release",
        "times",
        "--subscriber",
        "ann@example.org",
    ];
    let (_, err) = newsroom.done(&release);
    assert!(
        err.starts_with("the letter of ann@example.org in daily 2026-11-26 released\n"),
        "{err}"
    );
    assert_eq!(status(&newsroom, 5)["tally"]["asking"], 1);
    let drop = ["delivery", "drop", "times", "--all-held", "--yes"];
    let (code, _, err) = newsroom.run(&drop[..4]);
    assert_eq!(code, 2);
    assert!(
        err.contains("1 letter waiting for an editor's approval"),
        "{err}"
    );
    let (_, err) = newsroom.done(&drop);
    assert_eq!(err, "1 letter of daily 2026-11-26 given up\n");
    let tally = &status(&newsroom, 0)["tally"];
    assert_eq!((&tally["withheld"], &tally["open"]), (&json!(1), &json!(1)));
    let all = ["delivery", "release", "times", "--all-held"];
    let (code, _, err) = newsroom.run(&all);
    assert_eq!(code, 1);
    assert!(err.contains("nothing of `times` asks"), "{err}");
    let (code, _, _) = newsroom.run(&["delivery", "release", "times"]);
    assert_eq!(code, 2, "whose?");
}

/// Ann and Bob uncertain since 06:00 UTC of the run's day, Eve to be sent again; their letter ids.
async fn in_doubt(newsroom: &Newsroom) -> Vec<String> {
    let store = &newsroom.folder.store;
    let edition = store.editions(newsroom.list, 1).await.expect("read")[0].id;
    let start = at("2026-11-26T06:00:00Z");
    let (mut ids, until) = (Vec::new(), at("2026-11-26T07:00:00Z"));
    let rows = store
        .claim(&lease("gone", 1, until), None, &["default"], 10, start)
        .await;
    for row in rows.expect("claimed") {
        let started = Start {
            edition,
            subscriber: row.subscriber,
            token: 1,
            digest: row.digest,
            sha256: [7; 32],
        };
        let done = store.ledger_commit(&[], &[started], &[], "r", start).await;
        assert_eq!(done.expect("written").granted, [true]);
        if row.subscriber != SubscriberId(3) {
            let record = Record {
                edition,
                subscriber: row.subscriber,
                token: 1,
                state: DeliveryState::Uncertain,
                held: None,
                not_before: None,
                code: 0,
                reply: "no reply to the dot".to_owned(),
                keep_doubt: true,
                tried: false,
            };
            let done = store.ledger_commit(&[record], &[], &[], "r", start).await;
            done.expect("written");
        }
        let keys = &newsroom.folder.keys;
        let id = keys.letter_id("k1", edition, row.subscriber, row.digest);
        ids.push(id.expect("the key"));
    }
    store.recover("next", start).await.expect("recovered");
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_in_doubt_are_settled_by_the_relays_log() {
    let (newsroom, _) = planned().await;
    for file in ["/dev/null", "/nonexistent"] {
        let (code, _, err) = newsroom.run(&["delivery", "reconcile", file]);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(file), "{err}");
    }
    let ids = in_doubt(&newsroom).await;
    let log = newsroom.folder.path().join("mail.log");
    let path = log.to_str().expect("UTF-8");
    let text = format!(
        "2026-11-26T05:59:00Z mx postfix/anvil[1]: statistics: max cache size 1\n\
         2026-11-26T06:00:01Z mx postfix/cleanup[2]: 4Zx1yQ3WzHz2XYZ: message-id=<{}@example.org>\n\
         2026-11-26T06:00:01Z mx postfix/qmgr[3]: 4Zx1yQ3WzHz2XYZ: from=<t@example.org>, size=4, nrcpt=1 (queue active)\n\
         nonsense\n\
         2026-11-26T06:00:02Z mx postfix/smtp[4]: 4Zx1yQ3WzHz2XYZ: to=<ann@example.org>, relay=none, dsn=5.1.1, status=bounced (unknown)\n\
         2026-11-26T06:30:00Z mx postfix/anvil[1]: statistics: max cache size 1\n",
        ids[0]
    );
    std::fs::write(&log, text).expect("written");
    let reconcile = [
        "delivery",
        "reconcile",
        path,
        "--absent",
        "refuse",
        "--dry-run",
    ];
    let (code, out, err) = newsroom.run(&reconcile);
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        err.starts_with(
            "would be settled: 1 accepted, 1 refused, 1 to be sent again without doubt; \
             left in doubt: 0\n1 of 6 lines could not be read:\n  line 4: "
        ),
        "{err}"
    );
    assert_eq!(status(&newsroom, 0)["tally"]["uncertain"], 2, "only said");
    let (code, out, err) = newsroom.run(&reconcile[..3]);
    assert_eq!(code, 5, "{out}{err}");
    assert!(
        err.contains(
            "settled: 1 accepted, 0 refused, 0 to be sent again without doubt; left in doubt: 2"
        ) && err.contains("--absent refuse settles"),
        "{err}"
    );
    let told = newsroom.json(&["delivery", "list", "times", "--run", RUN, "--json"], 0);
    assert_eq!(
        (&told[0]["state"], &told[0]["reply"]),
        (
            &json!("accepted"),
            &json!("by the relay's log: bounced (5.1.1 unknown)")
        )
    );
    let done = newsroom.json(&[&reconcile[..5], &["--json"]].concat(), 0);
    assert_eq!(
        (&done["refused"], &done["to_be_sent_again"], &done["left"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!(done["letters"][0]["to"], "b***@e***.org");
    let tally = &status(&newsroom, 0)["tally"];
    assert_eq!(
        (&tally["refused"], &tally["deferred"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_by_hand_says_what_asks_and_tells_operators_once() {
    let (newsroom, _) = planned().await;
    let sink = sink(&newsroom).await;
    let set = newsroom
        .folder
        .store
        .list_set(newsroom.list, "uncertain", "hold");
    set.await.expect("set");
    in_doubt(&newsroom).await;
    for _ in 0..2 {
        let (code, _, err) = send(&newsroom);
        assert_eq!(code, 6, "{err}");
        assert!(
            err.contains("daily 2026-11-26 ASKS: 1 letter in doubt"),
            "{err}"
        );
        assert!(
            err.contains("hint: `courant edition status times --run"),
            "{err}"
        );
    }
    let mails = sink.mailbox().journal();
    let to: Vec<&str> = mails.iter().map(|m| m.recipient.as_str()).collect();
    assert_eq!(to, ["desk@example.org"]);
    let (_, out, _) = newsroom.run(&["edition", "status", "times", "--run", RUN]);
    assert!(out.contains("`courant delivery reconcile FILE`"), "{out}");
    let rows = newsroom.json(&["delivery", "list", "times", "--run", RUN, "--json"], 0);
    assert_eq!(rows[0]["code"], Value::Null);
    assert!(rows[0]["letter_id"].is_string(), "{rows}");
    sink.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_does_not_cover_the_time_settles_no_absence() {
    let (newsroom, _) = planned().await;
    let ids = in_doubt(&newsroom).await;
    let reading = |args: &[&str], text: &str| {
        let args = [&["delivery", "reconcile", "-"], args].concat();
        let home = newsroom.folder.path();
        crate::support::binary::courant_reading(home, &args, text)
    };
    let line = |time: &str| format!("Nov 26 {time} mx postfix/qmgr[1]: 4F1A2B3C4D: removed\n");
    let text = [line("06:59:00"), line("07:30:00")].concat();
    let refuse = ["--absent", "refuse", "--dry-run"];
    let (code, out, err) = reading(&refuse, &text);
    assert_eq!(code, 5, "{out}{err}");
    assert!(
        out.contains("not seen, and the log does not cover its time")
            && err.contains("left in doubt: 3")
            && err.contains("hint: --log-zone ZONE"),
        "{out}{err}"
    );
    let (code, _, err) = reading(&["--log-zone", "Nowhere/Else"], &text);
    assert_eq!(code, 2, "{err}");
    let (code, _, err) = reading(&[], "a\nb\n");
    assert_eq!(code, 1);
    assert!(
        err.contains("`-` says nothing about any letter\nhint: "),
        "{err}"
    );
    // A CSV is taken as whole.
    let text = format!(
        "message_id,status,code,reply\n<{}@example.org>,sent,250,\"ok, q\"\n",
        ids[1]
    );
    let (code, out, err) = reading(&refuse[..2], &text);
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        err.contains("settled: 1 accepted, 1 refused, 1 to be sent"),
        "{err}"
    );
}
