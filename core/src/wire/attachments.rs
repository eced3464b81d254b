//! Attachments: what travels beside the bytes of a message, a port or a transferred buffer.
//!
//! A handle's `Serialize` impl can reach nothing but a generic `Serializer`. So the message being
//! encoded or decoded on this thread keeps its attachments in a thread-local [`Scope`], and the
//! bytes hold their indices. Scopes nest: a `Serialize` impl may itself encode another message.

use std::{
    any::{Any, type_name},
    cell::{Cell, RefCell},
    error::Error,
    fmt, mem,
};

/// One thing that travels beside the bytes.
pub type Attachment = Box<dyn Any + Send>;

type Pending = Box<dyn FnOnce() -> Attachment>;

/// What the thread is doing with messages.
#[derive(Default)]
pub(super) enum Scope {
    /// Neither encoding nor decoding.
    #[default]
    Outside,
    /// Encoding: what to attach once every byte has been written.
    Encoding(Vec<Pending>),
    /// Decoding: the attachments, by index.
    Decoding(Vec<Slot>),
    /// Reading without attachments, to find out whether a type can be read at all.
    Rehearsing {
        /// Whether a handle was asked for that has no stand-in, so that reading could not go on.
        is_stuck: bool,
        /// Whether a stand-in was read in place of what was sent.
        has_stand_ins: bool,
    },
}

/// The place of one attachment.
pub(super) struct Slot {
    /// None when it has been taken as it was, and not as a copy.
    attachment: Option<Attachment>,
    is_taken: bool,
}

thread_local! {
    static SCOPE: RefCell<Scope> = const { RefCell::new(Scope::Outside) };
    /// Whether it is to be known what messages have held that could not be read. Every message asks, and few leave
    /// something, so what they leave has a place of its own.
    static LEAVING: Cell<Leaving> = const { Cell::new(Leaving::Unheard) };
    static LEFT: RefCell<Vec<Attachment>> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// Nothing is to be known.
    Unheard,
    /// Nothing was left so far.
    Nothing,
    /// Something is in `LEFT`.
    Something,
}

/// What a thread packs or reads.
pub(crate) struct Working {
    scope: Scope,
    leaving: Leaving,
    left: Vec<Attachment>,
}

impl Default for Working {
    fn default() -> Self {
        Self {
            scope: Scope::Outside,
            leaving: Leaving::Unheard,
            left: Vec::new(),
        }
    }
}

/// Makes this what the thread packs or reads; gives back what it was.
pub(crate) fn replace_working(working: Working) -> Working {
    Working {
        scope: replace(working.scope),
        leaving: LEAVING.replace(working.leaving),
        left: LEFT
            .try_with(|left| left.replace(working.left))
            .unwrap_or_default(),
    }
}

fn take_left() -> Vec<Attachment> {
    LEFT.try_with(RefCell::take).unwrap_or_default()
}

/// Runs `read`, and gives back the attachments of the messages that it could not read, where they are still there: ports
/// are, as a reader gets a copy.
pub(crate) fn with_left<R>(read: impl FnOnce() -> R) -> (R, Vec<Attachment>) {
    let outer = LEAVING.replace(Leaving::Nothing);
    let kept = (outer == Leaving::Something).then(take_left);
    let result = read();
    let left = match LEAVING.replace(outer) {
        Leaving::Something => take_left(),
        Leaving::Nothing | Leaving::Unheard => Vec::new(),
    };
    if let Some(kept) = kept {
        let _ = LEFT.try_with(|left| left.replace(kept));
    }
    (result, left)
}

impl Scope {
    /// The scope of a message that has come with these.
    pub(super) fn decoding(attachments: Vec<Attachment>) -> Self {
        let slot = |attachment| Slot {
            attachment: Some(attachment),
            is_taken: false,
        };
        Self::Decoding(attachments.into_iter().map(slot).collect())
    }

    /// Leaves the attachments to whoever wants to know of them, as their message could not be read.
    pub(super) fn leave(self) {
        if LEAVING.get() == Leaving::Unheard {
            return;
        }
        if let Self::Decoding(slots) = self {
            LEAVING.set(Leaving::Something);
            let slots = slots.into_iter().filter_map(|slot| slot.attachment);
            let _ = LEFT.try_with(|left| left.borrow_mut().extend(slots));
        }
    }

    /// Runs `work` in this scope and gives back what it made of the scope. The outer scope returns
    /// even when `work` unwinds.
    pub(super) fn enter<R>(self, work: impl FnOnce() -> R) -> (R, Self) {
        let _outer = Outer(replace(self));
        let result = work();
        (result, replace(Self::Outside))
    }

    /// Runs the pending closures of an encoded message, in order of their indices.
    pub(super) fn into_attachments(self) -> Vec<Attachment> {
        match self {
            Self::Encoding(pending) => pending.into_iter().map(|attach| attach()).collect(),
            _ => Vec::new(),
        }
    }

    /// What is left of the attachments of a message that is read later.
    pub(super) fn into_slots(self) -> Vec<Slot> {
        match self {
            Self::Decoding(slots) => slots,
            _ => Vec::new(),
        }
    }

    /// How many attachments of a decoded message were not taken.
    pub(super) fn unclaimed(&self) -> usize {
        match self {
            Self::Decoding(slots) => slots.iter().filter(|slot| !slot.is_taken).count(),
            _ => 0,
        }
    }
}

struct Outer(Scope);

