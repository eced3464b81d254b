//! Frames and what they are for an isolate: events and control.

use insula_core::{
    Control, Priority,
    contract::{Event, PortId},
};

use crate::{
    Web,
    frame::{Frame, Head, numbers, parcel},
    mailbox::PONGS,
    parcel::{Parcel, ShippedFunction, address, pointer},
};

/// What a frame is for an isolate.
pub(crate) enum Delivery {
    Event(Event<Web>),
    Control(Control<Web>),
    /// For the link itself, not for core.
    Link(Box<Frame>),
}

impl Delivery {
    /// # Errors
    /// What in the frame is not ours.
    pub(crate) fn from_frame(frame: Frame) -> Result<Self, String> {
        let Frame {
            head,
            bytes,
            functions,
            beside,
        } = frame;
        let control = match head {
            Head::Message { port, parcel: head } => {
                let parcel = parcel(head, bytes, &functions, beside)?;
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
                let parcel = parcel(head, bytes, functions, beside)?;
                // SAFETY: the link is one of ours and both sides have shown the same build; the first
                // function of a job is put there by `Frame::from_event` alone, from an `Invoke<Web>`.
                let invoke = unsafe { pointer(invoke.index) };
                return Ok(Self::Event(Event::Job {
                    port: PortId(port),
                    invoke,
                    parcel,
                    reply: address(reply.0, reply.1),
                }));
            }
            Head::Close { port } => return Ok(Self::Event(Event::Close(PortId(port)))),
            Head::Pause { key, resume } => Control::Pause { key, resume },
            Head::Resume { key, resume } => Control::Resume { key, resume },
            Head::Ping {
                to,
                before_next_event,
                parcel: head,
            } => {
                let response = parcel(head, bytes, &functions, beside)?;
                Control::Ping {
                    to: address(to.0, to.1),
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
            Head::AddExitListener {
                to,
                watch,
                parcel: head,
            } => {
                let (to, response) = (
                    address(to.0, to.1),
                    parcel(head, bytes, &functions, beside)?,
                );
                if watch {
                    Control::Watch { to, response }
                } else {
                    Control::AddExitListener { to, response }
                }
            }
            Head::RemoveExitListener { to } => Control::RemoveExitListener {
                to: address(to.0, to.1),
            },
            Head::AddErrorListener { to } => Control::AddErrorListener {
                to: address(to.0, to.1),
            },
            Head::RemoveErrorListener { to } => Control::RemoveErrorListener {
                to: address(to.0, to.1),
            },
            Head::SetErrorsFatal { key, fatal } => Control::SetErrorsFatal { key, fatal },
            Head::Knock {
                number,
                before_next_event,
            } => Control::Ping {
                to: address(PONGS, number),
                response: Parcel::default(),
                priority: priority(before_next_event),
            },
            head => {
                return Ok(Self::Link(Box::new(Frame {
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
                let index = u32::try_from(invoke as usize).expect("wasm32 has no larger addresses");
                let invoke = ShippedFunction {
                    index,
                    fingerprint: 0,
                };
                Some(Self::carrying(parcel, vec![invoke], |parcel| Head::Job {
                    port: port.0,
                    reply: numbers(&reply),
                    parcel,
                }))
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
                    to: numbers(&to),
                    before_next_event,
                    parcel,
                });
            }
            Control::Kill { key, priority } => Head::Kill {
                key,
                before_next_event: priority == Priority::BeforeNextEvent,
            },
            Control::AddExitListener { to, response } => {
                return Self::carrying(response, Vec::new(), |parcel| Head::AddExitListener {
                    to: numbers(&to),
                    watch: false,
                    parcel,
                });
            }
            Control::Watch { to, response } => {
                return Self::carrying(response, Vec::new(), |parcel| Head::AddExitListener {
                    to: numbers(&to),
                    watch: true,
                    parcel,
                });
            }
            Control::RemoveExitListener { to } => Head::RemoveExitListener { to: numbers(&to) },
            Control::AddErrorListener { to } => Head::AddErrorListener { to: numbers(&to) },
            Control::RemoveErrorListener { to } => Head::RemoveErrorListener { to: numbers(&to) },
            Control::SetErrorsFatal { key, fatal } => Head::SetErrorsFatal { key, fatal },
            _ => unreachable!("core has no other control"),
        };
        Self::new(head)
    }
}

fn priority(before_next_event: bool) -> Priority {
    if before_next_event {
        Priority::BeforeNextEvent
    } else {
        Priority::Immediate
    }
}
