//! How the viewports show their images at this moment, for putting that on film: sizes on the screen are known only while drawing.

use egui::{Context, Id, Ui};

use crate::imaging::DisplayPlan;
use crate::imaging::view::View;
use crate::workspace::film::ViewOnScreen;
use crate::workspace::viewer::Tab;

fn id(cell: usize) -> Id {
    Id::unique(("view-on-screen", cell))
}

/// Notes what a viewport shows; the pan is in canvas pixels.
pub fn note(ui: &Ui, cell: usize, plan: &DisplayPlan, pan: (f64, f64)) {
    let view = &plan.view;
    let turns = (view.rotation, view.flip);
    let canvas = Some(view.canvas);
    let fitted = View::scale_to_fit(&view.area, plan.aspect, turns, canvas, view.interpolation);
    let on_screen = ViewOnScreen {
        cell,
        zoom: view.scale / fitted.scale,
        pan: (pan.0 / view.size.0 as f64, pan.1 / view.size.1 as f64),
    };
    ui.data_mut(|data| data.insert_temp(id(cell), on_screen));
}

/// What the visible viewports of a tab, or only the active one, showed last.
pub fn views(context: &Context, tab: &Tab, only_active: bool) -> Vec<ViewOnScreen> {
    let arrangement = &tab.arrangement;
    let wanted = |cell: &usize| !only_active || *cell == arrangement.active;
    let cells = arrangement.visible().filter(wanted);
    cells
        .filter(|cell| tab.image(*cell).is_some())
        .filter_map(|cell| context.data(|data| data.get_temp(id(cell))))
        .collect()
}
