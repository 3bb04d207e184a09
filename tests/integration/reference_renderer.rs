//! The renderer against a second one that knows nothing of it: slow, one pixel at a time, straight from presentation.md.

use dgscope::dicom::tags;
use dgscope::imaging::raster;
use dgscope::imaging::{FrameIndex, Interpolation, RenderRequest, Samples};
use dgscope::phantom::Builder;
use proptest::prelude::*;

use super::presentation_state::{image, plain_state, presented, table};
use super::render::levels;

/// Rows and columns of the test image.
const IMAGE: (i64, i64) = (32, 48);

/// Entries, first input, bits.
type Table = (Vec<u16>, i64, i64);

#[derive(Debug, Clone)]
enum Modality {
    Absent,
    Rescale(f64, f64),
    Table(Table),
}

#[derive(Debug, Clone)]
enum Voi {
    Absent,
    Window(&'static str, f64, f64),
    Table(Table),
}

#[derive(Debug, Clone)]
enum Presentation {
    Identity,
    Inverse,
    Table(Table),
}

/// Everything a state can say about grays and places.
#[derive(Debug, Clone)]
struct Wish {
    signed: bool,
    modality: Modality,
    voi: Voi,
    presentation: Presentation,
    rectangle: Option<[i64; 4]>,
    circle: Option<(i64, i64, i64)>,
    shutter_value: i64,
    corners: [i64; 4],
    aspect: (i64, i64),
    magnification: Option<f64>,
    rotation: i64,
    flip: bool,
    size: Option<(u32, u32)>,
    nearest: bool,
    bits: u8,
}

fn a_table() -> impl Strategy<Value = Table> {
    (8..=16_i64)
        .prop_flat_map(|bits| {
            let entry = 0..(1_u32 << bits);
            let entries = prop::collection::vec(entry.prop_map(|e| e as u16), 1..300);
            (entries, 0..0x1_0000_i64, Just(bits))
        })
        .prop_map(|(entries, first, bits)| {
            // mostly near the values there are
            let first = if first % 4 == 0 { first } else { first % 4096 };
            (entries, first, bits)
        })
}

fn a_modality() -> impl Strategy<Value = Modality> {
    prop_oneof![
        Just(Modality::Absent),
        (-30..30_i32, -2000..2000_i32).prop_map(|(slope, intercept)| {
            let slope = if slope == 0 {
                0.5
            } else {
                f64::from(slope) / 8.0
            };
            Modality::Rescale(slope, f64::from(intercept) / 4.0)
        }),
        a_table().prop_map(Modality::Table),
    ]
}

fn a_voi() -> impl Strategy<Value = Voi> {
    let function = prop::sample::select(vec!["LINEAR", "LINEAR_EXACT", "SIGMOID"]);
    prop_oneof![
        Just(Voi::Absent),
        (function, -1000..5000_i32, 4..8000_i32).prop_map(|(function, center, width)| {
            Voi::Window(function, f64::from(center) / 2.0, f64::from(width) / 4.0)
        }),
        a_table().prop_map(Voi::Table),
    ]
}

fn a_presentation() -> impl Strategy<Value = Presentation> {
    prop_oneof![
        Just(Presentation::Identity),
        Just(Presentation::Inverse),
        a_table().prop_map(|(entries, _, bits)| Presentation::Table((entries, 0, bits))),
    ]
}

prop_compose! {
    fn a_wish()(
        (signed, modality, voi, presentation) in (any::<bool>(), a_modality(), a_voi(), a_presentation()),
        rectangle in prop::option::of(prop::array::uniform4(-5..55_i64)),
        circle in prop::option::of((0..40_i64, 0..60_i64, 0..40_i64)),
        shutter_value in 0..=65535_i64,
        corners in prop::array::uniform4(-10..60_i64),
        aspect in (1..5_i64, 1..5_i64),
        magnification in prop::option::of(prop::sample::select(vec![0.5, 1.0, 1.5, 2.0, 3.0])),
        (rotation, flip) in (0..4_i64, any::<bool>()),
        size in prop::option::of((1..90_u32, 1..90_u32)),
        (nearest, sixteen) in (any::<bool>(), any::<bool>()),
    ) -> Wish {
        Wish {
            signed, modality, voi, presentation, rectangle, circle, shutter_value, corners, aspect,
            magnification, rotation: rotation * 90, flip, size, nearest,
            bits: if sixteen { 16 } else { 8 },
        }
    }
}

impl Wish {
    fn state(&self) -> Builder {
        let built = |(entries, first, bits): &Table| vec![table(entries, *first, *bits)];
        let [left, top, right, bottom] = self.corners;
        let mut area = Builder::new()
            .ints(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER, &[left, top])
            .ints(
                tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER,
                &[right, bottom],
            )
            .text(tags::PRESENTATION_SIZE_MODE, "SCALE TO FIT")
            .ints(
                tags::PRESENTATION_PIXEL_ASPECT_RATIO,
                &[self.aspect.0, self.aspect.1],
            );
        if let Some(ratio) = self.magnification {
            area = area
                .text(tags::PRESENTATION_SIZE_MODE, "MAGNIFY")
                .floats(tags::PRESENTATION_PIXEL_MAGNIFICATION_RATIO, &[ratio]);
        }
        let mut state = plain_state().sequence(tags::DISPLAYED_AREA_SELECTION_SEQUENCE, vec![area]);
        state = match &self.modality {
            Modality::Absent => state,
            Modality::Rescale(slope, intercept) => state
                .floats(tags::RESCALE_SLOPE, &[*slope])
                .floats(tags::RESCALE_INTERCEPT, &[*intercept])
                .text(tags::RESCALE_TYPE, "US"),
            Modality::Table(table) => state.sequence(tags::MODALITY_LUT_SEQUENCE, built(table)),
        };
        let voi = match &self.voi {
            Voi::Absent => None,
            Voi::Window(function, center, width) => Some(
                Builder::new()
                    .floats(tags::WINDOW_CENTER, &[*center])
                    .floats(tags::WINDOW_WIDTH, &[*width])
                    .text(tags::VOILUT_FUNCTION, function),
            ),
            Voi::Table(table) => Some(Builder::new().sequence(tags::VOILUT_SEQUENCE, built(table))),
        };
        if let Some(item) = voi {
            state = state.sequence(tags::SOFTCOPY_VOILUT_SEQUENCE, vec![item]);
        }
        state = match &self.presentation {
            Presentation::Identity => state,
            Presentation::Inverse => state.text(tags::PRESENTATION_LUT_SHAPE, "INVERSE"),
            Presentation::Table(table) => state
                .without(tags::PRESENTATION_LUT_SHAPE)
                .sequence(tags::PRESENTATION_LUT_SEQUENCE, built(table)),
        };
        self.with_shutter(state)
            .ints(tags::IMAGE_ROTATION, &[self.rotation])
            .text(
                tags::IMAGE_HORIZONTAL_FLIP,
                if self.flip { "Y" } else { "N" },
            )
    }

