//! The corner texts (4.3): what they say, and how they thin out in small cells: patient, flags and laterality go last.

use egui::{Align2, Color32, Rect};

use super::outlined;
use super::planned::Planned;
use super::scene::Scene;
use super::state_words;
use crate::imaging::technique::{readable_name, short};
use crate::imaging::{DisplayPlan, VoiChoice, Window};
use crate::ui::context::UiContext;
use crate::ui::theme::size;
use crate::workspace::viewer::WindowOrigin;

/// Distance from the edge of a cell.
const MARGIN: f32 = 8.0;
/// Cells narrower than this have smaller text.
const NARROW: f32 = 420.0;

/// A line with its colour.
pub struct Line {
    /// What it says.
    pub text: String,
    /// In which colour.
    pub color: Color32,
}

/// The texts of the four corners, each from its corner inwards.
pub struct Corners {
    /// Patient.
    pub top_left: Vec<Line>,
    /// Study and series.
    pub top_right: Vec<Line>,
    /// Flags first, then window, zoom, image: upwards.
    pub bottom_left: Vec<Line>,
    /// Technique: upwards.
    pub bottom_right: Vec<Line>,
}

impl Corners {
    /// What the corners of a cell say.
    pub fn of(
        context: &UiContext,
        scene: &Scene,
        planned: Option<&Planned>,
        values: Option<(f64, f64)>,
        probe: Option<String>,
    ) -> Self {
        let plan = planned.map(|planned| &planned.plan);
        let technique = &scene.image.instance.technique;
        let white = |text: String| Line {
            text,
            color: Color32::WHITE,
        };
        let lines = |texts: &[String]| texts.iter().cloned().map(white).collect::<Vec<_>>();
        let mut top_left = lines(&technique.patient);
        if top_left.is_empty() {
            let name = readable_name(&scene.study.row.patient_name);
            top_left.push(white(name));
        }
        let mut top_right: Vec<Line> = vec![white(series_line(scene))];
        top_right.extend(lines(&technique.study));
        let mut bottom_left = flags(context, scene, plan, values);
        bottom_left.extend(state_words::lines(context, scene, planned));
        bottom_left.extend(probe.map(white));
        bottom_left.extend(window_line(context, scene, plan).map(white));
        bottom_left.push(white(image_line(scene, plan)));
        bottom_left.extend(turned_line(context, scene).map(white));
        let mut bottom_right = lines(&technique.lines);
        bottom_right.reverse();
        Self {
            top_left,
            top_right,
            bottom_left,
            bottom_right,
        }
    }

    /// Only what must never go: patient and flags, window and image.
    pub fn minimal(mut self) -> Self {
        self.top_left.truncate(2);
        self.top_right.clear();
        self.bottom_right.clear();
        self
    }

    /// All lines of a corner as one text, for the accessibility tree.
    pub fn texts(&self) -> [String; 4] {
        let corners = [
            &self.top_left,
            &self.top_right,
            &self.bottom_left,
            &self.bottom_right,
        ];
        corners.map(|lines| {
            let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
            texts.join("\n")
        })
    }

    /// Paints them as far as the cell has room; the place that each line takes.
    pub fn paint(&self, painter: &egui::Painter, cell: Rect) -> Vec<Rect> {
        let text_size = if cell.width() < NARROW {
            size::SMALL - 1.5
        } else {
            size::SMALL
        };
        let line_height = text_size * 1.32;
        let room = (((cell.height() / 2.0 - 2.0 * MARGIN) / line_height) as usize).max(2);
        // Beside each other two columns need their width; in a narrow cell the right ones go first.
        let wide = cell.width() >= 260.0;
        let place = cell.shrink(MARGIN);
        let mut taken = Vec::new();
        let mut corner = |lines: &[Line], align: Align2, at_most: usize| {
            let down = if align.y() == egui::Align::Min {
                1.0
            } else {
                -1.0
            };
            let mut at = align.pos_in_rect(&place);
            for line in lines.iter().take(at_most) {
                taken.push(outlined::text(
                    painter, at, align, &line.text, text_size, line.color,
                ));
                at.y += down * line_height;
            }
        };
        corner(&self.top_left, Align2::LEFT_TOP, room);
        corner(&self.bottom_left, Align2::LEFT_BOTTOM, room);
        if wide {
            corner(&self.top_right, Align2::RIGHT_TOP, room);
            corner(&self.bottom_right, Align2::RIGHT_BOTTOM, room);
        }
        taken
    }
}

fn series_line(scene: &Scene) -> String {
    let row = &scene.series.row;
    let number = row
        .series_number
        .map_or(String::new(), |n| format!("{n}: "));
    let label = &scene.stack.label;
    let label = if label.is_empty() {
        String::new()
    } else {
        format!("  [{label}]")
    };
    format!("{number}{}{label}", row.series_description)
}

