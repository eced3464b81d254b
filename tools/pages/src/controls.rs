//! What a person can do on the page besides starting runs: each control, pressed, and what it must do.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::{page::Page, programs::IMPOSSIBLE};

/// What is true of an isolate's row.
const BUSY: &str = "row.dataset.state === 'busy'";

/// Each way of a program has a button of its own, which runs that way alone.
pub(crate) async fn every_way(page: &Page, program: &str) -> Result<()> {
    for (place, label) in [
        ("browser-main-loop", "Main loop"),
        ("browser-worker", "One worker"),
        ("browser-pool", "Pool of "),
    ] {
        if IMPOSSIBLE.contains(&(program, place)) {
            continue;
        }
        let button = format!("#program-{program} [data-way={place}] button");
        let said = page.text(&button).await?;
        ensure!(
            said.starts_with(label),
            "the button at {place} is called \"{said}\""
        );
        page.press(&button).await?;
        let status = page.text("#programs-status").await?;
        ensure!(
            status.starts_with(&format!("{program}, {}", label.to_lowercase())),
            "after {label} of {program} the page says \"{status}\""
        );
    }
    Ok(())
}

/// Pause, resume and ping reach an isolate; one that is killed is replaced, and no job is lost.
pub(crate) async fn isolates(page: &Page) -> Result<()> {
    page.press("#start-isolates").await?;
    until(
        page,
        "every isolate is busy",
        "rows.every(row => row.dataset.state === 'busy')",
    )
    .await?;

    act(page, "Pause").await?;
    until(
        page,
        "a paused isolate comes to rest",
        "row.dataset.state === 'paused'",
    )
    .await?;
    let done = done(page, "row").await?;
    until(
        page,
        "the others go on",
        "(window.before ??= Number(rows[1].dataset.done), Number(rows[1].dataset.done) > window.before + 1)",
    )
    .await?;
    ensure!(
        self::done(page, "row").await? == done,
        "a paused isolate did a job"
    );
    act(page, "Ping").await?;
    until(
        page,
        "a paused isolate answers a ping",
        "row.querySelector('[data-ping]').textContent.endsWith(' ms')",
    )
    .await?;
    act(page, "Resume").await?;
    until(
        page,
        "a resumed isolate works",
        &format!("Number(row.dataset.done) > {done}"),
    )
    .await?;

    let lives = "Number(row.dataset.lives)";
    until(page, "it is busy", &format!("{BUSY} && {lives} === 1")).await?;
    act(page, "Kill").await?;
    until(
        page,
        "another isolate has its place",
        &format!("{lives} === 2"),
    )
    .await?;
    let done = self::done(page, "row").await?;
    until(
        page,
        "the new isolate works",
        &format!("Number(row.dataset.done) > {done}"),
    )
    .await?;
    let said = page.text("#isolates-count").await?;
    ensure!(
        said.contains("Isolates lost and replaced: 1. Jobs lost: 0."),
        "after a kill the page says \"{said}\""
    );

    page.click_on("#stop-isolates").await?;
    until(
        page,
        "the pool is closed",
        "rows.every(row => row.dataset.state === 'none') && document.querySelector('#isolates-log').textContent.includes('The pool is closed.')",
    )
    .await
}

/// The button copies what the page shows.
pub(crate) async fn copy(page: &Page) -> Result<()> {
    page.press("#copy").await?;
    let said = page.text("#copy-outcome").await?;
    ensure!(said == "Copied.", "after a copy the page says \"{said}\"");
    let pasted: Value = serde_json::from_str(&page.paste().await?)?;
    let published = page.programs_so_far().await?;
    ensure!(
        pasted["programs"].as_array().map(Vec::len) == Some(published.len())
            && pasted["photos"].as_array().map(Vec::len) == Some(3),
        "the clipboard has other results than the page: {pasted}"
    );
    Ok(())
}

/// Presses a button of the first isolate.
async fn act(page: &Page, act: &str) -> Result<()> {
    page.click_on(&format!("#isolates tbody tr:first-child [data-act={act}]"))
        .await
}

/// How many jobs an isolate has done.
async fn done(page: &Page, row: &str) -> Result<u64> {
    let done = page
        .look(&format!("{ROWS} return Number({row}.dataset.done)"))
        .await?;
    Ok(done.as_u64().unwrap_or_default())
}

/// The rows of the isolates, and the first of them.
const ROWS: &str =
    "const rows = [...document.querySelectorAll('#isolates tbody tr')]; const row = rows[0];";

async fn until(page: &Page, what: &str, condition: &str) -> Result<()> {
    page.until(what, &format!("{ROWS} return {condition}"))
        .await
}
