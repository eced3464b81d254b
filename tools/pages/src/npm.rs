//! `npm`: the tests of the npm package run in a page, which says what they came to. Prints what `cargo test` would.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, anyhow, ensure};
use fantoccini::Client;
use tokio::time::timeout;

use crate::{
    bundlers::{Engine, said},
    driver::with_browser,
    folders::Folders,
    outcome::{Outcome, show},
    runtime,
    server::Server,
};

/// All tests take some seconds.
const LIMIT: Duration = Duration::from_secs(300);

/// Opens the page that stands in `page` in each browser, and shows its tests whose names contain `filter`.
pub(crate) fn npm(folders: &Folders, page: &Path, engines: &[Engine], filter: &str) -> Result<()> {
    let output = folders.output("npm")?;
    let capabilities = folders.capabilities();
    let mut failed = 0;
    for engine in engines {
        let browser = engine.browser();
        let work = |client| run(client, page, filter);
        let outcomes = with_browser(browser, Vec::new(), &capabilities, &output, LIMIT, work);
        let outcomes = runtime()?.block_on(outcomes)?;
        failed += show(browser.name, &outcomes);
    }
    ensure!(failed == 0, "{failed} of the tests failed");
    Ok(())
}

async fn run(client: Client, page: &Path, filter: &str) -> Result<Vec<Outcome>> {
    let server = Server::of_files(page, "/", None, Duration::ZERO).await?;
    let url = format!("{}?filter={filter}", server.url());
    client
        .goto(&url)
        .await
        .context("the page can't be opened")?;
    let (_, text) = timeout(LIMIT, said(&client))
        .await
        .map_err(|_| anyhow!("the page said nothing in {} s", LIMIT.as_secs()))?;
    serde_json::from_str(&text).with_context(|| format!("no outcomes: {text}"))
}
