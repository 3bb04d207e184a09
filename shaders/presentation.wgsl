// Presentation stage (PS3.3 C.11.6): VOI output to P-Value. Twin: src/imaging/raster/presentation.rs.
fn presentation(shown: f32) -> f32 {
    switch plan.kinds.z {
        case 0u: { return shown; }
        case 1u: { return 1.0 - shown; }
        case 2u: { return presentation_entry(shown); }
        default: { return 1.0 - presentation_entry(shown); }
    }
}

// The whole VOI output maps onto the whole table.
fn presentation_entry(shown: f32) -> f32 {
    let last = plan.tables.z;
    return table_entry(presentation_table, table_index(shown * f32(last), 0.0, last));
}
