//! Test patterns over the whole window (D6): drawn by our own code, shown through the same stages as images.

use std::sync::Arc;

use egui::{Align2, Area, Color32, Context, Id, Key, Order, Rect, Role, Sense, Ui, WidgetInfo};

use super::context::UiContext;
use super::theme::size;
use super::viewer::{gpu, outlined};
use super::widgets;
use crate::dicom::{SopInstanceUid, Uid};
use crate::imaging::test_pattern::TestPattern;
use crate::imaging::{
    Adjustments, Colors, DisplayAttributes, DisplayPlan, Frame, FrameIndex, FrameKey,
    Interpolation, VoiChoice, Window, Zoom,
};
use crate::workspace::{Action, DisplayAction, DisplayStatus, Workspace};

/// The slot of its picture: no viewport has it.
const SLOT: u64 = 1 << 20;
/// The window over all P-Values of 16 bits.
const EVERY_VALUE: Window = Window {
    center: 32_768.0,
    width: 65_536.0,
};

/// The pattern of one size, kept while it is shown.
#[derive(Clone)]
struct Drawn {
    pattern: TestPattern,
    key: FrameKey,
    frame: Arc<Frame>,
    plan: DisplayPlan,
}

impl Drawn {
    fn new(pattern: TestPattern, canvas: (u32, u32)) -> Self {
        let (frame, pixels) = pattern.draw(canvas);
        let adjustments = Adjustments {
            voi: VoiChoice::Window(EVERY_VALUE),
            zoom: Zoom::Scale(1.0),
            interpolation: Interpolation::Nearest,
            ..Adjustments::default()
        };
        let attributes = DisplayAttributes::default();
        let first = FrameIndex(0);
        Self {
            pattern,
            key: FrameKey {
                instance: SopInstanceUid::from(Uid::generate()),
                frame: first,
            },
            plan: DisplayPlan::for_viewport(&attributes, &pixels, first, &adjustments, canvas),
            frame: Arc::new(frame),
        }
    }
}

/// Covers the window with the pattern that is asked for.
pub fn pattern_ui(
    ui: &Ui,
    context: &UiContext,
    workspace: &Workspace,
    pattern: TestPattern,
    actions: &mut Vec<Action>,
) {
    let area = Area::new(Id::unique("test-pattern"))
        .order(Order::Foreground)
        .fixed_pos(egui::Pos2::ZERO);
    area.show(ui.ctx(), |ui| {
        let whole = ui.ctx().content_rect();
        let response = ui.allocate_rect(whole, Sense::click());
        let pixels = whole.size() * ui.pixels_per_point();
        let canvas = (pixels.x.round() as u32, pixels.y.round() as u32);
        let drawn = drawn(ui.ctx(), pattern, canvas);
        let plan = drawn.plan.clone().on_display(workspace.display.function());
        let calibrated = plan.display.is_some();
        let picture = gpu::Picture {
            slot: SLOT,
            key: drawn.key,
            frame: drawn.frame,
            colors: Colors::default(),
            plan,
            by_card: context.by_card,
        };
        gpu::show(context, ui.painter(), whole, picture);
        caption_ui(ui, context, workspace, pattern, whole);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Test pattern"));
        let function = if calibrated { "Y" } else { "N" };
        let line = format!("{pattern:?} {}x{} gsdf={function}", canvas.0, canvas.1);
        widgets::describe(ui, response.id, "test-pattern", &line);
        keys(ui, pattern, response.clicked(), actions);
    });
}

fn drawn(context: &Context, pattern: TestPattern, canvas: (u32, u32)) -> Drawn {
    let id = Id::unique("drawn-test-pattern");
    let known = context.data(|data| data.get_temp::<Drawn>(id));
    if let Some(known) = known.filter(|d| d.pattern == pattern && d.plan.view.canvas == canvas) {
        return known;
    }
    let made = Drawn::new(pattern, canvas);
    context.data_mut(|data| data.insert_temp(id, made.clone()));
    made
}

/// What is shown and how one gets away from it, small in a corner.
fn caption_ui(
    ui: &Ui,
    context: &UiContext,
    workspace: &Workspace,
    pattern: TestPattern,
    whole: Rect,
) {
    let function = match (workspace.display_status(), workspace.display.function()) {
        (DisplayStatus::NotCalibrated, _) => "pattern.uncalibrated",
        (_, Some(_)) => "pattern.software",
        (_, None) => "pattern.hardware",
    };
    let words = [title(pattern), function, "pattern.keys"];
    let words = words.map(|key| context.texts.t(key)).join("  ·  ");
    let at = whole.left_bottom() + egui::vec2(10.0, -8.0);
    outlined::text(
        ui.painter(),
        at,
        Align2::LEFT_BOTTOM,
        &words,
        size::SMALL,
        Color32::WHITE,
    );
}

/// Key of a pattern's name.
pub fn title(pattern: TestPattern) -> &'static str {
    match pattern {
        TestPattern::Smpte => "pattern.smpte",
        TestPattern::Ramps => "pattern.ramps",
        TestPattern::Squares => "pattern.squares",
    }
}

fn keys(ui: &Ui, pattern: TestPattern, clicked: bool, actions: &mut Vec<Action>) {
    let pressed = |key| ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
    let mut act = |action| actions.push(Action::Display(action));
    if clicked || pressed(Key::Escape) {
        act(DisplayAction::HidePattern);
    } else if pressed(Key::ArrowRight) || pressed(Key::Space) {
        act(DisplayAction::ShowPattern(pattern.next()));
    } else if pressed(Key::ArrowLeft) {
        act(DisplayAction::ShowPattern(pattern.previous()));
    }
}
