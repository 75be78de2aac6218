//! Mails by SMTP, with a server that does as it is told.

use std::sync::{Arc, Mutex};

use chrono::{TimeDelta, Utc};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::{
    orders::{ADDRESS, put_into_cart},
    shop::Shop,
};

/// What a server was told, a line each, and whether it takes mails.
#[derive(Clone, Default)]
struct Smtp(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    refuses: bool,
    dialogue: Vec<String>,
    mails: Vec<String>,
}

impl Smtp {
    /// Its URL.
    async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let smtp = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(smtp.clone().talk(stream));
            }
        });
        url
    }

    async fn talk(self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 mail.example\r\n").await?;
        let mut mail: Option<String> = None;
        while let Some(line) = lines.next_line().await? {
            let answer = match &mut mail {
                Some(text) if line == "." => {
                    let mut state = self.0.lock().unwrap();
                    state.mails.push(std::mem::take(text));
                    mail = None;
                    "250 kept"
                }
                Some(text) => {
                    // A line that begins with a dot is sent with two.
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push('\n');
                    continue;
                }
                None => {
                    let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
                    let mut state = self.0.lock().unwrap();
                    if verb == "MAIL" || verb == "RCPT" {
                        state.dialogue.push(line.clone());
                    }
                    match verb.as_str() {
                        "EHLO" | "HELO" => "250 mail.example",
                        "RCPT" if state.refuses => "451 greylisted, come back later",
                        "DATA" => {
                            mail = Some(String::new());
                            "354 go on"
                        }
                        "QUIT" => "221 bye",
                        _ => "250 ok",
                    }
                }
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    fn refuse(&self, refuses: bool) {
        self.0.lock().unwrap().refuses = refuses;
    }

    fn mails(&self) -> Vec<String> {
        self.0.lock().unwrap().mails.clone()
    }
}

const OUTBOX: &str = "SELECT recipient, state, attempts, last_error FROM shop_mail_outbox";
const COLUMNS: [&str; 4] = ["recipient", "state", "attempts", "last_error"];

/// An order is taken whether or not the mail server is in the mood; its mail comes when it is.
#[tokio::test]
async fn a_refused_mail_is_tried_again_and_arrives_once() {
    let smtp = Smtp::default();
    smtp.refuse(true);
    let shop = Shop::with_smtp(&smtp.listen().await).await;
    let mut browser = shop.browser();
    put_into_cart(&mut browser, "/products/1/mug", "2").await;
    let order = browser.submit("/checkout", "/checkout", &ADDRESS).await;
    assert!(order.path.starts_with("/orders/"), "{}", order.path);

    let now = Utc::now();
    let refused = shop.app.mail().drain_at(now).await.unwrap();
    insta::assert_debug_snapshot!(refused, @r"
    Round {
        sent: 0,
        postponed: 1,
        given_up: 0,
    }
    ");
    insta::assert_snapshot!(shop.rows(OUTBOX, &COLUMNS).await, @"grace@example.com | pending | 1 | transient error (451): greylisted, come back later");
    assert_eq!(shop.app.mail().drain_at(now).await.unwrap().postponed, 0, "it is not due yet");

    smtp.refuse(false);
    let later = now + TimeDelta::seconds(11);
    assert_eq!(shop.app.mail().drain_at(later).await.unwrap().sent, 1);
    assert_eq!(shop.app.mail().drain_at(later).await.unwrap().sent, 0);
    insta::assert_snapshot!(shop.rows(OUTBOX, &COLUMNS).await, @"grace@example.com | sent | 2 | NULL");
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1);
    let headers: Vec<_> = mails[0]
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| ["From", "To", "Subject"].contains(&line.split(':').next().unwrap()))
        .collect();
    insta::assert_snapshot!(headers.join("\n"), @r"
    From: Cloudless <shop@cloudless.example>
    To: grace@example.com
    Subject: Your Cloudless order no. 1
    ");
    assert!(mails[0].contains("thank you for your order no. 1."), "{}", mails[0]);
    insta::assert_snapshot!(smtp.0.lock().unwrap().dialogue.join("\n"), @r"
    MAIL FROM:<shop@cloudless.example>
    RCPT TO:<grace@example.com>
    MAIL FROM:<shop@cloudless.example>
    RCPT TO:<grace@example.com>
    ");
}
