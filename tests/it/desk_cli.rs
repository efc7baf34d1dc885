//! `editor` and `audit` as somebody types them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;
use sqlx::Connection;

use crate::support::binary::{courant, courant_reading};

fn fine(home: &std::path::Path, args: &[&str]) -> String {
    let (code, out, err) = courant(home, args);
    assert_eq!(code, 0, "{args:?}: {out}{err}");
    out
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn accounts_are_kept_at_the_machine_and_every_change_is_in_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let link = fine(home, &["init", "--editor", "chief@paper.example"]);
    assert!(
        link.starts_with("http://127.0.0.1:8025/desk/enter/k1."),
        "{link}"
    );
    let again = fine(home, &["init", "--editor", "chief@paper.example"]);
    assert_ne!(link, again, "a second link for the same account");
    fine(home, &["list", "add", "news"]);
    let add = ["editor", "add", "ann@paper.example", "--name", "Ann"];
    fine(
        home,
        &[&add[..], &["--role", "editor", "--list", "news"]].concat(),
    );
    let (code, _, err) = courant(home, &add);
    assert!(code == 1 && err.contains("hint:"), "{err}");
    let (code, _, err) = courant(
        home,
        &["editor", "add", "bob@paper.example", "--role", "boss"],
    );
    assert!(
        code == 2 && err.contains("viewer, editor, approver, sales, admin"),
        "{err}"
    );
    let (code, _, err) = courant(
        home,
        &[
            "editor",
            "add",
            "bob@paper.example",
            "--role",
            "editor",
            "--list",
            "new",
        ],
    );
    assert!(code == 1 && err.contains("news"), "{err}");
    let all = json(&fine(home, &["editor", "list", "--json"]));
    assert_eq!(all[0]["roles"][0]["role"], "admin");
    assert_eq!(all[0]["roles"][0]["list"], Value::Null);
    assert_eq!(all[1]["roles"][0]["list"], "news");
    fine(
        home,
        &["editor", "set", "ann@paper.example", "--role", "approver"],
    );
    let ann = json(&fine(
        home,
        &["editor", "show", "ann@paper.example", "--json"],
    ));
    assert_eq!(
        ann["roles"],
        serde_json::json!([{"role": "approver", "list": null}])
    );
    let password = ["editor", "password", "ann@paper.example"];
    let (code, _, err) = courant_reading(home, &password, "short\n");
    assert!(code == 2 && err.contains("12 characters"), "{err}");
    let (code, _, err) = courant_reading(home, &password, "correct horse battery\n");
    assert_eq!(code, 0, "{err}");
    let url = fine(home, &["editor", "totp", "ann@paper.example"]);
    assert!(
        url.starts_with("otpauth://totp/Courant:ann%40paper.example?secret="),
        "{url}"
    );
    fine(home, &["editor", "disable", "ann@paper.example"]);
    let (code, _, err) = courant(home, &["editor", "link", "ann@paper.example"]);
    assert!(code == 1 && err.contains("courant editor enable"), "{err}");
    fine(home, &["editor", "enable", "ann@paper.example"]);
    assert!(fine(home, &["editor", "link", "ann@paper.example"]).contains("/desk/enter/"));
    let shown = fine(home, &["editor", "show", "ann@paper.example"]);
    assert!(shown.contains("link, password, code"), "{shown}");
    let rows = json(&fine(
        home,
        &["audit", "list", "--json", "--about", "editor 2"],
    ));
    let acts: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["act"].as_str().unwrap())
        .collect();
    assert_eq!(
        acts,
        [
            "account enabled",
            "account disabled",
            "authenticator set",
            "password set",
            "account changed",
            "account made"
        ]
    );
    assert_eq!(rows[0]["who"], "cli:unknown");
    // Nothing that lets anybody in is in it.
    let all = fine(home, &["audit", "export", "--json"]);
    assert!(
        !all.contains("argon2") && !all.contains("k1.") && !all.contains("ann@"),
        "{all}"
    );
}

#[tokio::test]
async fn tampering_is_found_by_the_command_and_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fine(home, &["init"]);
    for name in ["ann", "bob", "cem", "dot"] {
        fine(
            home,
            &[
                "editor",
                "add",
                &format!("{name}@paper.example"),
                "--name",
                &format!("={name}"),
            ],
        );
    }
    let whole = fine(home, &["audit", "verify"]);
    assert!(
        whole.starts_with("4 rows, each sealed over the one before; 4:"),
        "{whole}"
    );
    let noted = whole.trim().rsplit(' ').next().unwrap().to_owned();
    fine(home, &["audit", "verify", "--known", &noted]);
    let csv = fine(home, &["audit", "export", "--csv"]);
    assert!(
        csv.starts_with("no,at,at_ms,") && csv.lines().count() == 5,
        "{csv}"
    );
    assert!(csv.contains("'=ann: editor of all"), "{csv}");
    let url = format!("sqlite://{}", home.join("courant.db").display());
    let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let tamper = "drop trigger audit_stays; drop trigger audit_is_kept; \
                  update audit set became = 'nothing' where no = 2; delete from audit where no = 3;";
    sqlx::raw_sql(tamper).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let (code, out, _) = courant(home, &["audit", "verify"]);
    assert_eq!(code, 5, "{out}");
    assert!(
        out.contains("row 2 was altered") && out.contains("row 3 was removed"),
        "{out}"
    );
    let (code, out, _) = courant(home, &["audit", "verify", "--json", "--known", "3:00"]);
    assert_eq!(code, 5);
    assert_eq!(json(&out)["faults"].as_array().unwrap().len(), 3, "{out}");
}
