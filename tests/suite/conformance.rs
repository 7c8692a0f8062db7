//! docs/CONFORMANCE.md names tests that exist.

use std::fs;
use std::path::Path;

use crate::floors::rust_files;

#[test]
fn the_tests_named_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources: String = ["src", "tests"]
        .iter()
        .flat_map(|folder| rust_files(&root.join(folder)))
        .map(|path| fs::read_to_string(path).expect("a source file"))
        .collect();
    let table = include_str!("../../docs/CONFORMANCE.md");
    let mut named = 0;
    for name in table.split('`').skip(1).step_by(2).filter(|code| code.contains("::")) {
        let function = name.rsplit("::").next().expect("a name");
        if !matches!(function, "*" | "") {
            named += 1;
            assert!(sources.contains(&format!("fn {function}()")), "there is no test {name}");
        }
    }
    assert!(named > 40, "only {named} names were read");
}
