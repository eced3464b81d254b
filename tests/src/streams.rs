//! `ReceivePort` as a stream, with the combinators of `futures`.

use std::collections::BTreeSet;

use futures_util::{StreamExt, future::ready};
use insula_core::{Platform, ReceivePort};

/// A port that has got `numbers` and is closed.
async fn filled<P: Platform, const N: usize>(numbers: [u32; N]) -> ReceivePort<P, u32> {
    let (mut port, mut last) = (ReceivePort::new(), ReceivePort::<P, ()>::new());
    for number in numbers {
        port.send_port().send(number).unwrap();
    }
    last.send_port().send(()).unwrap();
    last.next().await;
    port.close();
    port
}

/// `any` finds whether a message matches.
///
/// Source: co19 `ReceivePort/any_A01_t01`.
pub async fn stream_any_finds_a_match<P: Platform>() {
    assert!(filled::<P, _>([1, 2, 3]).await.any(|n| ready(n == 3)).await);
    assert!(!filled::<P, _>([1, 2, 3]).await.any(|n| ready(n == 4)).await);
}

/// `any` answers at the first match, although the port stays open.
///
/// Source: co19 `ReceivePort/any_A01_t02`.
pub async fn stream_any_answers_at_the_first_match<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    port.send_port().send(1).unwrap();
    assert!((&mut port).any(|n| ready(n == 1)).await);
}

/// A stream tells whether it contains a message.
///
/// Source: co19 `ReceivePort/contains_A01_t01`.
pub async fn stream_contains_what_came<P: Platform>() {
    assert!(filled::<P, _>([1, 2]).await.any(|n| ready(n == 2)).await);
    assert!(!filled::<P, _>([]).await.any(|n| ready(n == 2)).await);
}

/// Draining a stream takes all messages and gives a chosen value.
///
/// Source: co19 `ReceivePort/drain_A02_t01`.
pub async fn stream_drains_to_a_value<P: Platform>() {
    let drained = filled::<P, _>([1, 2])
        .await
        .fold("done", |done, _| ready(done))
        .await;
    assert_eq!(drained, "done");
}

/// A stream gives the message at a place.
///
/// Source: co19 `ReceivePort/elementAt_A01_t01`.
pub async fn stream_gives_the_message_at_a_place<P: Platform>() {
    assert_eq!(
        filled::<P, _>([5, 6, 7]).await.skip(2).next().await,
        Some(7)
    );
}

/// There is no message beyond the end.
///
/// Source: co19 `ReceivePort/elementAt_A03_t01`.
pub async fn stream_has_no_message_beyond_its_end<P: Platform>() {
    assert_eq!(filled::<P, _>([5, 6, 7]).await.skip(3).next().await, None);
}

/// Each message can become several.
///
/// Source: co19 `ReceivePort/expand_A01_t01`.
pub async fn stream_expands_each_message<P: Platform>() {
    let expanded = filled::<P, _>([1, 2])
        .await
        .flat_map(|n| futures_util::stream::iter([n, n * 10]))
        .collect::<Vec<_>>()
        .await;
    assert_eq!(expanded, [1, 10, 2, 20]);
}

/// A stream gives the first message that matches.
///
/// Source: co19 `ReceivePort/firstWhere_A01_t01`.
pub async fn stream_gives_the_first_match<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 2, 4])
            .await
            .filter(|n| ready(n % 2 == 0))
            .next()
            .await,
        Some(2)
    );
}

/// Without a match the caller's default is the value.
///
/// Source: co19 `ReceivePort/firstWhere_A02_t01`.
pub async fn stream_without_a_match_gives_a_default<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 3])
            .await
            .filter(|n| ready(n % 2 == 0))
            .next()
            .await
            .unwrap_or(9),
        9
    );
}

/// Without a match there is no value.
///
/// Source: co19 `ReceivePort/firstWhere_A03_t02`.
pub async fn stream_without_a_match_gives_nothing<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 3])
            .await
            .filter(|n| ready(n % 2 == 0))
            .next()
            .await,
        None
    );
}

/// A stream gives its first message.
///
/// Source: co19 `ReceivePort/first_A01_t01`.
pub async fn stream_gives_the_first_message<P: Platform>() {
    assert_eq!(filled::<P, _>([7, 8]).await.next().await, Some(7));
}

