//! Every program comes to the right result, natively.

use insula::{WorkerPool, block_on};
use insula_examples::{
    digest,
    documents::{count_keys, document},
    live_tracking, long_running_isolate, primes, products,
    programs::PROGRAMS,
    restart, send_and_receive, sort, users,
};

#[test]
fn primes_below_a_million() {
    assert_eq!(
        block_on(primes::primes_below(primes::LIMIT, 64)),
        Ok(78_498)
    );
}

#[test]
fn sort_replies_to_the_port_in_the_message() {
    let sorted = block_on(sort::sort_all(vec![vec![3, 1, 2], vec![], vec![1, -1]]));
    assert_eq!(sorted, Ok(vec![vec![1, 2, 3], vec![], vec![-1, 1]]));
}

#[test]
fn documents_are_counted_one_isolate_each_and_by_one() {
    let mut documents: Vec<_> = (1..6).map(|number| document(1000 * number, 7)).collect();
    documents.push("[1]".to_owned());
    let here: Vec<_> = documents.iter().cloned().map(count_keys).collect();
    assert_eq!(here[..5], [1000, 2000, 3000, 4000, 5000].map(Ok));
    assert!(here[5].is_err());
    assert_eq!(
        block_on(send_and_receive::count_each(documents.clone())).unwrap(),
        here
    );
    assert_eq!(
        block_on(long_running_isolate::count_all(documents)).unwrap(),
        here
    );
}

#[test]
fn users_and_persons_are_decoded() {
    let lists = (0..10).map(|seed| users::users_json(500, seed)).collect();
    let decoded = block_on(async { users::decode_all(&WorkerPool::new(), lists).await });
    assert_eq!(decoded, Ok((5000, 10)));
}

#[test]
fn products_are_parsed_by_size() {
    for (count, on_an_isolate) in [(10, false), (10_000, true)] {
        let json = products::products_json(count);
        assert_eq!(products::goes_to_an_isolate(&json), on_an_isolate);
        assert_eq!(
            block_on(products::load(json)).unwrap().unwrap().len(),
            count as usize
        );
    }
}

#[test]
fn digests_come_in_the_order_of_the_pieces() {
    let pieces = [b"".to_vec(), b"a".to_vec(), b"abc".to_vec()].into_iter();
    let sums = block_on(async { digest::digests(&WorkerPool::new(), "", pieces).await }).unwrap();
    let hex =
        |sum: &digest::Sum| -> String { sum.iter().map(|byte| format!("{byte:02x}")).collect() };
    // The test vectors of RFC 1321.
    assert_eq!(
        sums.iter().map(hex).collect::<Vec<_>>(),
        [
            "d41d8cd98f00b204e9800998ecf8427e",
            "0cc175b9c0f1b6a831c399e269772661",
            "900150983cd24fb0d6963f7d28e17f72",
        ]
    );
}

#[test]
fn points_come_out_in_batches_and_in_order() {
    let legs = block_on(live_tracking::track(live_tracking::walk(50_020))).unwrap();
    assert_eq!(legs.len(), 1001);
    assert!(legs[..1000].iter().all(|leg| leg.points == 50));
    assert_eq!(legs[1000].points, 20);
    assert_eq!(legs[0].metres, 49.0);
    let metres: f64 = legs.iter().map(|leg| leg.metres).sum();
    assert_eq!(metres, 50_019.0);
}

#[test]
fn no_job_is_lost_when_isolates_die() {
    let report =
        block_on(async { restart::supervise(&WorkerPool::new(), restart::jobs(10, 100)).await })
            .unwrap();
    assert_eq!(report.results, [25, 21, 16, 16, 17, 14, 16, 14, 15, 14]);
    assert_eq!(report.restarts, 3);
}

/// Written down once, so that no two platforms can agree on something else.
#[test]
fn outcomes_are_known() {
    let outcomes = PROGRAMS.map(|program| block_on(program.run()).unwrap());
    assert_eq!(
        outcomes,
        [
            "10,000 + 20,000 + 30,000 + 40,000 keys",
            "10,000 + 20,000 + 30,000 + 40,000 keys",
            "78,498 primes below 1,000,000",
            "1,000,000 numbers in 8 lists, checksum 8fa97f43786df121",
            "40,000 users, 20 persons",
            "1,000 digests, 186e080eb059fc186e63749d8ed08e9c",
            "24 pictures, 943 KB",
            "1,000 legs, 49,999 metres",
            "100 from 4,264 bytes (small), 100,000 from 4,866,781 bytes (large)",
            "10 jobs found 41,538 primes, after 3 restarts",
        ]
    );
}
