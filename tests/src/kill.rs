//! `kill` ends an isolate, from outside and from within.

use insula_core::{
    Capability, Isolate, IsolateBuilder, Platform, Priority, ReceivePort, SendPort, Start,
};

use crate::{
    starting::start_with,
    support::{drain, ms, take},
    worker::{Order, Worker},
};

/// After an immediate kill no waiting message is handled, and the exit message comes.
///
/// Source: dart-sdk `tests/lib/isolate/kill_test`.
pub async fn kill_at_once_drops_what_waits<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.say([4, 3, 2]);
    assert_eq!(take(&mut worker.said, 3).await, [4, 3, 2]);
    worker.isolate.kill(Priority::Immediate);
    worker.say([1, 0]);
    assert!(worker.end().await.is_empty());
}

/// After a kill before the next event no waiting message is handled, and the exit message comes.
///
/// Source: dart-sdk `tests/lib/isolate/kill2_test`.
pub async fn kill_before_next_event_drops_what_waits<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.say([4, 3, 2]);
    assert_eq!(take(&mut worker.said, 3).await, [4, 3, 2]);
    worker.isolate.kill(Priority::BeforeNextEvent);
    worker.say([1, 0]);
    assert!(worker.end().await.is_empty());
}

/// A kill overtakes the messages that wait, also during a pause.
pub async fn kill_works_during_a_pause<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let _resume = worker.isolate.pause();
    worker.say([1]);
    worker.isolate.kill(Priority::BeforeNextEvent);
    assert!(worker.end().await.is_empty());
}

/// An isolate that started paused can be killed: its entry point never runs.
pub async fn kill_works_before_a_paused_start_runs<P: Platform>() {
    let mut worker = Worker::<P>::launch(
        crate::starting::By::Program,
        Isolate::builder().paused(true),
        vec![Order::Say(1)],
    )
    .await;
    worker.isolate.kill(Priority::Immediate);
    assert!(worker.end().await.is_empty());
}

/// An isolate that kills itself handles no second event, and its exit message comes.
///
/// Source: dart-sdk `tests/lib/isolate/kill_self_test`.
pub async fn kill_of_itself_handles_no_second_event<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.order(Order::All(vec![Order::Say(1), Order::Kill(true)]));
    worker.say([2]);
    assert_eq!(worker.end().await, [1]);
}

/// An immediate kill of oneself does not return.
///
/// Source: dart-sdk `tests/lib/isolate/kill_self_synchronously_test`.
pub async fn kill_of_itself_at_once_does_not_return<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.order(Order::All(vec![
        Order::Say(2).soon(),
        Order::Kill(true),
        Order::Say(1),
    ]));
    assert!(worker.end().await.is_empty());
}

/// A kill of oneself before the next event lets the running one, and its microtasks, end.
pub async fn kill_of_itself_lets_the_event_end<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.order(Order::All(vec![
        Order::Say(2).soon(),
        Order::Kill(false),
        Order::Say(1),
    ]));
    worker.say([3]);
    assert_eq!(worker.end().await, [1, 2]);
}

/// Sends a number when it is dropped.
struct SaysWhenDropped<P: Platform>(SendPort<P, u32>);

impl<P: Platform> Drop for SaysWhenDropped<P> {
    fn drop(&mut self) {
        let _ = self.0.send(9);
    }
}

/// Says 1 and is busy, reaching checkpoints, until it is killed.
async fn be_busy<P: Platform>(start: Start<SendPort<P, u32>>) {
    start.message.send(1).unwrap();
    let _owned = SaysWhenDropped(start.message);
    loop {
        Isolate::<P>::checkpoint();
    }
}

async fn busy<P: Platform>() -> (Isolate<P>, ReceivePort<P, u32>, ReceivePort<P, ()>) {
    let (mut said, ended) = (ReceivePort::new(), ReceivePort::new());
    let options: IsolateBuilder<P> = Isolate::builder().on_exit(ended.send_port());
    let isolate = start_with(options, be_busy::<P>, said.send_port()).await;
    assert_eq!(said.next().await, Some(1));
    (isolate, said, ended)
}

