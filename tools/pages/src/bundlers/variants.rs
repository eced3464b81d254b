//! The ways in which the application is built and served.

use super::refusal::Refusal;

/// A strict policy: nothing but this site's own files, and wasm.
pub(super) const STRICT: &str =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";

const DEEP: &str = "/deep/path/";

/// Which output of wasm-bindgen is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// `--target web`, as files of the application.
    Files,
    /// `--target web`, as a package in node_modules.
    Package,
    /// `--target bundler`, with the feature of that name.
    BundlerTarget,
    /// The npm package, from its tarball.
    Npm,
    /// The application of that package's README.
    Readme,
    /// The application of docs/rust-for-typescript.md.
    RustPage,
}

/// How it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Files,
    StrictPolicy,
    /// Every file comes late, so that every worker is late.
    Slow,
    /// By the bundler itself, while the application is developed.
    Dev,
    /// From a browser extension, in Chromium.
    Extension,
    /// The page alone: its workers do not start.
    Refused(Refusal),
}

/// One test.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    pub(super) name: String,
    /// What node is given to build it, from tests/bundlers.
    pub(super) script: &'static [&'static str],
    pub(super) source: Source,
    pub(super) hashed: bool,
    pub(super) way: Way,
    pub(super) base: &'static str,
}

impl Variant {
    /// Where it is built; tests that differ only in the serving share one.
    pub(super) fn folder(&self) -> String {
        let name = self.name.split("::").next().unwrap_or_default();
        let base = self.base.trim_matches('/').replace('/', "-");
        if base.is_empty() {
            name.to_owned()
        } else {
            format!("{name}-{base}")
        }
    }
}

const VITE: &[&str] = &[
    "node_modules/vite/bin/vite.js",
    "build",
    "--config",
    "vite.config.js",
];
const VITE_DEV: &[&str] = &[
    "node_modules/vite/bin/vite.js",
    "--config",
    "vite.config.js",
];
const RUST_PAGE: &[&str] = &[
    "node_modules/vite/bin/vite.js",
    "--config",
    "rust-page.config.js",
];
const NONE: &[&str] = &["none.js"];
const WEBPACK: &[&str] = &["webpack.js"];
const ESBUILD: &[&str] = &["esbuild.js"];
const ESBUILD_NPM: &[&str] = &["esbuild-npm.js"];
const RSPACK_NPM: &[&str] = &["rspack-npm.js"];
const PARCEL_NPM: &[&str] = &["parcel-npm.js"];
const README: &[&str] = &["readme.js"];
const ROLLUP_NPM: &[&str] = &[
    "node_modules/@rollup/wasm-node/dist/bin/rollup",
    "--config",
    "rollup-npm.config.js",
];
const ROLLUP: &[&str] = &[
    "node_modules/@rollup/wasm-node/dist/bin/rollup",
    "--config",
    "rollup.config.js",
];

/// Every test there is.
pub(super) fn variants() -> Vec<Variant> {
    let builds = [
        ("none", NONE, Source::Files, false),
        ("none_hashed", NONE, Source::Files, true),
        ("vite", VITE, Source::Files, false),
        ("vite_package", VITE, Source::Package, false),
        ("webpack", WEBPACK, Source::Files, false),
        ("webpack_package", WEBPACK, Source::Package, false),
        ("esbuild", ESBUILD, Source::Files, false),
        ("rollup", ROLLUP, Source::Files, false),
        (
            "webpack_bundler_target",
            WEBPACK,
            Source::BundlerTarget,
            false,
        ),
        ("vite_bundler_target", VITE, Source::BundlerTarget, false),
        ("none_npm", NONE, Source::Npm, false),
        ("vite_npm", VITE, Source::Npm, false),
        ("webpack_npm", WEBPACK, Source::Npm, false),
        ("rspack_npm", RSPACK_NPM, Source::Npm, false),
        ("parcel_npm", PARCEL_NPM, Source::Npm, false),
        ("esbuild_npm", ESBUILD_NPM, Source::Npm, false),
        ("rollup_npm", ROLLUP_NPM, Source::Npm, false),
        ("vite_npm_readme", README, Source::Readme, false),
    ];
    let everywhere = [
        ("plain", Way::Files, "/"),
        ("strict_policy", Way::StrictPolicy, "/"),
        ("base_path", Way::Files, DEEP),
    ];
    // What a bundler does with a base path does not depend on the application, so another is built for one alone.
    let below = [
        ("strict_policy", Way::StrictPolicy, DEEP),
        ("base_path", Way::Files, DEEP),
    ];
    let mut variants = Vec::new();
    for (name, script, source, hashed) in builds {
        let ways = match source {
            Source::Files => &everywhere[..],
            // Its pages have an import map, which such a policy forbids.
            _ if script == PARCEL_NPM => &below[1..],
            _ => &below,
        };
        for &(what, way, base) in ways {
            variants.push(Variant {
                name: format!("{name}::{what}"),
                script,
                source,
                hashed,
                way,
                base,
            });
        }
    }
    let slow = [("none", NONE), ("vite", VITE), ("webpack", WEBPACK)];
    for (name, script) in slow {
        variants.push(Variant {
            name: format!("{name}::slow"),
            script,
            source: Source::Files,
            hashed: false,
            way: Way::Slow,
            base: "/",
        });
    }
    for (name, refusal) in Refusal::ALL {
        variants.push(Variant {
            name: format!("none::refused::{name}"),
            script: NONE,
            source: Source::Files,
            hashed: false,
            way: Way::Refused(refusal),
            base: "/",
        });
    }
    let dev = [
        ("vite_dev::plain", VITE_DEV, Source::Files, "/"),
        ("vite_dev::base_path", VITE_DEV, Source::Files, DEEP),
        ("vite_dev_package::plain", VITE_DEV, Source::Package, "/"),
        ("vite_dev_npm::plain", VITE_DEV, Source::Npm, "/"),
        (
            "vite_dev_rust_page::plain",
            RUST_PAGE,
            Source::RustPage,
            "/",
        ),
    ];
    for (name, script, source, base) in dev {
        variants.push(Variant {
            name: name.to_owned(),
            script,
            source,
            hashed: false,
            way: Way::Dev,
            base,
        });
    }
    variants.push(Variant {
        name: "extension::plain".to_owned(),
        script: NONE,
        source: Source::Files,
        hashed: false,
        way: Way::Extension,
        base: "/",
    });
    variants
}
