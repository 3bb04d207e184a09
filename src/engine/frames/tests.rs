//! The wish list as the window lives with it.

use super::*;
use crate::imaging::{FrameIndex, PhotometricInterpretation, Samples};

const FRAME_BYTES: u64 = 100;

fn key(number: u32) -> FrameKey {
    let uid = format!("1.2.{}", number / 100 + 1);
    FrameKey {
        instance: SopInstanceUid::parse(&uid).expect("a UID"),
        frame: FrameIndex(number),
    }
}

fn frame() -> Arc<Frame> {
    Arc::new(Frame {
        rows: 10,
        columns: 10,
        samples_per_pixel: 1,
        bits_stored: 8,
        photometric: PhotometricInterpretation::Monochrome2,
        samples: Samples::U8(vec![0; 100]),
        cells: None,
    })
}

fn all_known(_: &FrameKey) -> Known {
    Known::Bytes(FRAME_BYTES)
}

fn next(queue: &mut FrameQueue) -> Option<u32> {
    queue.next(all_known).0.map(|key| key.frame.0)
}

fn keys(numbers: impl IntoIterator<Item = u32>) -> Vec<FrameKey> {
    numbers.into_iter().map(key).collect()
}

#[test]
fn frames_are_decoded_in_the_order_of_the_wishes_each_once() {
    let mut queue = FrameQueue::new(1_000_000);
    assert!(queue.wish(keys([5, 4, 6])).is_empty());
    assert_eq!(next(&mut queue), Some(5));
    assert_eq!(next(&mut queue), Some(4));
    // A jump: what was not begun is dropped, what is being decoded is not begun again.
    assert!(queue.wish(keys([90, 4, 91])).is_empty());
    assert_eq!(next(&mut queue), Some(90));
    assert_eq!(next(&mut queue), Some(91));
    assert_eq!(next(&mut queue), None);
    assert!(
        matches!(&queue.finished(key(4), Ok(frame()))[..], [Told::Ready(k, _)] if *k == key(4))
    );
    assert!(
        queue.finished(key(5), Ok(frame())).is_empty(),
        "no longer wished"
    );
}

#[test]
fn a_frame_is_told_once_and_a_cached_one_at_once() {
    let mut queue = FrameQueue::new(1_000_000);
    queue.wish(keys([1]));
    assert_eq!(next(&mut queue), Some(1));
    queue.wish(keys([2]));
    assert!(queue.finished(key(1), Ok(frame())).is_empty());
    assert_eq!(queue.wish(keys([2, 1])).len(), 1);
    assert!(queue.wish(keys([1, 2])).is_empty(), "the shell has it");
    assert_eq!(next(&mut queue), Some(2));
    let told = queue.finished(key(2), Err("broken".into()));
    assert_eq!(told, [Told::Failed(key(2), "broken".into())]);
    assert!(queue.wish(keys([2])).is_empty());
    assert_eq!(next(&mut queue), None, "a broken frame is not tried again");
}

#[test]
fn the_cache_gives_up_what_is_not_wished_before_what_is_wished_least() {
    let mut queue = FrameQueue::new(20 * FRAME_BYTES);
    queue.wish(keys(0..20));
    while let Some(number) = next(&mut queue) {
        queue.finished(key(number), Ok(frame()));
    }
    assert_eq!(queue.counters(), (20, 20 * FRAME_BYTES));
    // Frames 0 to 9 are wished no more, 10 to 19 still are, 30 is new and most wanted.
    queue.wish(keys([30].into_iter().chain(10..20)));
    let (wanted, told) = queue.next(all_known);
    assert_eq!(wanted, Some(key(30)));
    assert!(matches!(&told[..], [Told::Evicted(gone)] if gone.len() == 1 && gone[0].frame.0 < 10));
}

#[test]
fn a_wish_beyond_the_budget_never_drives_out_a_better_one() {
    let mut queue = FrameQueue::new(20 * FRAME_BYTES);
    queue.wish(keys(0..100));
    let mut decoded = 0;
    while let Some(number) = next(&mut queue) {
        assert!(queue.finished(key(number), Ok(frame())).len() == 1);
        decoded += 1;
        assert!(decoded <= 20, "no churning");
    }
    assert_eq!(decoded, 20);
    // Scrolling on: the first of the new list is decoded, the last of the old one goes.
    queue.wish(keys(50..100));
    assert_eq!(next(&mut queue), Some(50));
}

#[test]
fn what_is_on_the_screen_is_decoded_even_beyond_the_budget() {
    let mut queue = FrameQueue::new(FRAME_BYTES / 2);
    queue.wish(keys(0..40));
    let mut decoded = 0;
    while let Some(number) = next(&mut queue) {
        queue.finished(key(number), Ok(frame()));
        decoded += 1;
    }
    assert_eq!(decoded, VISIBLE_MAX);
}

#[test]
fn frames_of_a_study_being_opened_wait_and_unknown_ones_fail_in_words() {
    let mut queue = FrameQueue::new(1_000_000);
    queue.wish(keys([1, 2]));
    let (wanted, told) = queue.next(|_| Known::NotYet);
    assert!(wanted.is_none() && told.is_empty());
    assert_eq!(next(&mut queue), Some(1));
    let (wanted, told) = queue.next(|_| Known::Unknown);
    assert!(wanted.is_none());
    assert!(matches!(&told[..], [Told::Failed(k, _)] if *k == key(2)));
    assert!(queue.next(|_| Known::Unknown).1.is_empty(), "told once");
    queue.rewind();
    assert_eq!(next(&mut queue), Some(2), "its study was opened after all");
}

#[test]
fn a_closed_study_takes_its_frames_along() {
    let mut queue = FrameQueue::new(1_000_000);
    queue.wish(keys([1, 2, 150]));
    for _ in 0..3 {
        let number = next(&mut queue).expect("a wish");
        if number != 2 {
            queue.finished(key(number), Ok(frame()));
        }
    }
    let told = queue.forget(&HashSet::from([key(1).instance]));
    assert_eq!(told, [Told::Evicted(keys([1]))]);
    assert!(queue.finished(key(2), Ok(frame())).is_empty(), "too late");
    assert_eq!(queue.counters().1, FRAME_BYTES);
}
