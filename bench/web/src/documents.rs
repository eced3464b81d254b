//! The photos of the demo, decoded by each way to do it.

use insula::{IsolateRunner, Priority, web::transferable_from_array_buffer};
use insula_examples::photos::{self, Photo};
use js_sys::ArrayBuffer;
use wasm_bindgen::prelude::*;

use crate::{expect, told};

/// A document of `count` photos.
#[wasm_bindgen]
pub fn document(count: usize) -> Vec<u8> {
    photos::document(count, photos::SEED)
}

/// Photos as they have come. The page drops them when the clock has stopped.
#[wasm_bindgen]
pub struct Photos {
    _parts: Vec<Vec<Photo>>,
}

impl Photos {
    fn new(parts: Vec<Vec<Photo>>, count: usize) -> Result<Self, JsError> {
        expect(parts.iter().map(Vec::len).sum::<usize>(), count)?;
        Ok(Self { _parts: parts })
    }
}

/// On the page, which can do nothing else meanwhile.
#[wasm_bindgen(js_name = decodeHere)]
pub fn decode_here(document: ArrayBuffer, count: usize) -> Result<Photos, JsError> {
    let document = transferable_from_array_buffer(document);
    Photos::new(vec![photos::decode(document).map_err(told)?], count)
}

/// A worker that decodes.
#[wasm_bindgen]
pub struct Decoder {
    runner: IsolateRunner,
}

#[wasm_bindgen]
impl Decoder {
    /// Starts the worker.
    pub async fn start() -> Result<Self, JsError> {
        let runner = IsolateRunner::spawn().await.map_err(told)?;
        Ok(Self { runner })
    }

    /// All photos come as one value.
    #[wasm_bindgen(js_name = asOne)]
    pub async fn as_one(&self, document: ArrayBuffer, count: usize) -> Result<Photos, JsError> {
        let document = transferable_from_array_buffer(document);
        let photos = self.runner.run(photos::decode, document).await;
        Photos::new(vec![photos.map_err(told)?.map_err(told)?], count)
    }

    /// The photos come in slices.
    #[wasm_bindgen(js_name = inSlices)]
    pub async fn in_slices(&self, document: ArrayBuffer, count: usize) -> Result<Photos, JsError> {
        let document = transferable_from_array_buffer(document);
        let mut slices = self.runner.slices(photos::decode, document);
        let mut all = Vec::new();
        while let Some(slice) = slices.next().await {
            all.push(slice.map_err(told)?);
        }
        slices.finish().await.map_err(told)?.map_err(told)?;
        Photos::new(all, count)
    }

    /// Ends the worker.
    pub fn end(self) {
        self.runner.isolate().kill(Priority::Immediate);
    }
}
