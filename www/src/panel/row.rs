//! [`Row`]: one isolate of the panel, as its reader sees it.

use insula::{
    Capability, Isolate,
    inspect::{IsolateInfo, State},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTemplateElement};

use crate::{
    js::Fault,
    page::{self, milliseconds, part, thousands},
};

/// What a reader can do to an isolate.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Pause,
    Resume,
    Ping,
    Kill,
}

/// An isolate of the pool, or its place while it has none.
pub(super) struct Row {
    name: String,
    element: Element,
    isolate: Option<Isolate>,
    paused: Option<Capability>,
    /// What it did when it was last looked at.
    seen: Option<IsolateInfo>,
    job: Option<u32>,
    done: usize,
    /// How many isolates have had this place.
    lives: u32,
    ended_ms: Option<f64>,
}

/// An isolate that was not there before.
pub(super) struct Healed {
    /// Since the one before has ended, if there was one.
    pub(super) after_ms: Option<f64>,
}

/// The job that an isolate has left.
pub(super) struct Left {
    pub(super) number: Option<u32>,
}

impl Act {
    pub(super) const ALL: [Self; 4] = [Self::Pause, Self::Resume, Self::Ping, Self::Kill];

    const fn name(self) -> &'static str {
        match self {
            Self::Pause => "Pause",
            Self::Resume => "Resume",
            Self::Ping => "Ping",
            Self::Kill => "Kill",
        }
    }
}

