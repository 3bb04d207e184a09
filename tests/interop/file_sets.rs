//! What we export with a DICOMDIR, read by others.

use std::process::Command;

use super::program::{dcmtk, dgscope};

/// Part of every demonstration series in a store, exported as a file set.
fn exported() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let objects = folder.path().join("objects");
    std::fs::create_dir(&objects).expect("a folder");
    for object in dgscope::phantom::demonstration::demonstration()
        .iter()
        .step_by(25)
    {
        std::fs::write(objects.join(object.file_name()), object.file()).expect("written");
    }
    let store = folder.path().join("store");
    let set = folder.path().join("set");
    let imported = dgscope(&store).arg("import").arg(&objects).output();
    assert!(imported.expect("it runs").status.success());
    let exported = dgscope(&store)
        .args(["export", "--dicomdir"])
        .arg(&set)
        .arg("PatientID=*")
        .output()
        .expect("it runs");
    assert!(
        exported.status.success(),
        "{}",
        String::from_utf8_lossy(&exported.stderr)
    );
    (folder, set)
}

#[test]
fn dcmdirdump_and_pydicom_read_our_dicomdir() {
    let (folder, set) = exported();
    let objects = std::fs::read_dir(folder.path().join("objects")).expect("objects");
    let count = objects.count();
    let index = set.join("DICOMDIR");
    if let Some(mut dump) = dcmtk("dcmdump") {
        let output = dump.arg("+L").arg(&index).output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{text}"
        );
        let images = text.matches("ReferencedFileID").count();
        assert_eq!(images, count, "{text}");
    }
    // pydicom follows the offsets and finds every file, as a viewer of the disc would.
    let script = "import sys; from pydicom.fileset import FileSet; \
        files = FileSet(sys.argv[1]); \
        print(len(files), all(f.load().SOPInstanceUID == f.SOPInstanceUID for f in files))";
    let read = Command::new("python3")
        .args(["-c", script])
        .arg(&index)
        .output();
    match read {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(text.trim(), format!("{count} True"));
        }
        other => {
            assert!(
                std::env::var_os("DGSCOPE_REQUIRE_SHARED").is_none(),
                "pydicom is required: {other:?}"
            );
            eprintln!("SKIPPED: pydicom is absent");
        }
    }
    // Our own import takes it back, and finds nothing new.
    let again = dgscope(&folder.path().join("store"))
        .args(["--json", "import"])
        .arg(&index)
        .output()
        .expect("it runs");
    let told: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(told["duplicate"], count);
    // A second file set does not replace the first.
    let again = dgscope(&folder.path().join("store"))
        .args(["export", "--dicomdir"])
        .arg(&set)
        .arg("PatientID=*")
        .output()
        .expect("it runs");
    assert_eq!(again.status.code(), Some(2));
}
