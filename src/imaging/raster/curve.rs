//! Smooth paths as straight segments, in canvas coordinates (presentation.md section 11).

use super::sheet::Place;

/// Segments of one closed curve at most, enough for the largest canvas.
const SEGMENTS_MAX: f64 = 4096.0;
/// Segments between two points of an interpolated line at most.
const STEPS_MAX: f64 = 64.0;

/// `centre + cos t * a + sin t * b`, once around; the last place is the first.
pub fn ellipse(centre: Place, a: Place, b: Place) -> Vec<Place> {
    let radius = a.0.hypot(a.1).max(b.0.hypot(b.1));
    // the chord leaves the arc by less than 0.01 pixels
    let segments = (std::f64::consts::PI * (radius / 0.02).sqrt())
        .clamp(16.0, SEGMENTS_MAX)
        .ceil();
    (0..=segments as u32)
        .map(|step| {
            let t = f64::from(step) / segments * std::f64::consts::TAU;
            let (sin, cos) = if f64::from(step) == segments {
                (0.0, 1.0)
            } else {
                t.sin_cos()
            };
            (
                centre.0 + cos * a.0 + sin * b.0,
                centre.1 + cos * a.1 + sin * b.1,
            )
        })
        .collect()
}

/// The uniform Catmull-Rom curve through all points; end points count twice, or the curve is periodic when it is closed.
pub fn smooth(points: &[Place], closed: bool) -> Vec<Place> {
    let last = points.len() - 1;
    let at = |index: i64| -> Place {
        let index = if closed {
            // the last point is the first again
            index.rem_euclid(last as i64)
        } else {
            index.clamp(0, last as i64)
        };
        points[index as usize]
    };
    let mut path = vec![points[0]];
    for span in 0..last as i64 {
        let knots = [at(span - 1), at(span), at(span + 1), at(span + 2)];
        let length = (knots[2].0 - knots[1].0).hypot(knots[2].1 - knots[1].1);
        let steps = (length / 2.0).clamp(4.0, STEPS_MAX).ceil();
        for step in 1..=steps as u32 {
            let t = f64::from(step) / steps;
            let along = |pick: fn(&Place) -> f64| blend(knots.each_ref().map(pick), t);
            path.push((along(|p| p.0), along(|p| p.1)));
        }
    }
    path
}

/// Catmull-Rom: at 0 the second value, at 1 the third.
fn blend([before, from, to, after]: [f64; 4], t: f64) -> f64 {
    from + 0.5
        * t
        * ((to - before)
            + t * ((2.0 * before - 5.0 * from + 4.0 * to - after)
                + t * (3.0 * (from - to) + after - before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smooth_line_goes_through_every_point() {
        let points = [(0.0, 0.0), (10.0, 4.0), (20.0, -3.0), (0.0, 0.0)];
        for closed in [false, true] {
            let path = smooth(&points, closed);
            for (x, y) in points {
                let near = path.iter().any(|(px, py)| (px - x).hypot(py - y) < 1e-9);
                assert!(near, "{closed} {x} {y}");
            }
        }
    }

    #[test]
    fn an_ellipse_ends_where_it_began() {
        let path = ellipse((5.0, 6.0), (40.0, 0.0), (0.0, 20.0));
        assert_eq!(path.first(), path.last());
        assert_eq!(path[0], (45.0, 6.0));
    }
}
