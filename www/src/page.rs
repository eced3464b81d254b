//! [`Page`]: the elements of index.html.

use insula_examples::report::Row;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCanvasElement, HtmlElement};

use crate::{
    js::{self, Fault},
    meter::Recording,
    strip::{self, Strip},
    way::Way,
};

/// What the page is doing; `body[data-state]`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    Idle,
    Running,
    Done,
    Failed,
}

/// A run that is over.
pub(crate) struct Run {
    pub(crate) way: Way,
    pub(crate) row: Row,
    pub(crate) recording: Recording,
    /// What there is to say about the start of its workers.
    pub(crate) start: String,
}

/// The page as its reader sees it.
pub(crate) struct Page {
    lanes: Vec<Lane>,
    rows: Vec<Row>,
}

/// The picture of a run.
struct Lane {
    way: Way,
    strip: Strip,
    recording: Option<Recording>,
}

/// Where the outcome of a failure is told.
pub(crate) struct Outcome {
    element: Element,
}

impl Page {
    pub(crate) fn new() -> Result<Self, Fault> {
        let lane = |way: Way| {
            let canvas = find::<HtmlCanvasElement>(&format!("{} canvas", row_of(way)))?;
            Ok(Lane {
                way,
                strip: Strip::new(canvas)?,
                recording: None,
            })
        };
        let lanes = Way::ALL
            .into_iter()
            .map(lane)
            .collect::<Result<_, Fault>>()?;
        Ok(Self {
            lanes,
            rows: Vec::new(),
        })
    }

    /// Shows what the page is doing, and offers the buttons when that is nothing.
    pub(crate) fn set_state(state: State, status: &str) -> Result<(), Fault> {
        let name = match state {
            State::Idle => "idle",
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
        };
        let busy = matches!(state, State::Running);
        let buttons = js::document()
            .query_selector_all("button:not([data-live])")
            .map_err(Fault::js)?;
        for index in 0..buttons.length() {
            let Some(button) = buttons.item(index) else {
                continue;
            };
            // Not `disabled`, which would take the keyboard's focus away.
            let button: Element = button.unchecked_into();
            let busy = if busy { "true" } else { "false" };
            button
                .set_attribute("aria-disabled", busy)
                .map_err(Fault::js)?;
        }
        find::<Element>("#status")?.set_text_content(Some(status));
        let body = js::document()
            .body()
            .ok_or_else(|| Fault::new("the page is empty"))?;
        body.dataset().set("state", name).map_err(Fault::js)
    }

    /// Whether a click has to wait until the page is done with the last one.
    pub(crate) fn is_busy() -> bool {
        let state = js::document()
            .body()
            .and_then(|body| body.dataset().get("state"));
        state.is_some_and(|state| state == "running")
    }

    /// Shows a failure, or hides the last one.
    pub(crate) fn set_error(text: Option<&str>) -> Result<(), Fault> {
        let element = find::<HtmlElement>("#error")?;
        element.set_text_content(text);
        element.set_hidden(text.is_none());
        Ok(())
    }

    /// Marks the row that runs now.
    pub(crate) fn set_running(way: Way, running: bool) -> Result<(), Fault> {
        let row = find::<Element>(&row_of(way))?;
        let marked = if running {
            row.set_attribute("data-running", "")
        } else {
            row.remove_attribute("data-running")
        };
        marked.map_err(Fault::js)
    }

