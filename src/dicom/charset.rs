//! Text of any Specific Character Set (0008,0005) as UTF-8 (PS3.5 §6.1, PS3.3 C.12.1.1.2; statement section 7).
//!
//! Single-byte sets, the three Unicode-like ones, and ISO 2022 code extensions with their return to the initial state at every
//! delimiter. Nothing fails: a byte that means nothing in its set becomes U+FFFD, so a reader sees that something is missing.

use std::sync::Arc;

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GB18030, GBK};

const ESCAPE: u8 = 0x1B;
const UNREADABLE: char = char::REPLACEMENT_CHARACTER;

/// The character sets of a data set, first value initial, others reached by ISO 2022 escapes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CharacterSet {
    /// Defined terms as written, in order. Empty means ISO-IR 6, and bytes above are read as ISO-IR 100.
    pub terms: Arc<[String]>,
}

impl CharacterSet {
    /// The character set that the values of (0008,0005) name.
    pub fn new(terms: &[String]) -> Self {
        Self {
            terms: terms.into(),
        }
    }

    /// Decodes raw bytes of a single text; never fails: what cannot be decoded becomes U+FFFD.
    pub fn decode(&self, bytes: &[u8]) -> String {
        self.decode_until(bytes, b"")
    }

    /// Decodes a text with several values, separated by backslashes: a backslash inside a two-byte character separates nothing.
    pub fn decode_values(&self, bytes: &[u8]) -> Vec<String> {
        self.decode_until(bytes, b"\\")
            .split('\\')
            .map(str::to_owned)
            .collect()
    }

    /// Decodes person names: as values, and escapes end at the delimiters of name components as well (PS3.5 §6.1.2.5.3).
    pub fn decode_names(&self, bytes: &[u8]) -> Vec<String> {
        self.decode_until(bytes, b"\\^=")
            .split('\\')
            .map(str::to_owned)
            .collect()
    }

    fn decode_until(&self, bytes: &[u8], delimiters: &[u8]) -> String {
        let initial = self.initial();
        let plain = |byte: &u8| byte.is_ascii() && *byte != ESCAPE;
        if bytes.iter().all(plain)
            && !matches!(initial, Initial::Sets(State { g0: G0::Romaji, .. }))
        {
            return bytes.iter().map(|byte| char::from(*byte)).collect();
        }
        match initial {
            Initial::Whole(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Initial::Sets(state) => decode_sets(bytes, state, delimiters),
        }
    }

    /// Whether every term is a defined one (PS3.3 C.12.1.1.2).
    pub fn is_known(&self) -> bool {
        let known = |(index, term): (usize, &String)| match term.trim() {
            "" => index == 0,
            "ISO_IR 6" | "ISO_IR 13" | "ISO_IR 192" | "GB18030" | "GBK" => true,
            "ISO 2022 IR 6" | "ISO 2022 IR 159" => true,
            term => match term.strip_prefix("ISO 2022 IR ") {
                Some(number) => ESCAPES.iter().any(|(known, _)| *known == number),
                None => term
                    .strip_prefix("ISO_IR ")
                    .is_some_and(|number| single_byte(number).is_some()),
            },
        };
        self.terms.iter().enumerate().all(known)
    }

    /// Encodes a text in these sets; `None` when a character is in none of them.
    pub fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match self.initial() {
            Initial::Whole(encoding) => {
                let (bytes, _, unmappable) = encoding.encode(text);
                (!unmappable).then(|| bytes.into_owned())
            }
            Initial::Sets(initial) => encode_sets(text, initial, &self.escapes()),
        }
    }

    /// The designations that the terms allow, with the bytes after the escape.
    fn escapes(&self) -> Vec<(&'static [u8], State)> {
        let none = State {
            g0: G0::Ascii,
            g1: G1::None,
        };
        let extended = self
            .terms
            .iter()
            .filter_map(|term| term.trim().strip_prefix("ISO 2022 IR "));
        let bytes = extended.filter_map(|number| ESCAPES.iter().find(|(n, _)| *n == number));
        bytes
            .filter_map(|(_, escape)| Some((*escape, designation(escape, none)?.0)))
            .collect()
    }

