//! The contract with core.

use std::{future, sync::Arc, time::Duration};

use insula_core::{
    DecodeError, EncodeError, Message, Platform, RemoteError,
    contract::{Abilities, Code, ComputeOn, Deliver, Launch, Started},
    in_memory::InMemory,
    inspect::Inspect,
    trace::{Local, Record, Trace},
};

use crate::{
    Sim,
    here::Here,
    host::{self, HostParts},
    likeness::Likeness,
    mailbox::{Inbox, Mailbox},
    parcel::Parcel,
    report::Report,
    spawner,
};

impl Inspect for Sim {}

impl Record for Sim {
    type Hold = Local;

    fn record(events: usize) -> Local {
        Local::start::<Self>(events)
    }

    fn read(hold: &Local, _: Duration) -> impl Future<Output = Trace> {
        future::ready(hold.read::<Self>())
    }
}

impl Platform for Sim {
    const NAME: &'static str = Likeness::Threads.abilities().name;
    const CAN_SPAWN: bool = Likeness::Threads.abilities().can_spawn;
    const CAN_KILL_AT_ONCE: bool = false;
    const COUNTS_SEND_PORTS: bool = true;
    const CATCHES_PANICS: bool = cfg!(panic = "unwind");
    const COMPUTE_ON: ComputeOn = Likeness::Threads.abilities().compute_on;
    const SIMULATES_TIME: bool = true;
    const SPAWN_UNSUPPORTED: &'static str = "an isolate here is a Web Worker, which starts from code, not from this heap: use `Isolate::spawn_uri`, `IsolateRunner` or `LoadBalancer`";

    type Mailbox = Mailbox;
    type Inbox = Inbox;
    type Parcel = Parcel;
    type Carrier = InMemory;

    fn abilities() -> Abilities {
        let like = Here::try_get().map_or(Likeness::Threads, |here| here.world.like());
        like.abilities()
    }

    fn host() -> HostParts {
        host::nowhere(&Here::get())
    }

    fn start(launch: Launch<Self>, code: Code<Self>, started: Started<Self>) {
        spawner::start(launch, code, started);
    }

    fn direct_mailbox(_: Arc<dyn Deliver<Self>>) -> Option<Mailbox> {
        None
    }

    fn pack<M: Message>(message: M) -> Result<Parcel, (EncodeError, M)> {
        Parcel::pack(message)
    }

    fn unpack<M: Message>(parcel: Parcel) -> Result<M, DecodeError> {
        parcel.unpack()
    }

    fn now() -> Duration {
        Here::get().world.with(|state| state.now)
    }

    fn random() -> u128 {
        Here::get().world.with(|state| state.identities.u128(..))
    }

    fn next_frame() -> impl Future<Output = ()> {
        insula_core::sleep::<Self>(Duration::ZERO)
    }

    fn cores() -> usize {
        4
    }

    fn report(isolate: &str, error: &RemoteError) {
        if let Some(here) = Here::try_get() {
            let report = Report::new(isolate, error);
            here.world.with(|state| state.reports.push(report));
        }
    }
}
