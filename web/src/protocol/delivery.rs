//! Frames and what they are for an isolate: events and control.

use insula_core::{
    Control, Priority,
    contract::{Event, ExitMessage, PortId},
};

use super::{
    frame::Frame,
    head::{ExitMessageHead, Head},
    parcel::{Parcel, ShippedFunction, pointer},
};
use crate::{
    Web,
    ids::{PONGS, PortAddress},
};

/// What a frame is for an isolate.
pub(crate) enum Delivery {
    Event(Event<Web>),
    Control(Control<Web>),
    /// For this platform itself, not for core.
    Internal(Box<Frame>),
}

/// Takes an event out of a frame that has its number as well.
pub(crate) type TakeNumbered = fn(Frame) -> Result<Delivery, &'static str>;

impl Delivery {
    /// # Errors
    /// What in the frame is not ours.
    pub(crate) fn from_frame(frame: Frame) -> Result<Self, &'static str> {
        if let Head::Numbered = frame.head {
            let take = frame.functions.first().ok_or("a job without a function")?;
            // SAFETY: as that of a job, below. The first function of such a frame is put there by `recording/numbered.rs`
            // alone, from a `TakeNumbered`. So it is one here, at the same index.
            let take: TakeNumbered = unsafe { pointer(take.index) };
            return take(frame);
        }
        let Frame {
            head,
            bytes,
            functions,
            beside,
        } = frame;
        let control = match head {
            Head::Message { port, parcel: head } => {
                let parcel = Parcel::from_parts(head, bytes, &functions, beside)?;
                return Ok(Self::Event(Event::Message {
                    port: PortId(port),
                    parcel,
                }));
            }
            Head::Job {
                port,
                reply,
                parcel: head,
            } => {
                let (invoke, functions) =
                    functions.split_first().ok_or("a job without a function")?;
                let parcel = Parcel::from_parts(head, bytes, functions, beside)?;
                // SAFETY: frames are read from programs of this build alone. A worker reads them from its root and from
                // channels that the root has made, and the root from a worker whose `ready` has named this build
                // (`Trust::Program`), never from a script. In a program of this build the first function of a job is
                // put there by `Frame::from_event` alone, from an `Invoke<Web>`. So it is one here, at the same index.
                let invoke = unsafe { pointer(invoke.index) };
                return Ok(Self::Event(Event::Job {
                    port: PortId(port),
                    invoke,
                    parcel,
                    reply: reply.into(),
                }));
            }
            Head::Unread { port, error } => {
                let port = PortId(port);
                return Ok(Self::Event(Event::Unread { port, error }));
            }
            Head::Withdrawn { reply } => {
                let reply = reply.into();
                return Ok(Self::Event(Event::Withdrawn { reply }));
            }
            Head::Close { port } => return Ok(Self::Event(Event::Close(PortId(port)))),
            Head::Pause { key, resume } => Control::Pause { key, resume },
            Head::Resume { key, resume } => Control::Resume { key, resume },
            Head::Ping {
                to,
                before_next_event,
                parcel: head,
            } => {
                let response = Parcel::from_parts(head, bytes, &functions, beside)?;
                Control::Ping {
                    to: to.into(),
                    response,
                    priority: priority(before_next_event),
                }
            }
            Head::Kill {
                key,
                before_next_event,
            } => Control::Kill {
                key,
                priority: priority(before_next_event),
            },
            Head::AddExitListener { to, watch, message } => {
                let response = match message {
                    ExitMessageHead::Response { parcel: head } => {
                        ExitMessage::Response(Parcel::from_parts(head, bytes, &functions, beside)?)
                    }
                    ExitMessageHead::Reason => ExitMessage::Reason,
                    ExitMessageHead::Exit => ExitMessage::Exit,
                };
                let to = to.into();
                if watch {
                    Control::Watch { to, response }
                } else {
                    Control::AddExitListener { to, response }
                }
            }
            Head::RemoveExitListener { to } => Control::RemoveExitListener { to: to.into() },
            Head::AddErrorListener { to } => Control::AddErrorListener { to: to.into() },
            Head::RemoveErrorListener { to } => Control::RemoveErrorListener { to: to.into() },
            Head::Withdraw { reply } => Control::Withdraw {
                reply: reply.into(),
            },
            Head::SetErrorsFatal { key, fatal } => Control::SetErrorsFatal { key, fatal },
            Head::PingRequest {
                number,
                before_next_event,
            } => Control::Ping {
                to: PortAddress {
                    isolate: PONGS,
                    port: number,
                }
                .into(),
                response: Parcel::default(),
                priority: priority(before_next_event),
            },
            head => {
                return Ok(Self::Internal(Box::new(Frame {
                    head,
                    bytes,
                    functions,
                    beside,
                })));
            }
        };
        Ok(Self::Control(control))
    }
}

