//! `demo`: photos and the other programs natively, then on the page in headless Chromium; two tables.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, ensure};
use fantoccini::Client;
use insula::TransferableTypedData;
use insula_examples::{
    photos::{Measured, measure, native_clock},
    report::{Ran, Row, thousands},
};
use serde::Serialize;

use crate::{
    controls,
    driver::{CHROMIUM, with_browser},
    folders::Folders,
    page::Page,
    programs::{self, Both},
    runtime,
    server::Server,
    table::table,
};

/// Each wait has a limit of its own, which names what it waited for. This one is for a driver that hangs.
const LIMIT: Duration = Duration::from_secs(900);

/// An odd number has a middle.
const NATIVE_RUNS: usize = 5;

/// The rows every demo has.
const PLACES: [&str; 4] = [
    "native",
    "browser-main-loop",
    "browser-worker",
    "browser-pool",
];

/// What the browser showed.
struct Shown {
    rows: Vec<Row>,
    malformed: String,
    panic: String,
    programs: Vec<Ran>,
}

/// A line of the report: the four rows of photos, then the programs.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Photos(&'a Row),
    Program(&'a Both),
}

pub(crate) fn demo(folders: &Folders) -> Result<()> {
    let output = folders.output("demo")?;
    let document = folders.document()?;
    println!(
        "photos: {} bytes of JSON, decoded into structs",
        thousands(usize::try_from(fs::metadata(&document)?.len())?)
    );

    println!("natively, {NATIVE_RUNS} times; the middle one counts \u{2026}");
    let Measured { row, blocked } = natively(&fs::read(&document)?)?;
    println!("the other programs of examples/, natively \u{2026}");
    let programs = programs::natively()?;

    println!("in {} \u{2026}", CHROMIUM.name);
    let shown = runtime()?.block_on(in_browser(folders, &document, &output))?;

    let rows: Vec<Row> = std::iter::once(row).chain(shown.rows).collect();
    println!("\n{}", picture(&rows));
    let milliseconds = blocked.as_secs_f64() * 1000.0;
    println!(
        "native: the caller was blocked for {milliseconds:.3} ms in all; messages are moved, not copied"
    );
    tell("a malformed document, in a worker", &shown.malformed);
    tell("a panic in a worker of the pool", &shown.panic);

    agree(&rows, &PLACES)?;
    let programs = programs::compare(programs, shown.programs)?;
    println!("{}", programs::picture(&programs));

    let lines = rows.iter().map(Line::Photos);
    let lines: Vec<_> = lines.chain(programs.iter().map(Line::Program)).collect();
    let report = output.join("report.json");
    fs::write(&report, serde_json::to_string_pretty(&lines)? + "\n")
        .with_context(|| format!("{} can't be written", report.display()))?;
    println!(
        "report      {}\nscreenshot  {}",
        folders.shown(&report),
        folders.shown(&picture_of_page(&output))
    );
    Ok(())
}

/// Runs the native program several times: one run takes so short that anything else on the machine
/// could spoil it.
fn natively(document: &[u8]) -> Result<Measured> {
    let run = |_| {
        let data = TransferableTypedData::from_slices(&[document]);
        let measured = insula::block_on(measure(data, PLACES[0], native_clock));
        measured.map_err(|error| anyhow!("the native program failed: {error}"))
    };
    let mut runs = (0..NATIVE_RUNS).map(run).collect::<Result<Vec<_>>>()?;
    runs.sort_by(|one, other| {
        one.row
            .longest_freeze_ms
            .total_cmp(&other.row.longest_freeze_ms)
    });
    Ok(runs.swap_remove(NATIVE_RUNS / 2))
}

async fn in_browser(folders: &Folders, document: &Path, output: &Path) -> Result<Shown> {
    let server = Server::start(&folders.page(), document, 0).await?;
    let url = server.url();
    let work = |client: Client| async move {
        let page = Page::autorun(client, &url).await?;
        let shown = drive(&page).await;
        // Of a failure too: it shows what a person would have seen.
        let screenshot = page.screenshot(&picture_of_page(output)).await;
        let shown = shown?;
        screenshot?;
        Ok(shown)
    };
    with_browser(
        &CHROMIUM,
        Vec::new(),
        &folders.capabilities(),
        output,
        LIMIT,
        work,
    )
    .await
}

