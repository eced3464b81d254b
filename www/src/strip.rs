//! [`Strip`]: frames as bars on a canvas.

use std::f64::consts::LN_2;

use insula_examples::frames::FRAME;
use web_sys::HtmlCanvasElement;

use crate::{
    frame::{Frame, Mark},
    js::Fault,
    surface::{Surface, device_pixel_ratio},
};

/// From here on people call it frozen.
const FROZEN_MS: f64 = 100.0;
/// The longest gap that has a height of its own.
const HIGHEST_MS: f64 = 2000.0;

/// How bad a gap between two frames is; a name of a colour in style.css.
pub(crate) fn level(gap_ms: f64) -> &'static str {
    if gap_ms >= FROZEN_MS {
        "frozen"
    } else if gap_ms >= frame_ms() * 1.5 {
        "late"
    } else {
        "calm"
    }
}

/// How bad it is when the page came late by this much.
pub(crate) fn freeze_level(freeze_ms: f64) -> &'static str {
    level(freeze_ms + frame_ms())
}

/// Frames, drawn on a canvas.
pub(crate) struct Strip {
    surface: Surface,
}

impl Strip {
    pub(crate) fn new(canvas: HtmlCanvasElement) -> Result<Self, Fault> {
        Ok(Self {
            surface: Surface::new(canvas)?,
        })
    }

    /// Takes over the colours of the page, which follow the reader's choice of dark and light.
    pub(crate) fn recolor(&mut self) -> Result<(), Fault> {
        self.surface.recolor()
    }

    /// The last frames, now at the right edge; the longer a frame took, the higher its bar. Behind
    /// them the runs that took place.
    pub(crate) fn draw_live<'a>(
        &self,
        frames: impl IntoIterator<Item = &'a Frame>,
        marks: impl IntoIterator<Item = &'a Mark> + Clone,
        now_ms: f64,
        shown_ms: f64,
    ) {
        let (width, height) = self.surface.clear();
        let scale = width / shown_ms;
        let x = |at_ms: f64| width - (now_ms - at_ms) * scale;
        for Mark { from_ms, to_ms, .. } in marks.clone() {
            let left = x(*from_ms).max(0.0);
            self.surface
                .context
                .set_fill_style_str(&self.surface.colors.sunk);
            self.surface
                .context
                .fill_rect(left, 0.0, x(to_ms.unwrap_or(now_ms)) - left, height);
        }
        let mut free_from = 0.0;
        for Mark { label, from_ms, .. } in marks {
            let left = x(*from_ms).max(0.0);
            if left >= free_from {
                free_from = self.name(label, left, height);
            }
        }
        let on_time = height - height * share(frame_ms());
        self.surface
            .context
            .set_fill_style_str(&self.surface.colors.line);
        self.surface.context.fill_rect(
            0.0,
            on_time - device_pixel_ratio(),
            width,
            device_pixel_ratio(),
        );
        for frame in frames {
            let (right, bar) = (x(frame.at_ms), (frame.gap_ms * scale).max(1.0));
            let tall = height * share(frame.gap_ms);
            self.fill(level(frame.gap_ms));
            self.surface.context.fill_rect(
                right - bar,
                height - tall,
                (bar - 0.75).max(0.75),
                tall,
            );
        }
    }

    /// One run: a tile for each frame that came in time, a block where none did.
    pub(crate) fn draw_run(&self, frames: &[Frame], shown_ms: f64) {
        let (width, height) = self.surface.clear();
        let scale = width / shown_ms;
        let gutter = device_pixel_ratio();
        for frame in frames {
            let right = frame.at_ms * scale;
            let left = (right - frame.gap_ms * scale).max(0.0);
            let level = level(frame.gap_ms);
            let (top, tall) = if level == "calm" {
                (0.3, 0.4)
            } else {
                (0.0, 1.0)
            };
            let wide = (right - left - gutter).max(gutter);
            self.fill(level);
            self.surface
                .context
                .fill_rect(left, height * top, wide, height * tall);
            if level != "calm" {
                self.label(
                    &format!("{:.0} ms", frame.gap_ms),
                    level,
                    (left, right),
                    height,
                );
            }
        }
    }

    /// Writes the name of a run over it; gives where the next one has room.
    fn name(&self, text: &str, left: f64, height: f64) -> f64 {
        let size = 12.0 * device_pixel_ratio();
        self.surface
            .context
            .set_font(&format!("{size}px system-ui, sans-serif"));
        self.surface
            .context
            .set_fill_style_str(&self.surface.colors.soft);
        self.surface.context.set_text_baseline("top");
        // As below.
        let _ = self.surface.context.fill_text(
            text,
            left + size * 0.4,
            (height * 0.06).max(size * 0.4),
        );
        left + size + self.width_of(text)
    }

    /// Writes into a block, if it is wide enough.
    fn label(&self, text: &str, level: &str, (left, right): (f64, f64), height: f64) {
        let size = height * 0.36;
        self.surface
            .context
            .set_font(&format!("600 {size}px system-ui, sans-serif"));
        let needed = self.width_of(text);
        if needed + size > right - left {
            return;
        }
        let color = if level == "late" {
            &self.surface.colors.on_late
        } else {
            &self.surface.colors.on_frozen
        };
        self.surface.context.set_fill_style_str(color);
        self.surface.context.set_text_baseline("middle");
        // Text that cannot be drawn is not missed: the table says the same.
        let _ = self.surface.context.fill_text(
            text,
            left + (right - left - needed) / 2.0,
            height * 0.53,
        );
    }

    fn width_of(&self, text: &str) -> f64 {
        self.surface
            .context
            .measure_text(text)
            .map_or(f64::INFINITY, |measured| measured.width())
    }

    fn fill(&self, level: &str) {
        let color = match level {
            "calm" => &self.surface.colors.calm,
            "late" => &self.surface.colors.late,
            _ => &self.surface.colors.frozen,
        };
        self.surface.context.set_fill_style_str(color);
    }
}

/// How high a gap is, or how long a bar: each doubling adds the same.
pub(crate) fn share(gap_ms: f64) -> f64 {
    let doublings = (gap_ms / (frame_ms() / 2.0)).ln() / LN_2;
    let highest = (HIGHEST_MS / (frame_ms() / 2.0)).ln() / LN_2;
    (doublings / highest).clamp(0.04, 1.0)
}

fn frame_ms() -> f64 {
    FRAME.as_secs_f64() * 1000.0
}
