//! One viewport: the picture, what is written on it, and the node that tests and screen readers find (T1).

use std::sync::Arc;

use egui::{
    Align2, Color32, EventFilter, Pos2, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo,
};

use super::corner_text::Corners;
use super::planned::{self, Planned};
use super::scene::Scene;
use super::{
    document, draw_input, drawings, extremes, gpu, input, markers, menu, on_screen, outlined,
    probe, scrollbar, state_line, text_field,
};
use crate::imaging::{Adjustments, DisplayPlan, Zoom};
use crate::ui::context::UiContext;
use crate::ui::theme::size;
use crate::ui::{thumbnails, widgets};
use crate::workspace::Workspace;
use crate::workspace::viewer::{FrameState, Placement, StackId, Tab, Tool, ViewerAction};

/// Side of the magnifier and how much it magnifies.
const MAGNIFIER_POINTS: f32 = 240.0;
const MAGNIFICATION: f64 = 2.5;
/// Slots of magnifiers start here.
const MAGNIFIER_SLOT: u64 = 1 << 16;

/// Draws a cell and collects what the user did in it.
pub fn viewport_ui(
    ui: &mut Ui,
    context: &UiContext,
    workspace: &Workspace,
    tab: &Tab,
    (cell, place): (usize, Rect),
    out: &mut Vec<ViewerAction>,
) {
    let scene = Scene::of(workspace, tab, cell);
    let paged = scene
        .as_ref()
        .is_some_and(|scene| scene.stack.images.len() > 1);
    let (picture, bar) = if paged {
        place.split_left_right_at_x(place.right() - scrollbar::WIDTH)
    } else {
        (place, Rect::NOTHING)
    };
    let picture = on_pixels(picture, ui.pixels_per_point());
    let response = ui.interact(picture, input::viewport_id(cell), Sense::click_and_drag());
    hold_keys(ui, &response);
    let painter = ui.painter_at(picture);
    if !scene.as_ref().is_some_and(covers) {
        painter.rect_filled(picture, 0.0, context.theme.viewer);
    }
    let description = match &scene {
        None => {
            empty_ui(&painter, context, picture);
            "empty".to_owned()
        }
        Some(scene) if scene.stack.document => {
            document::document_ui(ui, context, scene, picture);
            format!("{} document", scene.series.row.modality)
        }
        Some(scene) => {
            let view = Shown::of(
                ui,
                context,
                scene,
                picture,
                &response,
                workspace.viewer.tool,
            );
            view.paint(ui, &painter, workspace);
            if let Some(plan) = view.plan() {
                on_screen::note(ui, cell, plan, view.adjustments.pan);
            }
            if view.presented() {
                let shown = vec![(cell, scene.key.clone())];
                out.push(ViewerAction::Presented(shown));
            }
            view.tell_placement(workspace, out);
            let taken = view.drawings_ui(ui, &painter, workspace, &response, out);
            input::pointer(ui, &response, cell, view.placing(), taken, out);
            menu::context_menu(&response, context, scene, out);
            state_line::state_line(scene, view.planned.as_deref())
        }
    };
    if scene.as_ref().is_none_or(|scene| scene.stack.document) {
        input::pointer(ui, &response, cell, input::Placing::default(), false, out);
    }
    name_node(ui, &response, cell, &description);
    if let Some(scene) = &scene
        && paged
    {
        scrollbar::scrollbar_ui(ui, context, workspace, scene, bar, out);
    }
    if let Some(stack) = response.dnd_release_payload::<StackId>() {
        out.push(ViewerAction::Show(cell, (*stack).clone()));
    }
    if tab.arrangement.active == cell && tab.arrangement.visible().len() > 1 {
        let stroke = Stroke::new(1.5, context.theme.accent);
        ui.painter()
            .rect_stroke(place, 0.0, stroke, egui::StrokeKind::Inside);
    }
}

/// Whether the picture fills the whole cell: then nothing is painted under it, which costs a software renderer more than it.
fn covers(scene: &Scene) -> bool {
    !scene.stack.document && scene.pixels().is_some() && scene.image.instance.pixels.is_ok()
}

