//! [`Results`]: all that was measured, as a chart and as JSON.

use insula_examples::report::{Ran, Row};
use serde::Serialize;
use web_sys::{Element, HtmlElement};

use crate::{
    js::{self, Fault},
    page::{self, add, milliseconds},
    strip,
    way::Way,
};

/// What the JSON says.
#[derive(Serialize)]
pub(crate) struct Results {
    browser: String,
    cores: usize,
    photos: Vec<Row>,
    programs: Vec<Ran>,
}

/// A bar of the chart.
struct Bar<'a> {
    program: &'a str,
    place: &'a str,
    freeze_ms: f64,
}

impl Results {
    pub(crate) fn new(photos: Vec<Row>, programs: Vec<Ran>) -> Result<Self, Fault> {
        Ok(Self {
            browser: js::window().navigator().user_agent().map_err(Fault::js)?,
            cores: insula::cores(),
            photos,
            programs,
        })
    }

    /// Shows them.
    pub(crate) fn show(&self) -> Result<(), Fault> {
        let chart = page::find::<Element>("#chart")?;
        chart.set_text_content(None);
        let bars: Vec<_> = self.bars().collect();
        for of_one in bars.chunk_by(|one, other| one.program == other.program) {
            let group = add(&chart, "div", "")?;
            add(&group, "dt", of_one[0].program)?;
            for bar in of_one {
                bar.draw(&group)?;
            }
        }
        page::set_text("#json", &self.json()?)?;
        let is_empty = self.photos.is_empty() && self.programs.is_empty();
        page::find::<HtmlElement>("#results-empty")?.set_hidden(!is_empty);
        page::find::<HtmlElement>("#results-all")?.set_hidden(is_empty);
        Ok(())
    }

    /// Puts the JSON on the clipboard, and says so.
    pub(crate) async fn copy(&self) -> Result<(), Fault> {
        let said = match js::copy(&self.json()?).await {
            Ok(()) => "Copied.".to_owned(),
            Err(fault) => {
                format!("The browser does not let this page copy ({fault}). Select the text below.")
            }
        };
        page::set_text("#copy-outcome", &said)
    }

    fn json(&self) -> Result<String, Fault> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    fn bars(&self) -> impl Iterator<Item = Bar<'_>> {
        let photos = self.photos.iter().map(|row| Bar {
            program: "photos",
            place: &row.place,
            freeze_ms: row.longest_freeze_ms,
        });
        photos.chain(self.programs.iter().map(|ran| Bar {
            program: &ran.program,
            place: &ran.place,
            freeze_ms: ran.longest_freeze_ms,
        }))
    }
}

impl Bar<'_> {
    fn draw(&self, chart: &Element) -> Result<(), Fault> {
        let way = Way::ALL.into_iter().find(|way| way.name() == self.place);
        let label = way.map_or_else(|| self.place.to_owned(), Way::label);
        let line = add(chart, "dd", "")?;
        add(&line, "span", &label)?;
        let bar = add(&line, "span", "")?;
        bar.set_attribute("class", "bar-of-chart")
            .and_then(|()| bar.set_attribute("data-level", strip::freeze_level(self.freeze_ms)))
            .and_then(|()| {
                let share = strip::share(self.freeze_ms) * 100.0;
                bar.set_attribute("style", &format!("inline-size: {share:.1}%"))
            })
            .map_err(Fault::js)?;
        add(&line, "b", &milliseconds(self.freeze_ms)).map(drop)
    }
}
