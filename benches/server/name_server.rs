//! A name server that knows one key record, for all programs alike.

use std::net::UdpSocket;

use crate::mail::{DOMAIN, SELECTOR};

/// Starts it; its port on 127.0.0.1.
pub(crate) fn start(record: String) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("its port").port();
    std::thread::spawn(move || {
        let mut query = [0; 1500];
        while let Ok((length, client)) = socket.recv_from(&mut query) {
            if let Some(answer) = answer(&query[..length], &record) {
                let _ = socket.send_to(&answer, client);
            }
        }
    });
    port
}

/// The answer: the record where its name and type are asked for, else none of any kind.
fn answer(query: &[u8], record: &str) -> Option<Vec<u8>> {
    let name = format!("{SELECTOR}._domainkey.{DOMAIN}");
    let mut wanted = Vec::new();
    for label in name.split('.') {
        wanted.push(u8::try_from(label.len()).ok()?);
        wanted.extend_from_slice(label.as_bytes());
    }
    wanted.push(0);
    let question = query.get(12..)?;
    let length = question.iter().position(|octet| *octet == 0)? + 1;
    let asked = question.get(..length)?;
    let kind = question.get(length..length + 2)?;
    let known = asked.eq_ignore_ascii_case(&wanted) && kind == [0, 16];
    let mut answer = query.get(..2)?.to_vec();
    // an answer, authoritative, recursion available
    answer.extend_from_slice(&[0x85, 0x80, 0, 1, 0, u8::from(known), 0, 0, 0, 0]);
    answer.extend_from_slice(question.get(..length + 4)?);
    if known {
        let data: Vec<u8> = record
            .as_bytes()
            .chunks(255)
            .flat_map(|part| [&[u8::try_from(part.len()).unwrap_or(0)], part].concat())
            .collect();
        // the name of the question, TXT, IN, an hour
        answer.extend_from_slice(&[0xC0, 12, 0, 16, 0, 1, 0, 0, 0x0E, 0x10]);
        answer.extend_from_slice(&u16::try_from(data.len()).ok()?.to_be_bytes());
        answer.extend_from_slice(&data);
    }
    Some(answer)
}
