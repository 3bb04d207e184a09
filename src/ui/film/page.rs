//! The page in the middle: the sheet as the renderer drew it, with a node for each cell that takes clicks and drags.

use std::sync::Arc;

use egui::{
    Color32, ColorImage, Id, Pos2, Rect, RichText, Role, Sense, Stroke, StrokeKind, TextureHandle,
    TextureOptions, Ui, Vec2, WidgetInfo,
};

use crate::imaging::film::{FilmPage, FilmPicture, FilmSamples};
use crate::ui::context::UiContext;
use crate::ui::{icons, widgets};
use crate::workspace::FilmState;
use crate::workspace::film::{CellTool, FilmAction};

/// The sheet's texture with the picture it shows.
#[derive(Clone)]
struct Shown {
    of: Arc<FilmPicture>,
    texture: TextureHandle,
}

/// Draws the page.
pub fn page_ui(ui: &mut Ui, context: &UiContext, film: &FilmState, out: &mut Vec<FilmAction>) {
    let theme = context.theme;
    if film.draft.is_empty() {
        ui.vertical_centered(|ui| {
            ui.add_space(ui.available_height() * 0.3);
            let title = context.t("film.empty");
            let sentence = context.t("film.empty-sentence");
            widgets::empty_state(ui, theme, icons::LAYOUT, title, sentence);
        });
        return;
    }
    let failed = film
        .picture
        .as_ref()
        .and_then(|picture| picture.sheet.as_ref().err());
    if let Some(reason) = failed {
        let values = [("reason", reason.as_str())];
        let text = context.texts.fill("film.cannot-draw", &values);
        ui.label(RichText::new(text).color(theme.failure));
    }
    let page = film.shown();
    let room = ui.available_size();
    let pixels_per_point = ui.ctx().pixels_per_point();
    // a screen; the casts clamp
    let screen = (
        (room.x * pixels_per_point) as u32,
        (room.y * pixels_per_point) as u32,
    );
    let id = Id::unique("film-screen");
    if ui.data(|data| data.get_temp::<(u32, u32)>(id)) != Some(screen) {
        ui.data_mut(|data| data.insert_temp(id, screen));
        out.push(FilmAction::Screen(screen.0, screen.1));
    }
    let (width, height) = page.sheet.extent();
    let extent = Vec2::new(width as f32, height as f32);
    if film.actual_pixels {
        egui::ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            let size = extent / pixels_per_point;
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            sheet_ui(ui, context, film, &page, rect, out);
        });
    } else {
        let scale = (room / extent).min_elem().min(1.0 / pixels_per_point);
        let size = extent * scale;
        let (place, _) = ui.allocate_exact_size(room, Sense::hover());
        let rect = Rect::from_center_size(place.center(), size);
        sheet_ui(ui, context, film, &page, rect, out);
    }
}

fn sheet_ui(
    ui: &mut Ui,
    context: &UiContext,
    film: &FilmState,
    page: &FilmPage,
    rect: Rect,
    out: &mut Vec<FilmAction>,
) {
    let theme = context.theme;
    ui.painter().rect_filled(rect, 0.0, Color32::BLACK);
    if let Some(picture) = film.picture.as_ref().and_then(|p| p.sheet.as_ref().ok()) {
        let texture = texture(ui, picture);
        let whole = Rect::from_min_size(Pos2::ZERO, Vec2::splat(1.0));
        ui.painter()
            .image(texture.id(), rect, whole, Color32::WHITE);
    }
    ui.painter().rect_stroke(
        rect,
        0.0,
        Stroke::new(1.0, theme.outline),
        StrokeKind::Outside,
    );
    let node = ui.interact(rect, Id::unique("film-page"), Sense::hover());
    let name = context.t("film.page-node").to_owned();
    node.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    widgets::describe(ui, node.id, "film-page", &state_line(film, page));
    let scale = rect.width() / page.sheet.extent().0 as f32;
    for (index, cell) in page.sheet.cells(&page.layout).iter().enumerate() {
        let corner = Vec2::new(cell.x as f32, cell.y as f32) * scale;
        let size = Vec2::new(cell.width as f32, cell.height as f32) * scale;
        let place = Rect::from_min_size(rect.min + corner, size);
        cell_ui(ui, context, film, page, (index, place), out);
    }
}

/// The page in words for tests and screen readers.
fn state_line(film: &FilmState, page: &FilmPage) -> String {
    let filled = page.filled().count();
    let (width, height) = page.sheet.extent();
    let pages = film.draft.pages();
    let token = film.picture.as_ref().map_or(0, |picture| picture.token);
    format!(
        "page {}/{pages} {} {} {} {width}x{height} images={filled} bits={} color={} drawn={token}",
        film.page + 1,
        page.sheet.size.term(),
        page.sheet.orientation.term(),
        page.layout,
        page.depth.bits(),
        if page.color { 'Y' } else { 'N' },
    )
}

