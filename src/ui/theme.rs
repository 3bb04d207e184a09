//! The look, in one place: colours, spacing, type scale, radii. Nothing else in `ui/` names a colour or a size of text.
//!
//! Calm greys of one hue let the image be the brightest thing on the screen. Blue means "chosen" or "focused" and nothing
//! else; amber is a warning, red a failure, yellow the lossy flag (F3).

use egui::epaint::Shadow;
use egui::style::{Selection, WidgetVisuals, Widgets};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Vec2};

use super::fonts;

/// Colours of what a person draws on images: none that a gray image has.
pub mod drawn {
    use egui::Color32;

    /// A shape.
    pub const SHAPE: Color32 = Color32::from_rgb(255, 214, 0);
    /// The selected shape, or the one being drawn.
    pub const SELECTED: Color32 = Color32::from_rgb(90, 220, 255);
    /// Around both, so that they are seen on white.
    pub const EDGE: Color32 = Color32::from_black_alpha(200);
}

/// Colours of one appearance.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Dark or light.
    pub dark: bool,
    /// Behind images: always black.
    pub viewer: Color32,
    /// The ground of a screen.
    pub ground: Color32,
    /// Rail, status bar, side panels.
    pub panel: Color32,
    /// Cards, sheets and menus, one step nearer to the reader.
    pub raised: Color32,
    /// Text fields.
    pub field: Color32,
    /// Buttons and chips at rest.
    pub control: Color32,
    /// The same under the pointer.
    pub control_hovered: Color32,
    /// The same while pressed.
    pub control_pressed: Color32,
    /// Thin lines between things.
    pub line: Color32,
    /// Outlines of controls.
    pub outline: Color32,
    /// Text one reads.
    pub text: Color32,
    /// Text that explains.
    pub text_weak: Color32,
    /// Text that is there if looked for.
    pub text_faint: Color32,
    /// Chosen or focused.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// The row that is chosen.
    pub selection: Color32,
    /// The row under the pointer.
    pub row_hovered: Color32,
    /// All is well.
    pub good: Color32,
    /// Attention (F8, disk nearly full).
    pub warning: Color32,
    /// Failure, conflict (F2).
    pub failure: Color32,
    /// Text on the failure colour.
    pub on_failure: Color32,
    /// The lossy flag (F3).
    pub lossy: Color32,
    /// A prior study (4.3).
    pub prior: Color32,
}

/// Distances in points, before the text size is applied.
pub mod space {
    /// Between an icon and its word.
    pub const TIGHT: f32 = 4.0;
    /// Between controls of one group.
    pub const SMALL: f32 = 8.0;
    /// Between groups.
    pub const MEDIUM: f32 = 16.0;
    /// Around a screen.
    pub const LARGE: f32 = 24.0;
    /// Height of a table row.
    pub const ROW: f32 = 30.0;
    /// Height of a control.
    pub const CONTROL: f32 = 30.0;
    /// Width of the rail.
    pub const RAIL: f32 = 76.0;
    /// Height of the status bar.
    pub const STATUS: f32 = 28.0;
}

/// Corner radii in points.
pub mod radius {
    /// Buttons, fields, rows.
    pub const CONTROL: u8 = 5;
    /// Cards and sheets.
    pub const CARD: u8 = 8;
}

/// Sizes of text in points, before the text size is applied.
pub mod size {
    /// Captions, badges, status bar.
    pub const SMALL: f32 = 12.0;
    /// Everything else.
    pub const BODY: f32 = 13.5;
    /// Headings of groups.
    pub const HEADING: f32 = 16.0;
    /// Titles of screens.
    pub const TITLE: f32 = 22.0;
    /// Icons of the rail.
    pub const RAIL_ICON: f32 = 24.0;
    /// The icon of an empty state.
    pub const EMPTY_ICON: f32 = 56.0;
}

impl Theme {
    /// The default: dark, the viewer pure black.
    pub fn dark() -> Self {
        Self {
            dark: true,
            viewer: Color32::BLACK,
            ground: Color32::from_rgb(17, 19, 22),
            panel: Color32::from_rgb(23, 26, 30),
            raised: Color32::from_rgb(30, 34, 39),
            field: Color32::from_rgb(12, 14, 16),
            control: Color32::from_rgb(38, 43, 49),
            control_hovered: Color32::from_rgb(47, 53, 60),
            control_pressed: Color32::from_rgb(56, 63, 71),
            line: Color32::from_rgb(38, 42, 48),
            outline: Color32::from_rgb(54, 60, 68),
            text: Color32::from_rgb(205, 210, 216),
            text_weak: Color32::from_rgb(146, 154, 163),
            text_faint: Color32::from_rgb(110, 118, 127),
            accent: Color32::from_rgb(92, 164, 214),
            on_accent: Color32::from_rgb(8, 17, 24),
            selection: Color32::from_rgb(29, 54, 73),
            row_hovered: Color32::from_rgb(27, 31, 36),
            good: Color32::from_rgb(104, 176, 134),
            warning: Color32::from_rgb(224, 166, 72),
            failure: Color32::from_rgb(224, 102, 94),
            on_failure: Color32::from_rgb(30, 6, 4),
            lossy: Color32::from_rgb(232, 212, 77),
            prior: Color32::from_rgb(236, 148, 62),
        }
    }

