//! A peer that is called: it accepts one association and then does what the test wants, right or wrong.

use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use super::scripted_peer::{Peer, command, data, element, find, item, pdu};

/// One association that somebody opened to us.
pub struct Called {
    pub peer: Peer,
    /// Body of the A-ASSOCIATE-RQ.
    pub request: Vec<u8>,
    /// Proposed contexts: id, class, first transfer syntax.
    pub contexts: Vec<(u8, String, String)>,
}

/// A request as it came.
pub struct Asked {
    pub context: u8,
    pub command: Vec<u8>,
    pub data_set: Vec<u8>,
}

impl Asked {
    pub fn field(&self) -> u16 {
        number(&self.command, 0x0100)
    }

    pub fn message_id(&self) -> u16 {
        number(&self.command, 0x0110)
    }
}

pub fn number(command: &[u8], number: u16) -> u16 {
    let value = find(command, number).expect("the element");
    u16::from_le_bytes([value[0], value[1]])
}

/// Listens on a free port, serves one connection with `script`, and gives back what that gives.
pub fn serve<T: Send + 'static>(
    script: impl FnOnce(Called) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    listen(move |listener| script(called(&listener)))
}

/// What a peer does with a connection.
pub type Script = fn(Called);

/// As [`serve`] for one connection after the other.
pub fn serve_each(scripts: Vec<Script>) -> (SocketAddr, JoinHandle<()>) {
    listen(move |listener| {
        for script in scripts {
            script(called(&listener));
        }
    })
}

fn listen<T: Send + 'static>(
    work: impl FnOnce(TcpListener) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    (address, std::thread::spawn(move || work(listener)))
}

/// As [`serve`], for so many connections, one after the other.
pub fn serve_many<T: Send + 'static>(
    count: usize,
    script: impl Fn(Called) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<Vec<T>>) {
    listen(move |listener| (0..count).map(|_| script(called(&listener))).collect())
}

/// Takes the next connection and hears the request for an association.
fn called(listener: &TcpListener) -> Called {
    let (stream, _) = listener.accept().expect("a caller");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a timeout");
    stream.set_nodelay(true).expect("a socket option");
    let mut peer = Peer(stream);
    let (kind, request) = peer.hear().expect("an association request");
    assert_eq!(kind, 1, "A-ASSOCIATE-RQ");
    let contexts = proposed(&request);
    Called {
        peer,
        request,
        contexts,
    }
}

/// Sub-items of a PDU body: kind and value.
fn items(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut found = Vec::new();
    while let [kind, _, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        found.push((*kind, &rest[..length]));
        bytes = &rest[length..];
    }
    found
}

fn proposed(request: &[u8]) -> Vec<(u8, String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    items(&request[68..])
        .into_iter()
        .filter(|(kind, _)| *kind == 0x20)
        .map(|(_, value)| {
            let inside = items(&value[4..]);
            let of = |wanted: u8| {
                let mut found = inside.iter().filter(|(kind, _)| *kind == wanted);
                text(found.next().expect("a sub-item").1)
            };
            (value[0], of(0x30), of(0x40))
        })
        .collect()
}

impl Called {
    /// Accepts every context in its first transfer syntax.
    pub fn accept(&mut self) {
        let mut body = vec![0, 1, 0, 0];
        body.extend_from_slice(&self.request[4..68]);
        body.extend(item(0x10, b"1.2.840.10008.3.1.1.1"));
        for (id, _, syntax) in &self.contexts {
            let mut value = vec![*id, 0, 0, 0];
            value.extend(item(0x40, syntax.as_bytes()));
            body.extend(item(0x21, &value));
        }
        let mut user = item(0x51, &16384u32.to_be_bytes());
        user.extend(item(0x52, b"1.2.3.4"));
        body.extend(item(0x50, &user));
        self.peer.say(&pdu(2, &body));
    }

    /// Refuses every context, without the transfer syntax item that the standard wants even then.
    pub fn accept_nothing(&mut self) {
        let mut body = vec![0, 1, 0, 0];
        body.extend_from_slice(&self.request[4..68]);
        for (id, ..) in &self.contexts {
            body.extend_from_slice(&[0x21, 0, 0, 4, *id, 0, 3, 0]);
        }
        body.extend_from_slice(&[0x50, 0, 0, 8, 0x51, 0, 0, 4, 0, 0, 64, 0]);
        self.peer.say(&pdu(2, &body));
    }

    /// Says nothing until the caller gives up.
    pub fn stall(&mut self) {
        while self.peer.hear().is_some() {}
    }

    /// The next message, or `None` when the caller releases (answered), aborts or is gone.
    pub fn asked(&mut self) -> Option<Asked> {
        let (mut command, mut data_set) = (Vec::new(), Vec::new());
        let mut context = 0;
        let mut whole = false;
        loop {
            let (kind, body) = self.peer.hear()?;
            if kind == 5 {
                self.peer.say(&pdu(6, &[0; 4]));
                return None;
            }
            if kind != 4 {
                return None;
            }
            let mut rest = body.as_slice();
            while rest.len() >= 6 {
                let length = u32::from_be_bytes([rest[0], rest[1], rest[2], rest[3]]) as usize;
                let (is_command, is_last) = (rest[5] & 1 != 0, rest[5] & 2 != 0);
                context = rest[4];
                let part = &rest[6..4 + length];
                if is_command {
                    command.extend_from_slice(part);
                    let last_without_set = is_last && number(&command, 0x0800) == 0x0101;
                    whole |= last_without_set;
                } else {
                    data_set.extend_from_slice(part);
                    whole |= is_last;
                }
                rest = &rest[4 + length..];
            }
            if whole {
                return Some(Asked {
                    context,
                    command,
                    data_set,
                });
            }
        }
    }

    /// Answers: status, further elements of the command set, and a data set.
    pub fn answer(&mut self, asked: &Asked, status: u16, further: &[Vec<u8>], set: Option<&[u8]>) {
        let elements = response(
            asked.field(),
            asked.message_id(),
            status,
            further,
            set.is_some(),
        );
        self.peer.say(&data(asked.context, true, true, &elements));
        if let Some(set) = set {
            self.peer.say(&data(asked.context, false, true, set));
        }
    }
}

pub fn us(number: u16, value: u16) -> Vec<u8> {
    element(0, number, &value.to_le_bytes())
}

/// A response's command set.
pub fn response(
    field: u16,
    message_id: u16,
    status: u16,
    further: &[Vec<u8>],
    has_set: bool,
) -> Vec<u8> {
    let mut elements = vec![
        us(0x0100, field | 0x8000),
        us(0x0120, message_id),
        us(0x0800, if has_set { 1 } else { 0x0101 }),
        us(0x0900, status),
    ];
    elements.extend_from_slice(further);
    command(&elements)
}
