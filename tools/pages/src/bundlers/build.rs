//! Runs the bundlers: each is a child process of node, told by its environment what to build where.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::variants::{Source, Variant};
use crate::{answer, driver::free_port};

/// A build takes some seconds on a slow machine.
const BUILD_LIMIT: Duration = Duration::from_secs(120);
const SERVER_STARTS_IN: Duration = Duration::from_secs(60);

/// Where the bundlers are, and where they work.
#[derive(Debug)]
pub(super) struct Build {
    /// tests/bundlers, with node_modules.
    configurations: PathBuf,
    /// The applications to build, `app-*`, and what becomes of them.
    output: PathBuf,
}

impl Build {
    pub(super) fn new(configurations: PathBuf, output: PathBuf) -> Self {
        Self {
            configurations,
            output,
        }
    }

    /// Builds a variant, unless another test already has; gives the folder to serve.
    pub(super) async fn run(&self, variant: &Variant) -> Result<PathBuf> {
        let folder = self.output.join("built").join(variant.folder());
        if folder.join("index.html").exists() {
            return Ok(folder);
        }
        let run = self.command(variant, &folder)?.output();
        let Ok(done) = timeout(BUILD_LIMIT, run).await else {
            bail!("it was not built in {} s", BUILD_LIMIT.as_secs());
        };
        let done = done.context("node can't be started")?;
        ensure!(
            done.status.success(),
            "it can't be built:\n{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(folder)
    }

    fn command(&self, variant: &Variant, folder: &Path) -> Result<Command> {
        let app = self.output.join(match variant.source {
            Source::Files => "app",
            Source::Package => "app-package",
            Source::BundlerTarget => "app-bundler-target",
            Source::Npm | Source::Readme => "app-npm",
            Source::RustPage => "app-rust-page",
        });
        ensure!(
            app.is_dir(),
            "{} is missing: ./build.sh test bundlers makes it",
            app.display()
        );
        let mut command = Command::new("node");
        command
            .args(variant.script)
            .current_dir(&self.configurations)
            .env("APP", app)
            .env("OUT", folder)
            .env("BASE", variant.base)
            .env("CACHE", folder.with_extension("cache"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if variant.hashed {
            command.env("HASHED", "1");
        }
        if variant.source == Source::Npm {
            command.env("NPM", "1");
        }
        if variant.source == Source::BundlerTarget {
            command.env("BUNDLER_TARGET", "1");
        }
        Ok(command)
    }
}

/// A bundler that serves the application; dropping it ends it.
#[derive(Debug)]
pub(super) struct DevServer {
    _child: Child,
    url: String,
}

impl DevServer {
    pub(super) async fn start(build: &Build, variant: &Variant) -> Result<Self> {
        let folder = build.output.join("built").join(variant.folder());
        fs::create_dir_all(&folder)
            .with_context(|| format!("{} can't be made", folder.display()))?;
        let port = free_port()?;
        let log = folder.with_extension("log");
        let output = fs::File::create(&log)
            .with_context(|| format!("{} can't be written", log.display()))?;
        let mut child = build
            .command(variant, &folder)?
            .args(["--host", "127.0.0.1", "--strictPort", "--port"])
            .arg(port.to_string())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .context("node can't be started")?;
        let answer = answer::of(&mut child, port, variant.base);
        let Ok(ended) = timeout(SERVER_STARTS_IN, answer).await else {
            bail!("the server did not answer: see {}", log.display());
        };
        if let Some(status) = ended? {
            bail!("the server ended with {status}: see {}", log.display());
        }
        Ok(Self {
            _child: child,
            url: format!("http://127.0.0.1:{port}{}", variant.base),
        })
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }
}