/// A closed port without messages has no first one.
///
/// Source: co19 `ReceivePort/first_A02_t01`.
pub async fn stream_that_is_empty_has_no_first_message<P: Platform>() {
    assert_eq!(filled::<P, _>([]).await.next().await, None);
}

/// The first message is the one at place 0.
///
/// Source: co19 `ReceivePort/first_A02_t02`.
pub async fn stream_has_its_first_message_at_place_zero<P: Platform>() {
    assert_eq!(
        filled::<P, _>([7, 8]).await.next().await,
        filled::<P, _>([7, 8]).await.skip(0).next().await
    );
}

/// Messages are folded into one value, in order.
///
/// Source: co19 `ReceivePort/fold_A01_t01`.
pub async fn stream_folds_in_order<P: Platform>() {
    let folded = filled::<P, _>([1, 2, 3])
        .await
        .fold(String::new(), |text, n| ready(format!("{text}{n}")))
        .await;
    assert_eq!(folded, "123");
}

/// Without messages the value is the initial one.
///
/// Source: co19 `ReceivePort/fold_A01_t02`.
pub async fn stream_folds_nothing_to_the_initial_value<P: Platform>() {
    assert_eq!(filled::<P, _>([]).await.fold(5, |_, n| ready(n)).await, 5);
}

/// A stream tells whether any message came before its end.
///
/// Source: co19 `ReceivePort/isEmpty_A01_t01`.
pub async fn stream_tells_whether_it_is_empty<P: Platform>() {
    assert_eq!(filled::<P, _>([]).await.count().await, 0);
    assert!(filled::<P, _>([1]).await.next().await.is_some());
}

/// A stream gives the last message that matches.
///
/// Source: co19 `ReceivePort/lastWhere_A01_t01`.
pub async fn stream_gives_the_last_match<P: Platform>() {
    let last = filled::<P, _>([2, 4, 5])
        .await
        .filter(|n| ready(n % 2 == 0))
        .fold(None, |_, n| ready(Some(n)))
        .await;
    assert_eq!(last, Some(4));
}

/// Without a last match the caller's default is the value.
///
/// Source: co19 `ReceivePort/lastWhere_A02_t01`.
pub async fn stream_without_a_last_match_gives_a_default<P: Platform>() {
    let last = filled::<P, _>([1, 2])
        .await
        .filter(|n| ready(*n > 2))
        .fold(None, |_, n| ready(Some(n)))
        .await;
    assert_eq!(last.unwrap_or(9), 9);
}

/// The last message of a stream that has one; an empty stream has none.
///
/// Source: co19 `ReceivePort/last_A02_t01`.
pub async fn stream_gives_the_last_message_if_any<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 2, 3])
            .await
            .fold(None, |_, n| ready(Some(n)))
            .await,
        Some(3)
    );
    assert_eq!(
        filled::<P, _>([])
            .await
            .fold(None, |_, n| ready(Some(n)))
            .await,
        None
    );
}

/// A stream counts its messages.
///
/// Source: co19 `ReceivePort/length_A01_t01`.
pub async fn stream_counts_its_messages<P: Platform>() {
    assert_eq!(filled::<P, _>([1, 1, 1]).await.count().await, 3);
}

/// All messages go into a sink, in order.
///
/// Source: co19 `ReceivePort/pipe_A01_t01`.
pub async fn stream_fills_a_sink_in_order<P: Platform>() {
    let mut sink = Vec::new();
    filled::<P, _>([3, 1, 2])
        .await
        .for_each(|n| {
            sink.push(n);
            ready(())
        })
        .await;
    assert_eq!(sink, [3, 1, 2]);
}

/// Messages are combined two by two.
///
/// Source: co19 `ReceivePort/reduce_A01_t01`.
pub async fn stream_reduces_two_by_two<P: Platform>() {
    let mut port = filled::<P, _>([10, 3, 2]).await;
    let first = port.next().await.unwrap();
    assert_eq!(port.fold(first, |a, b| ready(a - b)).await, 5);
}

