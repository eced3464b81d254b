//! Starting isolates: the root is asked for a worker.

use insula_core::{
    Control, SpawnError, Unsupported,
    contract::{Code, Launch, Platform, Started},
};

use crate::{
    Web,
    ids::{IsolateId, ROOT},
    protocol::{frame::Frame, launch::Program},
    side,
    turn::starts,
};

/// Asks the root for a worker.
pub(crate) fn start(launch: Launch<Web>, code: Code<Web>, started: Started<Web>) {
    let Code::Program {
        uri,
        entry,
        args,
        message,
    } = code
    else {
        let unsupported = Unsupported {
            operation: "Isolate::spawn",
            reason: Web::SPAWN_UNSUPPORTED,
        };
        return started(Err(SpawnError::Unsupported(unsupported)));
    };
    if entry.is_none() && cfg!(not(feature = "js")) {
        let reason = "a script can be started with the cargo feature `js`".to_owned();
        return started(Err(SpawnError::NotFound { uri, reason }));
    }
    let id = IsolateId::random(entry.is_none());
    let program = Program {
        uri,
        entry,
        args,
        message,
    };
    ask(id, launch, program, started, |frame| {
        side::send(ROOT, frame);
    });
}

/// Asks for an isolate by a frame, which `send` brings to the root.
pub(crate) fn ask(
    id: IsolateId,
    launch: Launch<Web>,
    program: Program,
    started: Started<Web>,
    send: impl FnOnce(Frame),
) {
    let frame = Frame::spawn(id, &launch, program);
    starts::expect(id, started);
    send(frame);
    for (to, response) in launch.on_exit {
        side::send_control(id, Control::AddExitListener { to, response });
    }
}
