//! `bundlers`: one application, built by each bundler and served in each way, does its work in workers
//! and starts once. Prints what `cargo test` would.

mod build;
mod check;
mod extension;
mod refusal;
mod variants;

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, anyhow, ensure};
use fantoccini::Client;
use tokio::time::{Instant, sleep, timeout};

use self::{
    build::{Build, DevServer},
    refusal::{Refusal, START_TIMEOUT},
    variants::{STRICT, Source, Variant, Way, variants},
};
use crate::{
    driver::{Browser, CHROMIUM, FIREFOX, WEBKIT, with_browser},
    folders::Folders,
    runtime,
    server::Server,
};

/// All variants in one browser take a minute or two.
const LIMIT: Duration = Duration::from_secs(900);
/// One page, with its workers.
const PAGE_LIMIT: Duration = Duration::from_secs(60);
/// Longer than the second after which a worker is late, and its script is asked for.
const SLOW: Duration = Duration::from_millis(1500);
const LOOKS_EVERY: Duration = Duration::from_millis(50);
/// A start that fails says so long before its limit of 20 s. A busy machine takes some seconds for the page.
const REFUSED_WITHIN: Duration = Duration::from_secs(10);

/// Where the pages are opened.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    Webkit,
}

impl Engine {
    pub(crate) fn browser(self) -> &'static Browser {
        match self {
            Self::Chromium => &CHROMIUM,
            Self::Firefox => &FIREFOX,
            Self::Webkit => &WEBKIT,
        }
    }
}

/// What has become of the tests.
#[derive(Debug, Default)]
struct Totals {
    passed: usize,
    failed: usize,
}

/// Builds, serves and checks every variant whose name contains `filter`.
pub(crate) fn bundlers(folders: &Folders, engines: &[Engine], filter: &str) -> Result<()> {
    let began = Instant::now();
    let output = folders.output("bundlers")?;
    let wanted: Vec<_> = variants()
        .into_iter()
        .filter(|variant| variant.name.contains(filter))
        .collect();
    let mut totals = Totals::default();
    let runtime = runtime()?;
    let build = Build::new(folders.bundlers(), output.clone());
    for engine in engines {
        let (browser, capabilities) = (engine.browser(), folders.capabilities());
        let (mut wanted, mut arguments) = (wanted.clone(), Vec::new());
        match engine {
            // It looks for extensions when it starts.
            Engine::Chromium => {
                let is_extension = |variant: &&Variant| variant.way == Way::Extension;
                for variant in wanted.iter().filter(is_extension) {
                    let folder = runtime.block_on(build.run(variant))?;
                    extension::complete(&folder)?;
                    arguments.extend(extension::arguments(&folder));
                }
                // It runs what the page has compiled, whatever the worker's own policy.
                wanted.retain(|variant| variant.way != Way::Refused(Refusal::WithoutWasm));
            }
            Engine::Firefox | Engine::Webkit => {
                wanted.retain(|variant| variant.way != Way::Extension);
            }
        }
        if wanted.is_empty() {
            continue;
        }
        println!("\nrunning {} tests in {}", wanted.len(), browser.name);
        let work = |client| run(client, &build, &wanted);
        let more = with_browser(browser, arguments, &capabilities, &output, LIMIT, work);
        let more = runtime.block_on(more)?;
        totals.passed += more.passed;
        totals.failed += more.failed;
    }
    let Totals { passed, failed } = totals;
    let outcome = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {outcome}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s",
        began.elapsed().as_secs_f64()
    );
    ensure!(failed == 0, "{failed} of the tests failed");
    Ok(())
}

async fn run(client: Client, build: &Build, wanted: &[Variant]) -> Result<Totals> {
    let mut totals = Totals::default();
    for variant in wanted {
        let outcome = test(&client, build, variant).await;
        match outcome {
            Ok(()) => {
                println!("test {} ... ok", variant.name);
                totals.passed += 1;
            }
            Err(error) => {
                println!("test {} ... FAILED\n    {error:#}", variant.name);
                totals.failed += 1;
            }
        }
    }
    Ok(totals)
}

async fn test(client: &Client, build: &Build, variant: &Variant) -> Result<()> {
    match variant.way {
        Way::Dev => {
            let server = DevServer::start(build, variant).await?;
            open(client, &server.url(), variant.source).await
        }
        Way::Extension => open(client, extension::PAGE, variant.source).await,
        Way::Refused(refusal) => {
            let folder = build.run(variant).await?;
            refused(client, &folder, refusal).await
        }
        Way::Files | Way::StrictPolicy | Way::Slow => {
            let folder = build.run(variant).await?;
            let policy = (variant.way == Way::StrictPolicy).then_some(STRICT);
            let delay = if variant.way == Way::Slow {
                SLOW
            } else {
                Duration::ZERO
            };
            let server = Server::of_files(&folder, variant.base, policy, delay).await?;
            let url = server.url();
            open(
                client,
                &(url.trim_end_matches('/').to_owned() + variant.base),
                variant.source,
            )
            .await
        }
    }
}

/// Opens the page, whose worker does not start: the application is told why, and early.
async fn refused(client: &Client, folder: &Path, refusal: Refusal) -> Result<()> {
    let answer = move |script, elsewhere| refusal.answer(script, elsewhere);
    let server = Server::refusing(folder, "/src/worker.js", answer).await?;
    let mut url = server.url();
    if refusal == Refusal::Late {
        url.push_str(&format!("?start_timeout={}", START_TIMEOUT.as_millis()));
    }
    let (state, text) = opened(client, &url, REFUSED_WITHIN).await?;
    ensure!(state == "failed", "the worker has started: {text}");
    for words in refusal.words() {
        ensure!(
            text.contains(words),
            "the error does not say \"{words}\": {text}"
        );
    }
    Ok(())
}

/// Opens the page and reads what the application says of itself.
async fn open(client: &Client, url: &str, source: Source) -> Result<()> {
    let (state, text) = opened(client, url, PAGE_LIMIT).await?;
    ensure!(state == "done", "the application failed: {text}");
    match source {
        Source::Npm => check::npm(&text),
        Source::Readme => check::readme(&text),
        Source::RustPage => check::rust_page(&text),
        _ => check::report(&text),
    }
}

/// Opens the page and waits for the application's last word, and its text.
async fn opened(client: &Client, url: &str, limit: Duration) -> Result<(String, String)> {
    client.goto(url).await.context("the page can't be opened")?;
    let seconds = limit.as_secs();
    let silent = |_| anyhow!("the application said nothing in {seconds} s");
    timeout(limit, said(client)).await.map_err(silent)
}

/// The application's last word, and its text.
pub(crate) async fn said(client: &Client) -> (String, String) {
    let script = "return [document.body?.dataset.state, document.body?.textContent]";
    loop {
        // A script that comes while the page reloads, as a dev server makes it, fails.
        if let Ok(value) = client.execute(script, Vec::new()).await
            && let (Some(state), Some(text)) = (value[0].as_str(), value[1].as_str())
        {
            return (state.to_owned(), text.to_owned());
        }
        sleep(LOOKS_EVERY).await;
    }
}
