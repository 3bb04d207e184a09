//! The bundled fonts: Inter with tabular figures (OFL), Phosphor icons (MIT); for other scripts a system font found by path.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
const SEMIBOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
const ICONS: &[u8] = include_bytes!("../../assets/icons/Phosphor.ttf");

/// Where systems keep a font with Chinese, Japanese and Korean glyphs; the first that exists is taken.
const CJK_PATHS: &[&str] = &[
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "C:\\Windows\\Fonts\\msyh.ttc",
];

/// The family of titles and emphasised text.
pub fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// All fonts; `fallback` are the bytes of a system font for scripts that the bundled ones lack.
pub fn definitions(fallback: Option<Vec<u8>>) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mut add = |name: &str, data: FontData| {
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
    };
    add("inter", FontData::from_static(REGULAR));
    add("inter-semibold", FontData::from_static(SEMIBOLD));
    let mut icons = FontData::from_static(ICONS);
    // Phosphor's em box sits above the text baseline; this centres an icon on the x-height beside it.
    icons.tweak.y_offset_factor = 0.1;
    add("phosphor", icons);
    let mut after: Vec<String> = vec!["phosphor".to_owned()];
    if let Some(bytes) = fallback {
        add("system", FontData::from_owned(bytes));
        after.push("system".to_owned());
    }
    for (family, first) in [
        (FontFamily::Proportional, "inter"),
        (semibold(), "inter-semibold"),
    ] {
        let builtin = FontDefinitions::default().families[&FontFamily::Proportional].clone();
        let names = std::iter::once(first.to_owned())
            .chain(after.iter().cloned())
            .chain(builtin)
            .collect();
        fonts.families.insert(family, names);
    }
    fonts
}

/// Whether `text` needs glyphs that only a system font has (ideographic name groups).
pub fn needs_fallback(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}'))
}

/// The system's font for those glyphs, if it has one.
pub fn fallback_path() -> Option<PathBuf> {
    CJK_PATHS.iter().map(PathBuf::from).find(|p| p.is_file())
}
