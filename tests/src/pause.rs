//! `pause` and `resume`: events wait during a pause, none is lost, and each capability counts once.

use insula_core::{Capability, Isolate, Platform, ReceivePort};

use crate::{
    starting::By,
    support::{drain, expect_quiet},
    worker::{Order, Worker},
};

/// A handle to the worker that holds another pause capability, or none.
fn restricted<P: Platform>(worker: &Worker<P>, pause: Option<Capability<P>>) -> Isolate<P> {
    Isolate::from_parts(
        worker.isolate.control_port().clone(),
        pause,
        worker.isolate.terminate_capability(),
    )
}

/// Asserts that the worker is paused, so that it obeys no order.
async fn stays_silent<P: Platform>(worker: &mut Worker<P>) {
    worker.settle().await;
    expect_quiet(&mut worker.said).await;
}

/// A started isolate has a pause capability.
///
/// Source: co19 `Isolate/pauseCapability_A01_t01`.
pub async fn pause_capability_is_given_at_the_start<P: Platform>() {
    assert!(
        Worker::<P>::start()
            .await
            .isolate
            .pause_capability()
            .is_some()
    );
}

/// A handle without the pause capability pauses nothing.
///
/// Source: co19 `Isolate/pauseCapability_A02_t01`.
pub async fn pause_needs_the_pause_capability<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let _resume = restricted(&worker, None).pause();
    worker.say([1]);
    assert_eq!(worker.dismiss().await, [1]);
}

/// A handle with a wrong pause capability pauses nothing.
///
/// Source: co19 `Isolate/pauseCapability_A02_t02`.
pub async fn pause_with_a_wrong_capability_does_nothing<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let _resume = restricted(&worker, Some(Capability::new())).pause();
    worker.say([1]);
    assert_eq!(worker.dismiss().await, [1]);
}

/// A handle made with the right pause capability pauses and resumes.
///
/// Source: co19 `Isolate/pauseCapability_A02_t03`.
pub async fn pause_works_with_a_handle_from_parts<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let handle = restricted(&worker, worker.isolate.pause_capability());
    let resume = handle.pause();
    worker.say([1]);
    stays_silent(&mut worker).await;
    handle.resume(resume);
    assert_eq!(worker.dismiss().await, [1]);
}

/// A handle made with the right pause capability takes a resume capability of the caller.
///
/// Source: co19 `Isolate/pauseCapability_A02_t04`.
pub async fn pause_from_parts_takes_a_resume_capability<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let handle = restricted(&worker, worker.isolate.pause_capability());
    let resume = Capability::new();
    handle.pause_with(resume);
    worker.say([1]);
    stays_silent(&mut worker).await;
    handle.resume(resume);
    assert_eq!(worker.dismiss().await, [1]);
}

/// A handle with a wrong pause capability does not resume an isolate that started paused.
///
/// Source: co19 `Isolate/pauseCapability_A02_t05`.
pub async fn resume_needs_the_pause_capability<P: Platform>() {
    let mut worker = Worker::<P>::launch(
        By::Program,
        Isolate::builder().paused(true),
        vec![Order::Say(1)],
    )
    .await;
    let resume = worker.isolate.pause_capability().unwrap();
    restricted(&worker, Some(Capability::new())).resume(resume);
    stays_silent(&mut worker).await;
    worker.isolate.resume(resume);
    assert_eq!(worker.hear().await, 1);
}

/// The event in which an isolate is paused runs to its end, with its microtasks.
///
/// Source: co19 `Isolate/pause_A01_t02`.
pub async fn pause_lets_the_running_event_end<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let resume = Capability::new();
    worker.order(Order::All(vec![
        Order::Say(2).soon(),
        Order::Pause(resume),
        Order::Say(1),
    ]));
    worker.say([3]);
    assert_eq!((worker.hear().await, worker.hear().await), (1, 2));
    stays_silent(&mut worker).await;
    worker.isolate.resume(resume);
    assert_eq!(worker.hear().await, 3);
}

