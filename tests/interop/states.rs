//! Presentation states of random views before DCMTK: `dcmpschk` accepts each, `dcmp2pgm` renders the grays that it knows.

use std::path::Path;

use dgscope::dicom::{Encoding, FileMeta, TransferSyntax, uids};
use dgscope::imaging::display_plan::View;
use dgscope::imaging::grayscale::{Presentation, Voi, VoiFunction};
use dgscope::imaging::presentation_state::create;
use dgscope::imaging::raster::{self, RenderedImage};
use dgscope::imaging::{DisplayPlan, Interpolation};

use super::program::dcmtk;
use super::random_views::{Random, RandomView, Subject, heading, random_view, subjects};

/// How many views are shown to DCMTK; all five hundred of the round trip when this variable says so.
const COUNT: &str = "DGSCOPE_ROUND_TRIPS";

fn count() -> i64 {
    let wanted = std::env::var(COUNT).ok();
    wanted.and_then(|n| n.parse().ok()).unwrap_or(40)
}

fn state_file(subject: &Subject, view: &RandomView, number: i64) -> Vec<u8> {
    let heading = heading(subject, number);
    let written = create::write(&view.state, &heading, &subject.file.data_set);
    let meta = FileMeta {
        media_storage_sop_class_uid: uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE.into(),
        media_storage_sop_instance_uid: heading.sop_instance_uid,
        transfer_syntax_uid: TransferSyntax::native(Encoding::ExplicitLittle).uid.into(),
        implementation_class_uid: "1.2.826.0.1.3680043.2.406.1".into(),
        ..FileMeta::default()
    };
    let mut file = meta.write();
    file.extend(written.expect("an object"));
    file
}

/// What dcmp2pgm draws of a state: every pixel of the frame once, turned, without annotations, and of shutters only bitmaps.
fn whole(view: &RandomView) -> DisplayPlan {
    let mut plan = view.expected.clone();
    plan.layers.clear();
    let shutter = view.state.shutter.clone();
    plan.shutter = shutter.filter(|_| view.state.shutter_group.is_some());
    let area = dgscope::imaging::display_plan::Area {
        x: 0,
        y: 0,
        width: i64::from(plan.image.1),
        height: i64::from(plan.image.0),
    };
    let turns = (plan.view.rotation, plan.view.flip);
    plan.view = View::scaled(&area, 1.0, turns, 1.0, None, Interpolation::Nearest);
    plan
}

/// Whether dcmp2pgm knows everything that makes the grays of a view: no other curve than a line, no padding, and it inverts a
/// bitmap's Shutter Presentation Value, which is a P-Value already (PS3.3 C.11.12), together with the image. Images with
/// overlays of their own are left out beside a bitmap: it draws them then, and without one it does not.
fn is_known(subject: &Subject, view: &RandomView) -> bool {
    let Some(chain) = view.expected.chain() else {
        return false;
    };
    let linear = match &chain.voi {
        Voi::Window { function, .. } => *function == VoiFunction::Linear,
        Voi::Identity { .. } | Voi::Table(_) => true,
    };
    let identity = chain.presentation == Presentation::Identity;
    let plain = identity && subject.attributes.overlays.is_empty();
    linear && chain.padding.is_none() && (plain || view.state.shutter_group.is_none())
}

/// The levels of a binary PGM.
fn pgm(path: &Path) -> (u32, Vec<u8>) {
    let bytes = std::fs::read(path).expect("a picture");
    let mut rest = &bytes[..];
    let mut words = Vec::new();
    while words.len() < 4 {
        let end = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .expect("a header");
        let (word, after) = rest.split_at(end);
        if word.first() == Some(&b'#') {
            let line = rest.iter().position(|byte| *byte == b'\n').expect("a line");
            rest = &rest[line + 1..];
            continue;
        }
        if !word.is_empty() {
            words.push(String::from_utf8_lossy(word).into_owned());
        }
        rest = &after[1..];
    }
    assert_eq!((&*words[0], &*words[3]), ("P5", "255"));
    (words[1].parse().expect("a width"), rest.to_vec())
}

#[test]
fn dcmtk_accepts_our_states_and_renders_their_grays() {
    if dcmtk("dcmpschk").is_none() || dcmtk("dcmp2pgm").is_none() {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let subjects = subjects();
    let mut random = Random(2024);
    let mut compared = 0;
    for number in 1..=count() {
        let subject = &subjects[random.int(0, subjects.len() as i64 - 1) as usize];
        let view = random_view(subject, &mut random);
        let [image, state, picture] =
            ["image.dcm", "state.dcm", "picture.pgm"].map(|name| dir.path().join(name));
        std::fs::write(&image, &subject.bytes).expect("a file");
        std::fs::write(&state, state_file(subject, &view, number)).expect("a file");
        let mut check = dcmtk("dcmpschk").expect("it was there before");
        let told = check.arg(&state).output().expect("dcmpschk");
        let words = String::from_utf8_lossy(&told.stderr).into_owned()
            + &String::from_utf8_lossy(&told.stdout);
        assert!(
            told.status.success() && !words.contains("Error") && !words.contains("failed"),
            "view {number}: {words}"
        );
        if !is_known(subject, &view) {
            continue;
        }
        let mut render = dcmtk("dcmp2pgm").expect("it was there before");
        let frame = (view.frame.0 + 1).to_string();
        let told = render
            .args(["--frame", &frame, "--pstate"])
            .args([&state, &image, &picture])
            .output()
            .expect("dcmp2pgm");
        let words = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(told.status.success(), "view {number}: {words}");
        let decoded = subject.image.decode(view.frame).expect("a frame");
        let ours = raster::render(&decoded, &whole(&view));
        let RenderedImage::Gray8 { width, data, .. } = ours else {
            panic!("grays at 8 bits");
        };
        let (their_width, theirs) = pgm(&picture);
        assert_eq!(
            (their_width, theirs.len()),
            (width, data.len()),
            "view {number}"
        );
        let worst = data.iter().zip(&theirs).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(
            worst <= Some(1),
            "view {number}: {worst:?}\n{:#?}",
            view.expected
        );
        compared += 1;
    }
    eprintln!("{compared} of {} states rendered by dcmp2pgm", count());
    assert!(compared >= count() / 5, "only {compared} were compared");
}