    fn with_shutter(&self, mut state: Builder) -> Builder {
        let mut shapes = Vec::new();
        if let Some([left, right, upper, lower]) = self.rectangle {
            shapes.push("RECTANGULAR");
            state = state
                .ints(tags::SHUTTER_LEFT_VERTICAL_EDGE, &[left])
                .ints(tags::SHUTTER_RIGHT_VERTICAL_EDGE, &[right])
                .ints(tags::SHUTTER_UPPER_HORIZONTAL_EDGE, &[upper])
                .ints(tags::SHUTTER_LOWER_HORIZONTAL_EDGE, &[lower]);
        }
        if let Some((row, column, radius)) = self.circle {
            shapes.push("CIRCULAR");
            state = state
                .ints(tags::CENTER_OF_CIRCULAR_SHUTTER, &[row, column])
                .ints(tags::RADIUS_OF_CIRCULAR_SHUTTER, &[radius]);
        }
        if shapes.is_empty() {
            return state;
        }
        state
            .text(tags::SHUTTER_SHAPE, &shapes.join("\\"))
            .ints(tags::SHUTTER_PRESENTATION_VALUE, &[self.shutter_value])
    }
}

/// Section 4: nearest entry, first input signed when the input can be negative.
fn look_up((entries, first, _): &Table, x: f64, lowest: f64) -> f64 {
    let first = if lowest < 0.0 && *first > 32767 {
        first - 65536
    } else {
        *first
    };
    let i = (x + 0.5).floor() - first as f64;
    f64::from(entries[(i.max(0.0) as usize).min(entries.len() - 1)])
}

fn greatest(bits: i64) -> f64 {
    2_f64.powi(bits as i32) - 1.0
}

impl Wish {
    fn aspect(&self) -> f64 {
        self.aspect.0 as f64 / self.aspect.1 as f64
    }