/// An immediate kill ends an isolate that is busy.
///
/// Source: co19 `Isolate/kill_A01_t01`.
pub async fn kill_at_once_ends_a_busy_isolate<P: Platform>() {
    let (isolate, _said, mut ended) = busy::<P>().await;
    isolate.kill(Priority::Immediate);
    assert_eq!(ended.next().await, Some(()));
}

/// A kill at a checkpoint unwinds: destructors run.
pub async fn kill_runs_destructors<P: Platform>() {
    let (isolate, mut said, mut ended) = busy::<P>().await;
    isolate.kill(Priority::Immediate);
    ended.next().await;
    assert_eq!(drain(&mut said), [9]);
}

/// A kill before the next event does not end an isolate that is busy: no event ends there.
///
/// Source: co19 `Isolate/kill_A01_t04`.
pub async fn kill_before_next_event_lets_busy_code_end<P: Platform>() {
    async fn be_busy_for_a_while<P: Platform>(start: Start<SendPort<P, u32>>) {
        start.message.send(1).unwrap();
        let end = P::now() + ms(150);
        while P::now() < end {
            Isolate::<P>::checkpoint();
        }
        start.message.send(2).unwrap();
    }
    let (mut said, mut ended) = (ReceivePort::new(), ReceivePort::<P, ()>::new());
    let options = Isolate::builder().on_exit(ended.send_port());
    let isolate = start_with::<P, _, _>(options, be_busy_for_a_while::<P>, said.send_port()).await;
    assert_eq!(said.next().await, Some(1));
    isolate.kill(Priority::BeforeNextEvent);
    ended.next().await;
    assert_eq!(drain(&mut said), [2]);
}

/// An immediate kill ends an isolate in the middle of making one of its own statics.
///
/// Source: dart-sdk `tests/lib/isolate/kill_infinite_loop_in_initializer_test`.
pub async fn kill_ends_an_endless_initializer<P: Platform>() {
    async fn initialize<P: Platform>(start: Start<SendPort<P, u32>>) {
        endless::<P>().with(|_| start.message.send(2).unwrap());
    }
    #[inline(never)]
    fn endless<P: Platform>() -> &'static insula_core::IsolateLocal<P, u32> {
        const {
            &insula_core::IsolateLocal::new(|| {
                loop {
                    Isolate::<P>::checkpoint();
                }
            })
        }
    }
    let (mut said, mut ended) = (ReceivePort::new(), ReceivePort::<P, ()>::new());
    let options = Isolate::builder().on_exit(ended.send_port());
    let isolate = start_with::<P, _, _>(options, initialize::<P>, said.send_port()).await;
    isolate.kill(Priority::Immediate);
    ended.next().await;
    assert!(drain(&mut said).is_empty());
}

async fn pings_before_kill<P: Platform>(priority: Priority) {
    let mut worker = Worker::<P>::start().await;
    worker
        .isolate
        .ping(&worker.said.send_port(), 1, priority)
        .unwrap();
    worker
        .isolate
        .ping(&worker.said.send_port(), 2, priority)
        .unwrap();
    worker.isolate.kill(priority);
    worker
        .isolate
        .ping(&worker.said.send_port(), 3, priority)
        .unwrap();
    assert_eq!(worker.end().await, [1, 2]);
}

/// Pings of both priorities that were sent before an immediate kill are answered in their order.
///
/// Source: co19 `Isolate/kill_A02_t01`.
pub async fn kill_answers_earlier_pings_in_order<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    // When this one is answered no event is running any more.
    worker.ping(0, Priority::BeforeNextEvent);
    assert_eq!(worker.hear().await, 0);
    worker.ping(1, Priority::BeforeNextEvent);
    worker.ping(2, Priority::Immediate);
    worker.isolate.kill(Priority::Immediate);
    worker.ping(3, Priority::Immediate);
    assert_eq!(worker.end().await, [1, 2]);
}

