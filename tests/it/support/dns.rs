//! A name server of a test's own: it answers out of a map, over UDP on a free port of this machine.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, MX, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

/// Longest string of a TXT record.
const STRING: usize = 255;

/// What a name has.
#[derive(Clone, Debug, Default)]
struct Entry {
    data: Vec<RData>,
    /// SERVFAIL instead.
    fails: bool,
    /// No answer at all.
    silent: bool,
}

#[derive(Debug, Default)]
struct Zone {
    entries: BTreeMap<String, Entry>,
    asked: Vec<String>,
}

/// The name server. Names that it was not told are NXDOMAIN.
#[derive(Clone, Debug)]
pub struct Dns {
    address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).expect("a name");
    name.set_fqdn(true);
    name
}

impl Dns {
    /// Starts it; it ends with the test's process.
    pub fn start() -> Dns {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let dns = Dns {
            address: socket.local_addr().expect("an address"),
            zone: Arc::default(),
        };
        let zone = dns.zone.clone();
        std::thread::spawn(move || serve(&socket, &zone));
        dns
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked so far, as `name TYPE`.
    pub fn asked(&self) -> Vec<String> {
        self.zone.lock().expect("sound").asked.clone()
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Entry)) {
        let mut zone = self.zone.lock().expect("sound");
        change(zone.entries.entry(name.to_ascii_lowercase()).or_default());
    }

    /// Takes a name away.
    pub fn clear(&self, name: &str) {
        self.zone.lock().expect("sound").entries.remove(name);
    }

    /// One text more, in strings of at most 255 octets.
    pub fn txt(&self, name: &str, text: &str) {
        let strings = text.as_bytes().chunks(STRING).collect();
        let data = RData::TXT(TXT::from_bytes(strings));
        self.change(name, |entry| entry.data.push(data));
    }

    /// This text and no other.
    pub fn only_txt(&self, name: &str, text: &str) {
        self.clear(name);
        self.txt(name, text);
    }

    /// One mail exchange more; `.` as its host is a null MX.
    pub fn mx(&self, of: &str, preference: u16, host: &str) {
        let host = match host {
            "." => Name::root(),
            host => name(host),
        };
        let data = RData::MX(MX::new(preference, host));
        self.change(of, |entry| entry.data.push(data));
    }

    /// One address more.
    pub fn a(&self, name: &str, address: [u8; 4]) {
        let [a, b, c, d] = address;
        let data = RData::A(A::new(a, b, c, d));
        self.change(name, |entry| entry.data.push(data));
    }

    /// SERVFAIL to every question about a name.
    pub fn fails(&self, name: &str) {
        self.change(name, |entry| entry.fails = true);
    }

    /// No answer to any question about a name.
    pub fn silent(&self, name: &str) {
        self.change(name, |entry| entry.silent = true);
    }
}

fn serve(socket: &UdpSocket, zone: &Mutex<Zone>) {
    let mut buffer = [0; 4096];
    loop {
        let Ok((n, from)) = socket.recv_from(&mut buffer) else {
            return;
        };
        let Ok(asked) = Message::from_vec(&buffer[..n]) else {
            continue;
        };
        if let Some(answer) = answer(&asked, zone) {
            let bytes = answer.to_vec().expect("an answer");
            let _ = socket.send_to(&bytes, from);
        }
    }
}

fn answer(asked: &Message, zone: &Mutex<Zone>) -> Option<Message> {
    let query = asked.queries.first()?.clone();
    let text = query.name().to_ascii().to_ascii_lowercase();
    let text = text.trim_end_matches('.').to_owned();
    let entry = {
        let mut zone = zone.lock().expect("sound");
        zone.asked.push(format!("{text} {}", query.query_type()));
        zone.entries.get(&text).cloned()
    };
    let mut answer = Message::response(asked.metadata.id, OpCode::Query);
    answer.metadata.recursion_desired = true;
    answer.metadata.recursion_available = true;
    answer.add_query(query.clone());
    match entry {
        Some(entry) if entry.silent => return None,
        Some(entry) if entry.fails => answer.metadata.response_code = ResponseCode::ServFail,
        None => answer.metadata.response_code = ResponseCode::NXDomain,
        Some(entry) => {
            let kind = |data: &RData| -> RecordType { data.record_type() };
            for data in entry.data.iter().filter(|d| kind(d) == query.query_type()) {
                answer.add_answer(Record::from_rdata(query.name().clone(), 60, data.clone()));
            }
        }
    }
    Some(answer)
}
