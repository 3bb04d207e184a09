//! The panel of a presentation state (P3): a row for each of its modules — applied, not in this state, ignored and why, switched off —
//! with a switch; presets; whether a window stays while paging; and the menu of states.

use egui::{RichText, ScrollArea, Ui};

use super::planned::Planned;
use super::scene::Scene;
use super::state_menu;
use crate::dicom::{Tag, tags};
use crate::imaging::PresentationState;
use crate::imaging::StateWarning;
use crate::imaging::presentation_state::StateParts;
use crate::ui::context::UiContext;
use crate::ui::theme::{size, space};
use crate::workspace::viewer::ViewerAction;

/// Width of the panel.
pub const WIDTH: f32 = 264.0;
/// Reasons told for one module; more are counted.
const REASONS_MAX: usize = 5;

/// A module, or several that have no meaning without one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Module {
    /// Modality, VOI and presentation LUT (Tables 37 to 39).
    Grays,
    /// Display Shutter (Table 31).
    Shutter,
    /// Overlays and their activation (Tables 32, 33).
    Overlays,
    /// Graphic Annotation and its layers (Table 35).
    Graphics,
    /// Displayed Area (Table 34).
    Area,
    /// Spatial Transformation (Table 36).
    Turns,
    /// Everything else (Table 30, masks); it has no switch.
    Other,
}

const MODULES: [Module; 7] = [
    Module::Grays,
    Module::Shutter,
    Module::Overlays,
    Module::Graphics,
    Module::Area,
    Module::Turns,
    Module::Other,
];

impl Module {
    fn name(self) -> &'static str {
        match self {
            Self::Grays => "viewer.ps.module.grays",
            Self::Shutter => "viewer.ps.module.shutter",
            Self::Overlays => "viewer.ps.module.overlays",
            Self::Graphics => "viewer.ps.module.graphics",
            Self::Area => "viewer.ps.module.area",
            Self::Turns => "viewer.ps.module.turns",
            Self::Other => "viewer.ps.module.other",
        }
    }

    /// The switch of the module.
    fn switch(self, parts: &mut StateParts) -> Option<&mut bool> {
        Some(match self {
            Self::Grays => &mut parts.grayscale,
            Self::Shutter => &mut parts.shutter,
            Self::Overlays => &mut parts.overlays,
            Self::Graphics => &mut parts.annotations,
            Self::Area => &mut parts.area,
            Self::Turns => &mut parts.transformation,
            Self::Other => return None,
        })
    }

    /// The module an attribute belongs to.
    fn of(tag: Tag) -> Self {
        match (tag.group(), tag.element()) {
            (0x0018, 0x1600..=0x1624) => Self::Shutter,
            (0x6000..=0x60FF, _) => Self::Overlays,
            (0x0028, 0x1050..=0x3010 | 0x3110) | (0x2050, _) => Self::Grays,
            (0x0070, 0x0041..=0x0042) => Self::Turns,
            (0x0070, 0x0052..=0x005A | 0x0100..=0x0103) => Self::Area,
            (0x0070, 0x0001..=0x0068) => Self::Graphics,
            _ if tag == tags::COMPOUND_GRAPHIC_SEQUENCE => Self::Graphics,
            _ => Self::Other,
        }
    }

    /// Whether the state has the module.
    fn is_in(self, state: &PresentationState) -> bool {
        match self {
            Self::Grays | Self::Other => true,
            Self::Shutter => state.shutter.is_some(),
            Self::Overlays => !state.activations.is_empty(),
            Self::Graphics => state
                .annotations
                .iter()
                .any(|a| !a.part.annotations.is_empty()),
            Self::Area => !state.areas.is_empty(),
            Self::Turns => state.rotation != 0 || state.flip,
        }
    }
}

/// Draws the panel for the active cell.
pub fn panel_ui(
    ui: &mut Ui,
    context: &UiContext,
    scene: Option<&Scene>,
    planned: Option<&Planned>,
    out: &mut Vec<ViewerAction>,
) {
    ui.add_space(space::MEDIUM);
    ui.label(RichText::new(context.t("viewer.ps.panel")).size(size::HEADING));
    let Some(scene) = scene else {
        ui.label(context.t("viewer.ps.no-states"));
        return;
    };
    ScrollArea::vertical()
        .id_salt("state-panel")
        .show(ui, |ui| {
            state_menu::rows_ui(ui, context, scene, out);
            if let Some(state) = scene.states.usable() {
                ui.separator();
                presets_ui(ui, context, scene, out);
                let warnings = planned.map_or(&[][..], |planned| &planned.warnings);
                for module in MODULES {
                    module_ui(ui, context, scene, (module, state, warnings), out);
                }
            }
            ui.separator();
            let mut keep = scene.tab.arrangement.keep_window;
            let words = context.t("viewer.ps.keep-window");
            if ui.checkbox(&mut keep, words).changed() {
                out.push(ViewerAction::KeepWindow(scene.cell, keep));
            }
        });
}

