//! What a command needs set up, by the names that build.sh has for it.

use crate::arguments::{Arguments, Command, ENGINES, HOSTS};

/// Debian packages come first: where root is missing, that is said before anything is built.
pub(crate) fn of(arguments: &Arguments) -> Vec<&'static str> {
    match arguments.command {
        Command::Check => of_check(arguments),
        Command::Ci => {
            let mut parts = of_tests(arguments);
            for part in of_check(arguments) {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            parts
        }
        Command::Proofs => Vec::new(),
        Command::Test | Command::Repeat => of_tests(arguments),
        Command::Setup | Command::Env => {
            let mut parts = of_tests(arguments);
            if !parts.is_empty() && !parts.contains(&"wasm-pack") {
                parts.push("wasm-pack");
            }
            parts
        }
    }
}

fn of_tests(arguments: &Arguments) -> Vec<&'static str> {
    let has =
        |step: &'static str| arguments.command.steps().contains(&step) && arguments.wants(step);
    let needed = |engine: &&'static str| {
        has(engine)
            || (has("unwind") && !arguments.leaves_out(engine))
            || (*engine == "chromium"
                && (has("atomics") || has("bundlers") || has("npm") || has("page")))
    };
    let builds_wasm = ENGINES
        .iter()
        .chain(HOSTS)
        .chain(&["unwind", "atomics", "bundlers", "page"])
        .any(|step| has(step));
    let mut parts: Vec<_> = ENGINES.iter().copied().filter(needed).collect();
    let hosts = HOSTS.iter().copied().filter(|host| has(host));
    parts.extend(hosts);
    if parts.is_empty() {
        return parts;
    }
    let firefox = parts.contains(&"firefox");
    if builds_wasm {
        parts.extend(["wasm32", "wasm-bindgen"]);
    }
    if firefox {
        parts.push("geckodriver");
    }
    if has("unwind") || has("atomics") {
        parts.push("std-sources");
    }
    if has("bundlers") {
        parts.extend(["wasm-pack", "bundlers"]);
    }
    if has("npm") || has("bundlers") {
        parts.push("npm");
    }
    parts
}

fn of_check(arguments: &Arguments) -> Vec<&'static str> {
    let mut parts = Vec::new();
    let has_sizes = arguments.wants("sizes");
    let compiles = ["clippy-wasm", "features", "bench", "sizes"];
    if compiles.iter().any(|step| arguments.wants(step)) {
        parts.push("wasm32");
    }
    if has_sizes {
        parts.extend(["wasm-bindgen", "wasm-opt"]);
    }
    if arguments.wants("npm-package") {
        parts.push("npm");
    }
    if arguments.wants("deny") || arguments.wants("advisories") {
        parts.push("cargo-deny");
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(words: &str) -> String {
        let words = words.split(' ').map(Into::into).collect();
        of(&Arguments::parse(words).unwrap()).join(" ")
    }

    #[test]
    fn native_tests_need_nothing() {
        assert_eq!(needs("test native sim"), "");
    }

    #[test]
    fn an_engine_needs_its_browser_and_driver() {
        assert_eq!(
            needs("test firefox"),
            "firefox wasm32 wasm-bindgen geckodriver"
        );
    }

    #[test]
    fn unwind_needs_the_engines_that_are_not_left_out() {
        assert_eq!(
            needs("test unwind --without=firefox"),
            "chromium webkit wasm32 wasm-bindgen std-sources"
        );
    }

    #[test]
    fn ci_needs_a_part_once() {
        assert_eq!(
            needs("ci --without=bundlers,npm,page,unwind,atomics,deno,bun,node,firefox,webkit"),
            "chromium wasm32 wasm-bindgen wasm-opt npm cargo-deny"
        );
    }

    #[test]
    fn a_host_needs_no_browser() {
        assert_eq!(needs("test deno node"), "deno node wasm32 wasm-bindgen");
    }

    #[test]
    fn shared_memory_is_tested_in_chromium() {
        assert_eq!(
            needs("test atomics"),
            "chromium wasm32 wasm-bindgen std-sources"
        );
    }

    #[test]
    fn sizes_need_what_makes_an_application_small() {
        assert_eq!(needs("check sizes"), "wasm32 wasm-bindgen wasm-opt");
    }

    #[test]
    fn the_npm_package_needs_no_wasm() {
        assert_eq!(needs("test npm"), "chromium npm");
        assert_eq!(needs("check npm-package"), "npm");
    }

    #[test]
    fn the_page_needs_chromium() {
        assert_eq!(needs("test page"), "chromium wasm32 wasm-bindgen");
    }

    #[test]
    fn bundlers_need_chromium() {
        assert_eq!(
            needs("test bundlers"),
            "chromium wasm32 wasm-bindgen wasm-pack bundlers npm"
        );
    }
}
