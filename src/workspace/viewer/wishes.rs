//! Which frames the viewer wants, most wanted first: what is visible, the steps of a scroll in their order, the neighbours in
//! the direction of the scroll, then the rest of the stacks.

use std::collections::HashSet;

use super::Tab;
use crate::imaging::FrameKey;
use crate::imaging::stack::Stack;

/// Frames wished for at most.
const WISHES_MAX: usize = 3000;
/// Neighbours that come before the rest of the other cells' stacks.
const NEIGHBOURS: usize = 8;

/// The wish list of a tab.
pub fn wishes(tab: &Tab) -> Vec<FrameKey> {
    let mut list = Wishes::default();
    let arrangement = &tab.arrangement;
    let active = arrangement.active;
    let others = arrangement.visible().filter(|cell| *cell != active);
    let cells: Vec<(usize, &Stack)> = std::iter::once(active)
        .chain(others)
        .filter(|cell| arrangement.visible().contains(cell))
        .filter_map(|cell| Some((cell, &**tab.stack_of(cell)?)))
        .filter(|(_, stack)| !stack.document)
        .collect();
    for (cell, stack) in &cells {
        list.add(stack, tab.cursors[*cell].position);
    }
    for (cell, stack) in &cells {
        for position in &tab.cursors[*cell].pending {
            list.add(stack, *position);
        }
    }
    for (cell, stack) in &cells {
        around(tab, *cell, stack)
            .take(NEIGHBOURS)
            .for_each(|position| list.add(stack, position));
    }
    for (cell, stack) in &cells {
        around(tab, *cell, stack).for_each(|position| list.add(stack, position));
    }
    // Their values are told, and saved, though another image is shown.
    let drawn = arrangement.drawings.iter();
    drawn
        .filter(|(_, shapes)| !shapes.is_empty())
        .for_each(|(key, _)| list.add_key(key.clone()));
    list.keys
}

#[derive(Default)]
struct Wishes {
    keys: Vec<FrameKey>,
    known: HashSet<FrameKey>,
}

impl Wishes {
    fn add(&mut self, stack: &Stack, position: usize) {
        let Some(image) = stack.images.get(position) else {
            return;
        };
        self.add_key(image.key());
    }

    fn add_key(&mut self, key: FrameKey) {
        if self.keys.len() < WISHES_MAX && self.known.insert(key.clone()) {
            self.keys.push(key);
        }
    }
}

/// All positions of a stack from the destination outwards: two in the scroll's direction for each one behind.
fn around(tab: &Tab, cell: usize, stack: &Stack) -> impl Iterator<Item = usize> + use<> {
    let cursor = &tab.cursors[cell];
    let (from, length) = (cursor.destination() as i64, stack.images.len() as i64);
    let direction = if cursor.direction < 0 { -1 } else { 1 };
    (0..length)
        .flat_map(move |step| {
            [
                from + direction * (2 * step + 1),
                from + direction * (2 * step + 2),
                from - direction * (step + 1),
            ]
        })
        .filter(move |position| (0..length).contains(position))
        .map(|position| position as usize)
}
