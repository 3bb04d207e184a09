//! Where the words of a shape lie on the canvas: beside it, inside the picture, and not over other words (V10).

/// A label to be placed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label {
    /// Left, upper, right and lower edge of the shape.
    pub shape: [f64; 4],
    /// Width and height of the words.
    pub size: (f64, f64),
}

/// Pixels between a shape and its words.
const GAP: f64 = 6.0;

/// The upper left corners of all labels, in their order; `room` has the left, upper, right and lower edge of where words may lie.
pub fn place_labels(labels: &[Label], room: [f64; 4]) -> Vec<(f64, f64)> {
    let shapes: Vec<[f64; 4]> = labels.iter().map(|label| label.shape).collect();
    let mut taken: Vec<[f64; 4]> = Vec::new();
    let mut places = Vec::new();
    for label in labels {
        let candidates = candidates(label).map(|at| inside(at, label.size, room));
        let cost = |at: &(f64, f64)| {
            let place = [at.0, at.1, at.0 + label.size.0, at.1 + label.size.1];
            let words: f64 = taken.iter().map(|other| overlap(&place, other)).sum();
            let covered: f64 = shapes.iter().map(|other| overlap(&place, other)).sum();
            // words over words cannot be read; words over a shape hide a part of it
            4.0 * words + covered
        };
        let best = candidates
            .into_iter()
            .map(|at| (cost(&at), at))
            // among equals the first
            .reduce(|best, next| if next.0 < best.0 { next } else { best });
        let at = best.map_or((label.shape[2], label.shape[1]), |(_, at)| at);
        taken.push([at.0, at.1, at.0 + label.size.0, at.1 + label.size.1]);
        places.push(at);
    }
    places
}

/// Right of the shape, left, below, above, and the corners between.
fn candidates(label: &Label) -> [(f64, f64); 8] {
    let [left, top, right, bottom] = label.shape;
    let (width, height) = label.size;
    let (middle_x, middle_y) = ((left + right) / 2.0, (top + bottom) / 2.0);
    let (at_left, at_right) = (left - GAP - width, right + GAP);
    let (above, below) = (top - GAP - height, bottom + GAP);
    [
        (at_right, middle_y - height / 2.0),
        (at_left, middle_y - height / 2.0),
        (middle_x - width / 2.0, below),
        (middle_x - width / 2.0, above),
        (at_right, below),
        (at_right, above),
        (at_left, below),
        (at_left, above),
    ]
}

fn inside(at: (f64, f64), size: (f64, f64), [left, top, right, bottom]: [f64; 4]) -> (f64, f64) {
    let within = |at: f64, size: f64, from: f64, to: f64| at.clamp(from, (to - size).max(from));
    (
        within(at.0, size.0, left, right),
        within(at.1, size.1, top, bottom),
    )
}

fn overlap(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    let wide = a[2].min(b[2]) - a[0].max(b[0]);
    let high = a[3].min(b[3]) - a[1].max(b[1]);
    if wide > 0.0 && high > 0.0 {
        wide * high
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lie_beside_their_shape_and_not_on_each_other() {
        let label = |shape| Label {
            shape,
            size: (60.0, 20.0),
        };
        let near = [
            label([20.0, 40.0, 60.0, 44.0]),
            label([22.0, 50.0, 62.0, 54.0]),
            // no room on its right
            label([150.0, 100.0, 195.0, 110.0]),
        ];
        let places = place_labels(&near, [0.0, 0.0, 200.0, 200.0]);
        let boxes: Vec<[f64; 4]> = places
            .iter()
            .map(|(x, y)| [*x, *y, x + 60.0, y + 20.0])
            .collect();
        for (at, place) in boxes.iter().enumerate() {
            assert!(place[0] >= 0.0 && place[2] <= 200.0);
            for other in &boxes[at + 1..] {
                assert_eq!(overlap(place, other), 0.0);
            }
            for shape in &near {
                assert_eq!(overlap(place, &shape.shape), 0.0);
            }
        }
        assert!(boxes[2][2] <= 150.0, "left of its shape");
    }
}
