//! A peer that says exactly the bytes it is told to: protocol abuse needs no library that could refuse it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub const VERIFICATION: &str = "1.2.840.10008.1.1";
pub const RAW_DATA: &str = "1.2.840.10008.5.1.4.1.1.66";
pub const IMPLICIT: &str = "1.2.840.10008.1.2";
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const APPLICATION_CONTEXT: &str = "1.2.840.10008.3.1.1.1";

/// One connection to the node.
pub struct Peer(pub TcpStream);

/// Kind and body of a PDU that came.
pub type Pdu = (u8, Vec<u8>);

pub fn item(kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).expect("a short item");
    [&[kind, 0][..], &length.to_be_bytes(), value].concat()
}

pub fn pdu(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a short PDU");
    [&[kind, 0][..], &length.to_be_bytes(), body].concat()
}

/// What an A-ASSOCIATE-RQ says; change what matters to the test.
pub struct Request {
    pub version: u16,
    pub called: &'static str,
    pub calling: &'static str,
    pub application_context: &'static str,
    pub contexts: Vec<(u8, &'static str, Vec<&'static str>)>,
    pub max_length: u32,
    pub user_items: Vec<u8>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            version: 1,
            called: "DGSCOPE",
            calling: "TESTER",
            application_context: APPLICATION_CONTEXT,
            contexts: vec![
                (1, VERIFICATION, vec![IMPLICIT]),
                (3, RAW_DATA, vec![IMPLICIT]),
            ],
            max_length: 16384,
            user_items: Vec::new(),
        }
    }
}

impl Request {
    pub fn bytes(&self) -> Vec<u8> {
        let mut body = self.version.to_be_bytes().to_vec();
        body.extend_from_slice(&[0, 0]);
        for title in [self.called, self.calling] {
            body.extend_from_slice(format!("{title:<16}").as_bytes());
        }
        body.extend_from_slice(&[0; 32]);
        body.extend(item(0x10, self.application_context.as_bytes()));
        for (id, class, syntaxes) in &self.contexts {
            let mut value = vec![*id, 0, 0, 0];
            value.extend(item(0x30, class.as_bytes()));
            for syntax in syntaxes {
                value.extend(item(0x40, syntax.as_bytes()));
            }
            body.extend(item(0x20, &value));
        }
        let mut user = item(0x51, &self.max_length.to_be_bytes());
        user.extend(item(0x52, b"1.2.3.4"));
        user.extend_from_slice(&self.user_items);
        body.extend(item(0x50, &user));
        pdu(1, &body)
    }
}

/// A P-DATA-TF of one value.
pub fn data(context: u8, is_command: bool, is_last: bool, bytes: &[u8]) -> Vec<u8> {
    pdu(4, &value(context, is_command, is_last, bytes))
}

/// A presentation data value.
pub fn value(context: u8, is_command: bool, is_last: bool, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len() + 2).expect("a short value");
    let control = u8::from(is_command) | (u8::from(is_last) << 1);
    [&length.to_be_bytes()[..], &[context, control], bytes].concat()
}

/// An element in implicit VR little endian, padded to even length.
pub fn element(group: u16, number: u16, text: &[u8]) -> Vec<u8> {
    let mut bytes = [group.to_le_bytes(), number.to_le_bytes()].concat();
    let padded = text.len() + text.len() % 2;
    bytes.extend_from_slice(&u32::try_from(padded).expect("short").to_le_bytes());
    bytes.extend_from_slice(text);
    bytes.resize(8 + padded, 0);
    bytes
}

fn us(number: u16, value: u16) -> Vec<u8> {
    element(0, number, &value.to_le_bytes())
}

pub fn echo_request(id: u16) -> Vec<u8> {
    let elements = [
        element(0, 0x0002, VERIFICATION.as_bytes()),
        us(0x0100, 0x0030),
        us(0x0110, id),
        us(0x0800, 0x0101),
    ];
    command(&elements)
}

pub fn store_request(id: u16, class: &str, instance: &str) -> Vec<u8> {
    let elements = [
        element(0, 0x0002, class.as_bytes()),
        us(0x0100, 0x0001),
        us(0x0110, id),
        us(0x0700, 0),
        us(0x0800, 0),
        element(0, 0x1000, instance.as_bytes()),
    ];
    command(&elements)
}

/// Puts the group length in front.
pub fn command(elements: &[Vec<u8>]) -> Vec<u8> {
    let rest = elements.concat();
    let length = u32::try_from(rest.len()).expect("short");
    [element(0, 0, &length.to_le_bytes()), rest].concat()
}