    /// Sections 4 to 6.
    fn p_value(&self, v: f64) -> f64 {
        let stored = if self.signed {
            (-2048.0, 2047.0)
        } else {
            (0.0, 4095.0)
        };
        let (x, low, high) = match &self.modality {
            Modality::Absent => (v, stored.0, stored.1),
            Modality::Rescale(slope, intercept) => {
                let at = |v: f64| v * slope + intercept;
                let ends = (at(stored.0), at(stored.1));
                (at(v), ends.0.min(ends.1), ends.0.max(ends.1))
            }
            Modality::Table(table) => (look_up(table, v, stored.0), 0.0, greatest(table.2)),
        };
        let p = match &self.voi {
            Voi::Absent => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Voi::Table(table) => look_up(table, x, low) / greatest(table.2),
            Voi::Window("SIGMOID", c, w) => 1.0 / (1.0 + (-4.0 * (x - c) / w).exp()),
            Voi::Window("LINEAR", c, w) if *w >= 1.0 => {
                if x <= c - 0.5 - (w - 1.0) / 2.0 {
                    0.0
                } else if x > c - 0.5 + (w - 1.0) / 2.0 {
                    1.0
                } else {
                    (x - (c - 0.5)) / (w - 1.0) + 0.5
                }
            }
            Voi::Window(_, c, w) => {
                if x <= c - w / 2.0 {
                    0.0
                } else if x > c + w / 2.0 {
                    1.0
                } else {
                    (x - c) / w + 0.5
                }
            }
        };
        match &self.presentation {
            Presentation::Identity => p,
            Presentation::Inverse => 1.0 - p,
            Presentation::Table((entries, _, bits)) => {
                let i = (p * (entries.len() - 1) as f64 + 0.5).floor() as usize;
                f64::from(entries[i.min(entries.len() - 1)]) / greatest(*bits)
            }
        }
    }

    /// Section 8; row and column from 0.
    fn is_occluded(&self, row: i64, column: i64) -> bool {
        let (r, c) = (row + 1, column + 1);
        let outside = self.rectangle.is_some_and(|[left, right, upper, lower]| {
            !(left <= c && c <= right && upper <= r && r <= lower)
        });
        let beyond = self.circle.is_some_and(|(row, column, radius)| {
            let down = (r - row) as f64 * self.aspect();
            let across = (c - column) as f64;
            across * across + down * down > (radius * radius) as f64
        });
        outside || beyond
    }

    /// Section 9: canvas size, then the P-Value of each of its pixels.
    fn picture(&self, shown: impl Fn(i64, i64) -> f64) -> ((u32, u32), Vec<f64>) {
        let [xa, ya, xb, yb] = self.corners;
        let (x0, y0) = (xa.min(xb), ya.min(yb));
        let (wa, ha) = (xa.max(xb) - x0 + 1, ya.max(yb) - y0 + 1);
        let a = self.aspect();
        let (mut pw, mut ph) = (wa as f64, ha as f64 * a);
        let turned = self.rotation == 90 || self.rotation == 270;
        if turned {
            (pw, ph) = (ph, pw);
        }
        let base = 1.0 / a.min(1.0);
        let s = match (self.magnification, self.size) {
            (Some(ratio), _) => ratio * base,
            (None, Some((w, h))) => (f64::from(w) / pw).min(f64::from(h) / ph),
            (None, None) => base,
        };
        let side = |p: f64| (p * s + 0.5).floor().max(1.0) as i64;
        let (dw, dh) = (side(pw), side(ph));
        let (w, h) = self.size.unwrap_or((dw as u32, dh as u32));
        let (ox, oy) = (
            (i64::from(w) - dw).div_euclid(2),
            (i64::from(h) - dh).div_euclid(2),
        );
        let mut out = Vec::new();
        for jj in 0..i64::from(h) {
            for ii in 0..i64::from(w) {
                let (i, j) = (ii - ox, jj - oy);
                if i < 0 || j < 0 || i >= dw || j >= dh {
                    out.push(0.0);
                    continue;
                }
                let i = if self.flip { dw - 1 - i } else { i };
                let (across, down) = match self.rotation {
                    0 => ((i, dw), (j, dh)),
                    90 => ((j, dh), (dw - 1 - i, dw)),
                    180 => ((dw - 1 - i, dw), (dh - 1 - j, dh)),
                    _ => ((dh - 1 - j, dh), (i, dw)),
                };
                out.push(self.sample((x0, wa, across), (y0, ha, down), &shown));
            }
        }
        ((w, h), out)
    }

