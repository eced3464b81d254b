//! [`Driver`]: a browser's driver as a child process, and a session with the browser.

use std::{
    env,
    fs::{self, File},
    future::Future,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{self, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use crate::{answer, interrupted};

const DRIVER_STARTS_IN: Duration = Duration::from_secs(30);
const BROWSER_STARTS_IN: Duration = Duration::from_secs(60);
const BROWSER_ENDS_IN: Duration = Duration::from_secs(10);

/// How one browser is driven.
#[derive(Debug)]
pub(crate) struct Browser {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The driver's program, looked for on PATH.
    program: &'static str,
    /// The variable that names another.
    variable: &'static str,
    /// Which capabilities of webdriver.json are this browser's.
    prefix: &'static str,
}

/// Chromium, and Chrome where that is what chromedriver finds.
pub(crate) const CHROMIUM: Browser = Browser {
    name: "Chromium",
    program: "chromedriver",
    variable: "CHROMEDRIVER",
    prefix: "goog:",
};

/// Firefox.
pub(crate) const FIREFOX: Browser = Browser {
    name: "Firefox",
    program: "geckodriver",
    variable: "GECKODRIVER",
    prefix: "moz:",
};

/// WebKitGTK, which needs a display; Safari on a Mac.
pub(crate) const WEBKIT: Browser = Browser {
    name: "WebKit",
    program: "safaridriver",
    variable: "SAFARIDRIVER",
    prefix: "webkitgtk:",
};

/// A running driver. Dropping it ends it, and the browsers it has started.
#[derive(Debug)]
struct Driver {
    child: Child,
    port: u16,
    log: PathBuf,
    /// Temporary files of driver and browser.
    scratch: PathBuf,
}

/// Opens `browser`, Chromium with more arguments, gives it to `work`, and closes it: after an error, after `limit`, and when the
/// program is interrupted, as well.
pub(crate) async fn with_browser<T, F: Future<Output = Result<T>>>(
    browser: &Browser,
    arguments: Vec<String>,
    capabilities: &Path,
    logs: &Path,
    limit: Duration,
    work: impl FnOnce(Client) -> F,
) -> Result<T> {
    let capabilities = capabilities_of(browser, arguments, capabilities)?;
    let mut driver = tokio::select! {
        driver = Driver::start(browser, logs) => driver?,
        interrupt = interrupted() => return Err(stopped(interrupt)),
    };
    let outcome = tokio::select! {
        outcome = driver.run(browser, capabilities, limit, work) => outcome,
        interrupt = interrupted() => Err(stopped(interrupt)),
    };
    driver.end().await;
    outcome
}

fn stopped(interrupt: Result<()>) -> anyhow::Error {
    interrupt.err().unwrap_or_else(|| anyhow!("interrupted"))
}

impl Driver {
    async fn start(browser: &Browser, logs: &Path) -> Result<Self> {
        let program = env::var_os(browser.variable).filter(|value| !value.is_empty());
        let program = program.unwrap_or_else(|| browser.program.into());
        let log = logs.join(format!("{}.log", browser.program));
        let output =
            File::create(&log).with_context(|| format!("{} can't be written", log.display()))?;
        let port = free_port()?;
        // Not under target/: the path of a socket has an end.
        let scratch = env::temp_dir().join(format!("insula-{}-{port}", process::id()));
        // The driver looks for it when it starts.
        fs::create_dir_all(&scratch)
            .with_context(|| format!("{} can't be made", scratch.display()))?;
        let child = Command::new(&program)
            .arg(format!("--port={port}"))
            .env("TMPDIR", &scratch)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            // A group of its own, so that all of it can be ended; Ctrl-C then comes to us alone.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .inspect_err(|_| drop(fs::remove_dir_all(&scratch)))
            .with_context(|| {
                let (program, variable) = (program.display(), browser.variable);
                format!("{program} can't be started: install {} with its driver, or name that in {variable}", browser.name)
            })?;
        let mut driver = Self {
            child,
            port,
            log,
            scratch,
        };
        match timeout(DRIVER_STARTS_IN, driver.answering()).await {
            Ok(Ok(())) => Ok(driver),
            Ok(Err(error)) => Err(error),
            Err(_) => bail!(
                "{} did not answer in {} s: {}",
                browser.program,
                DRIVER_STARTS_IN.as_secs(),
                driver.last_words()
            ),
        }
    }

    /// Waits until the driver answers, or has ended without.
    async fn answering(&mut self) -> Result<()> {
        match answer::of(&mut self.child, self.port, "/status").await? {
            None => Ok(()),
            Some(status) => bail!(
                "the driver ended at once, with {status}: {}",
                self.last_words()
            ),
        }
    }

    async fn run<T, F: Future<Output = Result<T>>>(
        &self,
        browser: &Browser,
        capabilities: Capabilities,
        limit: Duration,
        work: impl FnOnce(Client) -> F,
    ) -> Result<T> {
        let (name, url) = (browser.name, format!("http://127.0.0.1:{}", self.port));
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let Ok(client) = timeout(BROWSER_STARTS_IN, builder.connect(&url)).await else {
            bail!(
                "{name} did not start in {} s: {}",
                BROWSER_STARTS_IN.as_secs(),
                self.last_words()
            );
        };
        let client =
            client.with_context(|| format!("{name} can't be started: {}", self.last_words()))?;
        let outcome = timeout(limit, work(client.clone())).await;
        // Whether it closes or not, its processes end with the driver's.
        let _ = timeout(BROWSER_ENDS_IN, client.close()).await;
        outcome.unwrap_or_else(|_| {
            Err(anyhow!(
                "{name} was not done after {} s: {}",
                limit.as_secs(),
                self.last_words()
            ))
        })
    }

    /// Ends the driver and what it has started, and waits until it is gone.
    async fn end(&mut self) {
        self.kill();
        // It was killed, so this takes no time, and no dead process is left.
        let _ = timeout(BROWSER_ENDS_IN, self.child.wait()).await;
    }

    fn kill(&self) {
        // Until its status is taken, the driver's number belongs to no other process. This fails only when no process of
        // the group is left.
        if let Some(group) = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
        {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// What the driver said last, for a message.
    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let last = text
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it said nothing");
        format!("{last} (the whole log: {})", self.log.display())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.kill();
        // The profiles of browsers that could not remove them.
        let _ = fs::remove_dir_all(&self.scratch);
    }
}

/// The capabilities of webdriver.json that this browser understands, in a window of a common size.
fn capabilities_of(browser: &Browser, more: Vec<String>, file: &Path) -> Result<Capabilities> {
    let text =
        fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    let all: Capabilities =
        serde_json::from_str(&text).with_context(|| format!("{} is malformed", file.display()))?;
    let mut own: Capabilities = all
        .into_iter()
        .filter(|(name, _)| name.starts_with(browser.prefix))
        .collect();
    if let Some(Value::Array(arguments)) = own
        .get_mut("goog:chromeOptions")
        .and_then(|options| options.get_mut("args"))
    {
        arguments.push(json!("--window-size=1280,900"));
        arguments.extend(more.into_iter().map(Value::from));
    }
    Ok(own)
}

/// A port that is free now. Another process may take it first. Then the server that should listen on it says so.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
