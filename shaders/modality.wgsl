// Modality stage (PS3.3 C.11.1), on each sample. Twin: src/imaging/raster/modality.rs.
fn modality(stored: f32) -> f32 {
    if plan.kinds.x == 0u {
        return stored * plan.modality.y + plan.modality.z;
    }
    return table_entry(modality_table, table_index(stored, plan.modality.w, plan.tables.x));
}