    fn initial(&self) -> Initial {
        let Some(term) = self.terms.first() else {
            return Initial::Sets(State {
                g0: G0::Ascii,
                g1: G1::Latin1,
            });
        };
        let name: String = term.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_uppercase();
        match name.as_str() {
            "ISOIR192" | "UTF8" => return Initial::Whole(encoding_rs::UTF_8),
            "GB18030" => return Initial::Whole(GB18030),
            "GBK" | "ISO2022GBK" => return Initial::Whole(GBK),
            _ => {}
        }
        let number = name
            .strip_prefix("ISO2022IR")
            .or_else(|| name.strip_prefix("ISOIR"));
        let g1 = match number {
            Some("13") => {
                return Initial::Sets(State {
                    g0: G0::Romaji,
                    g1: G1::Katakana,
                });
            }
            Some("149") => G1::Korean,
            Some("58") => G1::Chinese,
            Some(number) => single_byte(number).unwrap_or(G1::None),
            None => G1::None,
        };
        Initial::Sets(State { g0: G0::Ascii, g1 })
    }
}

/// How a text starts.
enum Initial {
    /// One encoding from the first to the last byte, without escapes.
    Whole(&'static Encoding),
    Sets(State),
}

/// What bytes below 0x80 mean.
#[derive(Clone, Copy, PartialEq)]
enum G0 {
    Ascii,
    /// JIS X 0201: a yen sign and an overline differ from ASCII.
    Romaji,
    /// JIS X 0208, two bytes.
    Kanji,
    /// JIS X 0212, two bytes.
    SupplementaryKanji,
}

/// What bytes from 0xA0 mean.
#[derive(Clone, Copy, PartialEq)]
enum G1 {
    None,
    Latin1,
    Table(&'static Encoding),
    /// JIS X 0201.
    Katakana,
    /// KS X 1001, two bytes.
    Korean,
    /// GB 2312, two bytes.
    Chinese,
}

#[derive(Clone, Copy, PartialEq)]
struct State {
    g0: G0,
    g1: G1,
}

/// The G1 set of a single-byte ISO registration number (PS3.3 Table C.12-2).
fn single_byte(number: &str) -> Option<G1> {
    Some(match number {
        "100" => G1::Latin1,
        "101" => G1::Table(encoding_rs::ISO_8859_2),
        "109" => G1::Table(encoding_rs::ISO_8859_3),
        "110" => G1::Table(encoding_rs::ISO_8859_4),
        "126" => G1::Table(encoding_rs::ISO_8859_7),
        "127" => G1::Table(encoding_rs::ISO_8859_6),
        "138" => G1::Table(encoding_rs::ISO_8859_8),
        "144" => G1::Table(encoding_rs::ISO_8859_5),
        // The Windows sets equal ISO 8859-9 and TIS 620 from 0xA0 on, and below nothing is looked up.
        "148" => G1::Table(encoding_rs::WINDOWS_1254),
        "166" => G1::Table(encoding_rs::WINDOWS_874),
        "203" => G1::Table(encoding_rs::ISO_8859_15),
        _ => return None,
    })
}

/// What an escape sequence designates, and its length without the escape byte (PS3.3 Tables C.12-3 and C.12-4).
fn designation(rest: &[u8], state: State) -> Option<(State, usize)> {
    let g0 = |g0| State { g0, ..state };
    let g1 = |g1| State { g1, ..state };
    let number = match rest {
        [b'$', b')', b'C', ..] => return Some((g1(G1::Korean), 3)),
        [b'$', b')', b'A', ..] => return Some((g1(G1::Chinese), 3)),
        [b'$', b'(', b'D', ..] => return Some((g0(G0::SupplementaryKanji), 3)),
        [b'$', b'B' | b'@', ..] => return Some((g0(G0::Kanji), 2)),
        [b'(', b'B', ..] => return Some((g0(G0::Ascii), 2)),
        [b'(', b'J', ..] => return Some((g0(G0::Romaji), 2)),
        [b')', b'I', ..] => return Some((g1(G1::Katakana), 2)),
        [b'-', b'A', ..] => "100",
        [b'-', b'B', ..] => "101",
        [b'-', b'C', ..] => "109",
        [b'-', b'D', ..] => "110",
        [b'-', b'F', ..] => "126",
        [b'-', b'G', ..] => "127",
        [b'-', b'H', ..] => "138",
        [b'-', b'L', ..] => "144",
        [b'-', b'M', ..] => "148",
        [b'-', b'T', ..] => "166",
        [b'-', b'b', ..] => "203",
        _ => return None,
    };
    Some((g1(single_byte(number)?), 2))
}

/// What designates the set of a registration number, after the escape byte (PS3.3 Tables C.12-3 and C.12-4).
const ESCAPES: &[(&str, &[u8])] = &[
    ("13", b")I"),
    ("58", b"$)A"),
    ("87", b"$B"),
    ("100", b"-A"),
    ("101", b"-B"),
    ("109", b"-C"),
    ("110", b"-D"),
    ("126", b"-F"),
    ("127", b"-G"),
    ("138", b"-H"),
    ("144", b"-L"),
    ("148", b"-M"),
    ("149", b"$)C"),
    ("166", b"-T"),
    ("203", b"-b"),
];

/// Character by character, escapes where a set changes; before every delimiter the initial state is restored (PS3.5 §6.1.2.5.3).
fn encode_sets(text: &str, initial: State, escapes: &[(&[u8], State)]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut state = initial;
    for c in text.chars() {
        if matches!(c, '\\' | '^' | '=') || (c.is_ascii_control() && c != '\u{1b}') {
            restore_g0(&mut state, initial, &mut bytes);
            state = initial;
            bytes.push(c as u8);
            continue;
        }
        if let Some(code) = in_g0(c, state.g0).or_else(|| in_g1(c, state.g1)) {
            bytes.extend(code);
            continue;
        }
        if let Some(code) = in_g0(c, initial.g0) {
            restore_g0(&mut state, initial, &mut bytes);
            bytes.extend(code);
            continue;
        }
        let reach = |(escape, set): &(&[u8], State)| {
            let in_second = in_g1(c, set.g1).map(|code| {
                (
                    State {
                        g1: set.g1,
                        ..state
                    },
                    code,
                )
            });
            let in_first = || {
                in_g0(c, set.g0).map(|code| {
                    (
                        State {
                            g0: set.g0,
                            ..state
                        },
                        code,
                    )
                })
            };
            let (next, code) = in_second.or_else(in_first)?;
            Some((escape.to_vec(), next, code))
        };
        let (escape, next, code) = escapes.iter().find_map(reach)?;
        bytes.push(ESCAPE);
        bytes.extend(escape);
        bytes.extend(code);
        state = next;
    }
    restore_g0(&mut state, initial, &mut bytes);
    Some(bytes)
}

fn restore_g0(state: &mut State, initial: State, bytes: &mut Vec<u8>) {
    if state.g0 != initial.g0 {
        let escape = if initial.g0 == G0::Romaji {
            b"(J"
        } else {
            b"(B"
        };
        bytes.push(ESCAPE);
        bytes.extend(escape);
        state.g0 = initial.g0;
    }
}

/// The code of a character below 0x80.
fn in_g0(c: char, g0: G0) -> Option<Vec<u8>> {
    match g0 {
        G0::Ascii => (c.is_ascii() && c != '\u{1b}').then(|| vec![c as u8]),
        G0::Romaji => match c {
            '\u{203E}' => Some(vec![0x7E]),
            '~' | '\u{1b}' => None,
            _ => c.is_ascii().then(|| vec![c as u8]),
        },
        G0::Kanji => {
            let pair = two_bytes(c, EUC_JP)?;
            Some(pair.iter().map(|byte| byte & 0x7F).collect())
        }
        // No encoder is at hand, and every name can be written without this set in Unicode.
        G0::SupplementaryKanji => None,
    }
}

/// The code of a character from 0xA0 on.
fn in_g1(c: char, g1: G1) -> Option<Vec<u8>> {
    match g1 {
        G1::None => None,
        G1::Latin1 => ('\u{A0}'..='\u{FF}').contains(&c).then(|| vec![c as u8]),
        G1::Table(encoding) => {
            let text = c.to_string();
            let (bytes, _, unmappable) = encoding.encode(&text);
            (!unmappable && matches!(*bytes, [0xA0..=0xFF])).then(|| bytes.into_owned())
        }
        G1::Katakana => {
            let offset = u32::from(c).checked_sub(0xFF61)?;
            u8::try_from(offset + 0xA1)
                .ok()
                .filter(|byte| *byte <= 0xDF)
                .map(|byte| vec![byte])
        }
        G1::Korean => two_bytes(c, EUC_KR),
        G1::Chinese => two_bytes(c, GBK),
    }
}

/// A character of a 94 by 94 set.
fn two_bytes(c: char, encoding: &'static Encoding) -> Option<Vec<u8>> {
    let text = c.to_string();
    let (bytes, _, unmappable) = encoding.encode(&text);
    let is_pair = matches!(*bytes, [0xA1..=0xFE, 0xA1..=0xFE]);
    (!unmappable && is_pair).then(|| bytes.into_owned())
}

fn decode_sets(bytes: &[u8], initial: State, delimiters: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut state = initial;
    let mut rest = bytes;
    while let [byte, following @ ..] = rest {
        let used = match *byte {
            ESCAPE => match designation(following, state) {
                Some((designated, length)) => {
                    state = designated;
                    1 + length
                }
                None => {
                    text.push(UNREADABLE);
                    1
                }
            },
            // Line ends, tabs and page breaks end every designation, within two-byte sets too.
            control @ 0..0x20 => {
                state = reset(state, initial);
                text.push(char::from(control));
                1
            }
            0..0x80 => low(rest, state.g0, &mut text),
            _ => high(rest, state.g1, &mut text),
        };
        let single = matches!(state.g0, G0::Ascii | G0::Romaji);
        if single && delimiters.contains(byte) {
            state = reset(state, initial);
        }
        rest = rest.get(used..).unwrap_or_default();
    }
    text
}

/// Back to the initial designations. Where nothing is designated initially, bytes above 0x7F keep their last meaning: they have
/// no other, and some writers do not repeat the escape.
fn reset(state: State, initial: State) -> State {
    match initial.g1 {
        G1::None => State {
            g1: state.g1,
            ..initial
        },
        _ => initial,
    }
}

/// Decodes one character that starts below 0x80; returns how many bytes it took.
fn low(bytes: &[u8], g0: G0, text: &mut String) -> usize {
    let byte = bytes[0];
    match (g0, bytes) {
        (G0::Ascii, _) => text.push(char::from(byte)),
        // As a delimiter the code of the yen sign is the backslash; it separates before anyone sees it.
        (G0::Romaji, _) => text.push(if byte == 0x7E {
            '\u{203E}'
        } else {
            char::from(byte)
        }),
        (_, [0x20, ..]) => text.push(' '),
        (G0::Kanji, [_, second @ 0x21..=0x7E, ..]) => {
            return pair(EUC_JP, &[byte | 0x80, second | 0x80], text);
        }
        (G0::SupplementaryKanji, [_, second @ 0x21..=0x7E, ..]) => {
            return pair(EUC_JP, &[0x8F, byte | 0x80, second | 0x80], text);
        }
        (G0::Kanji | G0::SupplementaryKanji, _) => text.push(UNREADABLE),
    }
    1
}

/// Decodes one character that starts at 0x80 or above; returns how many bytes it took.
fn high(bytes: &[u8], g1: G1, text: &mut String) -> usize {
    let byte = bytes[0];
    match (g1, bytes) {
        (_, [0x80..=0x9F, ..]) | (G1::None, _) => text.push(UNREADABLE),
        (G1::Latin1, _) => text.push(char::from(byte)),
        (G1::Table(encoding), _) => text.push_str(&encoding.decode_without_bom_handling(&[byte]).0),
        (G1::Katakana, [0xA1..=0xDF, ..]) => {
            text.push(char::from_u32(0xFF61 + u32::from(byte - 0xA1)).unwrap_or(UNREADABLE));
        }
        (G1::Korean, [_, second @ 0xA1..=0xFE, ..]) => return pair(EUC_KR, &[byte, *second], text),
        (G1::Chinese, [_, second @ 0xA1..=0xFE, ..]) => return pair(GBK, &[byte, *second], text),
        (G1::Katakana | G1::Korean | G1::Chinese, _) => text.push(UNREADABLE),
    }
    1
}

fn pair(encoding: &'static Encoding, bytes: &[u8], text: &mut String) -> usize {
    let (decoded, malformed) = encoding.decode_without_bom_handling(bytes);
    if malformed {
        text.push(UNREADABLE);
    } else {
        text.push_str(&decoded);
    }
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(terms: &[&str]) -> CharacterSet {
        CharacterSet::new(
            &terms
                .iter()
                .map(|term| (*term).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn single_byte_sets_decode_as_their_registrations_say() {
        let cases: &[(&str, &[u8], &str)] = &[
            ("ISO_IR 6", b"Smith", "Smith"),
            ("ISO_IR 100", b"Buc^J\xE9r\xF4me", "Buc^Jérôme"),
            ("ISO_IR 101", b"W\xB3adys\xB3aw", "Władysław"),
            ("ISO_IR 109", b"\xC6\xE6", "Ĉĉ"),
            ("ISO_IR 110", b"\xA2\xB3", "ĸŗ"),
            (
                "ISO_IR 126",
                b"\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2",
                "Διονυσιος",
            ),
            ("ISO_IR 127", b"\xE2\xC8\xC7\xE6\xEA", "قباني"),
            ("ISO_IR 138", b"\xF9\xF8\xE5\xEF", "שרון"),
            ("ISO_IR 144", b"\xBB\xEE\xDAce\xDC\xD1yp\xD3", "Люкceмбypг"),
            ("ISO_IR 148", b"\xC7a\xD0atay \xDD\xFE", "ÇaĞatay İş"),
            ("ISO_IR 166", b"\xB9\xD2\xC2", "นาย"),
            ("ISO_IR 203", b"\xA4 \xBD\xBE", "€ œŸ"),
            ("ISO_IR 13", b"\xD4\xCF\xC0\xDE^\xC0\xDB\xB3", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
            (
                "ISO_IR 192",
                "Wang^XiaoDong=王^小東".as_bytes(),
                "Wang^XiaoDong=王^小東",
            ),
            ("GB18030", b"Wang=\xCD\xF5^\xD0\xA1\xB6\xAB", "Wang=王^小东"),
            ("GBK", b"\x81\x5C", "乗"),
        ];
        for (term, bytes, text) in cases {
            assert_eq!(set(&[term]).decode(bytes), *text, "{term}");
        }
    }

    #[test]
    fn japanese_names_switch_sets_and_return_at_delimiters() {
        let bytes =
            b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B";
        let names = set(&["", "ISO 2022 IR 87"]).decode_names(bytes);
        assert_eq!(names, ["Yamada^Tarou=山田^太郎=やまだ^たろう"]);
        let bytes = b"\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J";
        let names = set(&["ISO 2022 IR 13", "ISO 2022 IR 87"]).decode_names(bytes);
        assert_eq!(names, ["ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"]);
        assert_eq!(
            set(&["", "ISO 2022 IR 159"]).decode(b"\x1B$(D0!\x1B(B"),
            "丂"
        );
    }

    #[test]
    fn korean_and_chinese_use_the_upper_half() {
        let bytes = b"Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF";
        let names = set(&["", "ISO 2022 IR 149"]).decode_names(bytes);
        assert_eq!(names, ["Hong^Gildong=洪^吉洞=홍^길동"]);
        let names =
            set(&["", "ISO 2022 IR 58"]).decode_names(b"Zhang=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1");
        assert_eq!(names, ["Zhang=张^小"]);
    }

    #[test]
    fn a_backslash_inside_a_two_byte_character_separates_nothing() {
        assert_eq!(set(&["GB18030"]).decode_values(b"\x81\x5C\\a"), ["乗", "a"]);
        // 0x5C is the second half of this JIS X 0208 character.
        assert_eq!(
            set(&["", "ISO 2022 IR 87"]).decode_values(b"\x1B$B0\x5C\x1B(B\\b"),
            ["移", "b"]
        );
    }

    #[test]
    fn escapes_end_at_values_and_lines_but_an_undesignated_half_keeps_its_meaning() {
        let latin = set(&["ISO 2022 IR 100", "ISO 2022 IR 126"]);
        assert_eq!(latin.decode_values(b"\x1B-F\xC4\\\xC4"), ["Δ", "Ä"]);
        assert_eq!(latin.decode(b"\x1B-F\xC4\r\n\xC4"), "Δ\r\nÄ");
        assert_eq!(
            set(&["", "ISO 2022 IR 149"]).decode(b"\x1B$)C\xB1\xE6\r\n\xB5\xBF"),
            "길\r\n동"
        );
    }

    #[test]
    fn what_means_nothing_is_visible_as_such() {
        assert_eq!(set(&["ISO_IR 6"]).decode(b"a\xE9b"), "a\u{FFFD}b");
        assert_eq!(set(&["ISO_IR 100"]).decode(b"\x92"), "\u{FFFD}");
        assert_eq!(set(&["ISO_IR 192"]).decode(b"\xFFa"), "\u{FFFD}a");
        assert_eq!(set(&["NO SUCH SET"]).decode(b"a\xE9"), "a\u{FFFD}");
        assert_eq!(set(&["", "ISO 2022 IR 87"]).decode(b"\x1B$B0"), "\u{FFFD}");
        assert_eq!(set(&["ISO_IR 100"]).decode(b"\x1B%G"), "\u{FFFD}%G");
        assert_eq!(CharacterSet::default().decode(b"J\xE9r\xF4me"), "Jérôme");
    }

    #[test]
    fn what_is_encoded_reads_the_same() {
        let cases: &[(&[&str], &str)] = &[
            (&["ISO_IR 100"], "Buc^Jérôme"),
            (&[], "Buc^Jérôme"),
            (&["ISO_IR 126"], "Διονυσιος"),
            (&["ISO_IR 144"], "Люкceмбypг"),
            (&["ISO_IR 192"], "Wang^XiaoDong=王^小東"),
            (&["GB18030"], "Wang^XiaoDong=王^小东"),
            (
                &["", "ISO 2022 IR 87"],
                "Yamada^Tarou=山田^太郎=やまだ^たろう",
            ),
            (&["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"),
            (&["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
            (&["", "ISO 2022 IR 58"], "Zhang^XiaoDong=张^小东"),
            (&["ISO 2022 IR 100", "ISO 2022 IR 126"], "Jérôme Διο é"),
        ];
        for (terms, text) in cases {
            let set = set(terms);
            let bytes = set.encode(text).expect("every character has a code");
            assert_eq!(set.decode_names(&bytes), [*text], "{terms:?}");
        }
    }

    #[test]
    fn a_character_without_code_is_not_replaced() {
        assert_eq!(set(&["ISO_IR 100"]).encode("王"), None);
        assert_eq!(set(&["ISO_IR 126"]).encode("Jérôme"), None);
        assert_eq!(set(&["", "ISO 2022 IR 149"]).encode("Ж\u{1F600}"), None);
    }
}
