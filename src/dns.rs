//! The hand that asks DNS: one question, one answer, bounded in time and size.
//!
//! It asks the system's name servers, or one that is named (tests name their own). It does not know
//! what the answers mean.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError as Refusal, NetError};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use crate::deliver::authentication::{Answer, Kind, Query};

/// Longest wait for one answer.
const WAIT: Duration = Duration::from_secs(5);
/// Questions in a row that stay without an answer; the ones after them are not asked any more.
const SILENT: u32 = 3;
/// Records of one answer that are read.
const RECORDS: usize = 64;
/// Octets of one text that are read.
const TEXT: usize = 8 * 1024;

/// Why there is nobody to ask.
#[derive(Debug, thiserror::Error)]
pub enum DnsError {
    /// The system names no name servers, or in a way that cannot be read.
    #[error("the system's name servers cannot be read: {0}")]
    System(String),
}

impl DnsError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some("see /etc/resolv.conf, or set dns.server to IP:PORT".to_owned())
    }
}

/// Somebody who answers questions.
pub struct Resolver {
    inner: TokioResolver,
    /// Time-outs in a row.
    silent: AtomicU32,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

impl Resolver {
    /// The system's name servers.
    ///
    /// # Errors
    /// [`DnsError::System`].
    pub fn system() -> Result<Resolver, DnsError> {
        let failed = |e: NetError| DnsError::System(e.to_string());
        let mut builder = TokioResolver::builder_tokio().map_err(failed)?;
        bound(builder.options_mut());
        Ok(Resolver::of(builder.build().map_err(failed)?))
    }

    /// One name server.
    ///
    /// # Errors
    /// [`DnsError::System`], where no socket can be had.
    pub fn at(server: SocketAddr) -> Result<Resolver, DnsError> {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
        let connections = connections.into_iter().map(|mut connection| {
            connection.port = server.port();
            connection
        });
        let server = NameServerConfig::new(server.ip(), true, connections.collect());
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let provider = TokioRuntimeProvider::default();
        let mut builder = TokioResolver::builder_with_config(config, provider);
        bound(builder.options_mut());
        let built = builder.build();
        Ok(Resolver::of(
            built.map_err(|e| DnsError::System(e.to_string()))?,
        ))
    }

    fn of(inner: TokioResolver) -> Resolver {
        Resolver {
            inner,
            silent: AtomicU32::new(0),
        }
    }

    /// Asks. That there is no such record is an answer, an empty one; after three time-outs in a
    /// row nobody is asked any more.
    pub async fn ask(&self, query: &Query) -> Answer {
        if self.silent.load(Ordering::Relaxed) >= SILENT {
            return Answer::Failed("the name server does not answer".to_owned());
        }
        // With the last dot it is the whole name: no search domain is put behind it.
        let Ok(mut name) = Name::from_ascii(&query.name) else {
            return Answer::Failed("it is no name that DNS can have".to_owned());
        };
        name.set_fqdn(true);
        let asked = tokio::time::timeout(WAIT, self.records(name, query.kind)).await;
        let records = match asked {
            Ok(Ok(records)) => records,
            Ok(Err(NetError::Timeout)) | Err(_) => {
                self.silent.fetch_add(1, Ordering::Relaxed);
                return Answer::Failed("the name server does not answer".to_owned());
            }
            Ok(Err(error)) => {
                self.silent.store(0, Ordering::Relaxed);
                return match error.is_no_records_found() {
                    true => read(query.kind, &[]),
                    false => Answer::Failed(words(&error)),
                };
            }
        };
        self.silent.store(0, Ordering::Relaxed);
        read(query.kind, &records)
    }

    async fn records(&self, name: Name, kind: Kind) -> Result<Vec<Record>, NetError> {
        let types: &[RecordType] = match kind {
            Kind::Txt => &[RecordType::TXT],
            Kind::Mx => &[RecordType::MX],
            Kind::Address => &[RecordType::A, RecordType::AAAA],
        };
        let mut out = Vec::new();
        for (n, kind) in types.iter().enumerate() {
            match self.inner.lookup(name.clone(), *kind).await {
                Ok(found) => out.extend(found.answers().iter().take(RECORDS).cloned()),
                Err(error) if n + 1 < types.len() && error.is_no_records_found() => {}
                // One of two kinds is enough.
                Err(_) if !out.is_empty() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(out)
    }
}

fn bound(options: &mut ResolverOpts) {
    options.timeout = WAIT;
    options.attempts = 1;
    options.use_hosts_file = ResolveHosts::Never;
    // Texts with keys in them are long.
    options.edns0 = true;
}

fn words(error: &NetError) -> String {
    match error {
        NetError::Dns(Refusal::ResponseCode(code)) => format!("the name server says {code}"),
        other => {
            let words = other.to_string();
            words
                .chars()
                .filter(|c| !c.is_control())
                .take(200)
                .collect()
        }
    }
}

fn read(kind: Kind, records: &[Record]) -> Answer {
    match kind {
        Kind::Txt => Answer::Txt(records.iter().filter_map(text).collect()),
        Kind::Mx => {
            let mut found: Vec<(u16, String)> = records.iter().filter_map(exchange).collect();
            found.sort();
            Answer::Mx(found)
        }
        Kind::Address => {
            let address = |record: &Record| Some(record.data.ip_addr()?.to_string());
            Answer::Address(records.iter().filter_map(address).collect())
        }
    }
}

fn text(record: &Record) -> Option<String> {
    let RData::TXT(text) = &record.data else {
        return None;
    };
    let mut joined: Vec<u8> = Vec::new();
    for part in &text.txt_data {
        joined.extend_from_slice(part);
    }
    joined.truncate(TEXT);
    Some(String::from_utf8_lossy(&joined).into_owned())
}

fn exchange(record: &Record) -> Option<(u16, String)> {
    let RData::MX(mx) = &record.data else {
        return None;
    };
    let host = mx.exchange.to_ascii();
    Some((
        mx.preference,
        host.trim_end_matches('.').to_ascii_lowercase(),
    ))
}
