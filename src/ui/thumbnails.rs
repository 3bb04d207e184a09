//! Thumbnails as textures, made once per picture and kept by egui until another picture replaces them.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Color32, ColorImage, Context, Id, Rect, TextureHandle, TextureOptions, Ui, Vec2};

use crate::dicom::SeriesInstanceUid;
use crate::engine::Thumbnail;

/// Textures kept; when there are more, all are made anew as they are seen.
const TEXTURES_MAX: usize = 400;

#[derive(Clone, Default)]
struct Textures(HashMap<SeriesInstanceUid, (Arc<Thumbnail>, TextureHandle)>);

/// The texture of a thumbnail.
pub fn texture(
    context: &Context,
    series: &SeriesInstanceUid,
    thumbnail: &Arc<Thumbnail>,
) -> TextureHandle {
    let id = Id::unique("thumbnail-textures");
    let known = context.data(|data| {
        data.get_temp::<Textures>(id)
            .and_then(|textures| textures.0.get(series).cloned())
    });
    if let Some((of, texture)) = known
        && Arc::ptr_eq(&of, thumbnail)
    {
        return texture;
    }
    let size = [thumbnail.width as usize, thumbnail.height as usize];
    let whole = thumbnail.rgba.len() == 4 * size[0] * size[1];
    let image = if whole {
        ColorImage::from_rgba_unmultiplied(size, &thumbnail.rgba)
    } else {
        ColorImage::filled([1, 1], Color32::BLACK)
    };
    let texture = context.load_texture(series.as_str(), image, TextureOptions::LINEAR);
    context.data_mut(|data| {
        let textures = data.get_temp_mut_or_default::<Textures>(id);
        if textures.0.len() >= TEXTURES_MAX {
            textures.0.clear();
        }
        let entry = (Arc::clone(thumbnail), texture.clone());
        textures.0.insert(series.clone(), entry);
    });
    texture
}

/// Paints a thumbnail into a place, whole and undistorted.
pub fn paint(ui: &Ui, place: Rect, series: &SeriesInstanceUid, thumbnail: &Arc<Thumbnail>) {
    let texture = texture(ui.ctx(), series, thumbnail);
    let size = texture.size_vec2();
    let scale = (place.size() / size).min_elem();
    let at = Rect::from_center_size(place.center(), size * scale);
    let whole = Rect::from_min_size(egui::Pos2::ZERO, Vec2::splat(1.0));
    ui.painter().image(texture.id(), at, whole, Color32::WHITE);
}
