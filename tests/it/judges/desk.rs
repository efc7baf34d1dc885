//! The desk's door in a real browser: asking for a link, coming in by it, a password, going, coming back
//! by it. With and without scripts, on a phone and on a desk, by day and by night.

use serde_json::json;
use tokio::net::TcpListener;

use super::journey::{WALKS, faults, walked};
use super::none;
use super::outside::{BROWSER, Judge};
use crate::support::paper::Paper;
use crate::support::served::{Served, configure, courant};

const WORDS: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a browser for many minutes, and not yet seen to its end"]
async fn an_editor_comes_in_goes_and_comes_back_in_a_browser() {
    let Some(judge) = Judge::installed("journey", "axe.js", BROWSER) else {
        return;
    };
    let paper = Paper::due_in(-1).await;
    let home = paper.folder.path();
    configure(home, 9, 1);
    // A browser sends forms to where it got them.
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let own = port.local_addr().expect("bound").to_string();
    drop(port);
    let file = home.join("courant.toml");
    let text = std::fs::read_to_string(&file).expect("read");
    let text = text
        .replace("127.0.0.1:0", &own)
        .replace("127.0.0.1:8025", &own);
    std::fs::write(&file, text).expect("written");
    let address = |walk: &str| format!("{walk}@paper.example");
    let mut links = std::collections::BTreeMap::new();
    for (walk, ..) in WALKS {
        let add = ["editor", "add", &address(walk), "--name", "Ann Example"];
        assert!(courant(home, &add).status.success(), "{walk}");
        let link = courant(home, &["editor", "link", &address(walk)]);
        let link = String::from_utf8(link.stdout).expect("UTF-8");
        links.insert(*walk, link.trim().to_owned());
    }
    let served = Served::ready(home).await;
    let base = served.base();
    let look = |name: &str| json!({"look": name});
    let views = walked(&judge, |walk| {
        vec![
            json!({"go": format!("{base}/desk/")}),
            look("desk-1-outside"),
            json!({"type": ["#email", address(walk)]}),
            json!({"press": "form.join button"}),
            look("desk-2-asked"),
            json!({"go": links[walk]}),
            look("desk-3-link"),
            json!({"press": "main form button"}),
            look("desk-4-inside"),
            json!({"go": format!("{base}/desk/sessions")}),
            look("desk-5-account"),
            json!({"go": format!("{base}/desk/password")}),
            json!({"type": ["#new", WORDS]}),
            json!({"type": ["#again", "another horse battery"]}),
            json!({"press": "form[action=''] button, form:not([action]) button"}),
            look("desk-6-differs"),
            json!({"type": ["#new", WORDS]}),
            json!({"type": ["#again", WORDS]}),
            json!({"press": "form[action=''] button, form:not([action]) button"}),
            look("desk-7-password"),
            json!({"press": "form[action='/desk/sign-out'] button"}),
            look("desk-8-out"),
            json!({"open": "summary"}),
            json!({"type": ["#address", address(walk)]}),
            json!({"type": ["#password", "wrong horse battery"]}),
            json!({"press": "details button"}),
            look("desk-9-wrong"),
            json!({"type": ["#password", WORDS]}),
            json!({"press": "details button"}),
            look("desk-a-back"),
        ]
    });
    let heads = [
        ("desk-1-outside", "Sign in"),
        ("desk-2-asked", "Look into your mail"),
        ("desk-3-link", "Welcome, Ann Example"),
        ("desk-4-inside", "Sign out"),
        ("desk-5-account", "Your account"),
        ("desk-6-differs", "The two new passwords differ"),
        ("desk-7-password", "The new password holds"),
        ("desk-8-out", "You are signed out"),
        ("desk-9-wrong", "Address, password or code is wrong"),
        ("desk-a-back", "Sign out"),
    ];
    none(faults(&views, &heads));
    assert!(served.stop().await.success());
}
