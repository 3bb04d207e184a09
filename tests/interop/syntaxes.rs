//! Verification, find and move in each transfer syntax of Tables 7, 9, 18 and 24, where a peer understands that one only.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::objects::{ARCHIVE, archive};
use super::peers::{Script, pynetdicom};
use super::program::{Running, dcmtk, dgscope, succeed};

const SYNTAXES: [&str; 3] = [
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
];

#[test]
fn we_ask_in_every_syntax() {
    let dir = tempfile::tempdir().expect("a folder");
    for syntax in SYNTAXES {
        let Some(mut archive) = Script::start("qr_scp.py", &[syntax]) else {
            return;
        };
        let peer = format!("ARCHIVE@{}", archive.address);
        let mut said = || -> Value {
            let line = archive.next_line();
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"))
        };
        succeed(dir.path(), &["echo", &peer]);
        assert_eq!(said(), json!({"service": "echo", "syntax": syntax}));
        let found = succeed(dir.path(), &["find", &peer, "PatientName=M\u{fc}*"]);
        let asked =
            json!({"service": "find", "syntax": syntax, "level": "STUDY", "name": "M\u{fc}*"});
        assert_eq!(said(), asked);
        assert_eq!(
            found[0]["00100010"]["Value"][0]["Alphabetic"],
            "M\u{fc}ller^Ren\u{e9}"
        );
        assert_eq!(found[0]["0020000D"]["Value"][0], "1.2.3.4");
        // The script knows no destination.
        let mut moving = dgscope(dir.path());
        let moved = moving
            .args(["--json", "move", &peer, "--to", "ELSEWHERE"])
            .arg("StudyInstanceUID=1.2.3.4")
            .output()
            .expect("the program ends");
        assert_eq!(moved.status.code(), Some(3));
        let report: Value = serde_json::from_slice(&moved.stdout).expect("JSON");
        assert_eq!(report["status"], "A801", "{report}");
        let asked =
            json!({"service": "move", "syntax": syntax, "study": "1.2.3.4", "to": "ELSEWHERE"});
        assert_eq!(said(), asked);
    }
}

#[test]
fn we_answer_in_every_syntax() {
    let (Some(mut asking), Some(storescp)) = (pynetdicom("qr_scu.py"), dcmtk("storescp")) else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    let inbox = tempfile::tempdir().expect("a folder");
    archive(files.path());
    succeed(dir.path(), &["import", &files.path().display().to_string()]);
    let switches = ["services.find-scp=true", "services.move-scp=true"];
    succeed(dir.path(), &["settings", switches[0], switches[1]]);
    let third = Running::storescp(storescp, inbox.path());
    let at: SocketAddr = third.address;
    let port = at.port().to_string();
    succeed(
        dir.path(),
        &["peer", "add", "third", "THIRD", "127.0.0.1", &port],
    );
    let served = Running::serve(dir.path(), &["--accept-unknown"]);
    let output = asking
        .args([&served.port(), "DGSCOPE", "OTHER*", "THIRD"])
        .arg(ARCHIVE[2].study_uid())
        .output()
        .expect("the script ends");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let answers: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for (answer, syntax) in answers.as_array().expect("an array").iter().zip(SYNTAXES) {
        let expected = json!({
            "syntax": syntax,
            "accepted": ["1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2"],
            "echo": 0,
            "find": [0xFF00, 0],
            "studies": [ARCHIVE[2].study_uid()],
            "move": [0, 4, 0],
        });
        assert_eq!(*answer, expected);
    }
}
