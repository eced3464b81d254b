//! `Runner::slices`: a large result in parts, in order, with the function's own error and every other one.

use std::{cell::Cell, marker::PhantomData, rc::Rc};

use insula_core::{
    IsolateRunner, LoadBalancer, Message, Platform, Priority, TaskError, sleep, spawn_local,
    stream::Slices,
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    differences::Refusing,
    encoding::Even,
    support::{ms, ok, within},
};

/// An item with an allocation of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Photo {
    id: u32,
    title: String,
}

fn photo(id: u32) -> Photo {
    Photo {
        id,
        title: format!("photo {id:0500}"),
    }
}

fn photos(count: u32) -> Result<Vec<Photo>, String> {
    if count == 13 {
        return Err("an unlucky number".to_owned());
    }
    Ok((0..count).map(photo).collect())
}

/// What comes next, which must be soon.
async fn next<P: Platform, T: Message, E: Message>(
    slices: &mut Slices<P, T, E>,
) -> Option<Result<Vec<T>, TaskError>> {
    let slice = within::<P, _>(ms(10_000), slices.next()).await;
    slice.expect("slices come or end")
}

/// The slices up to the end, none of them empty, and the error that may come last.
async fn read<P: Platform, T: Message, E: Message>(
    slices: &mut Slices<P, T, E>,
) -> (Vec<Vec<T>>, Option<TaskError>) {
    let (mut all, mut error) = (Vec::new(), None);
    while let Some(slice) = next(slices).await {
        assert_eq!(error, None, "an error comes last");
        match slice {
            Ok(slice) => {
                assert!(!slice.is_empty());
                all.push(slice);
            }
            Err(last) => error = Some(last),
        }
    }
    assert!(next(slices).await.is_none(), "an end is the end");
    (all, error)
}

/// The items come in order, none twice, whether they are read slice by slice or at once.
pub async fn slices_give_every_item_in_order<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    for count in [1, 300, 701] {
        let all: Vec<_> = (0..count).map(photo).collect();
        let mut slices = runner.slices(photos, count);
        let (parts, error) = read(&mut slices).await;
        assert_eq!(error, None);
        assert!(parts.concat() == all, "{count} photos");
        assert_eq!(slices.finish().await, Ok(Ok(())));
        let collected = runner.slices(photos, count).collect().await;
        assert!(collected == Ok(Ok(all)), "{count} photos");
    }
}

/// An empty result has no slice.
pub async fn slices_of_nothing_are_none<P: Platform>() {
    let balancer = ok(LoadBalancer::<P>::spawn(1)).await;
    let mut slices = balancer.slices(photos, 0);
    assert_eq!(read(&mut slices).await, (vec![], None));
    assert_eq!(slices.finish().await, Ok(Ok(())));
    let collected = balancer.with_load(2).slices(photos, 0).collect().await;
    assert_eq!(collected, Ok(Ok(vec![])));
}

/// A function that returns an error has run to its end: no slice has an error, and the value is that error.
pub async fn slices_value_is_the_functions_own<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut slices = runner.slices(photos, 13);
    assert_eq!(read(&mut slices).await, (vec![], None));
    let unlucky = "an unlucky number".to_owned();
    assert_eq!(slices.finish().await, Ok(Err(unlucky.clone())));
    assert_eq!(runner.slices(photos, 13).collect().await, Ok(Err(unlucky)));
}

/// The last item of a function that panics is the error, and so is its value.
pub async fn slices_panic_is_their_last_item<P: Platform>() {
    fn fail((): ()) -> Result<Vec<u32>, ()> {
        panic!("boom")
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut slices = runner.slices(fail, ());
    let (parts, error) = read(&mut slices).await;
    let error = error.expect("the error comes last");
    assert!(parts.is_empty() && error.to_string().contains("boom"));
    assert_eq!(slices.finish().await, Err(error));
}

/// A runner that is lost fails its slices.
pub async fn slices_of_a_lost_runner_fail<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::builder().paused(true).spawn()).await;
    let mut slices = runner.slices(photos, 100);
    runner.isolate().kill(Priority::Immediate);
    let (parts, error) = read(&mut slices).await;
    assert!(parts.is_empty());
    assert!(matches!(error, Some(TaskError::IsolateLost { .. })));
}