fn presets_ui(ui: &mut Ui, context: &UiContext, scene: &Scene, out: &mut Vec<ViewerAction>) {
    let presets = [
        ("viewer.ps.preset.all", StateParts::ALL),
        ("viewer.ps.preset.graphics", StateParts::GRAPHICS),
        ("viewer.ps.preset.grays", StateParts::GRAYS),
    ];
    ui.horizontal_wrapped(|ui| {
        for (name, parts) in presets {
            let on = scene.parts == parts;
            if ui.selectable_label(on, context.t(name)).clicked() {
                out.push(ViewerAction::SetParts(scene.cell, parts));
            }
        }
    });
}

fn module_ui(
    ui: &mut Ui,
    context: &UiContext,
    scene: &Scene,
    (module, state, warnings): (Module, &PresentationState, &[StateWarning]),
    out: &mut Vec<ViewerAction>,
) {
    let theme = context.theme;
    let mut mine = warnings.iter().filter(|w| Module::of(w.tag) == module);
    let first = mine.next();
    if module == Module::Other && first.is_none() {
        return;
    }
    let mut parts = scene.parts;
    let present = module.is_in(state) || first.is_some();
    let counts = module.switch(&mut parts).is_none_or(|on| *on);
    let (word, color) = match (present, counts, first) {
        (false, ..) => ("viewer.ps.absent", theme.text_weak),
        (true, false, _) => ("viewer.ps.off", theme.warning),
        (true, true, Some(_)) => ("viewer.ps.partly", theme.warning),
        (true, true, None) => ("viewer.ps.applied", theme.text),
    };
    let name = context.t(module.name());
    ui.horizontal(|ui| {
        if let Some(on) = module.switch(&mut parts) {
            if ui
                .add_enabled(present, egui::Checkbox::new(on, name))
                .changed()
            {
                out.push(ViewerAction::SetParts(scene.cell, parts));
            }
        } else {
            ui.label(name);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(
                RichText::new(context.t(word))
                    .size(size::SMALL)
                    .color(color),
            );
        });
    });
    let reasons: Vec<&StateWarning> = first.into_iter().chain(mine).collect();
    for reason in reasons.iter().take(REASONS_MAX) {
        let text = RichText::new(reason.to_string());
        ui.label(text.size(size::SMALL).color(theme.warning));
    }
    if let Some(more @ 1..) = reasons.len().checked_sub(REASONS_MAX) {
        let count = more.to_string();
        let text = context
            .texts
            .fill("viewer.ps.ignored-more", &[("count", &count)]);
        ui.label(RichText::new(text).size(size::SMALL).color(theme.warning));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_stand_at_their_module() {
        let of = [
            (tags::SHUTTER_SHAPE, Module::Shutter),
            (tags::SHUTTER_PRESENTATION_VALUE, Module::Shutter),
            (tags::SOFTCOPY_VOILUT_SEQUENCE, Module::Grays),
            (tags::MODALITY_LUT_SEQUENCE, Module::Grays),
            (tags::PRESENTATION_LUT_SHAPE, Module::Grays),
            (tags::WINDOW_WIDTH, Module::Grays),
            (Tag(0x6002, 0x3000), Module::Overlays),
            (tags::IMAGE_ROTATION, Module::Turns),
            (tags::PRESENTATION_SIZE_MODE, Module::Area),
            (tags::DISPLAYED_AREA_SELECTION_SEQUENCE, Module::Area),
            (tags::GRAPHIC_LAYER, Module::Graphics),
            (tags::UNFORMATTED_TEXT_VALUE, Module::Graphics),
            (tags::COMPOUND_GRAPHIC_SEQUENCE, Module::Graphics),
            (tags::MASK_SUBTRACTION_SEQUENCE, Module::Other),
        ];
        for (tag, module) in of {
            assert_eq!(Module::of(tag), module, "{tag}");
        }
    }
}
