//! Every text of the window by key, from `assets/locales/`: one `key = text` per line, `#` comments, `{name}` for what is filled in.
//! The texts of viewer, films, queries, display and network lie in files of their own.
//!
//! English is complete; another language falls back to it key by key, and a test keeps them complete.

use std::collections::HashMap;

use crate::workspace::Language;

const ENGLISH: [&str; 6] = [
    include_str!("../../assets/locales/en.txt"),
    include_str!("../../assets/locales/en-viewer.txt"),
    include_str!("../../assets/locales/en-film.txt"),
    include_str!("../../assets/locales/en-query.txt"),
    include_str!("../../assets/locales/en-display.txt"),
    include_str!("../../assets/locales/en-network.txt"),
];
const FRENCH: [&str; 6] = [
    include_str!("../../assets/locales/fr.txt"),
    include_str!("../../assets/locales/fr-viewer.txt"),
    include_str!("../../assets/locales/fr-film.txt"),
    include_str!("../../assets/locales/fr-query.txt"),
    include_str!("../../assets/locales/fr-display.txt"),
    include_str!("../../assets/locales/fr-network.txt"),
];

/// The texts of one language.
#[derive(Debug, Clone)]
pub struct Texts {
    language: Language,
    entries: HashMap<&'static str, &'static str>,
}

impl Texts {
    /// The texts of a language.
    pub fn new(language: Language) -> Self {
        let mut entries: HashMap<_, _> = entries(ENGLISH).collect();
        if language == Language::French {
            entries.extend(self::entries(FRENCH));
        }
        Self { language, entries }
    }

    /// Which language this is.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text of a key; a key without a text shows itself, so that the gap is seen.
    pub fn t<'a>(&'a self, key: &'a str) -> &'a str {
        self.entries.get(key).copied().unwrap_or(key)
    }

    /// The text of a key with `{name}` replaced by values.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut text = self.t(key).to_owned();
        for (name, value) in values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// The text of a count: `KEY.one` for 1, `KEY.many` else, with `{count}` filled in.
    pub fn count(&self, key: &str, count: u64) -> String {
        let form = if count == 1 { "one" } else { "many" };
        self.fill(&format!("{key}.{form}"), &[("count", &grouped(count))])
    }
}

/// A number with thin spaces between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

fn entries(files: [&'static str; 6]) -> impl Iterator<Item = (&'static str, &'static str)> {
    files.into_iter().flat_map(str::lines).filter_map(|line| {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        let (key, text) = line.split_once('=')?;
        Some((key.trim(), text.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_language_has_every_key_once() {
        let english: Vec<_> = entries(ENGLISH).map(|(key, _)| key).collect();
        let french: Vec<_> = entries(FRENCH).map(|(key, _)| key).collect();
        let unique = |keys: &[&'static str]| keys.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(english.len(), unique(&english).len(), "a key twice in en");
        assert_eq!(french.len(), unique(&french).len(), "a key twice in fr");
        assert_eq!(unique(&english), unique(&french));
    }

    #[test]
    fn placeholders_agree_between_languages() {
        let french: HashMap<_, _> = entries(FRENCH).collect();
        let names = |text: &str| -> BTreeSet<String> {
            text.split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_owned()))
                .collect()
        };
        for (key, text) in entries(ENGLISH) {
            assert_eq!(names(text), names(french[key]), "{key}");
        }
    }

    #[test]
    fn counts_choose_their_form_and_group_thousands() {
        assert_eq!(grouped(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(grouped(999), "999");
        let texts = Texts::new(Language::English);
        assert_eq!(texts.count("studies.count", 1), "1 study");
        assert_eq!(texts.count("studies.count", 2), "2 studies");
    }
}
