//! Shutter stage: which pixels of the image are occluded (PS3.3 C.7.6.11; presentation.md section 8). Twin: shaders/shutter.wgsl.

use crate::imaging::display_plan::DisplayPlan;
use crate::imaging::overlay::OverlayPlane;
use crate::imaging::shutter::ShutterShape;

/// One byte a pixel: 1 occluded, 0 visible; and what occluded pixels show.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// Row after row.
    pub occluded: Vec<u8>,
    /// P-Value of occluded pixels.
    pub value: f64,
}

/// The mask of a plan's shutter; `None` without one.
pub fn mask(plan: &DisplayPlan) -> Option<Mask> {
    let shutter = plan.shutter.as_ref()?;
    let (rows, columns) = (plan.image.0 as usize, plan.image.1 as usize);
    let mut occluded = vec![0_u8; rows * columns];
    let mut visible = vec![false; columns];
    for (index, row) in occluded.chunks_exact_mut(columns.max(1)).enumerate() {
        let r = index as f64 + 1.0;
        for shape in &shutter.shapes {
            visible.fill(false);
            show(shape, r, plan.aspect, &mut visible);
            row.iter_mut()
                .zip(&visible)
                .for_each(|(hidden, visible)| *hidden |= u8::from(!visible));
        }
    }
    Some(Mask {
        occluded,
        value: shutter.value,
    })
}

/// Marks what a shape shows in row `r` (from 1).
fn show(shape: &ShutterShape, r: f64, aspect: f64, visible: &mut [bool]) {
    match shape {
        ShutterShape::Rectangular {
            left,
            right,
            upper,
            lower,
        } => {
            if (*upper..=*lower).contains(&r) {
                span(visible, *left, *right);
            }
        }
        ShutterShape::Circular {
            row,
            column,
            radius,
        } => {
            let height = (r - row) * aspect;
            for (index, visible) in visible.iter_mut().enumerate() {
                let width = index as f64 + 1.0 - column;
                *visible = width * width + height * height <= radius * radius;
            }
        }
        ShutterShape::Polygonal(vertices) => polygon(vertices, r, visible),
        ShutterShape::Bitmap(plane) => bitmap(plane, r, visible),
    }
}

/// Marks the columns from `left` to `right` (from 1), both included.
fn span(visible: &mut [bool], left: f64, right: f64) {
    let first = left.ceil().max(1.0);
    let last = right.floor().min(visible.len() as f64);
    if first <= last {
        visible[first as usize - 1..last as usize].fill(true);
    }
}

/// Even-odd rule along one row, boundary included.
fn polygon(vertices: &[(f64, f64)], r: f64, visible: &mut [bool]) {
    let mut crossings = Vec::new();
    let edges = vertices.iter().zip(vertices.iter().cycle().skip(1));
    for (&(row0, column0), &(row1, column1)) in edges {
        if row0 == r {
            span(visible, column0, column0);
        }
        if row0 == r && row1 == r {
            span(visible, column0.min(column1), column0.max(column1));
        }
        if (row0 <= r) != (row1 <= r) {
            crossings.push(column0 + (r - row0) * (column1 - column0) / (row1 - row0));
        }
    }
    crossings.sort_unstable_by(f64::total_cmp);
    for [enter, leave] in crossings.as_chunks::<2>().0 {
        span(visible, *enter, *leave);
    }
}

/// Outside the plane everything is visible.
fn bitmap(plane: &OverlayPlane, r: f64, visible: &mut [bool]) {
    visible.fill(true);
    let row = r as i64 - plane.origin.0;
    if !(0..i64::from(plane.rows)).contains(&row) {
        return;
    }
    for (index, visible) in visible.iter_mut().enumerate() {
        let column = index as i64 + 1 - plane.origin.1;
        if (0..i64::from(plane.columns)).contains(&column) {
            *visible = !super::overlay::own_bit(plane, 0, row as u64, column as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(shape: &ShutterShape, r: f64) -> Vec<usize> {
        let mut visible = vec![false; 8];
        show(shape, r, 1.0, &mut visible);
        (1..=8).filter(|column| visible[column - 1]).collect()
    }

    #[test]
    fn shapes_show_what_the_design_says() {
        let rectangle = ShutterShape::Rectangular {
            left: 3.0,
            right: 5.0,
            upper: 2.0,
            lower: 2.0,
        };
        assert_eq!(shown(&rectangle, 2.0), [3, 4, 5]);
        assert!(shown(&rectangle, 3.0).is_empty());
        let circle = ShutterShape::Circular {
            row: 4.0,
            column: 4.0,
            radius: 2.0,
        };
        assert_eq!(shown(&circle, 4.0), [2, 3, 4, 5, 6]);
        assert_eq!(shown(&circle, 2.0), [4]);
    }

    #[test]
    fn the_boundary_of_a_polygon_is_visible() {
        let diamond = ShutterShape::Polygonal(vec![(2.0, 4.0), (4.0, 6.0), (6.0, 4.0), (4.0, 2.0)]);
        assert_eq!(shown(&diamond, 2.0), [4]);
        assert_eq!(shown(&diamond, 3.0), [3, 4, 5]);
        assert_eq!(shown(&diamond, 4.0), [2, 3, 4, 5, 6]);
        assert_eq!(shown(&diamond, 6.0), [4]);
        assert!(shown(&diamond, 7.0).is_empty());
    }
}
