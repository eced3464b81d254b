//! `scope`: tasks that end together.

use insula_core::{
    Isolate, IsolateRunner, Platform, ReceivePort, Scope, SendPort, Task, TaskError,
    ports::single_response, scope, sleep,
};

use crate::support::{ms, ok, within};

/// A job of as many milliseconds, with that number as its value; a number that ends in 3 is too much.
async fn wait<P: Platform>(milliseconds: u64) -> u64 {
    sleep::<P>(ms(milliseconds)).await;
    assert!(milliseconds % 10 != 3, "too much");
    milliseconds
}

/// A task that never ends by itself.
fn endless<P: Platform>() -> Task<P, u64> {
    single_response(drop::<SendPort<P, u64>>)
}

/// `join_all` gives the values in the order in which the tasks were added, also those of several runners.
pub async fn scope_joins_all_values_in_order<P: Platform>() {
    let (one, other) = (IsolateRunner::<P>::spawn(), IsolateRunner::<P>::spawn());
    let (one, other) = (ok(one).await, ok(other).await);
    let values = scope(async |scope: &Scope<P, u64>| {
        let nothing = scope.join_all().await;
        for milliseconds in [40, 1, 20] {
            scope.add(one.run_async(wait::<P>, milliseconds));
            scope.add(other.run_async(wait::<P>, milliseconds + 1));
        }
        (nothing, scope.join_all().await)
    });
    assert_eq!(values.await, (Ok(vec![]), Ok(vec![40, 41, 1, 2, 20, 21])));
}

/// The first error ends `join_all`, whatever else has not ended.
pub async fn scope_joins_none_after_an_error<P: Platform>() {
    let outcome = scope(async |scope: &Scope<P, u64>| {
        scope.add(endless());
        scope.add(single_response(|_| {}).timeout(ms(10)));
        scope.add(endless());
        scope.join_all().await
    });
    let outcome = within::<P, _>(ms(10_000), outcome).await;
    assert_eq!(outcome, Some(Err(TaskError::TimedOut)));
}

/// `join_any` gives the first value, past errors.
pub async fn scope_joins_any_value<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let outcome = scope(async |scope: &Scope<P, u64>| {
        scope.add(endless());
        scope.add(single_response(|_| {}).timeout(ms(1)));
        scope.add(runner.run_async(wait::<P>, 30));
        scope.join_any().await
    });
    let outcome = within::<P, _>(ms(10_000), outcome).await;
    assert_eq!(outcome, Some(Some(Ok(30))));
}

/// Where no task has a value, `join_any` gives the last error; where there is no task, nothing.
pub async fn scope_joins_any_error<P: Platform>() {
    let outcome = scope(async |scope: &Scope<P, u64>| {
        let nothing = scope.join_any().await;
        for milliseconds in [20, 1] {
            scope.add(single_response(|_| {}).timeout(ms(milliseconds)));
        }
        (nothing, scope.join_any().await)
    });
    assert_eq!(outcome.await, (None, Some(Err(TaskError::TimedOut))));
}

/// Says when it begins and when it is dropped.
struct Told<P: Platform>(SendPort<P, u32>);

impl<P: Platform> Drop for Told<P> {
    fn drop(&mut self) {
        let _ = self.0.send(0);
    }
}

/// An isolate that works for ever, until its task is cancelled.
fn work<P: Platform>(told: &SendPort<P, u32>) -> Task<P, u64> {
    let told = told.clone();
    Isolate::<P>::run_async(async move || {
        told.send(1).unwrap();
        let _told = Told(told);
        sleep::<P>(ms(3_600_000)).await;
        0
    })
}

/// The tasks that are left are cancelled: by an error, by a value, at the end of the scope, and when it is dropped.
pub async fn scope_cancels_what_is_left<P: Platform>() {
    for way in 0..4 {
        let mut told = ReceivePort::<P, u32>::new();
        let to = told.send_port();
        let working = scope(async |scope: &Scope<P, u64>| {
            scope.add(work(&to));
            assert_eq!(told.next().await, Some(1));
            match way {
                0 => {
                    scope.add(single_response(|_| {}).timeout(ms(1)));
                    assert!(scope.join_all().await.is_err());
                }
                1 => {
                    scope.add(single_response(|port| port.send(5).unwrap()));
                    assert_eq!(scope.join_any().await, Some(Ok(5)));
                }
                2 => {}
                _ => std::future::pending().await,
            }
        });
        let is_cut_short = way == 3;
        let limit = if is_cut_short { ms(200) } else { ms(10_000) };
        let ended = within::<P, _>(limit, working).await;
        assert_eq!(ended.is_none(), is_cut_short);
        let dropped = within::<P, _>(ms(10_000), told.next()).await;
        assert_eq!(dropped, Some(Some(0)), "way {way}");
    }
}
