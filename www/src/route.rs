//! [`Route`]: live tracking as a line that grows.

use std::f64::consts::TAU;

use insula_examples::live_tracking::{BATCH, Leg, POINTS};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCanvasElement};

use crate::{
    js::{self, Fault},
    page::{part, thousands},
    surface::{Surface, device_pixel_ratio},
};

/// A picture each; points come more often.
const PICTURE_MS: f64 = 30.0;
/// As often as a person can read, where the reader wants little motion.
const CALM_MS: f64 = 500.0;
/// How finely the line is drawn.
const PIECES: usize = 600;

/// The picture in a card.
pub(crate) struct Route {
    surface: Surface,
    canvas: Element,
    caption: Element,
    shown_ms: f64,
    every_ms: f64,
}

impl Route {
    pub(crate) fn new(card: &Element) -> Result<Self, Fault> {
        let canvas: HtmlCanvasElement = part(card, "canvas")?.unchecked_into();
        let every_ms = if js::reduced_motion()?.matches() {
            CALM_MS
        } else {
            PICTURE_MS
        };
        part(card, "figure")?
            .remove_attribute("hidden")
            .map_err(Fault::js)?;
        Ok(Self {
            canvas: canvas.clone().unchecked_into(),
            surface: Surface::new(canvas)?,
            caption: part(card, "figcaption")?,
            shown_ms: f64::NEG_INFINITY,
            every_ms,
        })
    }

    /// Shows how many points were sent, and what came back for them.
    pub(crate) fn show(&mut self, sent: usize, legs: &[Leg]) {
        let now_ms = js::now_ms();
        let tracked: usize = legs.iter().map(|leg| leg.points).sum();
        if now_ms - self.shown_ms < self.every_ms && tracked < POINTS {
            return;
        }
        self.shown_ms = now_ms;
        self.draw(sent, tracked);
        let behind = sent.saturating_sub(tracked) / BATCH;
        let said = format!(
            "{} points sent, {} legs back, {behind} on their way",
            thousands(sent),
            thousands(legs.len())
        );
        self.caption.set_text_content(Some(&said));
        // The caption says it all; a picture that can't be named is no failure of the tracking.
        let _ = self.canvas.set_attribute("aria-label", &said);
    }

    fn draw(&self, sent: usize, tracked: usize) {
        let size = self.surface.clear();
        let colors = &self.surface.colors;
        let share = |points: usize| points as f64 / POINTS as f64;
        let pixel = device_pixel_ratio();
        self.line(size, 1.0, &colors.line, 2.0 * pixel);
        self.line(size, share(sent), &colors.late, 2.0 * pixel);
        self.line(size, share(tracked), &colors.calm, 5.0 * pixel);
        let context = &self.surface.context;
        let (x, y) = place(size, share(tracked));
        context.set_fill_style_str(&colors.frozen);
        context.begin_path();
        // It fails for a negative radius only.
        let _ = context.arc(x, y, 6.0 * pixel, 0.0, TAU);
        context.fill();
    }

    fn line(&self, size: (f64, f64), share: f64, color: &str, width: f64) {
        let context = &self.surface.context;
        context.set_stroke_style_str(color);
        context.set_line_width(width);
        context.begin_path();
        let last = (share * PIECES as f64) as usize;
        for piece in 0..=last {
            let (x, y) = place(size, piece as f64 / PIECES as f64);
            if piece == 0 {
                context.move_to(x, y);
            } else {
                context.line_to(x, y);
            }
        }
        context.stroke();
    }
}

/// Where on the canvas this share of the way ends.
fn place((width, height): (f64, f64), share: f64) -> (f64, f64) {
    let angle = share * TAU;
    (
        width * 0.47f64.mul_add((2.0 * angle + 0.6).sin(), 0.5),
        height * 0.43f64.mul_add((3.0 * angle).sin(), 0.5),
    )
}
