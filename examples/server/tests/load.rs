//! The server under load: pictures, panics, hangs and rubbish at once. Each request gets its answer, healthy ones a
//! picture; afterwards nothing is left.

use std::{future::IntoFuture, net::SocketAddr, time::Duration};

use axum::Router;
use insula::{Isolate, WorkerPool};
use insula_example_server::{TIMEOUT, answer_with, app, pool};
use insula_examples::{documents::Unreadable, images::picture};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

type Answer = Result<Vec<u8>, Unreadable>;

async fn panics(_: Vec<u8>) -> Answer {
    panic!("this picture is too ugly")
}

async fn waits(_: Vec<u8>) -> Answer {
    std::future::pending().await
}

async fn spins(_: Vec<u8>) -> Answer {
    loop {
        Isolate::checkpoint();
    }
}

/// How long a job may hang here.
const HANGS: Duration = Duration::from_millis(100);

fn app_with_faults(pool: &WorkerPool) -> Router {
    let faults = Router::new()
        .route("/panics", answer_with(panics, TIMEOUT))
        .route("/waits", answer_with(waits, HANGS))
        .route("/spins", answer_with(spins, HANGS))
        .with_state(pool.clone());
    app(pool.clone()).merge(faults)
}

/// Sends one request and reads its status and its body, until the server closes the connection.
async fn post(server: SocketAddr, path: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(server).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let head_end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let body = answer.split_off(head_end.unwrap_or(answer.len() - 4) + 4);
    let status = String::from_utf8_lossy(&answer)
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok((status.unwrap_or(0), body))
}

/// How much memory this process has, in KiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// How many threads of the pool there are: a thread has its isolate's name.
fn threads_of(pool: &str) -> usize {
    let threads = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let name = |thread: std::fs::DirEntry| std::fs::read_to_string(thread.path().join("comm"));
    threads
        .filter_map(|thread| name(thread).ok())
        .filter(|name| name.starts_with(pool))
        .count()
}

/// What each kind of request must be answered with.
const KINDS: [(&str, u16); 5] = [
    ("/pictures", 200),
    ("/panics", 500),
    ("/waits", 504),
    ("/spins", 504),
    ("/rubbish", 422),
];

/// Sends `count` requests, 40 at a time, of which one in ten panics, one in forty hangs, and one in ten is rubbish.
async fn burst(server: SocketAddr, count: usize, file: &[u8]) {
    let mut running = tokio::task::JoinSet::new();
    for number in 0..count {
        if running.len() == 40 {
            running
                .join_next()
                .await
                .expect("some run")
                .expect("no panic");
        }
        let kind = match number % 40 {
            1 if number % 80 == 1 => 2,
            1 => 3,
            n if n % 10 == 2 => 1,
            n if n % 10 == 3 => 4,
            _ => 0,
        };
        let (path, expected) = KINDS[kind];
        let (path, body) = match path {
            "/rubbish" => ("/pictures", b"no picture".to_vec()),
            path => (path, file.to_vec()),
        };
        running.spawn(async move {
            let (status, body) = post(server, path, &body).await.expect("an answer");
            assert_eq!(
                status,
                expected,
                "{path}: {}",
                String::from_utf8_lossy(&body)
            );
            assert!(
                expected != 200 || body.starts_with(&[0xff, 0xd8]),
                "no JPEG file"
            );
        });
    }
    while let Some(done) = running.join_next().await {
        done.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_answered_and_nothing_is_left() {
    let pool = pool();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let server = listener.local_addr().expect("it has one");
    let serving = tokio::spawn(axum::serve(listener, app_with_faults(&pool)).into_future());
    let file = picture((1200, 300, 1)).expect("a picture");

    burst(server, 400, &file).await;
    let before = memory();
    burst(server, 400, &file).await;
    assert!(threads_of("pictures") > 0);
    let after = memory();
    assert!(
        after < before + 32 * 1024,
        "memory grew from {before} to {after} KiB"
    );

    serving.abort();
    let unbegun = pool
        .close_within(Duration::from_secs(5))
        .await
        .expect("it closes");
    assert!(unbegun.is_empty());
    let ended = async {
        while threads_of("pictures") > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
    assert!(ended.is_ok(), "{} threads are left", threads_of("pictures"));
}

/// A client that goes away takes its job along, so a pool of hanging jobs serves the next clients before their limit.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_costs_nothing() {
    let pool = pool();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let server = listener.local_addr().expect("it has one");
    let serving = tokio::spawn(axum::serve(listener, app_with_faults(&pool)).into_future());
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = TcpStream::connect(server).await.expect("it listens");
        let head = "POST /waits HTTP/1.1\r\nhost: here\r\ncontent-length: 0\r\n\r\n";
        client.write_all(head.as_bytes()).await.expect("it reads");
        clients.push(client);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(clients);
    let file = picture((1200, 300, 1)).expect("a picture");
    let began = tokio::time::Instant::now();
    let (status, _) = post(server, "/pictures", &file).await.expect("an answer");
    assert_eq!(status, 200);
    assert!(
        began.elapsed() < Duration::from_millis(1500),
        "{:?}",
        began.elapsed()
    );
    serving.abort();
    pool.close_within(Duration::ZERO).await.expect("it closes");
}
