//! Overlay stage: planes painted layer by layer, opaque, by nearest sampling (presentation.md section 10). Twin: shaders/overlay.wgsl.

use crate::imaging::display_plan::{DisplayPlan, Layer, OverlayPainting};
use crate::imaging::frame::Frame;
use crate::imaging::overlay::{OverlayBits, OverlayPlane};
use crate::imaging::view::{Axes, AxisSample};

/// P-Value painted on each image pixel, negative where nothing is painted. Later layers lie over earlier ones.
pub fn paint_map(plan: &DisplayPlan, frame: &Frame) -> Option<Vec<f32>> {
    map_of(plan, &plan.layers, frame)
}

/// The same for one layer.
pub fn layer_map(plan: &DisplayPlan, layer: &Layer, frame: &Frame) -> Option<Vec<f32>> {
    map_of(plan, std::slice::from_ref(layer), frame)
}

fn map_of(plan: &DisplayPlan, layers: &[Layer], frame: &Frame) -> Option<Vec<f32>> {
    let (rows, columns) = plan.image;
    let painted = layers.iter().any(|layer| !layer.overlays.is_empty());
    if !painted || (frame.rows, frame.columns) != plan.image {
        return None;
    }
    let mut map = vec![-1.0; rows as usize * columns as usize];
    for layer in layers {
        for painting in &layer.overlays {
            paint_plane(&mut map, painting, frame, layer.value as f32);
        }
    }
    Some(map)
}

/// Sets the value on every image pixel that the plane paints; the plane is clipped to the image.
fn paint_plane(map: &mut [f32], painting: &OverlayPainting, frame: &Frame, value: f32) {
    let plane = &painting.plane;
    let is_set = |row: i64, column: i64| bit(plane, painting.frame, frame, row, column);
    for row in 0..i64::from(plane.rows) {
        let image_row = row + plane.origin.0 - 1;
        if !(0..i64::from(frame.rows)).contains(&image_row) {
            continue;
        }
        for column in 0..i64::from(plane.columns) {
            let image_column = column + plane.origin.1 - 1;
            if !(0..i64::from(frame.columns)).contains(&image_column) || !is_set(row, column) {
                continue;
            }
            let inner = || {
                [(-1, 0), (1, 0), (0, -1), (0, 1)]
                    .iter()
                    .all(|(dr, dc)| is_set(row + dr, column + dc))
            };
            if !plane.is_region || !inner() {
                map[image_row as usize * frame.columns as usize + image_column as usize] = value;
            }
        }
    }
}

/// Whether a bit of the plane is set; clear off the plane.
fn bit(plane: &OverlayPlane, own_frame: u32, frame: &Frame, row: i64, column: i64) -> bool {
    let inside = (0..i64::from(plane.rows)).contains(&row)
        && (0..i64::from(plane.columns)).contains(&column);
    match &plane.bits {
        _ if !inside => false,
        OverlayBits::Own(_) => own_bit(plane, own_frame, row as u64, column as u64),
        OverlayBits::Embedded(position) => {
            let place = row as usize * frame.columns as usize + column as usize;
            frame
                .cells
                .as_ref()
                .and_then(|cells| cells.get(place))
                .is_some_and(|cell| cell >> position & 1 == 1)
        }
    }
}

/// A bit of a plane that holds its own; frames follow one another without padding.
pub fn own_bit(plane: &OverlayPlane, own_frame: u32, row: u64, column: u64) -> bool {
    let OverlayBits::Own(bits) = &plane.bits else {
        return false;
    };
    let place =
        (u64::from(own_frame) * u64::from(plane.rows) + row) * u64::from(plane.columns) + column;
    usize::try_from(place / 8)
        .ok()
        .and_then(|byte| bits.get(byte))
        .is_some_and(|byte| byte >> (place % 8) & 1 == 1)
}

/// Paints the map over a picture of `CHANNELS` samples a pixel.
pub fn paint<const CHANNELS: usize, T: Copy>(
    picture: &mut [T],
    map: Option<&Vec<f32>>,
    axes: &Axes,
    level: impl Fn(f64) -> T,
) {
    let Some(map) = map else { return };
    let pixels = picture.as_chunks_mut::<CHANNELS>().0;
    paint_places(axes, |canvas, place| {
        if map[place] >= 0.0 {
            pixels[canvas] = [level(f64::from(map[place])); CHANNELS];
        }
    });
}

/// Calls `paint` with the index of every canvas pixel that shows the image, and of the image pixel nearest to it.
pub fn paint_places(axes: &Axes, mut paint: impl FnMut(usize, usize)) {
    let columns = axes.image.1 as usize;
    let width = axes.across.len();
    for (row, down) in axes.down.iter().enumerate() {
        for (column, across) in axes.across.iter().enumerate() {
            if let Some(place) = place(axes, across, down, columns) {
                paint(row * width + column, place);
            }
        }
    }
}

/// The image pixel nearest to a canvas pixel, as an index.
fn place(axes: &Axes, across: &AxisSample, down: &AxisSample, columns: usize) -> Option<usize> {
    let (column, row) = if axes.transposed {
        (down, across)
    } else {
        (across, down)
    };
    Some(row.nearest? as usize * columns + column.nearest? as usize)
}
