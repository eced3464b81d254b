//! [`Meter`]: the page's frames as they come, and a [`Recording`] of those of one run.

use std::{cell::RefCell, collections::VecDeque, rc::Rc, time::Duration};

use insula_examples::frames::{FRAME, FrameMeter};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{HtmlCanvasElement, MediaQueryList};

use crate::{
    frame::{Frame, Mark},
    js::{self, Fault},
    strip::Strip,
};

/// How much of the past the live strip shows.
const SHOWN_MS: f64 = 6000.0;
/// How often the live strip moves for a reader who wants little motion.
const CALM_MS: f64 = 1000.0;
/// The shortest interval of timers that browsers keep to. Between two frames it shows a freeze that
/// costs none.
const PULSE: Duration = Duration::from_millis(4);

/// Draws the live strip, always; records when asked.
#[derive(Clone)]
pub(crate) struct Meter {
    state: Rc<RefCell<State>>,
}

struct State {
    strip: Strip,
    shown: VecDeque<Frame>,
    marks: VecDeque<Mark>,
    last_ms: Option<f64>,
    drawn_ms: f64,
    still: MediaQueryList,
    recording: Option<Recording>,
}

/// What the page felt during one run.
pub(crate) struct Recording {
    began_ms: f64,
    frames: FrameMeter,
    pulse: FrameMeter,
    /// The frames, from the beginning of the run on.
    pub(crate) list: Vec<Frame>,
    timer: i32,
}

impl Meter {
    /// Starts to draw, for the rest of the page's life.
    pub(crate) fn start(canvas: HtmlCanvasElement) -> Result<Self, Fault> {
        let strip = Strip::new(canvas)?;
        let state = State {
            strip,
            shown: VecDeque::new(),
            marks: VecDeque::new(),
            last_ms: None,
            drawn_ms: f64::NEG_INFINITY,
            still: js::reduced_motion()?,
            recording: None,
        };
        let meter = Self {
            state: Rc::new(RefCell::new(state)),
        };

        let next = Rc::new(RefCell::new(None::<Closure<dyn FnMut()>>));
        let (state, again) = (meter.state.clone(), next.clone());
        *next.borrow_mut() = Some(Closure::new(move || {
            // Not the time the browser passes: that is when the frame was due, not when it came.
            state.borrow_mut().frame(js::now_ms());
            if let Some(callback) = &*again.borrow() {
                request_frame(callback.as_ref());
            }
        }));
        if let Some(callback) = &*next.borrow() {
            request_frame(callback.as_ref());
        }

        // A page in the background draws no frames, and no person misses them.
        let state = meter.state.clone();
        js::listen(&js::document(), "visibilitychange", move || {
            state.borrow_mut().skip();
        })?;
        Ok(meter)
    }

    /// Takes over the colours of the page.
    pub(crate) fn recolor(&self) -> Result<(), Fault> {
        self.state.borrow_mut().strip.recolor()
    }

    /// Begins to record a run with this name.
    pub(crate) fn record(&self, label: String) -> Result<(), Fault> {
        let state = self.state.clone();
        let pulse = Closure::<dyn FnMut()>::new(move || {
            if let Some(recording) = &mut state.borrow_mut().recording {
                recording.pulse.tick(duration(js::now_ms()));
            }
        });
        let period_ms = PULSE.as_millis() as i32;
        let pulse = pulse.into_js_value();
        let timer = js::window()
            .set_interval_with_callback_and_timeout_and_arguments_0(
                pulse.unchecked_ref(),
                period_ms,
            )
            .map_err(Fault::js)?;

        let mut state = self.state.borrow_mut();
        let began_ms = js::now_ms();
        let mut recording = Recording {
            began_ms,
            frames: FrameMeter::new(FRAME),
            pulse: FrameMeter::new(PULSE),
            list: Vec::new(),
            timer,
        };
        recording.pulse.tick(duration(began_ms));
        if let Some(last_ms) = state.last_ms {
            recording.frames.tick(duration(last_ms));
        }
        state.recording = Some(recording);
        state.marks.push_back(Mark {
            label,
            from_ms: began_ms,
            to_ms: None,
        });
        Ok(())
    }

    /// Ends the recording, after the frames that show what came last.
    pub(crate) async fn finish(&self) -> Result<Recording, Fault> {
        js::next_frame().await?;
        js::next_frame().await?;
        let mut state = self.state.borrow_mut();
        if let Some(mark) = state.marks.back_mut() {
            mark.to_ms = Some(js::now_ms());
        }
        let recording = state.recording.take();
        let recording = recording.ok_or_else(|| Fault::new("nothing was being recorded"))?;
        js::window().clear_interval_with_handle(recording.timer);
        Ok(recording)
    }
}

impl State {
    fn frame(&mut self, now_ms: f64) {
        let gap_ms = self.last_ms.map_or(0.0, |last| now_ms - last);
        self.last_ms = Some(now_ms);
        self.shown.push_back(Frame {
            at_ms: now_ms,
            gap_ms,
        });
        while self
            .shown
            .front()
            .is_some_and(|frame| frame.at_ms < now_ms - SHOWN_MS)
        {
            self.shown.pop_front();
        }
        let gone = |mark: &Mark| mark.to_ms.is_some_and(|end| end < now_ms - SHOWN_MS);
        while self.marks.front().is_some_and(gone) {
            self.marks.pop_front();
        }
        if let Some(recording) = &mut self.recording {
            recording.frames.tick(duration(now_ms));
            recording.list.push(Frame {
                at_ms: now_ms - recording.began_ms,
                gap_ms,
            });
        }
        if self.still.matches() && now_ms - self.drawn_ms < CALM_MS {
            return;
        }
        self.drawn_ms = now_ms;
        self.strip
            .draw_live(&self.shown, &self.marks, now_ms, SHOWN_MS);
    }

    fn skip(&mut self) {
        self.last_ms = None;
        if let Some(recording) = &mut self.recording {
            recording.frames.skip();
            recording.pulse.skip();
        }
    }
}

impl Recording {
    pub(crate) fn longest_freeze_ms(&self) -> f64 {
        let longest = self
            .frames
            .longest_freeze()
            .max(self.pulse.longest_freeze());
        longest.as_secs_f64() * 1000.0
    }

    pub(crate) fn frames_lost(&self) -> u32 {
        self.frames.lost()
    }
}

fn request_frame(callback: &JsValue) {
    // It fails only for what is not a function.
    let _ = js::window().request_animation_frame(callback.unchecked_ref());
}

fn duration(ms: f64) -> Duration {
    Duration::from_secs_f64(ms.max(0.0) / 1000.0)
}
