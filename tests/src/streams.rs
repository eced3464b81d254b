//! `ReceivePort` as a stream: what `futures`' combinators do with it.

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

/// Whether any message fulfils something.
pub async fn receive_port_any_a01_t01<P: Platform>() {
    assert!(filled::<P, _>([1, 2, 3]).await.any(|n| ready(n == 3)).await);
    assert!(!filled::<P, _>([1, 2, 3]).await.any(|n| ready(n == 4)).await);
}

/// The answer is there with the first match, although the port stays open.
pub async fn receive_port_any_a01_t02<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    port.send_port().send(1).unwrap();
    assert!((&mut port).any(|n| ready(n == 1)).await);
}

/// Whether a message is among those that came.
pub async fn receive_port_contains_a01_t01<P: Platform>() {
    assert!(filled::<P, _>([1, 2]).await.any(|n| ready(n == 2)).await);
    assert!(!filled::<P, _>([]).await.any(|n| ready(n == 2)).await);
}

/// All messages are taken, and a value of one's own comes back.
pub async fn receive_port_drain_a02_t01<P: Platform>() {
    let drained = filled::<P, _>([1, 2])
        .await
        .fold("done", |done, _| ready(done))
        .await;
    assert_eq!(drained, "done");
}

/// The message at a place.
pub async fn receive_port_element_at_a01_t01<P: Platform>() {
    assert_eq!(
        filled::<P, _>([5, 6, 7]).await.skip(2).next().await,
        Some(7)
    );
}

/// There is none beyond the end.
pub async fn receive_port_element_at_a03_t01<P: Platform>() {
    assert_eq!(filled::<P, _>([5, 6, 7]).await.skip(3).next().await, None);
}

/// Each message can become several.
pub async fn receive_port_expand_a01_t01<P: Platform>() {
    let expanded = filled::<P, _>([1, 2])
        .await
        .flat_map(|n| futures_util::stream::iter([n, n * 10]))
        .collect::<Vec<_>>()
        .await;
    assert_eq!(expanded, [1, 10, 2, 20]);
}

/// The first message that fulfils something.
pub async fn receive_port_first_where_a01_t01<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 2, 4])
            .await
            .filter(|n| ready(n % 2 == 0))
            .next()
            .await,
        Some(2)
    );
}

/// When there is none the caller's own value is used.
pub async fn receive_port_first_where_a02_t01<P: Platform>() {
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

/// When there is none that is said.
pub async fn receive_port_first_where_a03_t02<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 3])
            .await
            .filter(|n| ready(n % 2 == 0))
            .next()
            .await,
        None
    );
}

/// The first message.
pub async fn receive_port_first_a01_t01<P: Platform>() {
    assert_eq!(filled::<P, _>([7, 8]).await.next().await, Some(7));
}

/// A closed port without messages has no first one.
pub async fn receive_port_first_a02_t01<P: Platform>() {
    assert_eq!(filled::<P, _>([]).await.next().await, None);
}

/// The first message is the one at place 0.
pub async fn receive_port_first_a02_t02<P: Platform>() {
    assert_eq!(
        filled::<P, _>([7, 8]).await.next().await,
        filled::<P, _>([7, 8]).await.skip(0).next().await
    );
}

/// Messages are folded into one value, in order.
pub async fn receive_port_fold_a01_t01<P: Platform>() {
    let folded = filled::<P, _>([1, 2, 3])
        .await
        .fold(String::new(), |text, n| ready(format!("{text}{n}")))
        .await;
    assert_eq!(folded, "123");
}

/// Without messages the value is the initial one.
pub async fn receive_port_fold_a01_t02<P: Platform>() {
    assert_eq!(filled::<P, _>([]).await.fold(5, |_, n| ready(n)).await, 5);
}

/// Whether any message came before the end.
pub async fn receive_port_is_empty_a01_t01<P: Platform>() {
    assert_eq!(filled::<P, _>([]).await.count().await, 0);
    assert!(filled::<P, _>([1]).await.next().await.is_some());
}

/// The last message that fulfils something.
pub async fn receive_port_last_where_a01_t01<P: Platform>() {
    let last = filled::<P, _>([2, 4, 5])
        .await
        .filter(|n| ready(n % 2 == 0))
        .fold(None, |_, n| ready(Some(n)))
        .await;
    assert_eq!(last, Some(4));
}

