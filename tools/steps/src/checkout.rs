//! [`Checkout`]: where things are, and the environments of the builds.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

/// The target of the browsers' builds.
pub(crate) const WASM32: &str = "wasm32-unknown-unknown";

/// Would replace the flags of a build that has flags of its own.
const FLAGS: &[&str] = &[
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
];

type Variables = Vec<(String, String)>;

/// How a build for the browser treats a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Panics {
    Abort,
    Unwind,
}

/// The folder this program was built in, and what build.sh has set up.
#[derive(Debug)]
pub(crate) struct Checkout {
    root: PathBuf,
    /// With these a build for wasm32 finds its compiler.
    wasm: Variables,
    /// Folders of tools, each with a colon behind it.
    tools: String,
}

impl Checkout {
    /// build.sh says what it has set up: variables in `INSULA_WASM_ENV`, one a line, and the folders of
    /// tools, which are on `PATH` already, in `INSULA_TOOL_PATH`.
    pub(crate) fn from_environment() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root
            .canonicalize()
            .with_context(|| format!("{} is no longer there", root.display()))?;
        let wasm = env::var("INSULA_WASM_ENV").unwrap_or_default();
        let wasm = wasm.lines().filter_map(|line| line.split_once('='));
        Ok(Self {
            root,
            wasm: wasm
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            tools: env::var("INSULA_TOOL_PATH").unwrap_or_default(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from)
    }

    /// In the checkout, because two may test at once.
    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("target/logs")
    }

    /// A program that runs at the root.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    pub(crate) fn cargo(&self) -> Command {
        self.command("cargo")
    }

    /// A program that builds for the browser. Line numbers are of no use there, and make a test program
    /// twice as large, which has to be read for each run.
    pub(crate) fn wasm_command(&self, program: &str, panics: Panics) -> Command {
        let mut command = self.command(program);
        command
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .envs(self.wasm_variables(panics));
        if panics == Panics::Unwind {
            for name in FLAGS {
                command.env_remove(name);
            }
        }
        command
    }

    /// cargo for a module whose memory is shared, as those of wasm-bindgen-rayon and wasm_thread are. The standard library
    /// is built anew, because that of every toolchain is without atomics.
    ///
    /// The exports are what wasm-bindgen makes threads with.
    pub(crate) fn shared_memory_cargo(&self) -> Command {
        let mut command = self.wasm_command("cargo", Panics::Abort);
        for name in FLAGS {
            command.env_remove(name);
        }
        let mut flags = [
            "-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals",
            "-Clink-arg=--shared-memory",
            "-Clink-arg=--import-memory",
            "-Clink-arg=--max-memory=1073741824",
        ]
        .join(" ");
        for export in ["wasm_init_tls", "tls_size", "tls_align", "tls_base"] {
            flags += &format!(" -Clink-arg=--export=__{export}");
        }
        command
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort,test")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
            .env("CARGO_TARGET_DIR", self.root.join("target/atomics"));
        command
    }

    fn wasm_variables(&self, panics: Panics) -> Variables {
        let mut variables = self.wasm.clone();
        if panics == Panics::Unwind {
            variables.extend(self.unwind_variables());
        }
        variables
    }

    /// The standard library of every toolchain is built for panics that abort, so cargo builds it anew,
    /// in a build folder of its own. -Z is for nightly compilers; `RUSTC_BOOTSTRAP` lets a release take
    /// it.
    ///
    /// The exceptions are those of the standard, which compilers make by themselves from May 2026 on: in
    /// WebKit (GTK 2.50) those of the proposal before it trap or hang now and then.
    fn unwind_variables(&self) -> Variables {
        let folder = self.root.join("target/unwind").display().to_string();
        [
            ("RUSTC_BOOTSTRAP", "1"),
            ("CARGO_UNSTABLE_BUILD_STD", "std,panic_unwind,test"),
            (
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                "-Cpanic=unwind -Cllvm-args=-wasm-use-legacy-eh=false",
            ),
            ("CARGO_TARGET_DIR", &folder),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// What the runner of browser tests is told: one file of capabilities for every crate, and time for
    /// a whole suite on a slow machine (its own limits are 20 s for a test program and 5 s for a driver
    /// to start).
    ///
    /// WebKit's sandbox needs user namespaces, which containers and root do not get; the tests visit no
    /// page but ours.
    pub(crate) fn browser_variables(&self) -> Variables {
        let capabilities = self.root.join("webdriver.json").display().to_string();
        [
            ("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities.as_str()),
            ("WASM_BINDGEN_TEST_TIMEOUT", "600"),
            ("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60"),
            ("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// Exports for a person's own shell.
    pub(crate) fn print_exports(&self, panics: Panics) {
        for (name, value) in self
            .wasm_variables(panics)
            .iter()
            .chain(&self.browser_variables())
        {
            println!("export {name}={}", quoted(value));
        }
        if !self.tools.is_empty() {
            println!("export PATH={}\"$PATH\"", quoted(&self.tools));
        }
    }
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_quote_is_quoted() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
