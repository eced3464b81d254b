//! The work: one PNG file in, one JPEG file out.

use std::io::Cursor;

use jpeg_encoder::{ColorType, Encoder};
use resize::{Pixel::RGB8, Type::Lanczos3};
use rgb::{FromSlice, RGB8 as Rgb};

use crate::documents::Unreadable;

/// No picture is wider afterwards, in pixels.
pub const MAX_WIDTH: usize = 1080;

/// How well the result is encoded, of 100.
pub const QUALITY: u8 = 85;

/// Decodes a PNG file, makes it at most [`MAX_WIDTH`] wide, and encodes it as JPEG.
///
/// # Errors
/// It is not a PNG file, or not one of eight bits and three colours.
pub fn shrink(file: Vec<u8>) -> Result<Vec<u8>, Unreadable> {
    let picture = decode(file)?;
    encode(&narrow(picture)?)
}

struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<Rgb>,
}

fn decode(file: Vec<u8>) -> Result<Picture, Unreadable> {
    let mut reader = png::Decoder::new(Cursor::new(file))
        .read_info()
        .map_err(unreadable)?;
    let (colour, depth) = reader.output_color_type();
    if (colour, depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(Unreadable(format!("{colour:?} of {depth:?} bits")));
    }
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| Unreadable("larger than memory".to_owned()))?;
    let mut bytes = vec![0; size];
    let frame = reader.next_frame(&mut bytes).map_err(unreadable)?;
    Ok(Picture {
        width: frame.width as usize,
        height: frame.height as usize,
        pixels: bytes.as_rgb().to_vec(),
    })
}

fn narrow(picture: Picture) -> Result<Picture, Unreadable> {
    let Picture {
        width,
        height,
        pixels,
    } = picture;
    if width <= MAX_WIDTH {
        return Ok(Picture {
            width,
            height,
            pixels,
        });
    }
    let new_height = (height * MAX_WIDTH).div_ceil(width);
    let mut narrowed = vec![Rgb::new(0, 0, 0); MAX_WIDTH * new_height];
    resize::new(width, height, MAX_WIDTH, new_height, RGB8, Lanczos3)
        .and_then(|mut resizer| resizer.resize(&pixels, &mut narrowed))
        .map_err(unreadable)?;
    Ok(Picture {
        width: MAX_WIDTH,
        height: new_height,
        pixels: narrowed,
    })
}

fn encode(picture: &Picture) -> Result<Vec<u8>, Unreadable> {
    use rgb::ComponentBytes;

    let side = |pixels| u16::try_from(pixels).map_err(unreadable);
    let mut file = Vec::new();
    Encoder::new(&mut file, QUALITY)
        .encode(
            picture.pixels.as_bytes(),
            side(picture.width)?,
            side(picture.height)?,
            ColorType::Rgb,
        )
        .map_err(unreadable)?;
    Ok(file)
}

fn unreadable(error: impl std::fmt::Display) -> Unreadable {
    Unreadable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::picture;

    /// Width and height of a JPEG file, from the header of its frame.
    fn size_of_jpeg(file: &[u8]) -> Option<(u16, u16)> {
        let frame = file.windows(2).position(|bytes| bytes == [0xff, 0xc0])?;
        let side = |at: usize| Some(u16::from_be_bytes([*file.get(at)?, *file.get(at + 1)?]));
        Some((side(frame + 7)?, side(frame + 5)?))
    }

    #[test]
    fn a_wide_picture_is_narrowed_and_keeps_its_shape() {
        let file = shrink(picture((2160, 1440, 1)).unwrap()).unwrap();
        assert_eq!(size_of_jpeg(&file), Some((1080, 720)));
    }

    #[test]
    fn a_small_picture_keeps_its_size() {
        let file = shrink(picture((100, 60, 1)).unwrap()).unwrap();
        assert_eq!(size_of_jpeg(&file), Some((100, 60)));
    }

    #[test]
    fn a_file_that_is_no_picture_is_refused() {
        assert!(shrink(b"no picture".to_vec()).is_err());
        let mut cut = picture((100, 60, 1)).unwrap();
        cut.truncate(cut.len() / 2);
        assert!(shrink(cut).is_err());
    }
}