/// A picture whose pixels are the screen's: its edges lie on them.
fn on_pixels(rect: Rect, pixels_per_point: f32) -> Rect {
    let round = |at: Pos2| (at.to_vec2() * pixels_per_point).round() / pixels_per_point;
    Rect::from_min_max(round(rect.min).to_pos2(), round(rect.max).to_pos2())
}

/// While a viewport has the focus Tab, arrows and F6 belong to the bindings table.
fn hold_keys(ui: &Ui, response: &Response) {
    if response.has_focus() {
        let filter = EventFilter {
            tab: true,
            horizontal_arrows: true,
            vertical_arrows: true,
            escape: false,
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
}

fn name_node(ui: &Ui, response: &Response, cell: usize, description: &str) {
    let number = cell + 1;
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Viewport {number}")));
    widgets::describe(ui, response.id, &format!("viewport-{number}"), description);
}

fn empty_ui(painter: &egui::Painter, context: &UiContext, place: Rect) {
    let text = context.t("viewer.empty-cell");
    let color = Color32::from_gray(96);
    outlined::text(
        painter,
        place.center(),
        Align2::CENTER_CENTER,
        text,
        size::BODY,
        color,
    );
}

/// What a cell shows in this frame.
struct Shown<'a> {
    context: &'a UiContext<'a>,
    scene: &'a Scene<'a>,
    place: Rect,
    adjustments: Adjustments,
    planned: Option<Arc<Planned>>,
    pointer: Option<Pos2>,
    probing: bool,
}

impl<'a> Shown<'a> {
    fn of(
        ui: &Ui,
        context: &'a UiContext<'a>,
        scene: &'a Scene<'a>,
        place: Rect,
        response: &Response,
        tool: Tool,
    ) -> Self {
        let pixels = place.size() * ui.pixels_per_point();
        let canvas = (pixels.x.round() as u32, pixels.y.round() as u32);
        let usable = canvas.0 > 0 && canvas.1 > 0;
        let adjustments = scene.shown_adjustments(canvas);
        Self {
            context,
            scene,
            place,
            planned: scene.pixels().filter(|_| usable).and_then(|_| {
                planned::planned(ui.ctx(), scene.cell as u64, scene, &adjustments, canvas)
            }),
            adjustments,
            pointer: response.hover_pos(),
            probing: tool == Tool::Probe,
        }
    }

    /// Tells where the picture is, whenever that changed.
    fn tell_placement(&self, workspace: &Workspace, out: &mut Vec<ViewerAction>) {
        let Some(plan) = self.plan() else { return };
        let placement = Placement {
            canvas: plan.view.canvas,
            zoom: self.adjustments.zoom,
            pan: self.adjustments.pan,
            pitch_mm: self.scene.pitch_mm,
        };
        let cell = self.scene.cell;
        if workspace.viewer.placements.get(&cell) != Some(&placement) {
            out.push(ViewerAction::Placed(cell, placement));
        }
    }

    fn plan(&self) -> Option<&DisplayPlan> {
        self.planned.as_ref().map(|planned| &planned.plan)
    }

    fn placing(&self) -> input::Placing {
        input::Placing {
            scale: self.plan().map_or(1.0, DisplayPlan::scale),
            pan: self.adjustments.pan,
        }
    }

    /// Whether the image the cell stands at is on the screen now and has not been told of.
    fn presented(&self) -> bool {
        let told = self.scene.cursor.presented;
        let failed = matches!(self.scene.frame, Some(FrameState::Failed(_)));
        !self.scene.loading && !told && (self.planned.is_some() || failed)
    }

    fn paint(&self, ui: &Ui, painter: &egui::Painter, workspace: &Workspace) {
        let scene = self.scene;
        match (&scene.frame, self.plan()) {
            (Some(FrameState::Ready(_)), Some(plan)) => {
                self.picture(painter, self.place, scene.cell as u64, plan);
            }
            (Some(FrameState::Failed(reason)), _) => self.failure(painter, reason),
            _ => self.preview(ui, workspace),
        }
        let taken = self.texts(ui, painter, workspace);
        if let (Some(FrameState::Ready(_)), Some(plan)) = (&scene.frame, self.plan()) {
            markers::ruler_ui(painter, self.place, self.context, scene, plan, &taken);
        }
        if let Some(letters) = markers::side_letters(scene) {
            markers::letters_ui(painter, self.place, &letters, &taken);
        }
        markers::laterality_ui(painter, self.place, scene);
        if scene.loading {
            self.ring(painter, workspace);
        }
        if input::magnifier_held(ui)
            && let (Some(plan), Some(at)) = (self.plan(), self.pointer)
        {
            self.magnifier(ui, painter, plan, at);
        }
    }

    /// What was drawn, over the picture; true when the left button is about that.
    fn drawings_ui(
        &self,
        ui: &Ui,
        painter: &egui::Painter,
        workspace: &Workspace,
        response: &Response,
        out: &mut Vec<ViewerAction>,
    ) -> bool {
        let viewer = &workspace.viewer;
        let Some(plan) = self.plan().filter(|_| self.scene.pixels().is_some()) else {
            return false;
        };
        let state = &viewer.drawing;
        let drawn = drawings::drawn_on(ui, self.scene, plan, state);
        let cell = self.scene.cell;
        let what = (cell, plan);
        drawings::paint(ui, painter, self.context, self.place, what, &drawn);
        // While the next image is awaited nobody draws on the one before.
        if self.scene.loading || !self.scene.shows_drawings() {
            return false;
        }
        if let Some(pending) = state.pending_in(cell).filter(|pending| pending.typing) {
            let first = pending.shape.points.first().copied().unwrap_or_default();
            let (x, y) = plan.view.image_to_canvas(first.0, first.1);
            let at = Vec2::new(x as f32, y as f32) / ui.pixels_per_point();
            text_field::text_field_ui(ui, self.context, pending, self.place.min + at, out);
        }
        let target = draw_input::Target {
            cell,
            place: self.place,
            view: &plan.view,
            tool: viewer.tool,
            state,
            drawn: &drawn,
        };
        draw_input::pointer(ui, response, &target, out)
    }

    fn picture(&self, painter: &egui::Painter, place: Rect, slot: u64, plan: &DisplayPlan) {
        let Some(frame) = self.scene.pixels() else {
            return;
        };
        let picture = gpu::Picture {
            slot,
            key: self.scene.key.clone(),
            frame: frame.clone(),
            colors: self.scene.image.instance.display.colors.clone(),
            plan: plan.clone(),
            by_card: self.context.by_card,
        };
        gpu::show(self.context, painter, place, picture);
    }

    /// The corner texts, also for the accessibility tree; the places they take.
    fn texts(&self, ui: &Ui, painter: &egui::Painter, workspace: &Workspace) -> Vec<Rect> {
        let probe = self.pointer.filter(|_| self.probing).and_then(|at| {
            let canvas = (at - self.place.min) * ui.pixels_per_point();
            let canvas = (f64::from(canvas.x), f64::from(canvas.y));
            probe::words(self.scene, self.plan()?, canvas)
        });
        let mut corners = Corners::of(
            self.context,
            self.scene,
            self.planned.as_deref(),
            extremes::shown_values(ui.ctx(), self.scene, self.plan()),
            probe,
        );
        if workspace.viewer.minimal_text {
            corners = corners.minimal();
        }
        let taken = corners.paint(painter, self.place);
        let names = ["top left", "top right", "bottom left", "bottom right"];
        let number = self.scene.cell + 1;
        for (name, text) in names.into_iter().zip(corners.texts()) {
            // A node without a place of its own: tests and screen readers read it, the mouse does not.
            let id = ui.scope_id().with((name, number));
            let spot = Rect::from_min_size(self.place.min, Vec2::ZERO);
            let response = ui.interact(spot, id, Sense::hover());
            let label = format!("Viewport {number} {name}");
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label.clone()));
            widgets::describe(
                ui,
                id,
                &format!("viewport-{number}-{}", name.replace(' ', "-")),
                &text,
            );
        }
        taken
    }

    /// Why there is no picture: class, syntax, reason; the neighbours keep working.
    fn failure(&self, painter: &egui::Painter, reason: &str) {
        let instance = &self.scene.image.instance;
        let syntax = crate::dicom::TransferSyntax::find(instance.transfer_syntax_uid)
            .map_or(instance.transfer_syntax_uid, |syntax| syntax.name);
        let class = crate::dicom::sop_class::find(&instance.sop_class_uid)
            .map_or(instance.sop_class_uid.as_str(), |class| class.name);
        let theme = self.context.theme;
        let title = self.context.t("viewer.cannot-display");
        let width = (self.place.width() - 48.0).max(80.0);
        let mut job = egui::text::LayoutJob::default();
        job.wrap.max_width = width;
        job.halign = egui::Align::Center;
        let mut add = |text: &str, size: f32, color: Color32| {
            let format = egui::TextFormat::simple(crate::ui::Theme::font(size), color);
            job.append(text, 0.0, format);
        };
        add(&format!("{title}\n"), size::HEADING, theme.failure);
        add(&format!("{reason}\n"), size::BODY, Color32::from_gray(210));
        add(
            &format!("{class}\n{syntax}"),
            size::SMALL,
            Color32::from_gray(140),
        );
        let galley = painter.layout_job(job);
        let at = self.place.center() - Vec2::new(0.0, galley.size().y / 2.0);
        painter.galley(at, galley, Color32::WHITE);
    }

    /// The thumbnail, large, until the first image is there; marked as what it is (F16).
    fn preview(&self, ui: &Ui, workspace: &Workspace) {
        let series = &self.scene.series.row.series_instance_uid;
        if let Some(thumbnail) = workspace.thumbnails.get(series) {
            thumbnails::paint(ui, self.place, series, thumbnail);
            let at = self.place.center_top() + Vec2::new(0.0, 40.0);
            let text = self.context.t("viewer.preview");
            let color = Color32::from_rgb(224, 166, 72);
            outlined::text(
                ui.painter(),
                at,
                Align2::CENTER_TOP,
                text,
                size::BODY,
                color,
            );
        }
    }

    /// How much of the stack is here, as a ring with numbers.
    fn ring(&self, painter: &egui::Painter, workspace: &Workspace) {
        let images = &self.scene.stack.images;
        let loaded = images
            .iter()
            .filter(|image| workspace.viewer.frame(&image.key()).is_some())
            .count();
        let center = self.place.center();
        let radius = 18.0;
        let part = loaded as f32 / images.len().max(1) as f32;
        painter.circle_stroke(center, radius, Stroke::new(3.0, Color32::from_gray(60)));
        let steps = (48.0 * part).ceil() as usize;
        let points = (0..=steps).map(|step| {
            let turn = std::f32::consts::TAU * (step as f32 / 48.0).min(part);
            center + radius * Vec2::new(turn.sin(), -turn.cos())
        });
        let stroke = Stroke::new(3.0, self.context.theme.accent);
        painter.add(egui::Shape::line(points.collect(), stroke));
        let text = format!("{loaded}/{}", images.len());
        let at = center + Vec2::new(0.0, radius + 10.0);
        outlined::text(
            painter,
            at,
            Align2::CENTER_TOP,
            &text,
            size::SMALL,
            Color32::WHITE,
        );
    }

    /// A square under the pointer with the same view, larger.
    fn magnifier(&self, ui: &Ui, painter: &egui::Painter, plan: &DisplayPlan, at: Pos2) {
        let pixels_per_point = ui.pixels_per_point();
        let square = on_pixels(
            Rect::from_center_size(at, Vec2::splat(MAGNIFIER_POINTS)),
            pixels_per_point,
        );
        let from_centre = (at - self.place.center()) * pixels_per_point;
        let side = (square.width() * pixels_per_point).round() as u32;
        let mut adjustments = self.adjustments.clone();
        adjustments.zoom = Zoom::Scale(plan.scale() * MAGNIFICATION);
        // What lies under the pointer comes to the middle of the square.
        let (x, y) = adjustments.pan;
        adjustments.pan = (
            (x - f64::from(from_centre.x)) * MAGNIFICATION,
            (y - f64::from(from_centre.y)) * MAGNIFICATION,
        );
        let slot = MAGNIFIER_SLOT + self.scene.cell as u64;
        let canvas = (side, side);
        if let Some(made) = planned::planned(ui.ctx(), slot, self.scene, &adjustments, canvas) {
            self.picture(painter, square, slot, &made.plan);
            let stroke = Stroke::new(1.0, Color32::from_gray(150));
            painter.rect_stroke(square, 0.0, stroke, egui::StrokeKind::Outside);
        }
    }
}
