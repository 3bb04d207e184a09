//! The displayed area of a view (PS3.3 C.10.4; presentation.md section 9).

use super::{CreateError, NewArea, NewSize, PixelShape};
use crate::dicom::decimal::as_decimal;
use crate::imaging::display_plan::{Area, DisplayPlan, View};

/// What of the image a state shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AreaChoice {
    /// The part that is on the screen, as large as any display allows.
    #[default]
    Fitted,
    /// As large as on the screen, in display pixels.
    Magnified,
    /// The part that is on the screen, as large as in the patient.
    TrueSize,
}

/// The displayed area of a plan.
///
/// # Errors
/// A true size is asked for and the spacing is not known.
pub fn area_of(
    plan: &DisplayPlan,
    choice: AreaChoice,
    spacing_mm: Option<(f64, f64)>,
) -> Result<NewArea, CreateError> {
    let (view, aspect) = (&plan.view, plan.aspect);
    let shape = shape_of(aspect, spacing_mm, choice == AreaChoice::TrueSize);
    let (area, size) = match choice {
        AreaChoice::Fitted => (visible(view), NewSize::ScaleToFit),
        AreaChoice::TrueSize if matches!(shape, PixelShape::Ratio(..)) => {
            return Err(CreateError::NoSpacing);
        }
        AreaChoice::TrueSize => (visible(view), NewSize::TrueSize),
        AreaChoice::Magnified => {
            let ratio = magnification(view, aspect);
            (centred(view, aspect, ratio), NewSize::Magnify(ratio))
        }
    };
    Ok(NewArea { area, size, shape })
}

/// The magnification that makes the image as large as it is: single precision may round its size the other way, then the next
/// number does not.
fn magnification(view: &View, aspect: f64) -> f32 {
    // FL is single precision.
    let nearest = (view.scale * aspect.min(1.0)) as f32;
    let turns = (view.rotation, view.flip);
    let mut near = [nearest, nearest.next_up(), nearest.next_down()].into_iter();
    let same_size = near.find(|ratio| {
        let scale = f64::from(*ratio) / aspect.min(1.0);
        let (canvas, interpolation) = (Some(view.canvas), view.interpolation);
        let there = View::scaled(&view.area, aspect, turns, scale, canvas, interpolation);
        there.size == view.size
    });
    same_size.unwrap_or(nearest)
}

/// The part of the image that is on the canvas, in whole pixels.
fn visible(view: &View) -> Area {
    let shown = |origin: i64, size: i64, canvas: u32| {
        let (from, to) = (origin.max(0), (origin + size).min(i64::from(canvas)));
        (from < to).then_some((from as f64, to as f64))
    };
    let across = shown(view.origin.0, view.size.0, view.canvas.0);
    let down = shown(view.origin.1, view.size.1, view.canvas.1);
    let (Some((left, right)), Some((top, bottom))) = (across, down) else {
        return view.area;
    };
    let corners = [
        view.canvas_to_image_anywhere(left, top),
        view.canvas_to_image_anywhere(right, bottom),
    ];
    // a corner that is a pixel's edge but for rounding is that edge
    const ROUNDING: f64 = 1e-6;
    let span = |a: f64, b: f64, first: i64, length: i64| {
        let from = (a.min(b) + ROUNDING).floor() as i64;
        let to = (a.max(b) - ROUNDING).ceil() as i64;
        let (from, to) = (from.max(first), to.min(first + length));
        (from, (to - from).max(1))
    };
    let (x, width) = span(corners[0].0, corners[1].0, view.area.x, view.area.width);
    let (y, height) = span(corners[0].1, corners[1].1, view.area.y, view.area.height);
    Area {
        x,
        y,
        width,
        height,
    }
}

