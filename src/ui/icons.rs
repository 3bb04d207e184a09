//! Code points of the one icon set, Phosphor 2.1 (MIT, `assets/icons`), drawn as text of the interface font family.

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*

        /// Every icon the program uses; a test looks each one up in the font.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $code)),*];
    };
}

icons! {
    /// Study list.
    STUDIES = "\u{e2f2}";
    /// Images.
    VIEWER = "\u{e836}";
    /// Films
    FILM = "\u{e3dc}";
    /// Jobs.
    ACTIVITY = "\u{e000}";
    /// Settings.
    SETTINGS = "\u{e272}";
    /// Help.
    HELP = "\u{e3e8}";
    /// Search.
    SEARCH = "\u{e30c}";
    /// Close, clear, cancel.
    CLOSE = "\u{e4f6}";
    /// Add.
    ADD = "\u{e3d4}";
    /// Less.
    REMOVE = "\u{e32a}";
    /// Change.
    EDIT = "\u{e3b4}";
    /// Import into the store.
    IMPORT = "\u{e20c}";
    /// Export out of the store.
    EXPORT = "\u{e4c0}";
    /// A folder.
    FOLDER = "\u{e256}";
    /// A file.
    FILE = "\u{e230}";
    /// A readable document.
    DOCUMENT = "\u{e23a}";
    /// Delete.
    DELETE = "\u{e4a6}";
    /// Pinned.
    PIN = "\u{e3e2}";
    /// No longer pinned.
    UNPIN = "\u{e3e4}";
    /// Copy to the clipboard.
    COPY = "\u{e1ca}";
    /// Collapsed row, next.
    RIGHT = "\u{e13a}";
    /// Expanded row.
    DOWN = "\u{e136}";
    /// Upwards.
    UP = "\u{e13c}";
    /// Previous.
    LEFT = "\u{e138}";
    /// Sorted upwards.
    SORT_UP = "\u{e08e}";
    /// Sorted downwards.
    SORT_DOWN = "\u{e03e}";
    /// A warning.
    WARNING = "\u{e4e0}";
    /// A failure.
    FAILURE = "\u{e4e2}";
    /// Done, chosen.
    CHECK = "\u{e182}";
    /// Done well.
    DONE = "\u{e184}";
    /// Information.
    INFO = "\u{e2ce}";
    /// The node listens.
    LISTENING = "\u{e0f2}";
    /// The node is off.
    UNPLUGGED = "\u{eb56}";
    /// A connection test.
    CONNECT = "\u{eb5a}";
    /// Disk space.
    DISK = "\u{e29e}";
    /// Drawn by the processor.
    PROCESSOR = "\u{e610}";
    /// Drawn by a graphics card.
    GRAPHICS_CARD = "\u{e612}";
    /// A display.
    MONITOR = "\u{e32e}";
    /// Filter.
    FILTER = "\u{e266}";
    /// Dates.
    CALENDAR = "\u{e10a}";
    /// Columns of a table.
    COLUMNS = "\u{e546}";
    /// More.
    MORE = "\u{e1fe}";
    /// Visible.
    VISIBLE = "\u{e220}";
    /// Hidden.
    HIDDEN = "\u{e224}";
    /// Cine runs.
    PLAY = "\u{e3d0}";
    /// Cine stands.
    PAUSE = "\u{e39e}";
    /// Stop.
    STOP = "\u{e46c}";
    /// First image.
    FIRST = "\u{e5a4}";
    /// Last image.
    LAST = "\u{e5a6}";
    /// Rotate left.
    ROTATE_LEFT = "\u{e038}";
    /// Rotate right.
    ROTATE_RIGHT = "\u{e036}";
    /// Flip horizontally.
    FLIP_HORIZONTAL = "\u{ed6a}";
    /// Flip vertically.
    FLIP_VERTICAL = "\u{ed6c}";
    /// Invert.
    INVERT = "\u{e18c}";
    /// Window and level.
    WINDOW = "\u{e18e}";
    /// Zoom.
    ZOOM = "\u{e310}";
    /// Pan.
    PAN = "\u{e298}";
    /// Fit into the cell.
    FIT = "\u{e626}";
    /// One image pixel on one screen pixel.
    ONE_TO_ONE = "\u{e36c}";
    /// Scroll through a stack.
    SCROLL = "\u{eb04}";
    /// A stack of images.
    STACK = "\u{e466}";
    /// Layout of cells.
    LAYOUT = "\u{e296}";
    /// Undo.
    UNDO = "\u{e08a}";
    /// Redo.
    REDO = "\u{e08c}";
    /// Corner text.
    TEXT = "\u{e48a}";
    /// Overlays.
    OVERLAY = "\u{e746}";
    /// Pixel probe.
    PROBE = "\u{e1d6}";
    /// Loop.
    LOOP = "\u{e3f6}";
    /// Sorting.
    SORT = "\u{e444}";
    /// People.
    PEERS = "\u{edde}";
    /// Access list.
    ACCESS = "\u{e40c}";
    /// Turned away.
    REFUSED = "\u{e3de}";
    /// Storage.
    STORAGE = "\u{e1de}";
    /// Appearance.
    APPEARANCE = "\u{e6c8}";
    /// Send.
    SEND = "\u{e398}";
    /// Time.
    CLOCK = "\u{e19a}";
    /// Drawing tools.
    MEASURE = "\u{e906}";
    /// A length.
    LENGTH = "\u{e6d2}";
    /// The angle between two lines.
    COBB = "\u{e12c}";
    /// An ellipse.
    ELLIPSE = "\u{e812}";
    /// A circle.
    CIRCLE = "\u{eb08}";
    /// A rectangle.
    RECTANGLE = "\u{e3f0}";
    /// A polygon.
    POLYGON = "\u{e6d0}";
    /// A line drawn freely.
    FREEHAND = "\u{e662}";
    /// One pixel.
    POINT = "\u{ece0}";
    /// An arrow.
    ARROW = "\u{e092}";
    /// Straight segments.
    POLYLINE = "\u{e6d4}";
    /// A smooth line.
    CURVE = "\u{eb00}";
    /// Words on the image.
    WORDS = "\u{e6ee}";
    /// A rectangular shutter.
    SHUTTER_RECTANGLE = "\u{e1d4}";
    /// A circular shutter.
    SHUTTER_CIRCLE = "\u{e00a}";
    /// A polygonal shutter.
    SHUTTER_POLYGON = "\u{e2ae}";
    /// No shutter.
    NO_SHUTTER = "\u{e21e}";
    /// Keep as an object.
    SAVE = "\u{e248}";
    /// A list.
    LIST = "\u{e2f6}";
    /// A patient.
    PATIENT = "\u{e4c2}";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fonts;
    use crate::ui::theme::Theme;

    #[test]
    fn every_icon_is_in_the_font() {
        let context = egui::Context::default();
        context.set_fonts(fonts::definitions(None));
        let mut missing = Vec::new();
        // Fonts that were set count from the next pass on.
        for _ in 0..2 {
            let output = context.run_ui(egui::RawInput::default(), |ui| {
                let font = Theme::font(14.0);
                missing = ALL
                    .iter()
                    .filter(|(_, icon)| !ui.fonts_mut(|fonts| fonts.has_glyphs(&font, icon)))
                    .map(|(name, _)| *name)
                    .collect();
            });
            output.drop_without_applying_deltas();
        }
        assert!(missing.is_empty(), "{missing:?}");
    }
}
