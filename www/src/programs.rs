//! [`Programs`]: what else is in examples/, a row and a button each.
//!
//! The rows are made from the same table as the native binaries, so none is forgotten.

use std::cell::RefCell;

use insula::{ComputePool, SpawnError};
use insula_examples::{
    programs::{PROGRAMS, Program},
    report::Ran,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTemplateElement};

use crate::{
    js::{self, Fault},
    meter::Meter,
    page::{self, milliseconds},
    runs::pool_size,
    strip,
};

/// How many frames pass before a program is started, so that it is not blamed for what was before.
const SETTLING_FRAMES: u32 = 3;

/// The programs on the page, and what they came to.
pub(crate) struct Programs {
    rows: Vec<Element>,
    ran: RefCell<Vec<Ran>>,
}

impl Programs {
    /// Makes a row for each program.
    pub(crate) fn new() -> Result<Self, Fault> {
        let table = page::find::<Element>("#programs")?;
        let template = page::find::<HtmlTemplateElement>("#program")?;
        let form = template
            .content()
            .first_element_child()
            .ok_or_else(|| Fault::new("the template of a program is empty"))?;
        let mut rows = Vec::new();
        for program in PROGRAMS {
            let row: Element = form
                .clone_node_with_deep(true)
                .map_err(Fault::js)?
                .unchecked_into();
            part(&row, "[data-name]")?.set_text_content(Some(program.name));
            part(&row, "small")?.set_text_content(Some(program.about));
            part(&row, "button")?
                .set_attribute("aria-label", &format!("Run {}", program.name))
                .map_err(Fault::js)?;
            table.append_child(&row).map_err(Fault::js)?;
            rows.push(row);
        }
        Ok(Self {
            rows,
            ran: RefCell::default(),
        })
    }

    /// The button of each program, in their order.
    pub(crate) fn buttons(&self) -> impl Iterator<Item = Result<Element, Fault>> {
        self.rows.iter().map(|row| part(row, "button"))
    }

    /// Runs one program and shows what it came to. That it fails is an outcome like another.
    ///
    /// What it gives to `compute` goes to workers too, which are there before it starts.
    pub(crate) async fn run(&self, number: usize, meter: &Meter) -> Result<(), Fault> {
        let (program, row) = (PROGRAMS[number], &self.rows[number]);
        row.set_attribute("data-running", "").map_err(Fault::js)?;
        let pool = ComputePool::install(pool_size()).await;
        for _ in 0..SETTLING_FRAMES {
            js::next_frame().await?;
        }
        let ran = measure(program, pool, meter).await?;
        row.remove_attribute("data-running").map_err(Fault::js)?;
        show(row, &ran)?;
        let mut all = self.ran.borrow_mut();
        all.retain(|other| other.program != ran.program);
        all.push(ran);
        js::publish("insulaPrograms", &*all)
    }

    /// Runs all, one after the other; says how many failed.
    pub(crate) async fn run_all(&self, meter: &Meter) -> Result<(), Fault> {
        for (number, program) in PROGRAMS.iter().enumerate() {
            page::set_text(
                "#programs-status",
                &format!("Running {} \u{2026}", program.name),
            )?;
            self.run(number, meter).await?;
        }
        let failed = (self.ran.borrow().iter())
            .filter(|ran| ran.outcome.is_err())
            .count();
        let status = match failed {
            0 => "All came to an end.".to_owned(),
            _ => format!("{failed} of {} failed.", PROGRAMS.len()),
        };
        page::set_text("#programs-status", &status)
    }
}

/// Runs a program whose `compute` runs on `pool`, which ends with it.
async fn measure(
    program: Program,
    pool: Result<ComputePool, SpawnError>,
    meter: &Meter,
) -> Result<Ran, Fault> {
    meter.record(program.name)?;
    let started_ms = js::now_ms();
    let outcome = match &pool {
        Ok(_) => program.run().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let total_ms = js::now_ms() - started_ms;
    let recording = meter.finish().await?;
    Ok(Ran {
        program: program.name.to_owned(),
        outcome,
        total_ms,
        longest_freeze_ms: recording.longest_freeze_ms(),
    })
}

fn show(row: &Element, ran: &Ran) -> Result<(), Fault> {
    let cell = |name: &str, text: &str, level: Option<&str>| {
        let cell = part(row, &format!("[data-cell={name}]"))?;
        cell.set_text_content(Some(text));
        level
            .map_or_else(
                || cell.remove_attribute("data-level"),
                |level| cell.set_attribute("data-level", level),
            )
            .map_err(Fault::js)
    };
    match &ran.outcome {
        Ok(outcome) => cell("outcome", outcome, None)?,
        Err(error) => cell("outcome", &format!("failed: {error}"), Some("frozen"))?,
    }
    cell("total_ms", &milliseconds(ran.total_ms), None)?;
    cell(
        "longest_freeze_ms",
        &milliseconds(ran.longest_freeze_ms),
        Some(strip::freeze_level(ran.longest_freeze_ms)),
    )
}

fn part(row: &Element, selector: &str) -> Result<Element, Fault> {
    let found = row.query_selector(selector).map_err(Fault::js)?;
    found.ok_or_else(|| Fault::new(format!("the row of a program has no `{selector}`")))
}