/// The area around the image whose middle is the middle of the canvas: under MAGNIFY it lies where the image lies now.
fn centred(view: &View, aspect: f64, ratio: f32) -> Area {
    let middle = view.canvas_to_image_anywhere(
        f64::from(view.canvas.0) / 2.0,
        f64::from(view.canvas.1) / 2.0,
    );
    // in half pixels; which of them is nearest depends on how sizes are rounded, and an image that was not moved is still in
    // the middle when its last odd pixel is not
    let around = |at: f64, unmoved: i64| {
        let nearest = (2.0 * at).round() as i64;
        (nearest - 2..=nearest + 2).chain([unmoved])
    };
    let side = |middle: i64, first: i64, length: i64| {
        let half = (middle - 2 * first)
            .abs()
            .max((2 * (first + length) - middle).abs());
        ((middle - half) / 2, half.max(1))
    };
    let unmoved = (
        2 * view.area.x + view.area.width,
        2 * view.area.y + view.area.height,
    );
    let candidates =
        around(middle.0, unmoved.0).flat_map(|x| around(middle.1, unmoved.1).map(move |y| (x, y)));
    let areas = candidates.map(|(mx, my)| {
        let (x, width) = side(mx, view.area.x, view.area.width);
        let (y, height) = side(my, view.area.y, view.area.height);
        Area {
            x,
            y,
            width,
            height,
        }
    });
    let displacement = |area: &Area| {
        let scale = f64::from(ratio) / aspect.min(1.0);
        let turns = (view.rotation, view.flip);
        let (canvas, interpolation) = (Some(view.canvas), view.interpolation);
        let there = View::scaled(area, aspect, turns, scale, canvas, interpolation);
        let (x, y) = (view.area.x as f64, view.area.y as f64);
        let (end_x, end_y) = (x + view.area.width as f64, y + view.area.height as f64);
        let moved = |x, y| {
            let (a, b) = (view.image_to_canvas(x, y), there.image_to_canvas(x, y));
            (a.0 - b.0).hypot(a.1 - b.1)
        };
        moved(x, y) + moved(end_x, end_y)
    };
    // of those that lie as near the smallest: it says most plainly what is meant
    let rank = |area: &Area| (displacement(area), area.width as f64 * area.height as f64);
    let best = areas.min_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    best.unwrap_or(view.area)
}

/// The spacing where it says the aspect exactly (`near` is enough for a true size), else a ratio that does.
fn shape_of(aspect: f64, spacing_mm: Option<(f64, f64)>, near: bool) -> PixelShape {
    let spacing = spacing_mm.map(|(v, h)| (as_decimal(v), as_decimal(h)));
    if let Some((vertical, horizontal)) = spacing.filter(|(v, h)| *v > 0.0 && *h > 0.0) {
        let told = vertical / horizontal;
        if told == aspect || near && (told / aspect - 1.0).abs() < 1e-9 {
            return PixelShape::Spacing(vertical, horizontal);
        }
    }
    let (vertical, horizontal) = fraction(aspect);
    PixelShape::Ratio(vertical, horizontal)
}

/// The simplest fraction that a number is, as far as its digits go: convergents of its continued fraction.
fn fraction(number: f64) -> (i64, i64) {
    let (mut before, mut now) = ((0_i64, 1_i64), (1_i64, 0_i64));
    let mut rest = number;
    loop {
        let whole = rest.floor();
        let next = |before: i64, now: i64| (whole as i64).checked_mul(now)?.checked_add(before);
        let (Some(p), Some(q)) = (next(before.0, now.0), next(before.1, now.1)) else {
            return now;
        };
        if p.max(q) > i64::from(i32::MAX) {
            return now;
        }
        (before, now) = (now, (p, q));
        if p as f64 / q as f64 == number || rest == whole {
            return now;
        }
        rest = 1.0 / (rest - whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aspect_becomes_a_ratio_of_whole_numbers() {
        assert_eq!(fraction(1.0), (1, 1));
        assert_eq!(fraction(0.75), (3, 4));
        assert_eq!(fraction(1.3), (13, 10));
        for aspect in [
            0.7333,
            50.0,
            0.02,
            1.0 / 3.0,
            0.488281 / 0.976562,
            2.0_f64.sqrt(),
        ] {
            let (p, q) = fraction(aspect);
            assert_eq!(p as f64 / q as f64, aspect, "{p}/{q}");
        }
    }

    #[test]
    fn a_spacing_is_told_where_it_says_the_aspect() {
        let shape = |aspect, spacing, near| shape_of(aspect, spacing, near);
        assert_eq!(
            shape(2.0, Some((0.5, 0.25)), false),
            PixelShape::Spacing(0.5, 0.25)
        );
        assert_eq!(shape(2.0, Some((0.5, 0.5)), false), PixelShape::Ratio(2, 1));
        assert_eq!(shape(1.0, None, true), PixelShape::Ratio(1, 1));
    }
}