    fn sample(
        &self,
        (x0, wa, (kx, nx)): (i64, i64, (i64, i64)),
        (y0, ha, (ky, ny)): (i64, i64, (i64, i64)),
        shown: &impl Fn(i64, i64) -> f64,
    ) -> f64 {
        let column = x0 - 1 + ((2 * kx + 1) * wa).div_euclid(2 * nx);
        let row = y0 - 1 + ((2 * ky + 1) * ha).div_euclid(2 * ny);
        if !(0..IMAGE.0).contains(&row) || !(0..IMAGE.1).contains(&column) {
            return 0.0;
        }
        if self.nearest {
            return shown(row, column);
        }
        let x = (x0 - 1) as f64 + (kx as f64 + 0.5) * wa as f64 / nx as f64 - 0.5;
        let y = (y0 - 1) as f64 + (ky as f64 + 0.5) * ha as f64 / ny as f64 - 0.5;
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let at = |dy: i64, dx: i64| {
            let row = (y.floor() as i64 + dy).clamp(0, IMAGE.0 - 1);
            let column = (x.floor() as i64 + dx).clamp(0, IMAGE.1 - 1);
            shown(row, column)
        };
        let upper = at(0, 0) * (1.0 - fx) + at(0, 1) * fx;
        let lower = at(1, 0) * (1.0 - fx) + at(1, 1) * fx;
        upper * (1.0 - fy) + lower * fy
    }
}

fn values(samples: &Samples) -> Vec<f64> {
    (0..samples.len()).map(|at| samples.value(at)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_state_comes_out_as_the_obvious_renderer_draws_it(wish in a_wish()) {
        let image = image(wish.signed);
        let frame = image.decode(FrameIndex(0)).expect("a frame");
        let request = RenderRequest {
            size: wish.size,
            bits: wish.bits,
            interpolation: if wish.nearest { Interpolation::Nearest } else { Interpolation::Bilinear },
            ..RenderRequest::default()
        };
        let (presented, _) = presented(&wish.state(), &image, &request);
        let got = raster::render(&frame, &presented.plan);
        let stored = values(&frame.samples);
        let occluded = wish.shutter_value as f64 / 65535.0;
        let grays: Vec<f64> = (0..IMAGE.0 * IMAGE.1)
            .map(|place| {
                let (row, column) = (place / IMAGE.1, place % IMAGE.1);
                if wish.is_occluded(row, column) { occluded } else { wish.p_value(stored[place as usize]) }
            })
            .collect();
        let (size, wanted) = wish.picture(|row, column| grays[(row * IMAGE.1 + column) as usize]);
        prop_assert_eq!((got.width(), got.height()), size);
        let scale = greatest(i64::from(wish.bits));
        for (place, (level, p)) in levels(&got).iter().zip(&wanted).enumerate() {
            let exact = p * scale;
            // ties may fall either way (section 14)
            let tie = ((exact + 0.5).fract() - 0.5).abs() > 0.5 - 1e-6;
            let level_wanted = (exact + 0.5).floor() as i32;
            prop_assert!((level - level_wanted).abs() <= i32::from(tie), "at {place}: {level}, not {level_wanted}");
        }
    }
}
