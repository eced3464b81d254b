//! Making workers, and having those of others become isolates.

use std::{any::Any, cell::Cell, rc::Rc};

use insula_core::{Listeners, table::Table};

use super::{
    control,
    guest::Boot,
    liveness, options,
    own_worker::{OwnWorker, Receive},
    program,
    record::{self, FirstScript, Phase, Pings, Record, Starting, Timeout},
    route::answer,
    shut_down, starting,
    way::Way,
};
use crate::{
    base_url::base_url,
    clock,
    ids::{IsolateId, ROOT},
    js,
    post::endpoint::Endpoint,
    protocol::{
        frame::Frame,
        head::{Failure, Head, Kind, LaunchWire},
        plain,
    },
    recorder,
    turn::driver,
};

/// Makes a worker for the isolate that a frame asks for. `receive` is given what comes from it.
pub(super) fn spawn(frame: Frame, receive: Receive) {
    let Head::Spawn {
        id, from, launch, ..
    } = &frame.head
    else {
        return;
    };
    let (id, from, launch) = (*id, *from, launch.clone());
    if let Err(failure) = make_worker(id, from, launch, frame, receive) {
        answer(id, from, Some(failure));
    }
}

fn make_worker(
    id: IsolateId,
    from: IsolateId,
    launch: LaunchWire,
    frame: Frame,
    receive: Receive,
) -> Result<(), Failure> {
    shut_down::check()?;
    starting::check_host()?;
    check_number(id)?;
    let url = options::with(|options| options.worker_url.clone());
    let mut boot = boot(id, &launch, frame)?;
    let name = &launch.debug_name;
    let absolute = match &url {
        None => None,
        // Deno has nothing that it would be relative to.
        Some(url) => Some(
            js::resolve_url(url, &base_url())
                .map_err(|error| starting::no_url(name, url, &error))?,
        ),
    };
    let worker =
        js::create_worker(absolute, name).map_err(|error| starting::not_made(name, &error))?;
    let received = Rc::new(Cell::new(0));
    let endpoint = Rc::new(worker.clone());
    let script = match (boot.script.take(), url) {
        (Some(script), _) => FirstScript::Isolate(script),
        (None, Some(url)) => FirstScript::WorkerUrl(url),
        (None, None) => FirstScript::Loader,
    };
    let starting = Starting::new(from, script);
    let owned = OwnWorker::new(
        id,
        worker,
        received.clone(),
        receive,
        starting::failed_by,
        starting::closed,
    );
    enroll(
        id,
        endpoint,
        Box::new(owned),
        received,
        launch,
        boot,
        starting,
    );
    Ok(())
}

/// # Errors
/// The number is not one that a new isolate can have.
fn check_number(id: IsolateId) -> Result<(), Failure> {
    if id == ROOT || !id.is_of_an_isolate() || record::is_alive(id) {
        return Err(Failure::failed("the number of the isolate is taken"));
    }
    Ok(())
}

fn boot(id: IsolateId, launch: &LaunchWire, frame: Frame) -> Result<Boot, Failure> {
    match launch.is_script {
        #[cfg(feature = "js")]
        true => super::script::boot(id, launch, frame),
        _ => program::boot(id, frame),
    }
}

/// Has a worker that the root has not made become an isolate. `reach` gives the way to it, and what keeps the way; it is
/// given a counter of what comes from the worker.
pub(crate) fn adopt(
    reach: impl FnOnce(Rc<Cell<u32>>) -> (Rc<dyn Endpoint>, Box<dyn Any>),
    frame: Frame,
) {
    let Head::Spawn {
        id, launch, from, ..
    } = &frame.head
    else {
        return;
    };
    if let Err(failure) = shut_down::check() {
        return answer(*id, *from, Some(failure));
    }
    let (id, launch, starting) = (*id, launch.clone(), Starting::elsewhere(*from));
    let boot = program::boot_elsewhere(id, frame);
    let received = Rc::new(Cell::new(0));
    let (endpoint, keeps) = reach(received.clone());
    enroll(id, endpoint, keeps, received, launch, boot, starting);
}

/// Tells a worker what to run, and makes its record.
fn enroll(
    id: IsolateId,
    endpoint: Rc<dyn Endpoint>,
    worker: Box<dyn Any>,
    received: Rc<Cell<u32>>,
    launch: LaunchWire,
    boot: Boot,
    starting: Starting,
) {
    let way = Way { id, endpoint };
    let message = plain::message(id, Kind::Boot, &[boot.what]);
    way.post(&(message, boot.transfer));
    let mut listeners = Listeners::default();
    for address in launch.on_error {
        listeners.add_error(address.into());
    }
    let timeout = Timeout::new(starting.first_timeout(), move || {
        wait_on(id);
        driver::run();
    });
    let record = Box::new(Record {
        way,
        guest: boot.guest,
        _worker: worker,
        uri: launch.uri,
        name: launch.debug_name.to_string(),
        is_named: launch.is_named,
        number: record::next_number(),
        parent: starting.from,
        since: clock::now(),
        posted: 0,
        terminate: launch.terminate_capability,
        listeners,
        linked_to: launch.linked.then_some(starting.from),
        phase: Phase::Starting(starting),
        timeout,
        pings: Pings::default(),
        control_signal: None,
        channels: Table::default(),
        received,
        known: 0,
    });
    record::with_all(|workers| workers.insert(id, record));
    if let Some(calls) = recorder::calls() {
        (calls.begun)(id);
    }
}

/// The time is up for what the root was waiting for.
fn wait_on(id: IsolateId) {
    let next = record::with(id, |record| match record.phase {
        Phase::Starting(_) => starting::wait_on,
        Phase::Running => liveness::beat,
        Phase::Doomed => control::finish,
        Phase::Silent { .. } => liveness::listen_on,
    });
    if let Some(next) = next {
        next(id);
    }
}