/// A paused isolate handles no events.
///
/// Source: co19 `Isolate/pause_A01_t05`.
pub async fn pause_holds_events_back<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let _resume = worker.isolate.pause();
    worker.say([1]);
    stays_silent(&mut worker).await;
}

/// An isolate that was paused with a capability of the caller handles no events.
///
/// Source: co19 `Isolate/pause_A01_t06`.
pub async fn pause_with_a_capability_holds_events_back<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.isolate.pause_with(Capability::new());
    worker.say([1]);
    stays_silent(&mut worker).await;
}

/// Events that arrive during a pause are handled after it, in order.
///
/// Source: co19 `Isolate/pause_A01_t07`.
pub async fn pause_keeps_events_in_their_order<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let resume = worker.isolate.pause();
    worker.say([1, 2, 3]);
    stays_silent(&mut worker).await;
    worker.isolate.resume(resume);
    worker.say([4]);
    assert_eq!(worker.dismiss().await, [1, 2, 3, 4]);
}

async fn timers_wait<P: Platform>(resume: fn(&Isolate<P>) -> Capability<P>) {
    let mut worker = Worker::<P>::start().await;
    let resume = resume(&worker.isolate);
    // The timers are set in the event that pauses, so none can be due before.
    worker.order(Order::All(vec![
        Order::Say(1).later(1),
        Order::Say(2).later(3),
        Order::Pause(resume),
        Order::Say(0),
    ]));
    assert_eq!(worker.hear().await, 0);
    stays_silent(&mut worker).await;
    worker.isolate.resume(resume);
    assert_eq!((worker.hear().await, worker.hear().await), (1, 2));
}

/// Timers that come due during a pause run after it, in order.
///
/// Source: co19 `Isolate/pause_A01_t09`.
pub async fn pause_holds_timers_back<P: Platform>() {
    timers_wait::<P>(|isolate| isolate.pause_capability().unwrap()).await;
}

/// Timers wait during a pause with a capability of the caller, too.
///
/// Source: co19 `Isolate/pause_A01_t10`.
pub async fn pause_with_a_capability_holds_timers_back<P: Platform>() {
    timers_wait::<P>(|_| Capability::new()).await;
}

/// Each pause without a capability makes a new one.
///
/// Source: co19 `Isolate/pause_A02_t02`.
pub async fn pause_makes_a_new_capability_each_time<P: Platform>() {
    let worker = Worker::<P>::start().await;
    let (first, second) = (worker.isolate.pause(), worker.isolate.pause());
    assert_ne!(first, second);
    assert_ne!(Some(first), worker.isolate.pause_capability());
}

/// An isolate that is paused with two capabilities runs when both have ended, in any order.
///
/// Source: co19 `Isolate/pause_A04_t01`.
pub async fn pause_twice_needs_two_resumes<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let (first, second) = (worker.isolate.pause(), worker.isolate.pause());
    worker.say([1]);
    worker.isolate.resume(first);
    stays_silent(&mut worker).await;
    worker.isolate.resume(second);
    assert_eq!(worker.hear().await, 1);
}

/// Pausing again with the same capability is one pause: one resume ends it.
pub async fn pause_counts_each_capability_once<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let resume = worker.isolate.pause();
    worker.isolate.pause_with(resume);
    worker.isolate.pause_with(resume);
    worker.say([1]);
    worker.settle().await;
    assert!(drain(&mut worker.said).is_empty());
    worker.isolate.resume(resume);
    assert_eq!(worker.hear().await, 1);
}

/// A resume ends a pause once: used again it ends nothing.
pub async fn resume_works_once<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let (first, _second) = (worker.isolate.pause(), worker.isolate.pause());
    worker.isolate.resume(first);
    worker.isolate.resume(first);
    worker.say([1]);
    stays_silent(&mut worker).await;
}

/// A resume that comes before the pause ends nothing.
pub async fn resume_before_the_pause_does_nothing<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let resume = Capability::new();
    worker.isolate.resume(resume);
    worker.isolate.pause_with(resume);
    worker.say([1]);
    stays_silent(&mut worker).await;
}

