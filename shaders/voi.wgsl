// VOI stage (PS3.3 C.11.2.1), on each sample, before resampling. Twin: src/imaging/raster/voi.rs.
fn voi(value: f32) -> f32 {
    switch plan.kinds.y {
        case 0u: { return ramp(value, plan.voi.x, plan.voi.y); }
        case 1u: { return linear(value, plan.voi.x, plan.voi.y); }
        case 2u: { return linear_exact(value, plan.voi.x, plan.voi.y); }
        case 3u: { return 1.0 / (1.0 + exp(-4.0 * (value - plan.voi.x) / plan.voi.y)); }
        default: { return table_entry(voi_table, table_index(value, plan.voi.x, plan.tables.y)); }
    }
}

fn ramp(value: f32, low: f32, high: f32) -> f32 {
    if value <= low { return 0.0; }
    if value >= high { return 1.0; }
    return (value - low) / (high - low);
}

fn linear(value: f32, center: f32, width: f32) -> f32 {
    let span = width - 1.0;
    let middle = center - 0.5;
    if value <= middle - span / 2.0 { return 0.0; } // comparisons first, as in the twin: a width of 1 has no slope
    if value > middle + span / 2.0 { return 1.0; }
    return (value - middle) / span + 0.5;
}

fn linear_exact(value: f32, center: f32, width: f32) -> f32 {
    if value <= center - width / 2.0 { return 0.0; }
    if value > center + width / 2.0 { return 1.0; }
    return (value - center) / width + 0.5;
}
