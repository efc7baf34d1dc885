//! How many letters the receiver takes: the bare loop against `courant sink`, a process of its own on
//! this machine.
//!
//! `cargo bench --bench sink -- [LETTERS [CONNECTIONS [FLAGS OF THE SINK …]]]`

#[path = "reference/bare.rs"]
mod bare;
#[allow(dead_code, reason = "the bench of delivery needs more of it")]
#[path = "parts/letters.rs"]
mod letters;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use letters::Letters;

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let number = |at: usize, or: usize| args.get(at).and_then(|a| a.parse().ok()).unwrap_or(or);
    let (count, connections) = (number(0, 100_000), number(1, 64));
    let mut child = Command::new(env!("CARGO_BIN_EXE_courant"))
        .args(["sink", "--listen", "127.0.0.1:0", "--quiet"])
        .args(args.iter().skip(2))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the sink starts");
    let mut said = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
    stdout.read_line(&mut said).expect("a line");
    let addr = said.split_whitespace().find_map(|word| word.parse().ok());
    let addr = addr.expect("it says where it listens");
    let pool = Arc::new(Letters::new());
    let octets = pool.letter(1, &Letters::recipient(1)).len();
    bare::run(addr, connections, &pool, count / 10).await;
    let took = bare::run(addr, connections, &pool, count).await;
    let rate = count as f64 / took.as_secs_f64();
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    println!(
        "{count} letters of {octets} octets over {connections} connections: {rate:.0} a second"
    );
    println!("{{\"bench\":\"sink\",\"letters_per_s\":{rate:.0},\"octets\":{octets}}}");
}