impl Row {
    pub(super) fn new(name: &str) -> Result<Self, Fault> {
        let template = page::find::<HtmlTemplateElement>("#isolate")?;
        let form = template
            .content()
            .first_element_child()
            .ok_or_else(|| Fault::new("the template of an isolate is empty"))?;
        let element: Element = form
            .clone_node_with_deep(true)
            .map_err(Fault::js)?
            .unchecked_into();
        set(&element, "data-isolate", name)?;
        part(&element, "[data-name]")?.set_text_content(Some(name));
        for act in Act::ALL {
            let button = part(&element, &format!("[data-act={}]", act.name()))?;
            set(&button, "aria-label", &format!("{} {name}", act.name()))?;
        }
        page::find::<Element>("#isolates tbody")?
            .append_child(&element)
            .map_err(Fault::js)?;
        let row = Self {
            name: name.to_owned(),
            element,
            isolate: None,
            paused: None,
            seen: None,
            job: None,
            done: 0,
            lives: 0,
            ended_ms: None,
        };
        row.show()?;
        Ok(row)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn isolate(&self) -> Option<Isolate> {
        self.isolate.clone()
    }

    pub(super) fn button(&self, act: Act) -> Result<Element, Fault> {
        part(&self.element, &format!("[data-act={}]", act.name()))
    }

    /// Its isolate has begun a job. Says so if that isolate is new.
    pub(super) fn begun(
        &mut self,
        isolate: &Isolate,
        job: u32,
        now_ms: f64,
    ) -> Result<Option<Healed>, Fault> {
        self.job = Some(job);
        let is_new = self.isolate.as_ref() != Some(isolate);
        let healed = is_new.then(|| Healed {
            after_ms: self.ended_ms.take().map(|ended_ms| now_ms - ended_ms),
        });
        if is_new {
            self.isolate = Some(isolate.clone());
            self.paused = None;
            self.seen = None;
            self.lives += 1;
        }
        self.show()?;
        Ok(healed)
    }

    /// What its isolate does now.
    pub(super) fn see(&mut self, seen: &IsolateInfo) -> Result<(), Fault> {
        self.seen = self.isolate.as_ref().map(|_| seen.clone());
        self.show()
    }

    /// It has done a job.
    pub(super) fn done(&mut self, job: u32) -> Result<(), Fault> {
        if self.job == Some(job) {
            self.job = None;
        }
        self.done += 1;
        self.show()
    }

    /// Its isolate has ended; `None` if another has its place already.
    pub(super) fn ended(&mut self, isolate: &Isolate, now_ms: f64) -> Result<Option<Left>, Fault> {
        if self.isolate.as_ref() != Some(isolate) {
            return Ok(None);
        }
        self.isolate = None;
        self.paused = None;
        self.seen = None;
        self.ended_ms = Some(now_ms);
        let number = self.job.take();
        self.show()?;
        Ok(Some(Left { number }))
    }

    pub(super) fn pause(&mut self) -> Result<(), Fault> {
        if let (None, Some(isolate)) = (&self.paused, &self.isolate) {
            self.paused = Some(isolate.pause());
        }
        self.show()
    }

    pub(super) fn resume(&mut self) -> Result<(), Fault> {
        if let (Some(isolate), Some(paused)) = (&self.isolate, self.paused.take()) {
            isolate.resume(paused);
        }
        self.show()
    }

    pub(super) fn answered(&self, said: &str) -> Result<(), Fault> {
        part(&self.element, "[data-ping]")?.set_text_content(Some(said));
        Ok(())
    }

    /// The pool is closed.
    pub(super) fn stop(&mut self) -> Result<(), Fault> {
        self.isolate = None;
        self.paused = None;
        self.seen = None;
        self.job = None;
        self.ended_ms = None;
        self.show()
    }

    /// What it does, as a word and for a reader.
    fn state(&self) -> (&'static str, String) {
        if self.isolate.is_none() {
            return match self.ended_ms {
                Some(_) => ("gone", "gone; another starts".to_owned()),
                None => ("none", "not started".to_owned()),
            };
        }
        let Some(seen) = &self.seen else {
            return ("starting", "has just started".to_owned());
        };
        let job = seen.job.as_ref();
        let label = job.and_then(|job| job.label.as_deref()).unwrap_or("a job");
        let is_pausing = self.paused.is_some();
        match seen.state {
            State::Paused => ("paused", "paused".to_owned()),
            State::Idle if job.is_none() => ("idle", "idle".to_owned()),
            State::Ending => ("ending", "ends".to_owned()),
            _ if is_pausing => ("pausing", format!("pauses after {label}")),
            _ => {
                let running = job.map_or(0.0, |job| job.running.as_secs_f64() * 1e3);
                (
                    "busy",
                    format!("busy with {label} for {}", milliseconds(running)),
                )
            }
        }
    }

    fn show(&self) -> Result<(), Fault> {
        let (state, said) = self.state();
        set(&self.element, "data-state", state)?;
        set(&self.element, "data-lives", &self.lives.to_string())?;
        set(&self.element, "data-done", &self.done.to_string())?;
        part(&self.element, "[data-said]")?.set_text_content(Some(&said));
        part(&self.element, "[data-jobs]")?.set_text_content(Some(&thousands(self.done)));
        let (queue, busy) = match &self.seen {
            None => (String::new(), String::new()),
            Some(seen) => {
                let least = if seen.silent.is_some() { "≥ " } else { "" };
                let queue = seen.queue.map(|queue| format!("{least}{queue}"));
                let busy = format!("{:.1} s", seen.busy_time.as_secs_f64());
                (queue.unwrap_or_default(), busy)
            }
        };
        part(&self.element, "[data-queue]")?.set_text_content(Some(&queue));
        part(&self.element, "[data-busy]")?.set_text_content(Some(&busy));
        for act in Act::ALL {
            let is_possible = self.isolate.is_some()
                && match act {
                    Act::Pause => self.paused.is_none(),
                    Act::Resume => self.paused.is_some(),
                    Act::Ping | Act::Kill => true,
                };
            let disabled = if is_possible { "false" } else { "true" };
            set(&self.button(act)?, "aria-disabled", disabled)?;
        }
        Ok(())
    }
}

fn set(element: &Element, name: &str, value: &str) -> Result<(), Fault> {
    element.set_attribute(name, value).map_err(Fault::js)
}
