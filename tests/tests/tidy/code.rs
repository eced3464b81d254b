//! Where platforms, JavaScript and other crates may be named, and what no file may be.

use std::fs;

use crate::files::{assert_none, files, root, sources};

/// The longest file that is read in one go.
const LINES_MAX: usize = 500;

/// Which platform is built for is asked in the facade, in the platforms' folders and on pages.
#[test]
fn platform_cfg_stands_in_few_places() {
    let allowed = [
        "src/lib.rs",
        "tests/facade.rs",
        "native/",
        "web/",
        "sim/",
        "www/",
        "bench/web/",
        "tests/bundlers/",
    ];
    let words = [
        "target_arch",
        "target_os",
        "target_family",
        "target_env",
        "cfg(unix",
        "cfg(windows",
        "target_pointer_width",
    ];
    let breaches: Vec<_> = sources()
        .iter()
        .filter(|file| !file.is_in(&allowed))
        .flat_map(|file| file.places_of(&words))
        .collect();
    assert_none("a platform cfg outside the platforms' folders", &breaches);
}

/// A feature of the web platform is asked for at the doors of its folder: where modules are declared, and where the root
/// meets scripts.
#[test]
fn feature_cfg_stands_at_the_doors() {
    let doors = [
        "web/src/lib.rs",
        "web/src/web.rs",
        "web/src/protocol.rs",
        "web/src/root.rs",
        "web/src/root/spawn.rs",
        "web/src/root/shut_down.rs",
    ];
    let breaches: Vec<_> = sources()
        .iter()
        .filter(|file| file.is_in(&["web/src/"]) && !file.is_in(&doors))
        .flat_map(|file| file.places_of(&["#[cfg(feature = \"gloo\"", "#[cfg(feature = \"js\""]))
        .collect();
    assert_none("a feature asked for inside the house", &breaches);
}

/// Imports go one way: www → facade → platforms → core, and the suite knows only core.
#[test]
fn imports_go_one_way() {
    let rules: [(&str, &[&str]); 6] = [
        (
            "core/",
            &[
                "insula_native",
                "insula_web",
                "insula_sim",
                "insula_tests",
                "insula::",
                "insula-native",
                "insula-web",
                "insula-sim",
            ],
        ),
        (
            "native/",
            &[
                "insula_web",
                "insula_sim",
                "insula::",
                "insula-web",
                "insula-sim",
            ],
        ),
        (
            "web/",
            &[
                "insula_native",
                "insula_sim",
                "insula::",
                "insula-native",
                "insula-sim",
            ],
        ),
        (
            "sim/",
            &[
                "insula_native",
                "insula_web",
                "insula::",
                "insula-native",
                "insula-web",
            ],
        ),
        (
            "tests/src/",
            &["insula_native", "insula_web", "insula_sim", "use insula::"],
        ),
        ("", &["insula_www::", "insula-www."]),
    ];
    let files: Vec<_> = sources()
        .into_iter()
        .chain(files(&["Cargo.toml"]))
        .collect();
    let mut breaches = Vec::new();
    for (folder, words) in rules {
        let here = files
            .iter()
            .filter(|file| file.is_in(&[folder]) && !file.is_in(&["www/"]));
        // `insula:` in a text is a program's scheme; in messages the facade is named by its calls.
        breaches.extend(
            here.flat_map(|file| file.places_of(words))
                .filter(|place| !place.contains("`insula::") && !place.contains("\"insula::")),
        );
    }
    assert_none("an import against the current", &breaches);
}

/// JavaScript is spoken in web/ and on pages.
#[test]
fn javascript_is_named_in_few_places() {
    let allowed = [
        "web/",
        "www/",
        "bench/web/",
        "examples/src/web",
        "tests/bundlers/",
    ];
    let words = ["js_sys", "web_sys", "wasm_bindgen"];
    let breaches: Vec<_> = sources()
        .iter()
        .filter(|file| !file.is_in(&allowed))
        .flat_map(|file| file.places_of(&words))
        .collect();
    assert_none("JavaScript outside web/ and www/", &breaches);
}

/// No file is too long to read in one go.
#[test]
fn files_are_short() {
    let long = sources()
        .into_iter()
        .map(|file| (file.text.lines().count(), file.path))
        .filter(|(lines, _)| *lines > LINES_MAX);
    assert_none(
        "a long file",
        &long
            .map(|(lines, path)| format!("{path}: {lines} lines"))
            .collect::<Vec<_>>(),
    );
}

/// Nothing is left to be done in code that ships.
#[test]
fn nothing_is_unfinished() {
    let words = [
        "todo!",
        "unimplemented!",
        "FIXME",
        "XXX",
        "Under construction",
    ];
    let breaches: Vec<_> = sources()
        .iter()
        .flat_map(|file| file.places_of(&words))
        .collect();
    assert_none("unfinished code", &breaches);
}

/// The changelog knows the version that is built.
#[test]
fn changelog_mentions_the_version() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).expect("there is a changelog");
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        changelog.contains(version),
        "CHANGELOG.md does not mention {version}"
    );
}

/// All crates of the workspace have one version.
#[test]
fn versions_are_in_step() {
    for file in files(&["Cargo.toml"]) {
        let own = file.text.contains("[package]");
        let shares = file.text.contains("version.workspace = true");
        // In workspaces of their own, and not published.
        let is_apart = file.is_in(&["core/fuzz/", "bench/"]);
        assert!(
            !own || shares || is_apart,
            "{} has a version of its own",
            file.path
        );
    }
}
