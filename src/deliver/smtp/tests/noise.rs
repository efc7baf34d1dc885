//! Whatever a server says: no panic, no hang, and no letter accepted that it did not accept.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::reply;
use super::*;

/// Octets that are a reply, nearly one, or nothing of the kind.
fn words() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![
        Just("220"),
        Just("250"),
        Just("251"),
        Just("354"),
        Just("421"),
        Just("450"),
        Just("550"),
        Just("554"),
        Just("999"),
        Just("2"),
    ];
    let line = (
        code,
        prop_oneof![Just(" "), Just("-"), Just("")],
        "[ -~]{0,12}",
        prop_oneof![
            8 => Just("\r\n"),
            1 => Just("\n"),
            1 => Just(""),
        ],
    );
    let line = line.prop_map(|(code, mark, text, end)| format!("{code}{mark}{text}{end}"));
    prop_oneof![
        6 => line.prop_map(String::into_bytes),
        3 => Just(b"250 ok\r\n250 ok\r\n354 go\r\n".to_vec()),
        2 => Just(b"250-x\r\n250 PIPELINING\r\n".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..64),
    ]
}

/// Says all of it, in these pieces, whatever it hears; then is silent or closes.
async fn babble(listener: TcpListener, says: Vec<Vec<u8>>, close: bool) -> std::io::Result<()> {
    let (socket, _) = listener.accept().await?;
    let (mut from, mut to) = socket.into_split();
    let hear = async {
        let mut room = [0; 1024];
        while from.read(&mut room).await? > 0 {}
        Ok(())
    };
    let say = async {
        for words in &says {
            to.write_all(words).await?;
            tokio::task::yield_now().await;
        }
        if close {
            to.shutdown().await?;
        }
        Ok(())
    };
    tokio::try_join!(hear, say).map(drop)
}

async fn converse(relay: &Relay) -> std::result::Result<Vec<Reply>, SmtpError> {
    let mut session = Session::connect(relay).await?;
    let mut replies = Vec::new();
    let next = envelope(SENDER, "mia@x.example", LETTER);
    for _ in 0..3 {
        session.envelope(&next).await?;
        session.text(LETTER).await?;
        replies.push(session.dot(Some(&next)).await?);
    }
    session.quit().await;
    Ok(replies)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]
    #[test]
    fn any_server_is_survived(
        mut says in prop::collection::vec(words(), 0..12),
        polite in any::<bool>(),
        close in any::<bool>(),
    ) {
        if polite {
            says.insert(0, b"220 x\r\n".to_vec());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let done = runtime.map_err(Box::<dyn Error>::from).and_then(|runtime| runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let mut relay = relay(listener.local_addr()?.port(), Tls::None);
            let moment = Duration::from_millis(10);
            relay.timeouts = Timeouts {
                connect: Duration::from_secs(5),
                greeting: moment,
                tls: moment,
                auth: moment,
                envelope: moment,
                data: moment,
                text: moment,
                dot: moment,
            };
            let server = tokio::spawn(babble(listener, says, close));
            let answer = timeout(Duration::from_secs(10), converse(&relay)).await?;
            server.abort();
            Ok(answer)
        }));
        let answer = done.map_err(|error| TestCaseError::fail(error.to_string()))?;
        if let Ok(replies) = answer {
            prop_assert!(replies.iter().all(|reply| reply.code == 250));
        }
    }

    #[test]
    fn a_reply_ends_in_one_place(
        says in prop::collection::vec(words(), 0..4),
    ) {
        let bytes = says.concat();
        if let Ok(Some((answer, len))) = reply::parse(&bytes) {
            prop_assert!((4..=bytes.len()).contains(&len) && bytes[len - 1] == b'\n');
            prop_assert!((200..600).contains(&answer.code));
            for cut in 0..len {
                prop_assert_eq!(reply::parse(&bytes[..cut]), Ok(None));
            }
            prop_assert_eq!(reply::parse(&bytes[..len]), Ok(Some((answer, len))));
        }
    }
}
