//! What was drawn on an image, over its picture: lines and words as a presentation state will show them, in a colour that no image
//! has. Places are those of the canvas, so graphics card and processor cannot differ.

use std::sync::Arc;

use egui::epaint::TextShape;
use egui::{Align2, Color32, Painter, Pos2, Rect, Role, Sense, Shape as Paint, Stroke, Ui, Vec2};

use super::measured;
use super::outlined;
use super::scene::Scene;
use crate::imaging::DisplayPlan;
use crate::imaging::display_plan::View;
use crate::imaging::measure::{Label, Shape, ShapeKind, place_labels};
use crate::imaging::raster::text::{Block, Direction};
use crate::ui::context::UiContext;
use crate::ui::theme::{Theme, drawn};
use crate::ui::widgets;
use crate::workspace::viewer::Tool;
use crate::workspace::viewer::drawing::{DrawingState, Pending};

/// Letters of words beside a shape, in canvas pixels, as a state shows them.
const LETTERS: f64 = 14.0;
/// How far a text without a box lies right of and below its point.
const ANCHOR_OFFSET: f64 = 4.0;
/// Canvas pixels around a handle, and around a line, that take hold of it.
const HANDLE_REACH: f64 = 8.0;
const LINE_REACH: f64 = 6.0;

/// One shape with its words.
pub struct Drawn<'a> {
    /// Its number on the image; `None` while it is being drawn.
    pub index: Option<usize>,
    /// The shape.
    pub shape: &'a Shape,
    /// Its values, or what a text says.
    pub lines: Arc<Vec<String>>,
    /// Whether it is the selected one.
    pub selected: bool,
    /// Whether it will be a shutter.
    pub shutter: bool,
}

/// Which shape lies under the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Its number.
    pub index: usize,
    /// Its handle, if the pointer is at one.
    pub handle: Option<usize>,
}

/// Everything drawn on the image of a cell, in the order it is painted.
pub fn drawn_on<'a>(
    ui: &Ui,
    scene: &Scene<'a>,
    plan: &DisplayPlan,
    state: &'a DrawingState,
) -> Vec<Drawn<'a>> {
    if !scene.shows_drawings() {
        return Vec::new();
    }
    let selected = state.selected.as_ref().filter(|(key, _)| *key == scene.key);
    let shapes = scene.tab.drawings(&scene.key).iter().enumerate();
    let mut all: Vec<Drawn> = shapes
        .map(|(index, shape)| Drawn {
            index: Some(index),
            shape,
            lines: measured::lines(ui.ctx(), scene, plan, shape, false),
            selected: selected.is_some_and(|(_, at)| *at == index),
            shutter: false,
        })
        .collect();
    if let Some(pending) = state.pending_in(scene.cell).filter(|p| p.key == scene.key) {
        all.push(Drawn {
            index: None,
            shape: &pending.shape,
            lines: pending_lines(ui, scene, plan, pending),
            selected: true,
            shutter: matches!(pending.tool, Tool::Shutter(_)),
        });
    }
    all
}

fn pending_lines(
    ui: &Ui,
    scene: &Scene,
    plan: &DisplayPlan,
    pending: &Pending,
) -> Arc<Vec<String>> {
    let is_shutter = matches!(pending.tool, Tool::Shutter(_));
    if is_shutter || pending.typing {
        return Arc::default();
    }
    measured::lines(ui.ctx(), scene, plan, &pending.shape, true)
}

/// From a canvas to points of the window.
struct Screen<'a> {
    painter: &'a Painter,
    corner: Pos2,
    pixels_per_point: f32,
}

impl Screen<'_> {
    fn point(&self, (x, y): (f64, f64)) -> Pos2 {
        self.corner + Vec2::new(x as f32, y as f32) / self.pixels_per_point
    }
}

/// Paints all shapes of a cell with their words and handles, and names them for tests and screen readers.
pub fn paint(
    ui: &Ui,
    painter: &Painter,
    context: &UiContext,
    place: Rect,
    (cell, plan): (usize, &DisplayPlan),
    all: &[Drawn],
) {
    let view = &plan.view;
    let screen = Screen {
        painter,
        corner: place.min,
        pixels_per_point: ui.pixels_per_point(),
    };
    let map = |(x, y): (f64, f64)| view.image_to_canvas(x, y);
    for drawn in all {
        lines_ui(&screen, drawn, map);
    }
    // A shutter that is being drawn has no words and keeps none away.
    let worded = || all.iter().filter(|drawn| !drawn.shutter);
    let labels: Vec<Label> = worded()
        .map(|drawn| Label {
            shape: drawn.shape.bounds(map),
            size: Block::new(&drawn.lines).extent(LETTERS),
        })
        .collect();
    for (drawn, at) in worded().zip(place_labels(&labels, view.visible_rectangle())) {
        words_ui(&screen, drawn, view, at);
        if let Some(index) = drawn.index {
            let spot = drawn
                .shape
                .points
                .first()
                .map_or(place.min, |p| screen.point(map(*p)));
            name_ui(ui, context, (cell, index), spot, drawn);
        }
    }
}

