//! A page of twenty CT cells, 14 x 17 inches at 300 dpi and 12 bits: every image box read, rendered and dropped, as a job does it.

use std::path::PathBuf;

use dgscope::imaging::film::{FilmCell, FilmDepth, FilmPage, Layout};
use dgscope::phantom::demonstration;
use divan::Bencher;

/// Images on the page.
const CELLS: usize = 20;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn page_of_twenty_ct_cells(bencher: Bencher) {
    let folder = tempfile::tempdir().expect("a folder");
    let slices = demonstration().into_iter().take(CELLS).enumerate();
    let paths: Vec<PathBuf> = slices
        .map(|(index, phantom)| {
            let path = folder.path().join(format!("{index}.dcm"));
            std::fs::write(&path, phantom.file()).expect("a file");
            path
        })
        .collect();
    let page = FilmPage {
        layout: Layout::Standard(4, 5),
        cells: paths
            .iter()
            .map(|path| Some(FilmCell::of_file(path)))
            .collect(),
        depth: FilmDepth::Twelve,
        ..FilmPage::default()
    };
    bencher.bench_local(|| {
        for place in page.boxes() {
            let picture = page.picture(place, true).expect("a picture");
            divan::black_box(picture);
        }
    });
}
