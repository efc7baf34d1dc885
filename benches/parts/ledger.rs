//! A ledger with so many letters owed, and who makes their bytes.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::Ed25519KeyPair;
use courant::deliver::compose::{Compose, ComposeWave, Composed, LetterError, Soon};
use courant::deliver::dkim::{DkimKey, Signer, write_pem};
use courant::domain::address::{Address, AddressHash};
use courant::domain::due::Due;
use courant::domain::edition::{Edition, Frozen, Wave};
use courant::domain::slug::Slug;
use courant::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use courant::domain::time::{CronExpr, Occurrence, Run, Timestamp, Zone};
use courant::domain::{CadenceId, ListId, SubscriptionId};
use courant::store::Store;
use courant::store::ledger::Claimed;
use courant::store::memory::Beside;
use courant::store::planning::{DueWave, PlannedDigest, PlannedReader, Reach};
use sha2::{Digest as _, Sha256};
use sqlx::Connection;

use crate::letters::Letters;

/// Rows in one write.
const SLICE: usize = 5_000;

/// A database with a list of so many readers.
pub struct Ledger {
    pub store: Store,
    list: ListId,
    cadence: CadenceId,
    due: Timestamp,
}

/// Letters out of the pool, as the delivery asks for them; signed where there is a signer.
#[derive(Clone)]
pub struct Pool {
    letters: Arc<Letters>,
    signer: Option<Arc<Signer>>,
    due: Timestamp,
}

impl Pool {
    /// Unsigned, as where the relay signs.
    pub fn plain(letters: &Arc<Letters>) -> Pool {
        Pool {
            letters: letters.clone(),
            signer: None,
            due: Timestamp::UNIX_EPOCH,
        }
    }

    /// With an RSA-2048 signature, and with an Ed25519 one beside it.
    pub fn signing(letters: &Arc<Letters>) -> [(&'static str, Pool); 2] {
        let rsa = || {
            let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a key");
            let der: Pkcs8V1Der<'_> = pair.as_der().expect("PKCS#8");
            DkimKey::read(&write_pem(der.as_ref()), "rsa").expect("a key")
        };
        let ed25519 = || {
            let pair = Ed25519KeyPair::generate().expect("a key");
            let der = pair.to_pkcs8().expect("PKCS#8");
            DkimKey::read(&write_pem(der.as_ref()), "ed").expect("a key")
        };
        let of = |keys| Pool {
            signer: Some(Arc::new(
                Signer::new("times.example", keys).expect("a signer"),
            )),
            ..Pool::plain(letters)
        };
        [
            ("ours, RSA signatures", of(vec![rsa()])),
            (
                "ours, RSA and Ed25519 signatures",
                of(vec![rsa(), ed25519()]),
            ),
        ]
    }
}

impl Compose for Pool {
    fn wave<'a>(&'a self, _: &'a Claimed) -> Soon<'a, Result<Arc<dyn ComposeWave>, LetterError>> {
        let wave: Arc<dyn ComposeWave> = Arc::new(self.clone());
        Box::pin(std::future::ready(Ok(wave)))
    }
}

impl ComposeWave for Pool {
    fn compose(&self, claimed: &Claimed, to: &Address) -> Result<Composed, LetterError> {
        let n = usize::try_from(claimed.subscriber.0).unwrap_or(0);
        let mut bytes = self.letters.letter(n, to.full());
        if let Some(signer) = &self.signer {
            bytes = signer.signed(&bytes, self.due)?;
        }
        Ok(Composed {
            sha256: Sha256::digest(&bytes).into(),
            bytes,
            mail_from: "news@times.example".to_owned(),
            envid: None,
        })
    }
}

impl Ledger {
    /// Makes it, with its readers.
    pub async fn new(folder: &Path, readers: usize, now: Timestamp) -> Ledger {
        let store = Store::create(&folder.join("courant.db"), "bench", now).await;
        let store = store.expect("a database");
        let settings = [("name", "The Times".to_owned())];
        let slug = |text| Slug::parse(text).expect("a slug");
        let list = store.list_add(&slug("times"), &settings, now).await;
        let list = list.expect("a list");
        let expr = CronExpr::parse("0 7 * * *").expect("an expression");
        let added = store.cadence_add(list, &slug("daily"), &expr, now).await;
        added.expect("a cadence");
        let cadence = store
            .cadence(list, &slug("daily"))
            .await
            .expect("a cadence");
        let ledger = Ledger {
            store,
            list,
            cadence: cadence.id,
            due: now,
        };
        for from in (1..=readers).step_by(SLICE) {
            let until = (from + SLICE - 1).min(readers);
            let new: Vec<_> = (from..=until).map(|n| ledger.reader(n)).collect();
            let added = ledger.store.subscribers_add(&new, now).await;
            assert_eq!(added.expect("readers"), new.len() as u64);
            crate::progress("readers", until, readers);
        }
        ledger
    }