/// The colour of a shape.
fn color(drawn: &Drawn) -> Color32 {
    if drawn.selected {
        drawn::SELECTED
    } else {
        drawn::SHAPE
    }
}

fn lines_ui(screen: &Screen, drawn: &Drawn, map: impl Fn((f64, f64)) -> (f64, f64) + Copy) {
    let color = color(drawn);
    let (dark, light) = (Stroke::new(3.5, drawn::EDGE), Stroke::new(1.5, color));
    let painter = screen.painter;
    for path in drawn.shape.paths(map) {
        let points: Vec<Pos2> = path.places.iter().map(|at| screen.point(*at)).collect();
        match &points[..] {
            [at] if drawn.shape.kind != ShapeKind::Text => {
                painter.circle_filled(*at, 3.5, drawn::EDGE);
                painter.circle_filled(*at, 2.5, color);
            }
            [] | [_] => {}
            _ if path.filled => {
                painter.add(Paint::line(points.clone(), dark));
                painter.add(Paint::convex_polygon(points, color, Stroke::NONE));
            }
            _ => {
                painter.add(Paint::line(points.clone(), dark));
                painter.add(Paint::line(points, light));
            }
        }
    }
    if drawn.selected {
        handles_ui(screen, drawn, map);
    }
}

fn handles_ui(screen: &Screen, drawn: &Drawn, map: impl Fn((f64, f64)) -> (f64, f64)) {
    let places = drawn.shape.handles();
    if let (ShapeKind::Text, [a, b]) = (drawn.shape.kind, &places[..]) {
        let edge = Rect::from_two_pos(screen.point(map(*a)), screen.point(map(*b)));
        let stroke = Stroke::new(1.0, drawn::SELECTED.gamma_multiply(0.6));
        screen
            .painter
            .rect_stroke(edge, 0.0, stroke, egui::StrokeKind::Outside);
    }
    for at in places {
        let handle = Rect::from_center_size(screen.point(map(at)), Vec2::splat(7.0));
        screen.painter.rect_filled(handle, 1.0, drawn::EDGE);
        screen
            .painter
            .rect_filled(handle.shrink(1.0), 1.0, drawn::SELECTED);
    }
}

/// Values where they were placed; a text at its point, or in its box as its box lies.
fn words_ui(screen: &Screen, drawn: &Drawn, view: &View, place: (f64, f64)) {
    let map = |(x, y): (f64, f64)| view.image_to_canvas(x, y);
    match (drawn.shape.kind, &drawn.shape.points[..]) {
        (ShapeKind::Text, [a, b]) => boxed_ui(screen, drawn, map(*a), map(*b)),
        (ShapeKind::Text, [at]) => {
            let (x, y) = map(*at);
            level_ui(screen, drawn, (x + ANCHOR_OFFSET, y + ANCHOR_OFFSET));
        }
        _ => level_ui(screen, drawn, place),
    }
}

fn level_ui(screen: &Screen, drawn: &Drawn, (x, y): (f64, f64)) {
    let height = Block::new(&drawn.lines).extent(LETTERS).1 / drawn.lines.len().max(1) as f64;
    let size = LETTERS as f32 / screen.pixels_per_point;
    for (number, line) in drawn.lines.iter().enumerate() {
        let at = screen.point((x, y + number as f64 * height));
        outlined::text(
            screen.painter,
            at,
            Align2::LEFT_TOP,
            line,
            size,
            color(drawn),
        );
    }
}

/// A text in a box runs from its first corner towards its second as they lie on the screen (presentation.md section 12).
fn boxed_ui(screen: &Screen, drawn: &Drawn, first: (f64, f64), last: (f64, f64)) {
    let direction = Direction::between(first, last);
    let (wide, high) = ((last.0 - first.0).abs(), (last.1 - first.1).abs());
    let (length, depth) = if direction.is_level() {
        (wide, high)
    } else {
        (high, wide)
    };
    let size = Block::new(&drawn.lines).size_for(length, depth) as f32 / screen.pixels_per_point;
    let angle = direction.reading.1.atan2(direction.reading.0) as f32;
    let text = drawn.lines.join("\n");
    let layout = |color| {
        let font = Theme::font(size);
        screen.painter.layout_no_wrap(text.clone(), font, color)
    };
    let at = screen.point(direction.start);
    let dark = layout(drawn::EDGE);
    for edge in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
        let beside = at + Vec2::new(edge.0, edge.1);
        let shape = TextShape::new(beside, Arc::clone(&dark), drawn::EDGE);
        screen.painter.add(shape.with_angle(angle));
    }
    let shape = TextShape::new(at, layout(color(drawn)), color(drawn));
    screen.painter.add(shape.with_angle(angle));
}

