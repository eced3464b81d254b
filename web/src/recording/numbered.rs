//! An event with its number, as a frame.
//!
//! | the event's frame, as it would go by itself | number, label | length of these, 4 bytes |
//! |---|---|---|
//!
//! Its functions follow the one that takes this apart. So frames are as ever where nothing is recorded, and no module has code
//! for these but one that records.

use std::sync::Arc;

use insula_core::contract::{Event, Recorded};

use crate::{
    Web, asking,
    protocol::{
        delivery::{Delivery, TakeNumbered},
        frame::Frame,
        head::Head,
        parcel::ShippedFunction,
    },
};

type Mark = (u64, Option<String>);

/// Puts the frame of an event into one that has the number too.
pub(super) fn put(event: Frame, number: u64, label: Option<&str>) -> Frame {
    let mut event = event;
    let beside = std::mem::take(&mut event.beside);
    let take: TakeNumbered = take;
    let (mut bytes, mut functions) = (Vec::new(), vec![ShippedFunction::at(take as usize)]);
    event.append_to(&mut bytes, &mut functions);
    let mark: Mark = (number, label.map(str::to_owned));
    let mark = asking::write(&mark);
    bytes.extend_from_slice(&mark);
    let length = u32::try_from(mark.len()).expect("wasm32 has no longer slices");
    bytes.extend(length.to_le_bytes());
    Frame {
        head: Head::Numbered,
        bytes,
        functions,
        beside,
    }
}

/// Takes the event out again.
fn take(frame: Frame) -> Result<Delivery, &'static str> {
    let Frame {
        mut bytes,
        mut functions,
        beside,
        ..
    } = frame;
    let mark = take_mark(&mut bytes).ok_or("a number that does not decode")?;
    functions.remove(0);
    let mut event = Frame::split_off(&mut bytes, &mut functions)?;
    if !bytes.is_empty() || !functions.is_empty() {
        return Err("more than a number and an event");
    }
    event.beside = beside;
    match Delivery::from_frame(event)? {
        Delivery::Event(event) => Ok(Delivery::Event(numbered(event, mark))),
        _ => Err("a number of what is no event"),
    }
}

fn take_mark(bytes: &mut Vec<u8>) -> Option<Mark> {
    let (rest, length) = bytes.split_last_chunk()?;
    let length = u32::from_le_bytes(*length) as usize;
    let begin = rest.len().checked_sub(length)?;
    let mark = rest[begin..].to_vec();
    bytes.truncate(begin);
    asking::read(mark)
}

fn numbered(event: Event<Web>, (number, label): Mark) -> Event<Web> {
    let recorded = Recorded::new(number, label.map(Arc::from), event);
    Event::Recorded(Box::new(recorded))
}
