//! Starting isolates.

use insula_core::{
    RemoteError, SpawnError,
    contract::{Code, Launch, Started},
};

use crate::{
    Sim, fault::Fault, here::Here, in_flight::Envelope, isolate_id::IsolateId,
    isolate_state::Unborn, likeness::Likeness, mailbox::Mailbox,
};

/// Adds an isolate to the world.
///
/// The spawner of a thread knows the outcome at once. The spawner of a worker is told by the first
/// message that the new isolate sends.
pub(crate) fn start(launch: Launch<Sim>, code: Code<Sim>, started: Started<Sim>) {
    let here = Here::get();
    let spawner = here.isolate();
    let like = here.world.like();
    let fault = here.world.with(|state| state.fault_of_start(like, spawner));
    let admitted = match fault {
        None => entry(code).and_then(|entry| admit(&here, Unborn { launch, entry })),
        Some(fault) => Err(fault.spawn_error()),
    };
    let from = admitted.as_ref().map_or(spawner, |isolate| *isolate);
    let outcome = admitted.map(|isolate| Mailbox::new(&here.world, isolate));
    match like {
        Likeness::Threads => started(outcome),
        Likeness::Workers => {
            let answer = Box::new(move || started(outcome));
            let number = here.starts.borrow_mut().keep(answer);
            if let Some(fault @ (Fault::FailedStart { .. } | Fault::SilentStart { .. })) = fault {
                here.world
                    .with(|state| state.answer_fault(fault, spawner, number));
                return;
            }
            let gone = here
                .world
                .with(|state| state.send(from, spawner, Envelope::Started(number)));
            drop(gone);
        }
    }
}

fn entry(code: Code<Sim>) -> Result<Box<dyn FnOnce() + Send>, SpawnError> {
    match code {
        Code::Closure(closure) => Ok(closure),
        Code::Program {
            entry: Some(entry),
            args,
            message,
            ..
        } => Ok(Box::new(move || entry.call(args, message))),
        Code::Program { uri, .. } => {
            let reason =
                "only programs of this build can be started in a simulation, by `insula:name`";
            Err(SpawnError::NotFound {
                uri,
                reason: reason.to_owned(),
            })
        }
        _ => unreachable!("core has no other code"),
    }
}

fn admit(here: &Here, unborn: Unborn) -> Result<IsolateId, SpawnError> {
    if here.world.with(|state| state.closing) {
        let reason = RemoteError::new("the simulation has ended", "");
        return Err(SpawnError::Failed(reason));
    }
    Ok(here.world.with(|state| state.start(here.isolate(), unborn)))
}

/// Tells the isolate the outcomes of its starts that have arrived.
pub(crate) fn answer_started(here: &Here) {
    let arrived = || {
        here.world
            .with(|state| state.isolate(here.isolate())?.started.pop_front())
    };
    while let Some(number) = arrived() {
        let answer = here.starts.borrow_mut().take(number);
        if let Some(answer) = answer {
            answer();
        }
    }
}

/// Tells an isolate that is over the other outcomes too: every start is answered.
pub(crate) fn answer_all(here: &Here) {
    let answers = here.starts.borrow_mut().take_all();
    for answer in answers {
        answer();
    }
}
