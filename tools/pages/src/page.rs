//! [`Page`]: what a driver can do with the page of www/, in any browser.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use fantoccini::{Client, Locator, key::Key};
use insula_examples::report::{Ran, Row};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{sleep, timeout};

/// Each look is a script on the page, which must not disturb what is measured there.
const LOOKS_EVERY: Duration = Duration::from_millis(250);

/// All runs of one button take some seconds. A slow machine takes longer, none this long.
const RUNS_TAKE: Duration = Duration::from_secs(180);

/// None of the page's controls takes nearly as long, on a slow machine either.
const PATIENCE: Duration = Duration::from_secs(30);

/// The page, open in a browser.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    client: Client,
}

impl Page {
    /// Opens the page; it starts all runs by itself.
    pub(crate) async fn autorun(client: Client, url: &str) -> Result<Self> {
        client
            .goto(&format!("{url}?autorun"))
            .await
            .context("the page can't be opened")?;
        Ok(Self { client })
    }

    /// Waits until the page has done what it was asked for.
    pub(crate) async fn done(&self) -> Result<()> {
        if let Ok(outcome) = timeout(RUNS_TAKE, self.state_done()).await {
            return outcome;
        }
        bail!(
            "the page was not done after {} s; it says \"{}\" and \"{}\"",
            RUNS_TAKE.as_secs(),
            self.text("#status").await?,
            self.text("#programs-status").await?
        )
    }

    async fn state_done(&self) -> Result<()> {
        loop {
            let state = self
                .text_of_script("return document.body.dataset.state")
                .await?;
            match state.as_str() {
                "done" => return Ok(()),
                "failed" => bail!("the page failed: {}", self.text("#error").await?),
                _ => sleep(LOOKS_EVERY).await,
            }
        }
    }

    /// The rows so far.
    pub(crate) async fn report(&self) -> Result<Vec<Row>> {
        self.published("insulaReport").await
    }

    /// Runs every program, and gives what they came to.
    pub(crate) async fn programs(&self) -> Result<Vec<Ran>> {
        self.press("#run-programs").await?;
        self.programs_so_far().await
    }

    /// What programs came to so far.
    pub(crate) async fn programs_so_far(&self) -> Result<Vec<Ran>> {
        self.published("insulaPrograms").await
    }

    /// Clicks a button of the page, waits, and gives what the page says about it.
    pub(crate) async fn click(&self, button: &str) -> Result<String> {
        self.press(&format!("#{button}")).await?;
        self.text(&format!("#{button}-outcome")).await
    }

    /// Clicks a button of the page and waits until it has done what that asks for.
    pub(crate) async fn press(&self, button: &str) -> Result<()> {
        self.click_on(button).await?;
        self.done().await
    }

    /// Clicks a button of the page.
    pub(crate) async fn click_on(&self, button: &str) -> Result<()> {
        let button = self.client.find(Locator::Css(button)).await?;
        Ok(button.click().await?)
    }

    /// Waits until a script says yes.
    pub(crate) async fn until(&self, what: &str, script: &str) -> Result<()> {
        let yes = async {
            while self.look(script).await?.as_bool() != Some(true) {
                sleep(LOOKS_EVERY).await;
            }
            Ok(())
        };
        match timeout(PATIENCE, yes).await {
            Ok(outcome) => outcome,
            Err(_) => bail!("{what}: not in {} s", PATIENCE.as_secs()),
        }
    }

    /// What a script says.
    pub(crate) async fn look(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// What the clipboard has: it is pasted into a field that goes again.
    pub(crate) async fn paste(&self) -> Result<String> {
        self.look("document.body.append(Object.assign(document.createElement('textarea'), { id: 'pasted' }))")
            .await?;
        let field = self.client.find(Locator::Css("#pasted")).await?;
        let keys = String::from(char::from(Key::Control)) + "v";
        field.send_keys(&keys).await?;
        let script =
            "const field = document.querySelector('#pasted'); field.remove(); return field.value";
        self.text_of_script(script).await
    }

    async fn published<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let value = self
            .client
            .execute(&format!("return window.{name}"), Vec::new())
            .await?;
        serde_json::from_value(value).with_context(|| format!("the page's {name} has another form"))
    }

    /// Saves a picture of the whole page. The window keeps the height that needs.
    pub(crate) async fn screenshot(&self, file: &Path) -> Result<()> {
        let script =
            "return String(outerHeight - innerHeight + document.documentElement.scrollHeight)";
        let height: u32 = self
            .text_of_script(script)
            .await?
            .parse()
            .context("the page has no height")?;
        let (width, _) = self.client.get_window_size().await?;
        self.client
            .set_window_size(u32::try_from(width)?, height)
            .await?;
        // What it draws at its new size is there after a moment.
        sleep(Duration::from_millis(500)).await;
        let picture = self.client.screenshot().await?;
        fs::write(file, picture).with_context(|| format!("{} can't be written", file.display()))
    }

    /// What an element shows.
    pub(crate) async fn text(&self, selector: &str) -> Result<String> {
        Ok(self
            .client
            .find(Locator::Css(selector))
            .await?
            .text()
            .await?)
    }

    async fn text_of_script(&self, script: &str) -> Result<String> {
        let value = self.client.execute(script, Vec::new()).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }
}