impl Frame {
    /// `None` for events that stay on their isolate's own side.
    pub(crate) fn from_event(event: Event<Web>) -> Option<Self> {
        match event {
            Event::Message { port, parcel } => {
                Some(Self::carrying(parcel, Vec::new(), |parcel| Head::Message {
                    port: port.0,
                    parcel,
                }))
            }
            Event::Job {
                port,
                invoke,
                parcel,
                reply,
            } => {
                let invoke = ShippedFunction::at(invoke as usize);
                Some(Self::carrying(parcel, vec![invoke], |parcel| Head::Job {
                    port: port.0,
                    reply: (&reply).into(),
                    parcel,
                }))
            }
            Event::Unread { port, error } => Some(Self::new(Head::Unread {
                port: port.0,
                error,
            })),
            Event::Withdrawn { reply } => {
                let reply = (&reply).into();
                Some(Self::new(Head::Withdrawn { reply }))
            }
            Event::Close(port) => Some(Self::new(Head::Close { port: port.0 })),
            _ => None,
        }
    }

    pub(crate) fn from_control(control: Control<Web>) -> Self {
        let head = match control {
            Control::Pause { key, resume } => Head::Pause { key, resume },
            Control::Resume { key, resume } => Head::Resume { key, resume },
            Control::Ping {
                to,
                response,
                priority,
            } => {
                let before_next_event = priority == Priority::BeforeNextEvent;
                return Self::carrying(response, Vec::new(), |parcel| Head::Ping {
                    to: (&to).into(),
                    before_next_event,
                    parcel,
                });
            }
            Control::Kill { key, priority } => Head::Kill {
                key,
                before_next_event: priority == Priority::BeforeNextEvent,
            },
            Control::AddExitListener { to, response } => {
                return Self::exit_listener((&to).into(), false, response);
            }
            Control::Watch { to, response } => {
                return Self::exit_listener((&to).into(), true, response);
            }
            Control::RemoveExitListener { to } => Head::RemoveExitListener { to: (&to).into() },
            Control::AddErrorListener { to } => Head::AddErrorListener { to: (&to).into() },
            Control::RemoveErrorListener { to } => Head::RemoveErrorListener { to: (&to).into() },
            Control::Withdraw { reply } => Head::Withdraw {
                reply: (&reply).into(),
            },
            Control::SetErrorsFatal { key, fatal } => Head::SetErrorsFatal { key, fatal },
            _ => unreachable!("core has no other control"),
        };
        Self::new(head)
    }

    fn exit_listener(to: PortAddress, watch: bool, response: ExitMessage<Web>) -> Self {
        let head = |message| Head::AddExitListener { to, watch, message };
        match response {
            ExitMessage::Response(parcel) => Self::carrying(parcel, Vec::new(), |parcel| {
                head(ExitMessageHead::Response { parcel })
            }),
            ExitMessage::Reason => Self::new(head(ExitMessageHead::Reason)),
            ExitMessage::Exit => Self::new(head(ExitMessageHead::Exit)),
        }
    }
}

fn priority(before_next_event: bool) -> Priority {
    if before_next_event {
        Priority::BeforeNextEvent
    } else {
        Priority::Immediate
    }
}