fn cell_ui(
    ui: &mut Ui,
    context: &UiContext,
    film: &FilmState,
    page: &FilmPage,
    (index, place): (usize, Rect),
    out: &mut Vec<FilmAction>,
) {
    let theme = context.theme;
    let number = (index + 1).to_string();
    let name = context.texts.fill("film.cell", &[("number", &number)]);
    let id = Id::unique(("film-cell", index));
    let response = ui.interact(place, id, Sense::click_and_drag());
    let chosen = film.chosen == index;
    if chosen || response.has_focus() {
        let stroke = Stroke::new(2.0, theme.accent);
        ui.painter()
            .rect_stroke(place, 0.0, stroke, StrokeKind::Inside);
    } else {
        let stroke = Stroke::new(0.5, theme.line);
        ui.painter()
            .rect_stroke(place, 0.0, stroke, StrokeKind::Inside);
    }
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    let author = format!("film-cell-{number}");
    widgets::describe(ui, id, &author, &cell_line(context, page, index));
    if response.clicked() {
        out.push(FilmAction::Choose(index));
    }
    let origin = Id::unique("film-drag");
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(origin, index));
        out.push(FilmAction::Choose(index));
    }
    if film.tool == CellTool::Move {
        // Dropped here: the cell where the button went down comes here, this one goes there.
        let released = ui.input(|input| input.pointer.any_released());
        let from = ui.data(|data| data.get_temp::<usize>(origin));
        let here = ui
            .input(|input| input.pointer.interact_pos())
            .is_some_and(|at| place.contains(at));
        if let (true, true, Some(from)) = (released, here, from) {
            ui.data_mut(|data| data.remove::<usize>(origin));
            if from != index {
                out.push(FilmAction::Swap(from, index));
                out.push(FilmAction::Choose(index));
            }
        }
        return;
    }
    let moved = response.drag_delta();
    if response.dragged() && moved != Vec2::ZERO {
        let part = moved / place.size();
        let parts = (f64::from(part.x), f64::from(part.y));
        let first = ui.data(|data| data.get_temp::<usize>(origin)).is_some();
        ui.data_mut(|data| data.remove::<usize>(origin));
        out.push(FilmAction::Drag(index, parts, first));
    }
}

/// A cell in words.
fn cell_line(context: &UiContext, page: &FilmPage, index: usize) -> String {
    let Some(cell) = page.cells.get(index).and_then(Option::as_ref) else {
        return context.t("film.cell-empty").to_owned();
    };
    let look = &cell.look;
    let yes = |on: bool| if on { 'Y' } else { 'N' };
    let window = look.window.map_or("as-sent".to_owned(), |(center, width)| {
        format!("C{center:.0}/W{width:.0}")
    });
    format!(
        "{} frame {} window={window} zoom={:.2} rot={} flip={} inv={} true-size={}",
        cell.sop_instance_uid.as_deref().unwrap_or_default(),
        cell.frame + 1,
        look.zoom,
        u32::from(look.rotation) * 90,
        yes(look.flip),
        yes(look.invert),
        yes(cell.true_size),
    )
}

/// The texture of a sheet, made once per drawing.
fn texture(ui: &Ui, picture: &Arc<FilmPicture>) -> TextureHandle {
    let id = Id::unique("film-texture");
    let known = ui.data(|data| data.get_temp::<Shown>(id));
    if let Some(shown) = &known
        && Arc::ptr_eq(&shown.of, picture)
    {
        return shown.texture.clone();
    }
    let size = [picture.width as usize, picture.height as usize];
    let image = match &picture.samples {
        FilmSamples::Gray8(data) => ColorImage::from_gray(size, data),
        FilmSamples::Rgb(data) => ColorImage::from_rgb(size, data),
        FilmSamples::Gray12(data) => {
            let bytes: Vec<u8> = data
                .iter()
                .map(|level| u8::try_from(level >> 4).unwrap_or(u8::MAX))
                .collect();
            ColorImage::from_gray(size, &bytes)
        }
    };
    let texture = match known {
        Some(mut shown) => {
            shown.texture.set(image, TextureOptions::LINEAR);
            shown.texture
        }
        None => ui.ctx().load_texture("film", image, TextureOptions::LINEAR),
    };
    let shown = Shown {
        of: Arc::clone(picture),
        texture: texture.clone(),
    };
    ui.data_mut(|data| data.insert_temp(id, shown));
    texture
}