    /// Light, for a bright office; the viewer stays black.
    pub fn light() -> Self {
        Self {
            dark: false,
            viewer: Color32::BLACK,
            ground: Color32::from_rgb(240, 242, 244),
            panel: Color32::from_rgb(228, 231, 235),
            raised: Color32::from_rgb(250, 251, 252),
            field: Color32::from_rgb(255, 255, 255),
            control: Color32::from_rgb(214, 219, 225),
            control_hovered: Color32::from_rgb(203, 209, 216),
            control_pressed: Color32::from_rgb(190, 197, 205),
            line: Color32::from_rgb(206, 211, 217),
            outline: Color32::from_rgb(170, 178, 187),
            text: Color32::from_rgb(30, 35, 41),
            text_weak: Color32::from_rgb(82, 91, 101),
            text_faint: Color32::from_rgb(110, 119, 129),
            accent: Color32::from_rgb(24, 104, 160),
            on_accent: Color32::from_rgb(255, 255, 255),
            selection: Color32::from_rgb(200, 223, 240),
            row_hovered: Color32::from_rgb(230, 234, 238),
            good: Color32::from_rgb(28, 116, 70),
            warning: Color32::from_rgb(150, 92, 0),
            failure: Color32::from_rgb(180, 40, 32),
            on_failure: Color32::from_rgb(255, 255, 255),
            lossy: Color32::from_rgb(128, 106, 0),
            prior: Color32::from_rgb(166, 84, 0),
        }
    }

    /// Text of a size, in the weight one reads.
    pub fn font(size: f32) -> FontId {
        FontId::new(size, FontFamily::Proportional)
    }

    /// Text of a size, emphasised.
    pub fn strong_font(size: f32) -> FontId {
        FontId::new(size, fonts::semibold())
    }

    /// The ring around what has the keyboard focus.
    pub fn focus_ring(&self) -> Stroke {
        Stroke::new(2.0, self.accent)
    }

    /// Gives a context this look.
    pub fn apply(&self, context: &egui::Context) {
        let preference = if self.dark {
            egui::Theme::Dark
        } else {
            egui::Theme::Light
        };
        context.set_theme(preference);
        let mut style = Style::default();
        self.style_text(&mut style);
        style_spacing(&mut style);
        self.style_visuals(&mut style);
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.4;
        style.animation_time = 0.08;
        context.set_style_of(preference, style);
    }

    fn style_text(&self, style: &mut Style) {
        style.text_styles = [
            (TextStyle::Small, Self::font(size::SMALL)),
            (TextStyle::Body, Self::font(size::BODY)),
            (TextStyle::Button, Self::font(size::BODY)),
            (TextStyle::Heading, Self::strong_font(size::HEADING)),
            (
                TextStyle::Monospace,
                FontId::new(size::SMALL, FontFamily::Monospace),
            ),
        ]
        .into();
    }

    fn style_visuals(&self, style: &mut Style) {
        let visuals = &mut style.visuals;
        *visuals = if self.dark {
            egui::Visuals::dark()
        } else {
            egui::Visuals::light()
        };
        visuals.widgets = self.widgets();
        visuals.selection = Selection {
            bg_fill: self.selection,
            stroke: Stroke::new(1.0, self.text),
        };
        visuals.weak_text_color = Some(self.text_weak);
        visuals.hyperlink_color = self.accent;
        visuals.faint_bg_color = self.row_hovered;
        visuals.extreme_bg_color = self.field;
        visuals.text_edit_bg_color = Some(self.field);
        visuals.code_bg_color = self.field;
        visuals.warn_fg_color = self.warning;
        visuals.error_fg_color = self.failure;
        visuals.panel_fill = self.ground;
        visuals.window_fill = self.raised;
        visuals.window_stroke = Stroke::new(1.0, self.outline);
        visuals.window_corner_radius = CornerRadius::same(radius::CARD);
        visuals.menu_corner_radius = CornerRadius::same(radius::CARD);
        let shadow = Shadow {
            offset: [0, 6],
            blur: 18,
            spread: 0,
            color: Color32::from_black_alpha(if self.dark { 110 } else { 50 }),
        };
        visuals.window_shadow = shadow;
        visuals.popup_shadow = shadow;
        visuals.interact_cursor = None;
    }

    fn widgets(&self) -> Widgets {
        let look = |fill: Color32, outline: Color32, width: f32, text: Color32| WidgetVisuals {
            bg_fill: fill,
            weak_bg_fill: fill,
            bg_stroke: Stroke::new(width, outline),
            corner_radius: CornerRadius::same(radius::CONTROL),
            fg_stroke: Stroke::new(1.0, text),
            expansion: 0.0,
        };
        Widgets {
            noninteractive: look(self.panel, self.line, 1.0, self.text),
            inactive: look(self.control, self.outline, 1.0, self.text),
            hovered: look(self.control_hovered, self.outline, 1.0, self.text),
            // egui draws the widget that has the focus as active: this is the focus ring (SH6).
            active: look(self.control_pressed, self.accent, 2.0, self.text),
            open: look(self.control_pressed, self.outline, 1.0, self.text),
        }
    }
}

fn style_spacing(style: &mut Style) {
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(space::SMALL, space::SMALL);
    spacing.button_padding = Vec2::new(10.0, 5.0);
    spacing.interact_size = Vec2::new(36.0, space::CONTROL);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(6);
    spacing.combo_width = 110.0;
    spacing.icon_width = 18.0;
    spacing.icon_width_inner = 10.0;
    spacing.scroll = egui::style::ScrollStyle::solid();
    spacing.scroll.bar_width = 9.0;
    spacing.scroll.floating = false;
}
