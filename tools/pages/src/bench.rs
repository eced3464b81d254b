//! `bench`: a browser with the page of the bench's rows. The bench asks by lines of JSON, and each has its answer.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use fantoccini::{Client, Locator};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, stdin, stdout};

use crate::{bundlers::Engine, driver::with_browser, folders::Folders, runtime, server::Server};

/// As long as all rows take.
const LIMIT: Duration = Duration::from_secs(3600);
/// As long as one go takes, and the page's start.
const GO: Duration = Duration::from_secs(60);

/// A go that is asked for.
#[derive(Debug, Deserialize)]
struct Go {
    row: String,
    contestant: String,
    quick: bool,
}

/// Opens the page that stands in `page`, and does what is asked until nobody asks.
pub(crate) fn bench(folders: &Folders, page: &Path, engine: Engine) -> Result<()> {
    let output = folders.output("bench")?;
    let capabilities = folders.capabilities();
    let browser = engine.browser();
    let work = |client| serve(client, page);
    let served = with_browser(browser, Vec::new(), &capabilities, &output, LIMIT, work);
    runtime()?.block_on(served)
}

async fn serve(client: Client, page: &Path) -> Result<()> {
    let server = Server::isolated(page).await?;
    let mut limits = client.get_timeouts().await?;
    limits.set_script(Some(GO));
    client.update_timeouts(limits).await?;
    client
        .goto(&server.url())
        .await
        .context("the page can't be opened")?;
    let is_there = Locator::Css("body[data-state]");
    let mut ready = client.wait().at_most(GO).for_element(is_there).await;
    if let Err(error) = &mut ready {
        let text = client.execute("return document.body?.textContent", Vec::new());
        let text = text.await.unwrap_or_default();
        return Err(anyhow::anyhow!("the page did not start: {error}: {text}"));
    }
    let (mut lines, mut out) = (BufReader::new(stdin()).lines(), stdout());
    while let Some(line) = lines.next_line().await? {
        let asked: Go = serde_json::from_str(&line).context("what was asked is no go")?;
        let answer = match go(&client, asked).await {
            Ok(answer) => answer,
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        out.write_all(format!("{answer}\n").as_bytes()).await?;
        out.flush().await?;
    }
    Ok(())
}

/// What the page says.
async fn go(client: &Client, go: Go) -> Result<Value> {
    let script = "const [row, contestant, isQuick, done] = arguments;
        go(row, contestant, isQuick).then(done, (error) => done({ error: `${error}\\n${error?.stack}` }));";
    let words = vec![json!(go.row), json!(go.contestant), json!(go.quick)];
    Ok(client.execute_async(script, words).await?)
}