/// Without a match there is none, and what stands for it is the caller's.
pub async fn receive_port_last_where_a02_t01<P: Platform>() {
    let last = filled::<P, _>([1, 2])
        .await
        .filter(|n| ready(*n > 2))
        .fold(None, |_, n| ready(Some(n)))
        .await;
    assert_eq!(last.unwrap_or(9), 9);
}

/// The last message.
pub async fn receive_port_last_a02_t01<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 2, 3])
            .await
            .fold(None, |_, n| ready(Some(n)))
            .await,
        Some(3)
    );
}

/// How many messages came.
pub async fn receive_port_length_a01_t01<P: Platform>() {
    assert_eq!(filled::<P, _>([1, 1, 1]).await.count().await, 3);
}

/// All messages go into a sink, in order.
pub async fn receive_port_pipe_a01_t01<P: Platform>() {
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
pub async fn receive_port_reduce_a01_t01<P: Platform>() {
    let mut port = filled::<P, _>([10, 3, 2]).await;
    let first = port.next().await.unwrap();
    assert_eq!(port.fold(first, |a, b| ready(a - b)).await, 5);
}

/// One message alone stays what it is.
pub async fn receive_port_reduce_a01_t02<P: Platform>() {
    let mut port = filled::<P, _>([10]).await;
    let first = port.next().await.unwrap();
    assert_eq!(port.fold(first, |_, _| ready(0)).await, 10);
}

/// Of no messages nothing is made.
pub async fn receive_port_reduce_a01_t03<P: Platform>() {
    let mut port = filled::<P, _>([]).await;
    assert_eq!(port.next().await, None, "there is no first to begin with");
}

/// The only message, and the end behind it.
pub async fn receive_port_single_a01_t01<P: Platform>() {
    let mut port = filled::<P, _>([4]).await;
    assert_eq!((port.next().await, port.next().await), (Some(4), None));
}

/// One message is single; none and two are not.
pub async fn receive_port_single_a02_t01<P: Platform>() {
    async fn single<P: Platform>(mut port: ReceivePort<P, u32>) -> Option<u32> {
        let first = port.next().await?;
        port.next().await.is_none().then_some(first)
    }
    assert_eq!(single::<P>(filled([4]).await).await, Some(4));
    assert_eq!(single::<P>(filled([]).await).await, None);
    assert_eq!(single::<P>(filled([4, 5]).await).await, None);
}

/// Of two messages that match neither is the single one.
pub async fn receive_port_single_where_a02_t01<P: Platform>() {
    let matches = filled::<P, _>([1, 2, 3, 4])
        .await
        .filter(|n| ready(n % 2 == 0))
        .count()
        .await;
    assert_eq!(matches, 2);
}

/// What comes after the first messages.
pub async fn receive_port_skip_a01_t01<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 2, 3, 4])
            .await
            .skip(2)
            .collect::<Vec<_>>()
            .await,
        [3, 4]
    );
}

/// The messages up to the first that does not fulfil something.
pub async fn receive_port_take_while_a01_t01<P: Platform>() {
    assert_eq!(
        filled::<P, _>([1, 2, 9, 1])
            .await
            .take_while(|n| ready(*n < 5))
            .collect::<Vec<_>>()
            .await,
        [1, 2]
    );
}

/// The first messages, and then the end, although the port stays open.
pub async fn receive_port_take_a01_t03<P: Platform>() {
    let port = ReceivePort::<P, u32>::new();
    for number in [1, 2, 3] {
        port.send_port().send(number).unwrap();
    }
    assert_eq!(port.take(2).collect::<Vec<_>>().await, [1, 2]);
}

/// The set of all messages.
pub async fn receive_port_to_set_a01_t01<P: Platform>() {
    let set = filled::<P, _>([2, 1, 2])
        .await
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<BTreeSet<_>>();
    assert_eq!(set, BTreeSet::from([1, 2]));
}

/// Each message becomes another, and the end stays the end.
pub async fn receive_port_transform_a01_t01<P: Platform>() {
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
pub async fn receive_port_where_a01_t01<P: Platform>() {
    let mut seen = Vec::new();
    let evens = filled::<P, _>([1, 2, 3, 4]).await.filter(|n| {
        seen.push(*n);
        ready(n % 2 == 0)
    });
    assert_eq!(evens.collect::<Vec<_>>().await, [2, 4]);
    assert_eq!(seen, [1, 2, 3, 4]);
}