/// A single message is reduced to itself.
///
/// Source: co19 `ReceivePort/reduce_A01_t02`.
pub async fn stream_reduces_one_message_to_itself<P: Platform>() {
    let mut port = filled::<P, _>([10]).await;
    let first = port.next().await.unwrap();
    assert_eq!(port.fold(first, |_, _| ready(0)).await, 10);
}

/// An empty stream has nothing to reduce.
///
/// Source: co19 `ReceivePort/reduce_A01_t03`.
pub async fn stream_reduces_nothing_to_nothing<P: Platform>() {
    let mut port = filled::<P, _>([]).await;
    assert_eq!(port.next().await, None, "there is no first to begin with");
}

/// After a single message the stream ends.
///
/// Source: co19 `ReceivePort/single_A01_t01`.
pub async fn stream_ends_after_a_single_message<P: Platform>() {
    let mut port = filled::<P, _>([4]).await;
    assert_eq!((port.next().await, port.next().await), (Some(4), None));
}

/// One message is single; none and two are not.
///
/// Source: co19 `ReceivePort/single_A02_t01`.
pub async fn stream_of_none_or_two_has_no_single_message<P: Platform>() {
    async fn single<P: Platform>(mut port: ReceivePort<P, u32>) -> Option<u32> {
        let first = port.next().await?;
        port.next().await.is_none().then_some(first)
    }
    assert_eq!(single::<P>(filled([4]).await).await, Some(4));
    assert_eq!(single::<P>(filled([]).await).await, None);
    assert_eq!(single::<P>(filled([4, 5]).await).await, None);
}

/// Of two messages that match neither is the single one.
///
/// Source: co19 `ReceivePort/singleWhere_A02_t01`.
pub async fn stream_with_two_matches_has_no_single_match<P: Platform>() {
    let matches = filled::<P, _>([1, 2, 3, 4])
        .await
        .filter(|n| ready(n % 2 == 0))
        .count()
        .await;
    assert_eq!(matches, 2);
}

/// `skip` leaves the messages after the first ones.
///
/// Source: co19 `ReceivePort/skip_A01_t01`.
pub async fn stream_skips_the_first_messages<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 2, 3, 4])
            .await
            .skip(2)
            .collect::<Vec<_>>()
            .await,
        [3, 4]
    );
}

/// `take_while` gives the messages before the first that does not match.
///
/// Source: co19 `ReceivePort/takeWhile_A01_t01`.
pub async fn stream_takes_while_messages_match<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 2, 9, 1])
            .await
            .take_while(|n| ready(*n < 5))
            .collect::<Vec<_>>()
            .await,
        [1, 2]
    );
}

/// `take` gives the first messages and then ends, although the port stays open.
///
/// Source: co19 `ReceivePort/take_A01_t03`.
pub async fn stream_takes_so_many_and_ends<P: Platform>() {
    let port = ReceivePort::<P, u32>::new();
    for number in [1, 2, 3] {
        port.send_port().send(number).unwrap();
    }
    assert_eq!(port.take(2).collect::<Vec<_>>().await, [1, 2]);
}

/// All messages can be collected into a set.
///
/// Source: co19 `ReceivePort/toSet_A01_t01`.
pub async fn stream_collects_into_a_set<P: Platform>() {
    let set = filled::<P, _>([2, 1, 2])
        .await
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<BTreeSet<_>>();
    assert_eq!(set, BTreeSet::from([1, 2]));
}

/// Each message becomes another, and the end stays the end.
///
/// Source: co19 `ReceivePort/transform_A01_t01`.
pub async fn stream_maps_each_message_and_ends<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 2])
            .await
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .await,
        ["1", "2"]
    );
}

/// Every message is looked at, and only those that pass are handed on.
///
/// Source: co19 `ReceivePort/where_A01_t01`.
pub async fn stream_filters_every_message<P: Platform>() {
    let mut seen = Vec::new();
    let evens = filled::<P, _>([1, 2, 3, 4]).await.filter(|n| {
        seen.push(*n);
        ready(n % 2 == 0)
    });
    assert_eq!(evens.collect::<Vec<_>>().await, [2, 4]);
    assert_eq!(seen, [1, 2, 3, 4]);
}