async fn drive(page: &Page) -> Result<Shown> {
    println!("    photos, on the main loop, in a worker and in a pool \u{2026}");
    page.done().await?;
    let rows = page.report().await?;
    let (malformed, panic) = failures(page).await?;
    println!("    the other programs, in each of these \u{2026}");
    let programs = page.programs().await?;
    println!("    the buttons of the page \u{2026}");
    controls::every_way(page, "primes").await?;
    controls::isolates(page).await?;
    controls::copy(page).await?;
    Ok(Shown {
        rows,
        malformed,
        panic,
        programs,
    })
}

/// The three rows of the page came to the same photos.
pub(crate) async fn photos(page: &Page) -> Result<()> {
    agree(&page.report().await?, &PLACES[1..])
}

/// A malformed document and a panic are told, and the page goes on.
pub(crate) async fn failures(page: &Page) -> Result<(String, String)> {
    let malformed = page.click("malformed").await?;
    ensure!(
        malformed.contains("line 106694"),
        "of a malformed document the page says \"{malformed}\""
    );
    let panic = page.click("panic").await?;
    ensure!(
        panic.contains("IsolateLost") && panic.contains("The pool went on"),
        "of a panic the page says \"{panic}\""
    );
    Ok((malformed, panic))
}

fn picture_of_page(output: &Path) -> PathBuf {
    output.join("page.png")
}

fn picture(rows: &[Row]) -> String {
    let cells = |row: &Row| {
        [
            row.place.clone(),
            format!("{:.0}", row.total_ms),
            format!("{:.1}", row.longest_freeze_ms),
            row.frames_lost.to_string(),
            thousands(row.photos),
            row.checksum.clone(),
        ]
    };
    let head = [
        "where",
        "total ms",
        "longest freeze ms",
        "frames lost at 60 Hz",
        "photos",
        "checksum",
    ];
    table(head, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn tell(what: &str, said: &str) {
    println!("{what}:");
    for line in said.lines().filter(|line| !line.trim().is_empty()) {
        println!("    {line}");
    }
    println!();
}

/// All these places are there, and came to the same photos.
fn agree(rows: &[Row], expected: &[&str]) -> Result<()> {
    let places: Vec<&str> = rows.iter().map(|row| row.place.as_str()).collect();
    ensure!(
        places == expected,
        "the rows are {}, not {}",
        places.join(", "),
        expected.join(", ")
    );
    for row in rows {
        let (first, same) = (
            &rows[0],
            row.photos == rows[0].photos && row.checksum == rows[0].checksum,
        );
        ensure!(
            same,
            "{} decoded {} photos with checksum {}, {} decoded {} with {}",
            first.place,
            first.photos,
            first.checksum,
            row.place,
            row.photos,
            row.checksum
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |place: &str| Row {
            place: place.to_owned(),
            total_ms: 1.0,
            longest_freeze_ms: 0.0,
            frames_lost: 0,
            photos: 3,
            checksum: "00".to_owned(),
        };
        PLACES.map(row).into()
    }

    #[test]
    fn the_same_photos_agree() {
        assert!(agree(&rows(), &PLACES).is_ok());
    }

    #[test]
    fn a_missing_row_is_named() {
        let error = agree(&rows()[..3], &PLACES).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("not native, browser-main-loop, browser-worker, browser-pool")
        );
    }

    #[test]
    fn another_checksum_is_named() {
        let mut rows = rows();
        rows[2].checksum = "01".to_owned();
        assert_eq!(
            agree(&rows, &PLACES).unwrap_err().to_string(),
            "native decoded 3 photos with checksum 00, browser-worker decoded 3 with 01"
        );
    }
}
