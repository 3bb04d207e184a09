//! The reference material beside the project (vectors, real files, tools): present in CI, absent in a stranger's clone.

use std::path::PathBuf;

/// A path below `../shared`; `None`, said aloud, when it is absent, and a failure when CI demands it.
pub fn shared(relative: &str) -> Option<PathBuf> {
    let root = std::env::var_os("DGSCOPE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let path = root.join(relative);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("DGSCOPE_REQUIRE_SHARED").is_none(),
        "required reference material is absent: {relative}"
    );
    eprintln!("SKIPPED: reference material is absent: {relative}");
    None
}
