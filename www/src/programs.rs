//! [`Programs`]: a card for each of [`WORKS`], with a button for each way, and what it came to.

use std::cell::RefCell;

use insula_examples::report::Ran;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTemplateElement};

use crate::{
    js::{self, Fault},
    meter::Meter,
    page::{self, milliseconds, part},
    strip,
    way::{Place, Way},
    works::{WORKS, Work},
};

/// How many frames pass before a program is started, so that it is not blamed for what was before.
const SETTLING_FRAMES: u32 = 3;

/// The programs on the page, and what they came to.
pub(crate) struct Programs {
    cards: Vec<Element>,
    ran: RefCell<Vec<Ran>>,
}

impl Programs {
    /// Makes a card for each program.
    pub(crate) fn new() -> Result<Self, Fault> {
        let list = page::find::<Element>("#programs")?;
        let template = page::find::<HtmlTemplateElement>("#program")?;
        let form = template
            .content()
            .first_element_child()
            .ok_or_else(|| Fault::new("the template of a program is empty"))?;
        let mut cards = Vec::new();
        for work in &WORKS {
            let card: Element = form
                .clone_node_with_deep(true)
                .map_err(Fault::js)?
                .unchecked_into();
            fill(&card, work)?;
            list.append_child(&card).map_err(Fault::js)?;
            cards.push(card);
        }
        Ok(Self {
            cards,
            ran: RefCell::default(),
        })
    }

    /// Each button, with what it runs.
    pub(crate) fn buttons(&self) -> impl Iterator<Item = Result<(usize, Way, Element), Fault>> {
        let all = self.cards.iter().zip(&WORKS).enumerate();
        all.flat_map(|(number, (card, work))| {
            work.ways.iter().map(move |way| {
                let button = part(&row(card, *way)?, "button")?;
                Ok((number, *way, button))
            })
        })
    }

    /// Runs one program and shows what it came to. That it fails is an outcome like another.
    pub(crate) async fn run(&self, number: usize, way: Way, meter: &Meter) -> Result<(), Fault> {
        let (work, card) = (&WORKS[number], &self.cards[number]);
        page::set_text(
            "#programs-status",
            &format!("{}: {} \u{2026}", work.name, way.label()),
        )?;
        let row = row(card, way)?;
        row.set_attribute("data-running", "").map_err(Fault::js)?;
        let place = way.open().await;
        for _ in 0..SETTLING_FRAMES {
            js::next_frame().await?;
        }
        let ran = measure(work, way, place, card, meter).await?;
        row.remove_attribute("data-running").map_err(Fault::js)?;
        let mut all = self.ran.borrow_mut();
        all.retain(|other| (&other.program, &other.place) != (&ran.program, &ran.place));
        all.push(ran);
        let last = all.len() - 1;
        self.show(card, &row, &all, last)?;
        js::publish("insulaPrograms", &*all)
    }

    /// Runs all, one after the other; says how many failed.
    pub(crate) async fn run_all(&self, meter: &Meter) -> Result<(), Fault> {
        for (number, work) in WORKS.iter().enumerate() {
            for way in work.ways {
                self.run(number, *way, meter).await?;
            }
        }
        let ran = self.ran.borrow();
        let failed = ran.iter().filter(|ran| ran.outcome.is_err()).count();
        let status = match failed {
            0 => "All came to an end.".to_owned(),
            _ => format!("{failed} of {} runs failed.", ran.len()),
        };
        page::set_text("#programs-status", &status)
    }

    /// What they came to so far, in the order of the page.
    pub(crate) fn ran(&self) -> Vec<Ran> {
        let mut ran = self.ran.borrow().clone();
        ran.sort_by_key(|ran| {
            (
                WORKS.iter().position(|work| work.name == ran.program),
                Way::ALL.iter().position(|way| way.name() == ran.place),
            )
        });
        ran
    }

    fn show(&self, card: &Element, row: &Element, all: &[Ran], last: usize) -> Result<(), Fault> {
        let ran = &all[last];
        let outcome = part(card, "[data-cell=outcome]")?;
        let said = match &ran.outcome {
            Ok(outcome) => outcome.clone(),
            Err(error) => format!("failed: {error}"),
        };
        outcome.set_text_content(Some(&said));
        set_level(&outcome, ran.outcome.is_err().then_some("frozen"))?;
        let total = part(row, "[data-cell=total_ms]")?;
        total.set_text_content(Some(&milliseconds(ran.total_ms)));
        let freeze = part(row, "[data-cell=longest_freeze_ms]")?;
        freeze.set_text_content(Some(&milliseconds(ran.longest_freeze_ms)));
        let level = strip::freeze_level(ran.longest_freeze_ms);
        set_level(&freeze, Some(level))?;
        let (way, program) = (part(row, "button")?.text_content(), &ran.program);
        let way = way.unwrap_or_default();
        page::set_text(
            "#programs-status",
            &format!(
                "{program}, {}: {}, longest freeze {}.",
                way.trim().to_lowercase(),
                milliseconds(ran.total_ms),
                milliseconds(ran.longest_freeze_ms)
            ),
        )
    }
}

fn fill(card: &Element, work: &Work) -> Result<(), Fault> {
    card.set_id(&format!("program-{}", work.name));
    part(card, "[data-name]")?.set_text_content(Some(work.name));
    part(card, "[data-about]")?.set_text_content(Some(work.about));
    part(card, "[data-rust]")?.set_text_content(Some(work.rust()));
    part(card, "[data-typescript]")?.set_text_content(Some(work.typescript.trim_end()));
    for way in Way::ALL {
        let row = row(card, way)?;
        if !work.ways.contains(&way) {
            row.remove();
            continue;
        }
        let button = part(&row, "button")?;
        let label = way.label();
        let (first, rest) = label.split_at(1);
        button.set_text_content(Some(&(first.to_uppercase() + rest)));
        button
            .set_attribute(
                "aria-label",
                &format!("{}{rest}: run {}", first.to_uppercase(), work.name),
            )
            .map_err(Fault::js)?;
    }
    Ok(())
}

async fn measure(
    work: &Work,
    way: Way,
    place: Result<Place, Fault>,
    card: &Element,
    meter: &Meter,
) -> Result<Ran, Fault> {
    meter.record(format!("{} \u{b7} {}", work.name, way.label()))?;
    let started_ms = js::now_ms();
    let outcome = match &place {
        Ok(place) => (work.start)(place, card)
            .await
            .map_err(|error| error.to_string()),
        Err(fault) => Err(fault.to_string()),
    };
    let total_ms = js::now_ms() - started_ms;
    let recording = meter.finish().await?;
    Ok(Ran {
        program: work.name.to_owned(),
        place: way.name().to_owned(),
        outcome,
        total_ms,
        longest_freeze_ms: recording.longest_freeze_ms(),
    })
}

fn row(card: &Element, way: Way) -> Result<Element, Fault> {
    part(card, &format!("[data-way={}]", way.name()))
}

fn set_level(cell: &Element, level: Option<&str>) -> Result<(), Fault> {
    level
        .map_or_else(
            || cell.remove_attribute("data-level"),
            |level| cell.set_attribute("data-level", level),
        )
        .map_err(Fault::js)
}
