//! The viewport pass on this machine's default graphics adapter, offscreen at 1500x900: a CT slice under changing windows.

use dgscope::imaging::{
    Adjustments, DisplayAttributes, DisplayPlan, Frame, FrameIndex, Interpolation,
    PhotometricInterpretation, PixelDescription, Samples, VoiChoice, Window, Zoom,
};
use dgscope::render::Offscreen;
use divan::Bencher;

const CANVAS: (u32, u32) = (1500, 900);
/// Pictures in one measurement.
const PICTURES: u32 = 20;

fn main() {
    divan::main();
}

fn slice() -> (Frame, PixelDescription) {
    let (rows, columns) = (512, 512);
    let values =
        (0..rows * columns).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 21) as i16 - 1024);
    let pixels = PixelDescription {
        rows,
        columns,
        samples_per_pixel: 1,
        photometric: PhotometricInterpretation::Monochrome2,
        planar: false,
        bits_allocated: 16,
        bits_stored: 16,
        high_bit: 15,
        signed: true,
        frames: 1,
    };
    let frame = Frame {
        rows,
        columns,
        samples_per_pixel: 1,
        bits_stored: 16,
        photometric: PhotometricInterpretation::Monochrome2,
        samples: Samples::I16(values.collect()),
        cells: None,
    };
    (frame, pixels)
}

#[divan::bench(args = ["nearest", "bilinear", "cubic", "1:1"], sample_count = 5)]
fn windows(bencher: Bencher<'_, '_>, blend: &str) {
    let Ok(mut offscreen) = Offscreen::new() else {
        return;
    };
    let (frame, pixels) = slice();
    let plans: Vec<DisplayPlan> = (0..PICTURES)
        .map(|step| {
            let adjustments = Adjustments {
                voi: VoiChoice::Window(Window {
                    center: 40.0 + f64::from(step),
                    width: 400.0,
                }),
                interpolation: match blend {
                    "nearest" => Interpolation::Nearest,
                    "cubic" => Interpolation::Cubic,
                    _ => Interpolation::Bilinear,
                },
                zoom: if blend == "1:1" {
                    Zoom::Scale(1.0)
                } else {
                    Zoom::Scale(2.9)
                },
                ..Adjustments::default()
            };
            let display = DisplayAttributes::default();
            DisplayPlan::for_viewport(&display, &pixels, FrameIndex(0), &adjustments, CANVAS)
        })
        .collect();
    bencher
        .counter(divan::counter::ItemsCount::new(PICTURES))
        .bench_local(|| offscreen.repeat(&frame, &plans));
}
