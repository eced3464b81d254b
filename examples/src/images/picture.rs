//! Pictures to work on: made by a seed, so that every run has the same.

use crate::documents::Unreadable;

/// A PNG file of `width` by `height` pixels with coloured discs on a gradient, different for each `seed`.
///
/// # Errors
/// The size is zero, or larger than a PNG file can be.
pub fn picture((width, height, seed): (u32, u32, u64)) -> Result<Vec<u8>, Unreadable> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut disc = || Disc {
        x: random.i32(0..width.max(1) as i32),
        y: random.i32(0..height.max(1) as i32),
        radius: random.i32(20..200),
        colour: [random.u8(..), random.u8(..), random.u8(..)],
    };
    let discs: Vec<_> = (0..12).map(|_| disc()).collect();

    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height as i32 {
        for x in 0..width as i32 {
            let on_top = discs.iter().rfind(|disc| disc.covers(x, y));
            pixels.extend(on_top.map_or_else(
                || [(x / 8) as u8, (y / 8) as u8, ((x + y) / 16) as u8],
                |disc| disc.colour,
            ));
        }
    }
    encode(width, height, &pixels).map_err(|error| Unreadable(error.to_string()))
}

struct Disc {
    x: i32,
    y: i32,
    radius: i32,
    colour: [u8; 3],
}

impl Disc {
    const fn covers(&self, x: i32, y: i32) -> bool {
        let (x, y) = (x - self.x, y - self.y);
        x * x + y * y <= self.radius * self.radius
    }
}

fn encode(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(file)
}