    fn reader(&self, n: usize) -> NewSubscription {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&(n as u64).to_be_bytes());
        NewSubscription {
            list: self.list,
            hash: AddressHash(hash),
            address: Address::parse(&Letters::recipient(n)).expect("an address"),
            terms: Terms {
                text_only: false,
                cadence: Slug::parse("daily").expect("a slug"),
                hour: None,
                zone: Zone::utc(),
                language: "en".to_owned(),
                length: Length::Long,
                images: true,
                topics: Vec::new(),
                places: Vec::new(),
                resume_on: None,
            },
            cadence: self.cadence,
            standing: Standing::Active,
            due: Some(Due {
                at: self.due,
                run: run(0),
                cadence: self.cadence,
            }),
            by: "bench".to_owned(),
        }
    }

    /// Plans an edition, the `nth`, for the first `letters` readers who are due.
    pub async fn plan(&self, nth: i64, letters: usize) -> Edition {
        let store = &self.store;
        let issue = run(nth);
        let edition = store.edition_open(self.list, self.cadence, &issue, self.due);
        let edition = edition.await.expect("an edition");
        let content = store.content_put("bench", b"x").await.expect("a content");
        let frozen = Frozen {
            candidates: content,
            rules: content,
            template: content,
            sender: content,
            key_id: "k1".to_owned(),
        };
        let due = DueWave {
            list: self.list,
            cadence: self.cadence,
            run: run(nth),
            due_at: self.at(nth),
            readers: 0,
        };
        let wave: Wave = store
            .wave_open(edition.id, due.due_at, due.due_at, &frozen, self.due)
            .await
            .expect("a wave");
        let (mut after, mut planned) = (SubscriptionId(0), 0);
        while planned < letters {
            let most = SLICE.min(letters - planned) as i64;
            let readers = store.due_readers(&due, edition.id, after, most).await;
            let readers = readers.expect("readers");
            let Some(last) = readers.last() else { break };
            after = last.subscription;
            let slice: Vec<_> = readers
                .iter()
                .map(|r| PlannedReader {
                    subscription: r.subscription,
                    subscriber: r.subscriber,
                    address_hash: r.address_hash,
                    terms_id: r.terms_id,
                    since_ms: None,
                    outcome: Ok(PlannedDigest {
                        shortened: 0,
                        left_out: 0,
                        picks: Vec::new().into(),
                        placements: Vec::new(),
                        drawn: None,
                        not_before: self.due,
                        deadline: self.due + jiff::SignedDuration::from_hours(72),
                        held: None,
                        lane: "default".to_owned(),
                    }),
                    open_before: r.open_before,
                    reach: Reach::Stays,
                    next: Some(Occurrence {
                        at: self.at(nth + 1),
                        run: run(nth + 1),
                    }),
                })
                .collect();
            planned += slice.len();
            let written = store
                .plan_slice(edition.id, wave.id, &slice, &Beside::default(), self.due)
                .await;
            assert!(written.expect("a slice"));
            crate::progress("planned", planned, letters);
        }
        assert_eq!(planned, letters, "letters planned");
        edition
    }

    /// Every letter of an edition was accepted.
    pub async fn settle(&self, edition: &Edition) {
        let url = format!("sqlite://{}", self.store.path().display());
        let mut db = sqlx::SqliteConnection::connect(&url).await.expect("opens");
        let settle = "update delivery set state = 'accepted' where edition_id = $1";
        let done = sqlx::query(settle)
            .bind(edition.id.0)
            .execute(&mut db)
            .await;
        done.expect("settled");
        db.close().await.expect("closes");
    }

    fn at(&self, nth: i64) -> Timestamp {
        self.due + jiff::SignedDuration::from_hours(24 * nth)
    }
}

fn run(nth: i64) -> Run {
    let day = jiff::civil::date(2026, 11, 25) + jiff::SignedDuration::from_hours(24 * nth);
    Run::parse(&day.to_string()).expect("a run")
}
