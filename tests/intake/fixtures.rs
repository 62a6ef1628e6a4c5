//! Lists as vendors write them, each with what must be found beside it.

use std::path::Path;

use gears_console::intake::{Options, Source};

use super::support::{read_source, short};

#[test]
fn every_list_yields_what_stands_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/intake/lists");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "found") {
            continue;
        }
        count += 1;
        let beside = path.with_file_name(format!("{}.found", path.file_name().unwrap().to_str().unwrap()));
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        let found = short(&read_source(&Source::File(path.clone()), &Options::default()).unwrap()).join("\n");
        assert_eq!(found, expected.trim_end(), "{}", path.display());
    }
    assert!(count > 20, "{count}");
}