/// What a reader must know before trusting the picture (4.5), red before amber before yellow.
fn flags(
    context: &UiContext,
    scene: &Scene,
    plan: Option<&DisplayPlan>,
    values: Option<(f64, f64)>,
) -> Vec<Line> {
    let theme = context.theme;
    let instance = &scene.image.instance;
    let active = scene.tab.arrangement.active == scene.cell;
    let refusal = scene.refusal.filter(|_| active);
    let mut lines = Vec::new();
    let mut flag = |text: String, color: Color32| lines.push(Line { text, color });
    if scene.study.row.conflict_count > 0 {
        flag(context.t("viewer.flag.conflicts").to_owned(), theme.failure);
    }
    let received = scene.series.row.instance_count;
    if let Some(promised) = scene.promised.filter(|promised| received < *promised) {
        let (received, promised) = (received.to_string(), promised.to_string());
        let values = [("have", received.as_str()), ("of", &promised)];
        let text = context.texts.fill("viewer.flag.received", &values);
        flag(text, theme.failure);
    }
    if outside_values(shown_window(scene, plan), values) {
        flag(context.t("viewer.flag.outside").to_owned(), theme.failure);
    }
    if let Some(key) = refusal {
        flag(context.texts.t(key).to_owned(), theme.warning);
    }
    if scene.cursor.skipped > 0 {
        let count = scene.cursor.skipped.to_string();
        let text = context
            .texts
            .fill("viewer.flag.skipped", &[("count", &count)]);
        flag(text, theme.failure);
    }
    if let Some(finding) = &scene.stack.finding {
        flag(finding.to_string(), theme.warning);
    }
    if let Some(words) = &instance.technique.rescale_flag {
        flag(words.clone(), theme.warning);
    }
    for warning in &instance.display.warnings {
        flag(warning.clone(), theme.warning);
    }
    if !scene.series.unreadable.is_empty() {
        let count = scene.series.unreadable.len().to_string();
        let text = context
            .texts
            .fill("viewer.flag.unreadable", &[("count", &count)]);
        flag(text, theme.warning);
    }
    if scene.loading {
        let loading = format!(
            "{} {}",
            context.t("viewer.flag.loading"),
            scene.cursor.position + 1
        );
        flag(loading, theme.warning);
    }
    if let Some(lossy) = &instance.technique.lossy {
        // The colour of the dark theme: behind images it is always dark.
        flag(lossy.to_string(), Color32::from_rgb(232, 212, 77));
    }
    lines
}

/// Whether the window lies wholly outside what the frame holds (F10).
fn outside_values(window: Option<Window>, values: Option<(f64, f64)>) -> bool {
    let (Some(window), Some((low, high))) = (window, values) else {
        return false;
    };
    let half = window.width / 2.0;
    window.center + half < low || window.center - half > high
}

/// The window in use as numbers; `None` for colour images and lookup tables.
pub fn shown_window(scene: &Scene, plan: Option<&DisplayPlan>) -> Option<Window> {
    if let Some(plan) = plan {
        return plan.chain()?.voi.window();
    }
    let instance = &scene.image.instance;
    let pixels = instance.pixels.as_ref().ok()?;
    if instance.display.is_color {
        return None;
    }
    let voi = &scene.adjustments.voi;
    instance.display.window(pixels, scene.image.frame, voi)
}

fn as_sent(context: &UiContext, scene: &Scene) -> String {
    if let Some(state) = scene
        .states
        .chosen
        .filter(|_| scene.states.usable().is_some() && scene.parts.grayscale)
    {
        return format!("PS \"{}\"", state.title());
    }
    let display = &scene.image.instance.display;
    let name = display.voi_name(scene.image.frame, &VoiChoice::AsSent);
    format!("{} {name}", context.t("viewer.origin.as-sent"))
}

fn named(scene: &Scene, kind: &str, index: usize) -> String {
    let voi = &scene.adjustments.voi;
    let name = scene
        .image
        .instance
        .display
        .voi_name(scene.image.frame, voi);
    format!("{kind} {} {name}", index + 1)
}

fn window_line(context: &UiContext, scene: &Scene, plan: Option<&DisplayPlan>) -> Option<String> {
    if scene.image.instance.display.is_color {
        return None;
    }
    let choice = scene.tab.window(scene.cell);
    let origin = match choice {
        None => as_sent(context, scene),
        Some(choice) => match (choice.origin, &choice.voi) {
            (WindowOrigin::AsSent, VoiChoice::Dicom(index)) => named(scene, "DICOM", *index),
            (WindowOrigin::AsSent, VoiChoice::Lut(index)) => named(scene, "VOI LUT", *index),
            (WindowOrigin::AsSent, _) => as_sent(context, scene),
            (WindowOrigin::Auto, _) => context.t("viewer.origin.auto").to_owned(),
            (WindowOrigin::Preset(name), _) => context.texts.t(name).to_owned(),
            (WindowOrigin::Manual, _) => context.t("viewer.origin.manual").to_owned(),
            (WindowOrigin::ManualForLut, _) => context.t("viewer.origin.for-lut").to_owned(),
        },
    };
    let Some(window) = shown_window(scene, plan) else {
        return Some(origin);
    };
    let unit = scene.unit();
    Some(format!(
        "W {}  L {}  {unit}  {origin}",
        short(window.width, 2),
        short(window.center, 2)
    ))
}

fn image_line(scene: &Scene, plan: Option<&DisplayPlan>) -> String {
    let mut text = format!("{}/{}", scene.position + 1, scene.stack.images.len());
    let frames = scene.image.instance.pixels.as_ref().map_or(1, |p| p.frames);
    if frames == 1
        && let Some(number) = scene.image.instance.instance_number
    {
        text = format!("{text}  [{number}]");
    }
    if let Some(plan) = plan {
        text = format!("{text}  zoom {:.2}", plan.scale());
    }
    text
}

fn turned_line(context: &UiContext, scene: &Scene) -> Option<String> {
    let (rotation, flip) = scene.turns;
    let mut words = Vec::new();
    if rotation != 0 {
        words.push(format!("{}°", u32::from(rotation) * 90));
    }
    if flip {
        words.push(context.t("viewer.flag.flipped").to_owned());
    }
    if scene.adjustments.invert {
        words.push(context.t("viewer.flag.inverted").to_owned());
    }
    (!words.is_empty()).then(|| words.join("  "))
}
