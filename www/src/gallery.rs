//! [`Gallery`]: pictures side by side, as they come.

use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, Element, HtmlCanvasElement, ImageBitmap};

use crate::{
    js::{self, Fault},
    page::{part, thousands},
    surface::Surface,
};

/// How many stand in a row.
const COLUMNS: u64 = 6;
/// Between two pictures, in pixels of the screen.
const GAP: f64 = 4.0;

/// The wall in a card.
pub(crate) struct Gallery {
    wall: Rc<Wall>,
    caption: Element,
    pictures: u64,
    bytes: usize,
}

struct Wall {
    surface: Surface,
    /// Of one picture, in pixels of the screen.
    size: (f64, f64),
}

impl Gallery {
    /// An empty wall with room for so many pictures.
    pub(crate) fn new(card: &Element, room: u64) -> Result<Self, Fault> {
        part(card, "figure")?
            .remove_attribute("hidden")
            .map_err(Fault::js)?;
        let canvas: HtmlCanvasElement = part(card, "canvas")?.unchecked_into();
        let surface = Surface::new(canvas)?;
        let (width, height) = surface.clear();
        let rows = room.div_ceil(COLUMNS) as f64;
        Ok(Self {
            wall: Rc::new(Wall {
                surface,
                size: (width / COLUMNS as f64, height / rows),
            }),
            caption: part(card, "figcaption")?,
            pictures: 0,
            bytes: 0,
        })
    }

    /// Hangs up the next picture. The browser decodes it beside the page.
    pub(crate) fn show(&mut self, jpeg: &[u8]) {
        let (wall, caption) = (self.wall.clone(), self.caption.clone());
        let picture = decode(jpeg);
        let number = self.pictures;
        self.pictures += 1;
        self.bytes += jpeg.len();
        let said = format!(
            "{} pictures, {} KB",
            self.pictures,
            thousands(self.bytes / 1000)
        );
        self.caption.set_text_content(Some(&said));
        // The caption says it all; a wall that can't be named is no failure of the pictures.
        let _ = wall.surface.canvas().set_attribute("aria-label", &said);
        spawn_local(async move {
            let hung = async { wall.hang(number, &picture?.await?) };
            if let Err(fault) = hung.await {
                caption.set_text_content(Some(&format!(
                    "picture {} can't be shown: {fault}",
                    number + 1
                )));
            }
        });
    }
}

impl Wall {
    fn hang(&self, number: u64, picture: &ImageBitmap) -> Result<(), Fault> {
        let (width, height) = self.size;
        let (wide, high) = (f64::from(picture.width()), f64::from(picture.height()));
        let scale = ((width - GAP) / wide).min((height - GAP) / high);
        let (column, row) = ((number % COLUMNS) as f64, (number / COLUMNS) as f64);
        let drawn = self
            .surface
            .context
            .draw_image_with_image_bitmap_and_dw_and_dh(
                picture,
                column.mul_add(width, (width - wide * scale) / 2.0),
                row.mul_add(height, (height - high * scale) / 2.0),
                wide * scale,
                high * scale,
            );
        picture.close();
        drawn.map_err(Fault::js)
    }
}

fn decode(jpeg: &[u8]) -> Result<impl Future<Output = Result<ImageBitmap, Fault>> + use<>, Fault> {
    let parts = js_sys::Array::of1(&Uint8Array::from(jpeg));
    let blob = Blob::new_with_u8_array_sequence(&parts).map_err(Fault::js)?;
    let decoded = js::window()
        .create_image_bitmap_with_blob(&blob)
        .map_err(Fault::js)?;
    Ok(async move {
        let bitmap: JsValue = JsFuture::from(decoded).await.map_err(Fault::js)?;
        Ok(bitmap.unchecked_into())
    })
}