/// The queue is handled after a resume.
///
/// Source: co19 `Isolate/resume_A01_t01`.
pub async fn resume_handles_the_queue<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let resume = worker.isolate.pause();
    worker.say([1, 2]);
    worker.isolate.resume(resume);
    assert_eq!(worker.dismiss().await, [1, 2]);
}

/// The queue of an isolate that started paused is handled after a resume.
///
/// Source: co19 `Isolate/resume_A01_t02`.
pub async fn resume_handles_the_queue_after_a_paused_start<P: Platform>() {
    let mut worker = Worker::<P>::paused().await;
    worker
        .isolate
        .resume(worker.isolate.pause_capability().unwrap());
    worker.greet().await;
    worker.say([1, 2]);
    assert_eq!(worker.dismiss().await, [1, 2]);
}

/// Events are handled when every pause has been ended, not before.
///
/// Source: co19 `Isolate/resume_A02_t01`.
pub async fn resume_waits_for_every_pause<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let pauses = [(); 3].map(|()| worker.isolate.pause());
    worker.say([1]);
    for resume in &pauses[..2] {
        worker.isolate.resume(*resume);
        worker.settle().await;
        assert!(drain(&mut worker.said).is_empty());
    }
    stays_silent(&mut worker).await;
    worker.isolate.resume(pauses[2]);
    assert_eq!(worker.hear().await, 1);
}

/// A fresh capability does not resume an isolate that started paused.
///
/// Source: co19 `Isolate/resume_A03_t06`.
pub async fn resume_with_a_fresh_capability_does_nothing<P: Platform>() {
    let mut worker = Worker::<P>::launch(
        By::Program,
        Isolate::builder().paused(true),
        vec![Order::Say(1)],
    )
    .await;
    worker.isolate.resume(Capability::new());
    stays_silent(&mut worker).await;
}

/// A paused isolate does not answer; a resumed one does.
///
/// Source: dart-sdk `tests/lib/isolate/pause_test`.
pub async fn paused_isolate_answers_when_resumed<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.say([1]);
    assert_eq!(worker.hear().await, 1);
    let resume = worker.isolate.pause();
    worker.say([2]);
    stays_silent(&mut worker).await;
    worker.isolate.resume(resume);
    assert_eq!(worker.hear().await, 2);
}

/// An isolate that starts paused says nothing before it is resumed.
///
/// Source: dart-sdk `tests/lib/isolate/start_paused_test`.
pub async fn paused_start_says_nothing_until_resumed<P: Platform>() {
    let mut worker = Worker::<P>::launch(
        By::Program,
        Isolate::builder().paused(true),
        vec![Order::Say(1)],
    )
    .await;
    stays_silent(&mut worker).await;
    worker
        .isolate
        .resume(worker.isolate.pause_capability().unwrap());
    assert_eq!(worker.hear().await, 1);
}

/// Another pause keeps an isolate that started paused waiting, also when the first has ended.
///
/// Source: dart-sdk `tests/lib/isolate/start_paused_test`.
pub async fn paused_start_and_a_pause_need_two_resumes<P: Platform>() {
    let mut worker = Worker::<P>::launch(
        By::Program,
        Isolate::builder().paused(true),
        vec![Order::Say(1)],
    )
    .await;
    let second = worker.isolate.pause();
    worker
        .isolate
        .resume(worker.isolate.pause_capability().unwrap());
    stays_silent(&mut worker).await;
    worker.isolate.resume(second);
    assert_eq!(worker.hear().await, 1);
}

/// The host can't be paused: its messages arrive.
pub async fn pause_does_not_stop_the_host<P: Platform>() {
    let _resume = Isolate::<P>::current().pause();
    let mut port = ReceivePort::<P, u32>::new();
    port.send_port().send(1).unwrap();
    assert_eq!(port.next().await, Some(1));
}
