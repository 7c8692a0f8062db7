//! The house stands: a room uses rooms on floors below its own only (docs/DESIGN.md).

use std::fs;
use std::path::{Path, PathBuf};

const FLOORS: &[(&str, u32)] = &[
    ("time", 1),
    ("name", 1),
    ("encoding", 1),
    ("lanes", 1),
    ("sorted", 1),
    ("tag_list", 1),
    ("canon", 1),
    ("crypto", 1),
    ("dns", 2),
    ("message", 2),
    ("signature", 2),
    ("key", 2),
    ("hash", 2),
    ("verify", 3),
    ("sign", 3),
    ("alignment", 3),
    ("arc", 4),
    ("reporting", 3),
    ("auth_results", 4),
    ("domainkeys", 4),
    ("check", 4),
    ("diagnose", 4),
    ("verifier", 5),
    ("wasm", 6),
];

/// On the ground a few rooms stand on others: white space and names are everyone's.
const ON_THE_GROUND: &[(&str, &str)] = &[("canon", "lanes"), ("encoding", "tag_list")];

fn floor(room: &str) -> u32 {
    FLOORS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("no room {room}")).1
}

pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn rooms_use_only_rooms_below() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut uses = 0;
    for path in rust_files(&source) {
        let inside = path.strip_prefix(&source).expect("below src");
        let room = inside.components().next().expect("a room").as_os_str().to_string_lossy();
        let room = room.trim_end_matches(".rs").to_owned();
        if room == "lib" || room == "bin" {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file");
        // Tests may reach anywhere.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for used in line.split("crate::").skip(1) {
                let used: String =
                    used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                if used.is_empty() || used == room || inside.to_string_lossy().contains("tests") {
                    continue;
                }
                uses += 1;
                let allowed = floor(&used) < floor(&room)
                    || ON_THE_GROUND.contains(&(room.as_str(), used.as_str()));
                if !allowed {
                    wrong.push(format!("{}: {room} uses {used}", inside.display()));
                }
            }
        }
    }
    assert!(uses > 30, "only {uses} uses were read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