async fn listener_before_kill<P: Platform>(priority: Priority) {
    let (mut worker, mut farewell) = (Worker::<P>::start().await, ReceivePort::<P, u32>::new());
    worker
        .isolate
        .add_exit_listener(&farewell.send_port(), 5)
        .unwrap();
    worker.isolate.kill(priority);
    worker.end().await;
    assert_eq!(farewell.next().await, Some(5));
}

/// Pings that were sent before an immediate kill are answered, and later ones are not.
///
/// Source: co19 `Isolate/kill_A02_t01`.
pub async fn kill_at_once_answers_earlier_pings<P: Platform>() {
    pings_before_kill::<P>(Priority::Immediate).await;
}

/// Pings that were sent before a kill of the same priority are answered, and later ones are not.
///
/// Source: co19 `Isolate/kill_A02_t02`.
pub async fn kill_before_next_event_answers_earlier_pings<P: Platform>() {
    pings_before_kill::<P>(Priority::BeforeNextEvent).await;
}

/// An exit listener that was added before an immediate kill is told of it.
///
/// Source: co19 `Isolate/kill_A02_t01`.
pub async fn kill_at_once_tells_earlier_exit_listeners<P: Platform>() {
    listener_before_kill::<P>(Priority::Immediate).await;
}

/// An exit listener that was added before a kill before the next event is told of it.
///
/// Source: co19 `Isolate/kill_A02_t02`.
pub async fn kill_before_next_event_tells_exit_listeners<P: Platform>() {
    listener_before_kill::<P>(Priority::BeforeNextEvent).await;
}

/// Error listeners hear nothing of a kill.
pub async fn kill_is_no_error<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    worker.isolate.kill(Priority::Immediate);
    worker.end().await;
    assert_eq!(worker.complaints(), [""; 0]);
}

/// Killing an isolate twice, or one that has ended, is harmless.
pub async fn kill_of_an_ended_isolate_is_harmless<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.isolate.kill(Priority::Immediate);
    worker.isolate.kill(Priority::Immediate);
    worker.end().await;
    worker.isolate.kill(Priority::BeforeNextEvent);
    assert!(drain(&mut worker.ended).is_empty());
}

/// The host can't be killed.
pub async fn kill_does_not_end_the_host<P: Platform>() {
    Isolate::<P>::current().kill(Priority::BeforeNextEvent);
    Isolate::<P>::current().kill(Priority::Immediate);
    let mut port = ReceivePort::<P, u32>::new();
    port.send_port().send(1).unwrap();
    assert_eq!(port.next().await, Some(1));
}

/// A started isolate has a terminate capability.
///
/// Source: co19 `Isolate/terminateCapability_A01_t01`.
pub async fn terminate_capability_is_given_at_the_start<P: Platform>() {
    assert!(
        Worker::<P>::start()
            .await
            .isolate
            .terminate_capability()
            .is_some()
    );
}

/// Kills with a handle that holds `terminate`, and expects the worker to live on.
async fn survives<P: Platform>(terminate: Option<Capability<P>>) {
    let mut worker = Worker::<P>::start().await;
    let handle = Isolate::from_parts(
        worker.isolate.control_port().clone(),
        worker.isolate.pause_capability(),
        terminate,
    );
    handle.kill(Priority::Immediate);
    handle.kill(Priority::BeforeNextEvent);
    worker.say([1]);
    assert_eq!(worker.dismiss().await, [1]);
}

/// A handle without the terminate capability kills nothing.
///
/// Source: co19 `Isolate/terminateCapability_A02_t01`.
pub async fn kill_needs_the_terminate_capability<P: Platform>() {
    survives::<P>(None).await;
}

/// A handle with a wrong terminate capability kills nothing.
///
/// Source: co19 `Isolate/terminateCapability_A02_t02`.
pub async fn kill_with_a_wrong_capability_does_nothing<P: Platform>() {
    survives::<P>(Some(Capability::new())).await;
}

/// A handle made from parts with the right capability kills.
pub async fn kill_works_with_a_handle_from_parts<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let handle = Isolate::from_parts(
        worker.isolate.control_port().clone(),
        None,
        worker.isolate.terminate_capability(),
    );
    handle.kill(Priority::Immediate);
    assert!(worker.end().await.is_empty());
}
