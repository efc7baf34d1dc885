//! People at a paper's desk, signed in.

use courant::domain::EditorId;
use courant::domain::address::Address;
use courant::domain::editor::Grant;
use courant::domain::sign_in::{NewSession, Used};
use courant::store::NewEditor;
use reqwest::Method;
use sha2::{Digest, Sha256};

use super::pages::{Pages, Said};

/// Somebody with a session.
pub struct Seated {
    /// Who.
    pub id: EditorId,
    /// What their browser sends as `Cookie`.
    pub cookie: String,
    /// What their forms carry in `form`.
    pub form: String,
}

/// The token in the forms of a page.
pub fn form_token(page: &str) -> String {
    let rest = page.split("name=\"form\" value=\"").nth(1);
    let token = rest.and_then(|rest| rest.split('"').next());
    token.expect("a form of the desk").to_owned()
}

impl Pages {
    /// Makes an account with these roles.
    pub async fn editor(&self, address: &str, grants: &[Grant]) -> EditorId {
        let parsed = Address::parse(address).expect("an address");
        let new = NewEditor {
            hash: self.paper.folder.keys.address_hash(&parsed),
            address: parsed,
            name: address.split('@').next().unwrap_or_default().to_owned(),
            grants: grants.to_vec(),
        };
        let made = self.paper.store().editor_add(&new, self.paper.now).await;
        made.expect("an account")
    }

    /// Makes an account with these roles, and signs it in.
    pub async fn seated(&self, address: &str, grants: &[Grant]) -> Seated {
        let id = self.editor(address, grants).await;
        self.session(id, address).await
    }

    /// Signs somebody in, with a cookie made of this text.
    pub async fn session(&self, id: EditorId, text: &str) -> Seated {
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let token: String = hash[..20].iter().map(|b| format!("{b:02x}")).collect();
        let new = NewSession {
            editor: id,
            token_hash: Sha256::digest(token.as_bytes()).into(),
            used: Used::default(),
            browser: "Netscape".to_owned(),
            network: "192.0.2.0/24".to_owned(),
            at: self.paper.now,
        };
        let opened = self.paper.store().session_open(&new).await;
        opened.expect("a store").expect("a session");
        let cookie = format!("desk={token}");
        let page = self
            .ask(Method::GET, "/desk/sessions", &[("cookie", &cookie)], None)
            .await;
        Seated {
            id,
            cookie,
            form: form_token(&page.text),
        }
    }

    /// A page of the desk.
    pub async fn desk_get(&self, by: &Seated, path: &str) -> Said {
        let headers = [("cookie", by.cookie.as_str())];
        self.ask(Method::GET, path, &headers, None).await
    }

    /// A form of the desk, with its token.
    pub async fn desk_post(&self, by: &Seated, path: &str, form: &str) -> Said {
        let headers = [
            ("cookie", by.cookie.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let form = format!("form={}&{form}", by.form);
        self.ask(Method::POST, path, &headers, Some(&form)).await
    }
}