/// A complete small object of class Raw Data in implicit VR little endian.
pub fn object(class: &str, instance: &str, ballast: usize) -> Vec<u8> {
    [
        element(0x0008, 0x0016, class.as_bytes()),
        element(0x0008, 0x0018, instance.as_bytes()),
        element(0x0008, 0x0020, b"20260101"),
        element(0x0008, 0x0030, b"101500"),
        element(0x0008, 0x0050, b""),
        element(0x0008, 0x0060, b"OT"),
        element(0x0008, 0x0090, b""),
        element(0x0010, 0x0010, b"PHANTOM^NODE"),
        element(0x0010, 0x0020, b"DGSCOPE-NODE"),
        element(0x0010, 0x0030, b""),
        element(0x0010, 0x0040, b"O"),
        element(0x0020, 0x000D, b"1.2.3.100"),
        element(0x0020, 0x000E, b"1.2.3.100.1"),
        element(0x0020, 0x0010, b"1"),
        element(0x0020, 0x0011, b"1"),
        element(0x0020, 0x0013, b"1"),
        element(0x0042, 0x0011, &vec![0x55; ballast]),
    ]
    .concat()
}

impl Peer {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the node listens");
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).expect("a timeout");
        stream.set_nodelay(true).expect("a socket option");
        Self(stream)
    }

    /// Connects and negotiates; the body of the A-ASSOCIATE-AC.
    pub fn associate(address: SocketAddr, request: &Request) -> (Self, Vec<u8>) {
        let mut peer = Self::connect(address);
        peer.say(&request.bytes());
        let (kind, body) = peer.hear().expect("an answer");
        assert_eq!(kind, 2, "A-ASSOCIATE-AC");
        (peer, body)
    }

    /// Sends bytes; a node that is gone is noticed when it is heard.
    pub fn say(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// The next PDU; `None` when the node closed the connection.
    pub fn hear(&mut self) -> Option<Pdu> {
        let mut head = [0; 6];
        self.0.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([head[2], head[3], head[4], head[5]]);
        let mut body = vec![0; length as usize];
        self.0.read_exact(&mut body).ok()?;
        Some((head[0], body))
    }

    /// The whole next response: its command set, reassembled.
    pub fn response(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let (kind, body) = self.hear().expect("a response");
            assert_eq!(kind, 4, "P-DATA-TF, not {body:?}");
            let length = u32::from_be_bytes([body[0], body[1], body[2], body[3]]) as usize;
            assert_eq!(body.len(), length + 4, "one value a PDU");
            assert_eq!(body[5] & 1, 1, "a command");
            bytes.extend_from_slice(&body[6..]);
            if body[5] & 2 != 0 {
                return bytes;
            }
        }
    }

    /// Sends a C-STORE of `set` in pieces of `piece` bytes and gives the status.
    pub fn store(&mut self, context: u8, command: &[u8], set: &[u8], piece: usize) -> u16 {
        self.say(&data(context, true, true, command));
        if set.is_empty() {
            self.say(&data(context, false, true, &[]));
        }
        let count = set.chunks(piece).count();
        for (index, part) in set.chunks(piece).enumerate() {
            self.say(&data(context, false, index + 1 == count, part));
        }
        status(&self.response())
    }

    pub fn echo(&mut self) -> u16 {
        self.say(&data(1, true, true, &echo_request(1)));
        status(&self.response())
    }

    /// Source and reason of the A-ABORT that must come now.
    pub fn aborted(&mut self) -> (u8, u8) {
        let (kind, body) = self.hear().expect("an A-ABORT");
        assert_eq!(kind, 7, "A-ABORT, not {body:?}");
        (body[2], body[3])
    }

    /// Result, source and reason of the A-ASSOCIATE-RJ that must come now.
    pub fn rejected(&mut self) -> (u8, u8, u8) {
        let (kind, body) = self.hear().expect("an A-ASSOCIATE-RJ");
        assert_eq!(kind, 3, "A-ASSOCIATE-RJ, not {body:?}");
        (body[1], body[2], body[3])
    }

    pub fn release(mut self) {
        self.say(&pdu(5, &[0; 4]));
        let (kind, _) = self.hear().expect("an answer");
        assert_eq!(kind, 6, "A-RELEASE-RP");
    }
}

/// A value of a command set.
pub fn find(command: &[u8], number: u16) -> Option<&[u8]> {
    let mut at = 0;
    while at + 8 <= command.len() {
        let length = u32::from_le_bytes(command[at + 4..at + 8].try_into().ok()?) as usize;
        if command[at + 2..at + 4] == number.to_le_bytes() {
            return command.get(at + 8..at + 8 + length);
        }
        at += 8 + length;
    }
    None
}

pub fn status(command: &[u8]) -> u16 {
    let value = find(command, 0x0900).expect("a status");
    u16::from_le_bytes([value[0], value[1]])
}
