//! [`Inline`]: a value of any type, in place where it is small.
//!
//! What one thread allocates and another frees has the allocator take turns between the two, which costs more than
//! all the rest of a small message's way. And most messages are small.
#![expect(
    unsafe_code,
    reason = "room for values of any type can't be had without; miri runs the tests below"
)]

use std::{any::TypeId, mem::ManuallyDrop, mem::MaybeUninit, ptr};

/// Where a small value lies: a function with a `String`, say.
type Room = [MaybeUninit<usize>; 4];

/// A value whose type is known at run time: the value itself where it has room, and a box of it otherwise.
pub(crate) struct Inline {
    room: Room,
    of: &'static Kind,
}

/// What is known of the value that was given.
struct Kind {
    id: fn() -> TypeId,
    /// Drops what lies in the room.
    drop: unsafe fn(*mut Room),
}

// SAFETY: `new` takes values that are `Send`, and by a shared reference none of them can be reached.
unsafe impl Send for Inline {}

const fn has_room<L>() -> bool {
    size_of::<L>() <= size_of::<Room>() && align_of::<L>() <= align_of::<Room>()
}

impl Kind {
    const fn of<T: 'static>() -> &'static Self {
        const {
            &Self {
                id: TypeId::of::<T>,
                drop: if has_room::<T>() {
                    drop_in_room::<T>
                } else {
                    drop_in_room::<Box<T>>
                },
            }
        }
    }
}

/// Drops the `L` in a room.
///
/// # Safety
/// An `L` lies there, and is not used afterwards.
unsafe fn drop_in_room<L>(room: *mut Room) {
    // SAFETY: as the caller promises; the room has the alignment of an `L`, as `put` asserted.
    unsafe { ptr::drop_in_place(room.cast::<L>()) }
}

/// A room with an `L` in it.
#[inline]
fn put<L>(value: L) -> Room {
    assert!(has_room::<L>(), "the caller has asked");
    let mut room = [MaybeUninit::uninit(); 4];
    // SAFETY: the room is large enough and aligned, and nothing lies in it.
    unsafe { room.as_mut_ptr().cast::<L>().write(value) };
    room
}

impl Inline {
    #[inline]
    pub(crate) fn new<T: Send + 'static>(value: T) -> Self {
        let room = if has_room::<T>() {
            put(value)
        } else {
            put(Box::new(value))
        };
        Self {
            room,
            of: Kind::of::<T>(),
        }
    }

    /// Whether the value is a `T`.
    #[inline]
    pub(crate) fn is<T: Send + 'static>(&self) -> bool {
        // Most often both have the same copy of what is known of a type; those of different types differ in it.
        ptr::eq(self.of, Kind::of::<T>()) || (self.of.id)() == TypeId::of::<T>()
    }

    /// The value, where it is a `T`.
    #[inline]
    pub(crate) fn take<T: Send + 'static>(self) -> Result<T, Self> {
        if !self.is::<T>() {
            return Err(self);
        }
        let left = ManuallyDrop::new(self);
        let room = left.room.as_ptr();
        if has_room::<T>() {
            // SAFETY: `new` has put a `T` there, which is of the same type, and what is left is not used or dropped.
            Ok(unsafe { room.cast::<T>().read() })
        } else {
            // SAFETY: as above; it has put a box.
            Ok(*unsafe { room.cast::<Box<T>>().read() })
        }
    }
}

impl Drop for Inline {
    fn drop(&mut self) {
        // SAFETY: `new` has put a value of this kind there, and it was not taken: that forgets the `Inline`.
        unsafe { (self.of.drop)(&raw mut self.room) }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, sync::Arc, thread};

    use super::{Inline, has_room};

    #[repr(align(64))]
    #[derive(Debug, PartialEq)]
    struct Aligned(u8);

    /// Small values and large ones, with and without drop glue, size and alignment of their own.
    #[test]
    fn values_come_back() {
        assert_eq!(Inline::new(7_u64).take().ok(), Some(7_u64));
        assert_eq!(Inline::new(()).take().ok(), Some(()));
        let text = "a string lies elsewhere".to_owned();
        assert_eq!(Inline::new(text.clone()).take().ok(), Some(text.clone()));
        assert!(has_room::<(fn(), String)>());
        assert_eq!(Inline::new([7_u64; 9]).take().ok(), Some([7_u64; 9]));
        assert_eq!(
            Inline::new((1_u8, text.clone(), 2_u64)).take().ok(),
            Some((1_u8, text, 2_u64))
        );
        assert_eq!(Inline::new(Aligned(3)).take().ok(), Some(Aligned(3)));
        // Padding is not read.
        assert_eq!(Inline::new((1_u8, 2_u32)).take().ok(), Some((1_u8, 2_u32)));
    }

    #[test]
    fn another_type_is_refused_and_dropped() {
        let held = Arc::new(());
        assert!(Inline::new(held.clone()).take::<u64>().is_err());
        let large = ([0_u64; 9], held.clone());
        // A box of the type is another type.
        assert!(
            Inline::new(large)
                .take::<Box<([u64; 9], Arc<()>)>>()
                .is_err()
        );
        let boxed = Box::new(([0_u64; 9], held.clone()));
        assert!(Inline::new(boxed).take::<([u64; 9], Arc<()>)>().is_err());
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn values_are_dropped_once() {
        let held = Arc::new(());
        drop(Inline::new(held.clone()));
        drop(Inline::new((held.clone(), [0_u64; 9])));
        drop(Inline::new(held.clone()).take::<Arc<()>>());
        drop(Inline::new((held.clone(), [0_u64; 9])).take::<(Arc<()>, [u64; 9])>());
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn values_move_between_threads() {
        let inline = Inline::new(Cell::new("moved".to_owned()));
        let taken = thread::spawn(move || inline.take::<Cell<String>>().ok().map(Cell::into_inner));
        let taken = taken.join().expect("it does not panic");
        assert_eq!(taken.as_deref(), Some("moved"));
    }
}
