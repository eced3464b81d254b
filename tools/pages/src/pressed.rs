//! `page`: everything on the page is pressed, in each browser, and must do what it says. Prints what `cargo test` would.

use std::{future::Future, path::Path, time::Duration};

use anyhow::{Result, ensure};
use fantoccini::Client;
use insula_examples::programs::PROGRAMS;
use tokio::time::Instant;

use crate::{
    bundlers::Engine,
    controls, demo,
    driver::with_browser,
    folders::Folders,
    outcome::{Outcome, show},
    page::Page,
    programs, runtime,
    server::Server,
};

/// Each wait has a limit of its own, which names what it waited for. This one is for a driver that hangs.
const LIMIT: Duration = Duration::from_secs(900);

/// Opens the page in each browser, and does what the tests whose names contain `filter` do.
pub(crate) fn page(folders: &Folders, engines: &[Engine], filter: &str) -> Result<()> {
    let output = folders.output("page")?;
    let document = folders.document()?;
    let mut failed = 0;
    for engine in engines {
        let browser = engine.browser();
        let work = |client| open(client, folders, &document, filter);
        let capabilities = folders.capabilities();
        let outcomes = with_browser(browser, Vec::new(), &capabilities, &output, LIMIT, work);
        failed += show(browser.name, &runtime()?.block_on(outcomes)?);
    }
    ensure!(failed == 0, "{failed} of the tests failed");
    Ok(())
}

async fn open(
    client: Client,
    folders: &Folders,
    document: &Path,
    filter: &str,
) -> Result<Vec<Outcome>> {
    let server = Server::start(&folders.page(), document, 0).await?;
    let page = Page::autorun(client, &server.url()).await?;
    page.done().await?;
    let mut tests = Tests {
        filter,
        outcomes: Vec::new(),
    };
    tests.run("photos", demo::photos(&page)).await;
    tests.run("failures", demo::failures(&page)).await;
    for program in &PROGRAMS {
        let name = program.name;
        let pressed = async {
            controls::every_way(&page, name).await?;
            programs::same_everywhere(name, &page.programs_so_far().await?)
        };
        tests.run(&format!("program::{name}"), pressed).await;
    }
    tests.run("isolates", controls::isolates(&page)).await;
    tests.run("copy", controls::copy(&page)).await;
    Ok(tests.outcomes)
}

struct Tests<'a> {
    filter: &'a str,
    outcomes: Vec<Outcome>,
}

impl Tests<'_> {
    async fn run<T>(&mut self, name: &str, test: impl Future<Output = Result<T>>) {
        if !name.contains(self.filter) {
            return;
        }
        let began = Instant::now();
        let error = test.await.err().map(|error| format!("{error:#}"));
        self.outcomes.push(Outcome {
            name: name.to_owned(),
            error,
            milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
    }
}
