//! [`Surface`]: a canvas in the pixels of its screen and the colours of the page.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::js::{self, Fault};

/// A canvas to draw on.
pub(crate) struct Surface {
    canvas: HtmlCanvasElement,
    pub(crate) context: CanvasRenderingContext2d,
    pub(crate) colors: Colors,
}

/// Colours by meaning, as style.css has them.
pub(crate) struct Colors {
    pub(crate) calm: String,
    pub(crate) late: String,
    pub(crate) frozen: String,
    pub(crate) line: String,
    pub(crate) soft: String,
    pub(crate) sunk: String,
    pub(crate) on_late: String,
    pub(crate) on_frozen: String,
}

impl Surface {
    pub(crate) fn new(canvas: HtmlCanvasElement) -> Result<Self, Fault> {
        let context = canvas.get_context("2d").map_err(Fault::js)?;
        let context = context.ok_or_else(|| Fault::new("this browser draws on no canvas"))?;
        let colors = Colors::of_the_page()?;
        Ok(Self {
            canvas,
            context: context.unchecked_into(),
            colors,
        })
    }

    /// Takes over the colours of the page, which follow the reader's choice of dark and light.
    pub(crate) fn recolor(&mut self) -> Result<(), Fault> {
        self.colors = Colors::of_the_page()?;
        Ok(())
    }

    pub(crate) fn canvas(&self) -> &HtmlCanvasElement {
        &self.canvas
    }

    /// Empties the canvas, at the size it has on the screen; gives that size.
    pub(crate) fn clear(&self) -> (f64, f64) {
        let ratio = device_pixel_ratio();
        let width = (f64::from(self.canvas.client_width()) * ratio).round();
        let height = (f64::from(self.canvas.client_height()) * ratio).round();
        if (
            f64::from(self.canvas.width()),
            f64::from(self.canvas.height()),
        ) != (width, height)
        {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
        self.context.clear_rect(0.0, 0.0, width, height);
        (width, height)
    }
}

impl Colors {
    fn of_the_page() -> Result<Self, Fault> {
        let root = js::document()
            .document_element()
            .ok_or_else(|| Fault::new("the page is empty"))?;
        let style = js::window().get_computed_style(&root).map_err(Fault::js)?;
        let style = style.ok_or_else(|| Fault::new("the page has no style"))?;
        let color = |name: &str| style.get_property_value(name).map_err(Fault::js);
        Ok(Self {
            calm: color("--calm")?,
            late: color("--late")?,
            frozen: color("--frozen")?,
            line: color("--line")?,
            soft: color("--soft")?,
            sunk: color("--sunk")?,
            on_late: color("--on-late")?,
            on_frozen: color("--on-frozen")?,
        })
    }
}

pub(crate) fn device_pixel_ratio() -> f64 {
    js::window().device_pixel_ratio()
}