fn name_ui(ui: &Ui, context: &UiContext, (cell, index): (usize, usize), at: Pos2, drawn: &Drawn) {
    let (viewport, number) = (cell + 1, index + 1);
    let id = ui.scope_id().with(("drawing", cell, index));
    let response = ui.interact(Rect::from_min_size(at, Vec2::ZERO), id, Sense::hover());
    let label = format!("Viewport {viewport} drawing {number}");
    response.widget_info(|| egui::WidgetInfo::labeled(Role::Label, true, label.clone()));
    let author = format!("viewport-{viewport}-drawing-{number}");
    widgets::describe(
        ui,
        id,
        &author,
        &told(context, drawn.shape.kind, &drawn.lines),
    );
}

/// `Length: 25.0 mm`
pub fn told(context: &UiContext, kind: ShapeKind, lines: &[String]) -> String {
    format!("{}: {}", context.texts.t(name_key(kind)), lines.join("; "))
}

/// Key of what a shape is called.
pub fn name_key(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Length => "viewer.draw.length",
        ShapeKind::Angle => "viewer.draw.angle",
        ShapeKind::Cobb => "viewer.draw.cobb",
        ShapeKind::Ellipse => "viewer.draw.ellipse",
        ShapeKind::Rectangle => "viewer.draw.rectangle",
        ShapeKind::Polygon => "viewer.draw.polygon",
        ShapeKind::Freehand => "viewer.draw.freehand",
        ShapeKind::Point => "viewer.draw.point",
        ShapeKind::Arrow => "viewer.draw.arrow",
        ShapeKind::Polyline => "viewer.draw.polyline",
        ShapeKind::Curve => "viewer.draw.curve",
        ShapeKind::Circle => "viewer.draw.circle",
        ShapeKind::Text => "viewer.draw.text",
    }
}

/// What lies under a place of the canvas: handles of the selected shape first, then what was drawn last.
pub fn hit(all: &[Drawn], view: &View, at: (f64, f64), pixels_per_point: f32) -> Option<Hit> {
    let scale = f64::from(pixels_per_point);
    let near = |a: (f64, f64), reach: f64| (a.0 - at.0).hypot(a.1 - at.1) <= reach * scale;
    let map = |(x, y): (f64, f64)| view.image_to_canvas(x, y);
    let finished = || all.iter().filter_map(|d| Some((d.index?, d)));
    let handle_of = |drawn: &Drawn| {
        let handles = drawn.shape.handles();
        handles
            .iter()
            .position(|place| near(map(*place), HANDLE_REACH))
    };
    let selected = finished().filter(|(_, drawn)| drawn.selected);
    let others = finished().filter(|(_, drawn)| !drawn.selected);
    let order: Vec<_> = others.chain(selected).collect();
    let of_handle = order.iter().rev().find_map(|(index, drawn)| {
        let handle = Some(handle_of(drawn)?);
        Some(Hit {
            index: *index,
            handle,
        })
    });
    of_handle.or_else(|| {
        let touched = |drawn: &Drawn| match (drawn.shape.kind, &drawn.shape.points[..]) {
            (ShapeKind::Text, _) => text_holds(drawn, map, at),
            _ => drawn
                .shape
                .paths(map)
                .iter()
                .any(|path| path.distance(at) <= LINE_REACH * scale),
        };
        let found = order.iter().rev().find(|(_, drawn)| touched(drawn));
        found.map(|(index, _)| Hit {
            index: *index,
            handle: None,
        })
    })
}

fn text_holds(drawn: &Drawn, map: impl Fn((f64, f64)) -> (f64, f64), at: (f64, f64)) -> bool {
    let (from, to) = match &drawn.shape.points[..] {
        [a, b] => (map(*a), map(*b)),
        [a] => {
            let (from, size) = (map(*a), Block::new(&drawn.lines).extent(LETTERS));
            (from, (from.0 + size.0 + 4.0, from.1 + size.1 + 4.0))
        }
        _ => return false,
    };
    let between = |a: f64, b: f64, at: f64| (a.min(b)..=a.max(b)).contains(&at);
    between(from.0, to.0, at.0) && between(from.1, to.1, at.1)
}
