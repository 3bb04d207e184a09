//! Viewports without a graphics card: the CPU renderer makes the picture, egui shows it pixel by pixel.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Color32, ColorImage, Context, Id, Pos2, Rect, TextureHandle, TextureOptions, Vec2};

use crate::imaging::raster::{self, RenderedImage};
use crate::imaging::{DisplayPlan, Frame, FrameKey};

/// The last picture of each viewport with what it shows; a plan that did not change is not rendered again.
#[derive(Clone, Default)]
struct Pictures(HashMap<u64, Made>);

#[derive(Clone)]
struct Made {
    key: FrameKey,
    plan: DisplayPlan,
    texture: TextureHandle,
}

/// Paints a frame into a place whose size in pixels is the plan's canvas.
pub fn paint(
    painter: &egui::Painter,
    rect: Rect,
    slot: u64,
    key: &FrameKey,
    frame: &Arc<Frame>,
    plan: &DisplayPlan,
) {
    let texture = picture(painter.ctx(), slot, key, frame, plan);
    let whole = Rect::from_min_size(Pos2::ZERO, Vec2::splat(1.0));
    painter.image(texture.id(), rect, whole, Color32::WHITE);
}

fn picture(
    context: &Context,
    slot: u64,
    key: &FrameKey,
    frame: &Arc<Frame>,
    plan: &DisplayPlan,
) -> TextureHandle {
    let id = Id::unique("processor-pictures");
    let known = context.data(|data| {
        let pictures = data.get_temp::<Pictures>(id)?;
        pictures.0.get(&slot).cloned()
    });
    if let Some(made) = &known
        && made.key == *key
        && made.plan == *plan
    {
        return made.texture.clone();
    }
    let image = color_image(&raster::render(frame, plan));
    let texture = match known {
        Some(mut made) => {
            made.texture.set(image, TextureOptions::NEAREST);
            made.texture
        }
        None => context.load_texture(format!("viewport-{slot}"), image, TextureOptions::NEAREST),
    };
    let made = Made {
        key: key.clone(),
        plan: plan.clone(),
        texture: texture.clone(),
    };
    context.data_mut(|data| {
        data.get_temp_mut_or_default::<Pictures>(id)
            .0
            .insert(slot, made);
    });
    texture
}

fn color_image(image: &RenderedImage) -> ColorImage {
    let size = [image.width() as usize, image.height() as usize];
    ColorImage::from_rgb(size, &image.to_rgb8())
}
