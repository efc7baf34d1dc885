//! The ordinary way: lettre's builder, and its connection over a socket with TCP_NODELAY. The same
//! bodies, recipients and number of connections; no ledger.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use tokio::net::TcpStream;

use crate::letters::Letters;

/// How long `letters` letters take over so many connections.
pub async fn run(
    addr: SocketAddr,
    connections: usize,
    pool: &Arc<Letters>,
    letters: usize,
) -> Duration {
    let next = Arc::new(AtomicUsize::new(1));
    let mut tasks = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for _ in 0..connections {
        let (next, pool) = (next.clone(), pool.clone());
        tasks.spawn(async move {
            let socket = TcpStream::connect(addr).await.expect("connects");
            socket.set_nodelay(true).expect("a socket option");
            let hello = ClientId::Domain("bench.example".to_owned());
            let mut connection =
                AsyncSmtpConnection::connect_with_transport(Box::new(socket), &hello)
                    .await
                    .expect("greets");
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n > letters {
                    break;
                }
                let (envelope, bytes) = build(&pool, n);
                let reply = connection.send(&envelope, &bytes).await.expect("accepts");
                assert!(reply.has_code(250));
            }
            let _ = connection.quit().await;
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("a connection");
    }
    begun.elapsed()
}

fn build(pool: &Letters, n: usize) -> (Envelope, Vec<u8>) {
    let to: Address = Letters::recipient(n).parse().expect("an address");
    let from: Address = "news@times.example".parse().expect("an address");
    let message = Message::builder()
        .from(Mailbox::new(Some("The Times".to_owned()), from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .subject("The Times of 25 November")
        .message_id(Some(format!("<{n:032x}@times.example>")))
        .singlepart(
            SinglePart::builder()
                .header(ContentType::TEXT_HTML)
                .header(ContentTransferEncoding::QuotedPrintable)
                .body(pool.text(n)),
        )
        .expect("a message");
    let envelope = Envelope::new(Some(from), vec![to]).expect("an envelope");
    (envelope, message.formatted())
}