/// Slices that are dropped leave the runner free, although not all were sent.
pub async fn slices_dropped_free_their_runner<P: Platform>() {
    fn large(count: usize) -> Result<Vec<String>, ()> {
        Ok(vec!["x".repeat(140_000); count])
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut slices = runner.slices(large, 40);
    assert!(matches!(next(&mut slices).await, Some(Ok(_))));
    drop(slices);
    ok(runner.close()).await;
    let ended = within::<P, _>(ms(10_000), runner.on_exit()).await;
    assert!(matches!(ended, Some(Ok(_))), "{ended:?}");
}

/// An item that can't be sent is the last item's error.
pub async fn slices_refuse_what_cannot_be_sent<P: Platform>() {
    fn refused((): ()) -> Result<Vec<Option<Refusing>>, ()> {
        Ok(vec![None, Some(Refusing)])
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut slices = runner.slices(refused, ());
    let (_, error) = read(&mut slices).await;
    assert!(matches!(error, Some(TaskError::Encode(_))), "{error:?}");
    let collected = runner.slices(refused, ()).collect().await;
    assert!(matches!(collected, Err(TaskError::Encode(_))));
}

/// An item that can't be read is the last one's error, and its runner is free.
pub async fn slices_end_with_an_item_that_cannot_be_read<P: Platform>() {
    fn all_even_but((count, odd): (u32, u32)) -> Result<Vec<Even>, ()> {
        Ok((0..count)
            .map(|n| Even(2 * n + u32::from(n == odd)))
            .collect())
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    for count in [100, 100_000] {
        let even = runner
            .slices(all_even_but, (count, u32::MAX))
            .collect()
            .await;
        assert_eq!(even.map(|all| all.unwrap().len()), Ok(count as usize));
        let mut slices = runner.slices(all_even_but, (count, count - 10));
        let (parts, error) = read(&mut slices).await;
        let items: Vec<_> = parts.into_iter().flatten().collect();
        assert!(items.len() <= count as usize - 10);
        assert!(items.iter().zip(0..).all(|(item, n)| item.0 == 2 * n));
        let error = error.expect("the error comes last");
        assert!(matches!(error, TaskError::Decode(_)), "{error:?}");
        assert!(error.to_string().contains("an odd number"), "{error}");
        assert_eq!(slices.finish().await, Err(error));
    }
}

/// Where memory is shared the items are moved at once, and not copied.
pub async fn slices_are_one_where_memory_is_shared<P: Platform>() {
    /// Tells where the items are, too.
    fn bytes(count: usize) -> Result<Vec<(u64, usize)>, ()> {
        let mut bytes = vec![(1, 0); count];
        bytes[0].1 = bytes.as_ptr().addr();
        Ok(bytes)
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (parts, error) = read(&mut runner.slices(bytes, 500_000)).await;
    assert_eq!((parts.len(), error), (1, None));
    assert_eq!(parts[0].len(), 500_000);
    assert_eq!(parts[0][0].1, parts[0].as_ptr().addr());
}

/// Where items are encoded a slice has about 128 KiB, and one item is never cut.
pub async fn slices_are_small_where_they_are_encoded<P: Platform>() {
    fn texts((count, length): (usize, usize)) -> Result<Vec<String>, ()> {
        Ok(vec!["x".repeat(length); count])
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    for (count, length) in [(20_000, 10), (1_000, 300), (20, 30_000), (2, 300_000)] {
        let begun = P::now();
        let (parts, error) = read(&mut runner.slices(texts, (count, length))).await;
        let took = P::now() - begun;
        assert_eq!(error, None);
        assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), count);
        let largest = parts.iter().map(|part| part.len() * length).max();
        assert!(
            largest <= Some(length.max(128 << 10)),
            "{count} of {length}: {largest:?}"
        );
        // Others are cut because four milliseconds are over.
        let cut = took.as_millis() as usize / 4 + 1;
        assert!(parts.len() <= count.min(2 + count * length / (64 << 10) + cut));
    }
    // Items without a byte are bounded in a message.
    let nothing = runner.slices(|count| Ok::<_, ()>(vec![(); count]), 100_000);
    assert_eq!(
        nothing.collect().await.map(|all| all.unwrap().len()),
        Ok(100_000)
    );
}

/// How often the caller's loop lets other code have its turn, from now on until this is dropped.
fn turns<P: Platform>() -> Rc<Cell<u32>> {
    let turns = Rc::new(Cell::new(0));
    let counted = turns.clone();
    spawn_local::<P>(async move {
        while Rc::strong_count(&counted) > 1 {
            counted.set(counted.get() + 1);
            P::next_frame().await;
        }
    });
    turns
}

/// Who reads slices that are there already lets other code of its isolate have its turn.
pub async fn slices_let_the_loop_turn<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut slices = runner.slices(|()| Ok::<_, ()>(vec!["x".repeat(100_000); 16]), ());
    assert!(matches!(next(&mut slices).await, Some(Ok(_))));
    // By now all of them are there.
    sleep::<P>(ms(200)).await;
    let turns = turns::<P>();
    let mut read = 1;
    while let Some(slice) = slices.next().await {
        slice.unwrap();
        read += 1;
        let until = P::now() + ms(5);
        while P::now() < until {}
    }
    assert_eq!(read, 16);
    assert!(turns.get() > 5, "{} turns", turns.get());
}

/// An item that takes two milliseconds to read.
#[derive(Serialize)]
#[serde(bound = "")]
struct Slow<P: Platform> {
    id: u32,
    #[serde(skip)]
    platform: PhantomData<fn() -> P>,
}

impl<'de, P: Platform> Deserialize<'de> for Slow<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = u32::deserialize(deserializer)?;
        let until = P::now() + ms(2);
        while P::now() < until {}
        let platform = PhantomData;
        Ok(Self { id, platform })
    }
}

/// Where an item takes long to read, a slice has few of them, however small they are, and the loop has its turn after it.
pub async fn slices_of_slow_items_are_short<P: Platform>() {
    fn slow<P: Platform>(count: u32) -> Result<Vec<Slow<P>>, ()> {
        let platform = PhantomData;
        Ok((0..count).map(|id| Slow { id, platform }).collect())
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let turns = turns::<P>();
    let mut slices = runner.slices(slow::<P>, 40);
    let (mut read, mut turns_before) = (0, None);
    while let Some(slice) = next(&mut slices).await {
        let slice = slice.unwrap();
        // Four milliseconds in all.
        assert!(slice.len() <= 2, "{} at once", slice.len());
        for Slow { id, .. } in slice {
            assert_eq!(id, read);
            read += 1;
        }
        let turns = turns.get();
        assert!(turns_before < Some(turns), "no turn before item {read}");
        turns_before = Some(turns);
    }
    assert_eq!(read, 40);
}