    /// Shows a run, and puts it into the report.
    pub(crate) fn show(&mut self, run: Run) -> Result<(), Fault> {
        let Run {
            way,
            row,
            recording,
            start,
        } = run;
        let cell = |name: &str, text: &str, level: Option<&str>| {
            let cell = find::<Element>(&format!("{} [data-cell={name}]", row_of(way)))?;
            cell.set_text_content(Some(text));
            level
                .map_or(Ok(()), |level| cell.set_attribute("data-level", level))
                .map_err(Fault::js)
        };
        let freeze = strip::freeze_level(row.longest_freeze_ms);
        cell("total_ms", &milliseconds(row.total_ms), None)?;
        cell(
            "longest_freeze_ms",
            &milliseconds(row.longest_freeze_ms),
            Some(freeze),
        )?;
        cell("frames_lost", &thousands(row.frames_lost as usize), None)?;
        cell("photos", &thousands(row.photos), None)?;
        cell("checksum", &row.checksum, None)?;

        if !start.is_empty() {
            set_text(&format!("{} [data-start]", row_of(way)), &start)?;
        }
        let canvas = find::<Element>(&format!("{} canvas", row_of(way)))?;
        let said = format!(
            "{} frames came, {} were lost",
            recording.list.len(),
            row.frames_lost
        );
        canvas
            .set_attribute("aria-label", &said)
            .map_err(Fault::js)?;
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.way == way) {
            lane.recording = Some(recording);
        }
        self.rows.retain(|known| known.place != row.place);
        self.rows.push(row);
        self.redraw()?;
        self.publish()
    }

    /// Draws all runs on one scale, in the page's colours.
    pub(crate) fn redraw(&mut self) -> Result<(), Fault> {
        let ends = self
            .lanes
            .iter()
            .filter_map(|lane| Some(lane.recording.as_ref()?.list.last()?.at_ms));
        let longest_ms = ends.fold(1.0, f64::max);
        for Lane {
            strip, recording, ..
        } in &mut self.lanes
        {
            strip.recolor()?;
            if let Some(recording) = recording {
                strip.draw_run(&recording.list, longest_ms);
            }
        }
        Ok(())
    }

    /// All rows so far, in the order of the page.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What the last run of a way came to.
    pub(crate) fn row(&self, way: Way) -> Option<&Row> {
        self.rows.iter().find(|row| row.place == way.name())
    }

    fn publish(&mut self) -> Result<(), Fault> {
        let place = |row: &Row| Way::ALL.iter().position(|way| way.name() == row.place);
        self.rows.sort_by_key(place);
        js::publish("insulaReport", &self.rows)
    }
}

impl Outcome {
    /// The place under a button, emptied.
    pub(crate) fn new(button: &str) -> Result<Self, Fault> {
        let element = find::<Element>(&format!("#{button}-outcome"))?;
        element.set_text_content(None);
        Ok(Self { element })
    }

    /// Adds a sentence.
    pub(crate) fn say(&self, text: &str) -> Result<(), Fault> {
        self.add("p", text).map(drop)
    }

    /// Adds what other code said.
    pub(crate) fn quote(&self, text: &str) -> Result<(), Fault> {
        self.add("pre", text).map(drop)
    }

    /// Adds a line of a document, with one column marked.
    pub(crate) fn source(&self, line: &str, column: usize) -> Result<(), Fault> {
        let marked = column.saturating_sub(1).min(line.len());
        let (before, rest) = line.split_at_checked(marked).unwrap_or((line, ""));
        let mark = rest.chars().next().map(String::from).unwrap_or_default();
        let element = self.add("pre", before)?;
        let highlighted = js::document().create_element("mark").map_err(Fault::js)?;
        highlighted.set_text_content(Some(&mark));
        element.append_child(&highlighted).map_err(Fault::js)?;
        let after = &rest[mark.len()..];
        element.append_with_str_1(after).map_err(Fault::js)
    }

    fn add(&self, tag: &str, text: &str) -> Result<Element, Fault> {
        add(&self.element, tag, text)
    }
}

/// Sets a paragraph's text.
pub(crate) fn set_text(selector: &str, text: &str) -> Result<(), Fault> {
    find::<Element>(selector)?.set_text_content(Some(text));
    Ok(())
}

/// Adds an element with a text.
pub(crate) fn add(to: &Element, tag: &str, text: &str) -> Result<Element, Fault> {
    let element = js::document().create_element(tag).map_err(Fault::js)?;
    element.set_text_content(Some(text));
    to.append_child(&element).map_err(Fault::js)?;
    Ok(element)
}

/// The element that a selector finds in another.
pub(crate) fn part(of: &Element, selector: &str) -> Result<Element, Fault> {
    let found = of.query_selector(selector).map_err(Fault::js)?;
    found.ok_or_else(|| Fault::new(format!("a template of index.html has no `{selector}`")))
}

/// The element of index.html that a selector finds.
pub(crate) fn find<T: JsCast>(selector: &str) -> Result<T, Fault> {
    let found = js::document().query_selector(selector).map_err(Fault::js)?;
    let found = found.ok_or_else(|| Fault::new(format!("index.html has no `{selector}`")))?;
    found
        .dyn_into()
        .map_err(|_| Fault::new(format!("`{selector}` in index.html is of another kind")))
}

/// A time as people read it.
pub(crate) fn milliseconds(ms: f64) -> String {
    if ms < 10.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{} ms", thousands(ms.round() as usize))
    }
}

/// A number with its thousands apart.
pub(crate) fn thousands(number: usize) -> String {
    String::from(js_sys::Number::from(number as f64).to_locale_string("en"))
}

fn row_of(way: Way) -> String {
    format!("tbody[data-where={}]", way.name())
}
