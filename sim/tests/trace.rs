//! Recordings in virtual time.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{fs, process::Command, time::Duration};

use insula_sim::{IsolateRunner, ReceivePort, run, sleep, try_run, web_like};
use insula_tests::picture;

async fn sums() {
    let runner = IsolateRunner::builder().debug_name("sums").spawn();
    let runner = runner.await.unwrap();
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(runner.run(|n: u32| n + 1, 1).await, Ok(2));
}

#[test]
fn a_run_has_a_picture_that_is_the_same_for_the_same_seed() {
    let (once, again) = (run(3, sums()), run(3, sums()));
    assert_eq!(once.recorded.to_string(), again.recorded.to_string());
    let picture = picture::read(&once.recorded.to_string());
    let jobs: Vec<_> = picture.named("job").collect();
    assert_eq!(jobs.len(), 1);
    assert!(jobs[0].begin >= 3_600_000_000_000, "an hour has passed");
    assert!(picture.leads("main", "sums") && picture.leads("sums", "main"));
}

#[test]
fn workers_have_a_picture_too() {
    let run = web_like::run(3, async {
        let runner = IsolateRunner::spawn().await.unwrap();
        assert_eq!(runner.run(|n: u32| n + 1, 1).await, Ok(2));
    });
    let picture = picture::read(&run.recorded.to_string());
    assert_eq!(picture.named("job").count(), 1);
}

#[test]
fn worlds_at_the_same_time_are_recorded_apart() {
    let worlds: Vec<_> = (0..8)
        .map(|_| std::thread::spawn(|| run(5, sums()).recorded.to_string()))
        .collect();
    let mut pictures: Vec<_> = worlds
        .into_iter()
        .map(|world| world.join().unwrap())
        .collect();
    pictures.dedup();
    assert_eq!(pictures.len(), 1);
}

#[test]
fn a_failure_has_the_picture_of_what_led_to_it() {
    let failure = try_run(0, async {
        let runner = IsolateRunner::builder().debug_name("idle").spawn();
        let _runner = runner.await.unwrap();
        ReceivePort::<()>::new().next().await
    });
    let picture = picture::read(&failure.unwrap_err().recorded.to_string());
    assert!(picture.tracks.iter().any(|track| track == "idle"));
}

/// Runs in a process of its own, which fails.
#[test]
#[ignore = "it fails, for the test below"]
fn fails() {
    insula_sim::check(7..8, || async {
        sums().await;
        panic!("boom");
    });
}

#[test]
fn a_failing_test_prints_where_its_picture_lies() {
    let itself = std::env::current_exe().unwrap();
    let output = Command::new(itself)
        .args(["--ignored", "--exact", "fails", "--nocapture"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = told
        .lines()
        .find(|line| line.starts_with("A picture of the run"));
    let file = line.and_then(|line| line.rsplit(": ").next()).expect(&told);
    let picture = picture::read(&fs::read_to_string(file).unwrap());
    assert_eq!(picture.named("job").count(), 1);
    fs::remove_file(file).unwrap();
}