impl Drop for Outer {
    fn drop(&mut self) {
        // After a panic the inner scope is still there.
        replace(mem::take(&mut self.0)).leave();
    }
}

/// In a thread that is ending the slot may be gone: messages still pass then, handles in them are
/// refused.
fn replace(scope: Scope) -> Scope {
    SCOPE
        .try_with(|current| current.replace(scope))
        .unwrap_or_default()
}

/// Adds an attachment to the message being encoded on this thread and returns its index.
///
/// `pending` runs after the last byte of the message has been written, and not at all when encoding
/// fails: a failed send gives nothing away.
///
/// # Errors
/// [`AttachmentError::OutsideMessage`] when no message is being encoded.
pub fn attach(pending: impl FnOnce() -> Attachment + 'static) -> Result<u32, AttachmentError> {
    with_scope(|scope| match scope {
        Scope::Encoding(list) => {
            let index = u32::try_from(list.len()).map_err(|_| AttachmentError::TooMany)?;
            list.push(Box::new(pending));
            Ok(index)
        }
        _ => Err(AttachmentError::OutsideMessage),
    })
}

/// Takes the attachment at `index` out of the message being decoded on this thread. Each is taken
/// once.
///
/// # Errors
/// [`AttachmentError`] when no message is being decoded, the message has no attachment of that
/// index, it has been taken before, or it is no `T`; in the last case it stays where it is.
pub fn take<T: Any + Send>(index: u32) -> Result<T, AttachmentError> {
    take_by(index, |_| None)
}

/// As [`take`], where `copy` may give a copy of the attachment, which then stays for [`with_left`].
pub(super) fn take_by<T: Any + Send>(
    index: u32,
    copy: fn(&T) -> Option<T>,
) -> Result<T, AttachmentError> {
    with_scope(|scope| {
        let list = match scope {
            Scope::Decoding(list) => list,
            Scope::Rehearsing { is_stuck, .. } => {
                *is_stuck = true;
                return Err(AttachmentError::Missing { index });
            }
            _ => return Err(AttachmentError::OutsideMessage),
        };
        let slot = usize::try_from(index)
            .ok()
            .and_then(|index| list.get_mut(index));
        let slot = slot.ok_or(AttachmentError::Missing { index })?;
        if slot.is_taken {
            return Err(AttachmentError::TakenTwice { index });
        }
        let wrong = AttachmentError::WrongType {
            index,
            expected: type_name::<T>(),
        };
        let known = slot
            .attachment
            .as_ref()
            .and_then(|known| known.downcast_ref());
        let copied = copy(known.ok_or(wrong)?);
        slot.is_taken = true;
        match copied {
            Some(copied) => Ok(copied),
            None => {
                let taken = slot
                    .attachment
                    .take()
                    .and_then(|taken| taken.downcast().ok());
                taken.map(|value| *value).ok_or(wrong)
            }
        }
    })
}

/// Takes the attachments out of the message being decoded on this thread, whose rest is read later.
pub(super) fn take_all() -> Vec<Slot> {
    let taken = with_scope(|scope| match scope {
        Scope::Decoding(slots) => Ok(mem::take(slots)),
        _ => Err(AttachmentError::OutsideMessage),
    });
    taken.unwrap_or_default()
}

/// In a rehearsal: what `make` gives in place of an attachment.
pub(super) fn stand_in<H>(make: impl FnOnce() -> Option<H>) -> Option<H> {
    if !is_rehearsing() {
        return None;
    }
    let made = make()?;
    SCOPE.with_borrow_mut(|scope| {
        if let Scope::Rehearsing { has_stand_ins, .. } = scope {
            *has_stand_ins = true;
        }
    });
    Some(made)
}

/// Whether the thread is reading fabricated or freshly written values, to find out whether a type
/// can be read back. A panic then is caught and means nothing; a panic hook may want to stay
/// silent.
#[must_use]
pub fn is_rehearsing() -> bool {
    SCOPE
        .try_with(|scope| matches!(*scope.borrow(), Scope::Rehearsing { .. }))
        .unwrap_or(false)
}

fn with_scope<R>(
    work: impl FnOnce(&mut Scope) -> Result<R, AttachmentError>,
) -> Result<R, AttachmentError> {
    SCOPE
        .try_with(|scope| work(&mut scope.borrow_mut()))
        .unwrap_or(Err(AttachmentError::OutsideMessage))
}

/// Why an attachment could not be added or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachmentError {
    /// The thread is not encoding, or not decoding, a message.
    OutsideMessage,
    /// A message has more attachments than a `u32` counts.
    TooMany,
    /// The message has no attachment of this index.
    Missing {
        /// The index, from 0.
        index: u32,
    },
    /// Another value of the message took this attachment.
    TakenTwice {
        /// The index, from 0.
        index: u32,
    },
    /// The attachment is of another type.
    WrongType {
        /// The index, from 0.
        index: u32,
        /// The type asked for.
        expected: &'static str,
    },
}

impl fmt::Display for AttachmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutsideMessage => f.write_str("an attachment can only be sent in a message"),
            Self::TooMany => f.write_str("a message holds too many attachments"),
            Self::Missing { index } => write!(f, "the message has no attachment {index}"),
            Self::TakenTwice { index } => write!(f, "attachment {index} was taken twice"),
            Self::WrongType { index, expected } => write!(f, "attachment {index} is no {expected}"),
        }
    }
}

impl Error for AttachmentError {}
