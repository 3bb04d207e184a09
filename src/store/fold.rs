//! Text as people search it: without case, accents and widths (ST2), and person names as F2 compares them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case, compatibility forms resolved, accents dropped, runs of blanks made one.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        folded.push_str(text);
        folded.make_ascii_lowercase();
    } else {
        let plain = text.nfkd().filter(|c| !is_combining_mark(*c));
        folded.extend(plain.flat_map(char::to_lowercase).map(unaccented));
    }
    let mut words = folded.split_whitespace();
    let first = words.next().unwrap_or("").to_owned();
    words.fold(first, |mut line, word| {
        line.push(' ');
        line.push_str(word);
        line
    })
}

/// Letters that Unicode does not decompose but people type without their stroke.
fn unaccented(letter: char) -> char {
    match letter {
        'ø' => 'o',
        'đ' | 'ð' => 'd',
        'ł' => 'l',
        'ħ' => 'h',
        'ı' => 'i',
        'ŧ' => 't',
        'ς' => 'σ',
        other => other,
    }
}

/// A person name for comparison and search: folded, trailing `^` and blanks of each component group dropped.
pub fn fold_name(name: &str) -> String {
    let groups: Vec<String> = name.split('=').map(fold_group).collect();
    groups.join("=").trim_end_matches('=').to_owned()
}

fn fold_group(group: &str) -> String {
    let components: Vec<String> = group.split('^').map(fold).collect();
    components.join("^").trim_end_matches('^').to_owned()
}

/// Words of a search, folded; carets and equal signs separate too, as people paste names in DICOM form.
pub fn search_words(search: &str) -> Vec<String> {
    let folded = fold(&search.replace(['^', '='], " "));
    folded
        .split(' ')
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_widths_do_not_matter() {
        assert_eq!(fold("  Müller  ÅSA "), "muller asa");
        assert_eq!(fold("Łódź Søren"), "lodz soren");
        assert_eq!(fold("ＡＢＣ ﾔﾏﾀﾞ"), fold("abc ヤマダ"));
    }

    #[test]
    fn names_are_compared_by_component() {
        assert_eq!(fold_name("DOE^JANE^^^"), fold_name("Doe ^jane"));
        assert_ne!(fold_name("DOE^JANE"), fold_name("DOE^^JANE"));
        assert_eq!(fold_name("Yamada^Taro=山田^太郎="), "yamada^taro=山田^太郎");
    }

    #[test]
    fn a_search_is_a_set_of_words() {
        assert_eq!(search_words("Doe^Jané  12"), ["doe", "jane", "12"]);
    }
}
