//! The rules of the house that no lint knows: layers, crates kept to their module, shaders with twins, one home for UIDs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// (module, what it may use besides itself): arrows only point down.
const LAYERS: &[(&str, &[&str])] = &[
    ("dicom", &[]),
    ("config", &["dicom"]),
    ("phantom", &["dicom"]),
    ("imaging", &["dicom"]),
    ("store", &["dicom"]),
    ("render", &["imaging", "dicom"]),
    ("node", &["store", "imaging", "dicom"]),
    ("engine", &["node", "store", "imaging", "config", "dicom"]),
    ("workspace", &["engine", "imaging", "dicom"]),
    ("ui", &["workspace", "engine", "render", "imaging", "dicom"]),
    (
        "app",
        &[
            "ui",
            "workspace",
            "engine",
            "render",
            "config",
            "imaging",
            "dicom",
        ],
    ),
    (
        "cli",
        &[
            "app", "engine", "imaging", "render", "config", "phantom", "dicom",
        ],
    ),
];

/// (crate, modules that may name it).
const CRATES: &[(&str, &[&str])] = &[
    ("eframe", &["app", "ui"]),
    ("rfd", &["app"]),
    ("egui", &["ui", "app"]),
    ("egui_wgpu", &["ui", "app"]),
    ("wgpu", &["render", "ui", "app"]),
    ("clap", &["cli"]),
    ("crossbeam_channel", &["engine", "store", "app"]),
    ("tokio", &["node"]),
    ("tokio_util", &["node", "engine"]),
    ("dicom_ul", &["node"]),
    ("tokio_rustls", &["node"]),
    ("rusqlite", &["store"]),
    ("rusqlite_migration", &["store"]),
    ("dicom_pixeldata", &["imaging", "phantom"]),
    ("zune_jpeg", &["imaging"]),
    ("directories", &["config"]),
    ("tracing_subscriber", &["config"]),
    ("tracing_appender", &["config"]),
    (
        "dicom_object",
        &[
            "dicom", "phantom", "config", "imaging", "store", "render", "node",
        ],
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The product code of a file: without comments and without its unit tests.
fn product_lines(path: &Path) -> Vec<(usize, String)> {
    let is_tests = path.file_name().is_some_and(|n| n == "tests.rs")
        || path.components().any(|c| c.as_os_str() == "tests");
    if is_tests {
        return Vec::new();
    }
    let text = fs::read_to_string(path).expect("a readable source file");
    let mut lines = Vec::new();
    let mut before_module = false;
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("").trim().to_owned();
        if before_module && code.starts_with("mod ") && code.ends_with('{') {
            break; // unit tests close the file
        }
        before_module = code == "#[cfg(test)]";
        lines.push((number + 1, code));
    }
    lines
}

/// (module, file, product lines) of everything under `src/` but the two crate roots.
fn sources() -> Vec<(String, PathBuf, Vec<(usize, String)>)> {
    let src = root().join("src");
    files_below(&src, "rs")
        .into_iter()
        .filter_map(|path| {
            let relative = path.strip_prefix(&src).expect("below src").to_owned();
            let mut parts = relative.components();
            let module = parts.next()?.as_os_str().to_str()?.to_owned();
            parts.next()?;
            let lines = product_lines(&path);
            Some((module, relative, lines))
        })
        .collect()
}

/// Whether `word` stands in `code` as a path root: `word::`, not part of a longer name.
fn names(code: &str, word: &str) -> bool {
    let needle = format!("{word}::");
    code.match_indices(&needle).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// The top-level modules that a line reaches through `crate::x` or `crate::{x, y}`.
fn modules_used(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => used.push(std::mem::take(&mut word)),
                    _ if depth == 0 => word.push(c),
                    _ => {}
                }
            }
            used.push(word);
        } else {
            used.push(rest.to_owned());
        }
    }
    used.iter()
        .map(|w| {
            w.trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .filter(|w: &String| !w.is_empty())
        .collect()
}

#[test]
fn arrows_only_point_down() {
    let known: BTreeSet<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    let mut wrong = Vec::new();
    for (module, path, lines) in sources() {
        let (_, may_use) = LAYERS
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("module {module} has no layer"));
        for (number, code) in lines {
            for used in modules_used(&code) {
                let upward = known.contains(used.as_str())
                    && used != module
                    && !may_use.contains(&used.as_str());
                if upward {
                    wrong.push(format!(
                        "src/{}:{number}: {module} uses {used}",
                        path.display()
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports that point up or sideways:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_reader_of_imports_sees_them() {
    assert_eq!(modules_used("use crate::store::Store;"), ["store"]);
    assert_eq!(
        modules_used("use crate::{dicom::{A, B}, node};"),
        ["dicom", "node"]
    );
    assert_eq!(modules_used("let x = crate::ui::theme();"), ["ui"]);
    assert!(names("let p = wgpu::Color::RED;", "wgpu"));
    assert!(!names("egui_wgpu::Renderer", "wgpu"));
}

#[test]
fn crates_stay_in_their_module() {
    let mut wrong = Vec::new();
    for (module, path, lines) in sources() {
        for (krate, modules) in CRATES {
            for (number, code) in &lines {
                if names(code, krate) && !modules.contains(&module.as_str()) {
                    wrong.push(format!(
                        "src/{}:{number}: {krate} outside {modules:?}",
                        path.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_store_speaks_sql_and_only_the_node_is_async() {
    let mut wrong = Vec::new();
    for (module, path, lines) in sources() {
        for (number, code) in &lines {
            let sql = ["SELECT ", "INSERT ", "DELETE FROM ", "UPDATE "]
                .iter()
                .any(|word| code.contains(&format!("\"{word}")));
            if sql && module != "store" {
                wrong.push(format!(
                    "src/{}:{number}: SQL outside store",
                    path.display()
                ));
            }
            if module != "node" && (code.contains("async fn ") || code.contains(".await")) {
                wrong.push(format!(
                    "src/{}:{number}: async outside node",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn uids_of_the_standard_live_in_the_vocabulary() {
    let mut wrong = Vec::new();
    for (module, path, lines) in sources() {
        if module == "dicom" {
            continue;
        }
        for (number, code) in lines {
            if code.contains("\"1.2.840.10008") {
                wrong.push(format!("src/{}:{number}: {code}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "UID literals outside dicom/:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_shader_stage_has_a_twin() {
    // One joins the stages, the other only copies what the twins made.
    let shared_parts = ["viewport", "copy"];
    let shaders = files_below(&root().join("shaders"), "wgsl");
    assert!(!shaders.is_empty());
    for shader in shaders {
        let stage = shader
            .file_stem()
            .and_then(|s| s.to_str())
            .expect("a name")
            .to_owned();
        if shared_parts.contains(&stage.as_str()) {
            continue;
        }
        let twin = root().join(format!("src/imaging/raster/{stage}.rs"));
        assert!(twin.exists(), "{stage}.wgsl has no twin {}", twin.display());
    }
}

#[test]
fn every_migration_is_listed() {
    let listed: String = files_below(&root().join("src/store"), "rs")
        .iter()
        .map(|path| fs::read_to_string(path).expect("readable"))
        .collect();
    let migrations = files_below(&root().join("migrations"), "sql");
    assert!(!migrations.is_empty());
    for migration in migrations {
        let name = migration
            .file_name()
            .and_then(|n| n.to_str())
            .expect("a name")
            .to_owned();
        assert!(listed.contains(&name), "{name} is not run by the store");
        let text = fs::read_to_string(&migration).expect("readable");
        assert!(text.starts_with("-- "), "{name} does not say why");
    }
}

#[test]
fn no_test_file_is_forgotten() {
    for binary in ["integration", "interop"] {
        let folder = root().join("tests").join(binary);
        let main = fs::read_to_string(folder.join("main.rs")).expect("a main file");
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let name = entry
                .file_name()
                .to_string_lossy()
                .trim_end_matches(".rs")
                .to_owned();
            if name != "main" {
                assert!(
                    main.contains(&format!("mod {name};")),
                    "tests/{binary}/{name} is not run"
                );
            }
        }
    }
}

#[test]
fn files_are_small_enough_to_read() {
    let mut long = Vec::new();
    for path in files_below(&root().join("src"), "rs") {
        let lines = fs::read_to_string(&path).expect("readable").lines().count();
        if lines > 800 {
            long.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert!(
        long.is_empty(),
        "what second thing do these do?\n{}",
        long.join("\n")
    );
}

#[test]
fn the_top_level_stays_as_planned() {
    let planned = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "assets",
        "shaders",
        "migrations",
        "tests",
        "packaging",
        "README.md",
        "LICENSE",
        "clippy.toml",
        "target",
        "shared",
    ];
    for entry in fs::read_dir(root()).expect("the root").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let picture = name == "dgscope-screenshot.png"; // packaging/run.sh leaves it without a display
        assert!(
            name.starts_with('.') || picture || planned.contains(&name.as_str()),
            "unplanned at the top level: {name}"
        );
    }
}

/// Dependencies that only window and terminal need: they stay out of the fuzz targets, which would take long to build with them.
const NOT_FUZZED: &[&str] = &[
    "eframe",
    "egui",
    "egui-wgpu",
    "wgpu",
    "rfd",
    "clap",
    "directories",
    "tracing-appender",
    "tracing-subscriber",
];

/// The lines of `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let path = root().join(manifest);
    let text = fs::read_to_string(path).expect("a manifest");
    let lines = text.lines().skip_while(|line| *line != "[dependencies]");
    let lines = lines.skip(1).take_while(|line| !line.starts_with('['));
    lines
        .filter(|line| line.contains('='))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_fuzz_targets_are_built_with_what_the_product_is_built_with() {
    let name = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    let mut product = dependencies("Cargo.toml");
    product.retain(|line| !NOT_FUZZED.contains(&name(line).as_str()));
    let mut fuzzed = dependencies("tests/fuzz/Cargo.toml");
    fuzzed.retain(|line| name(line) != "libfuzzer-sys");
    let missing: Vec<_> = product.difference(&fuzzed).collect();
    let extra: Vec<_> = fuzzed.difference(&product).collect();
    assert!(missing.is_empty(), "tests/fuzz lacks {missing:?}");
    assert!(extra.is_empty(), "tests/fuzz has {extra:?} in addition");
}

#[test]
fn every_fuzz_target_is_in_its_manifest() {
    let manifest = fs::read_to_string(root().join("tests/fuzz/Cargo.toml")).expect("a manifest");
    let targets = fs::read_dir(root().join("tests/fuzz/fuzz_targets")).expect("targets");
    let mut count = 0;
    for path in targets.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let file = path.file_name().and_then(|name| name.to_str());
            let line = format!("path = \"fuzz_targets/{}\"", file.expect("a name"));
            assert!(manifest.contains(&line), "not in the manifest: {line}");
            count += 1;
        }
    }
    assert!(count >= 12, "only {count} fuzz targets");
}
