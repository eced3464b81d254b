//! `inspect::within`: what isolates and pools do now.

use insula_core::{
    IsolateRunner, JobError, Platform, PoolInfo, PoolStats, ReceivePort, SendPort, Task, Timer,
    WorkerPool,
    inspect::{Finding, Inspect, Inspection, IsolateInfo, State, Thresholds, within},
    sleep,
};

use crate::support::{ms, ok};

/// A runner whose name no other test uses, as all isolates of a process are listed together.
async fn named<P: Platform>(name: &str) -> IsolateRunner<P> {
    ok(IsolateRunner::builder().debug_name(name).spawn()).await
}

fn of(inspection: Inspection, name: &str) -> Option<IsolateInfo> {
    let mut isolates = inspection.isolates.into_iter();
    isolates.find(|isolate| isolate.name == name)
}

fn listed(inspection: Inspection, name: &str) -> Option<PoolInfo> {
    let mut pools = inspection.pools.into_iter();
    pools.find(|pool| pool.name == name)
}

type Tasks<P> = Vec<Task<P, (), JobError>>;

/// A pool of two isolates that have a job each, and another job that waits.
async fn stuck<P: Platform>(name: &str) -> (WorkerPool<P>, Tasks<P>, Task<P, (), JobError>) {
    let pool = WorkerPool::<P>::builder().debug_name(name).max(2).build();
    let slow = |milliseconds: u64| sleep::<P>(ms(milliseconds));
    let held = ["backup", "index"].map(|label| {
        let job = pool.job_async(slow, 3_600_000);
        job.label(label).start()
    });
    // All isolates, and not only the one that makes it ready.
    while pool.stats().running < 2 {
        sleep::<P>(ms(1)).await;
    }
    let waits = pool.job_async(slow, 0).start();
    (pool, held.into(), waits)
}

/// Asserts that the text of a pool that is stuck names its jobs.
fn names_its_jobs(pool: &PoolInfo) {
    let text = pool.to_string();
    assert_eq!((pool.stats.queued, pool.jobs.len()), (1, 2), "{text}");
    for job in &pool.jobs {
        let label = job.label.as_deref().unwrap();
        assert!(text.contains(&format!("`{label}` has run for ")), "{text}");
        assert!(text.contains(&format!(" in `{}`", job.isolate)), "{text}");
    }
    let mut labels: Vec<_> = pool.jobs.iter().map(|job| job.label.as_deref()).collect();
    labels.sort_unstable();
    assert_eq!(labels, [Some("backup"), Some("index")]);
}

/// What isolates and pools do. One that is not busy answers long before that.
async fn now<P: Inspect>() -> Inspection {
    within::<P>(ms(2_000)).await
}

/// What `look` finds, as soon as it does.
async fn until<P: Inspect, R>(look: impl Fn(Inspection) -> Option<R>) -> R {
    loop {
        if let Some(found) = look(now::<P>().await) {
            return found;
        }
        sleep::<P>(ms(1)).await;
    }
}

/// An isolate is listed from its start until its end, with who has started it.
pub async fn inspect_lists_an_isolate_until_its_end<P: Inspect>() {
    let name = "inspect: listed";
    let runner = named::<P>(name).await;
    let info = of(now::<P>().await, name).unwrap();
    assert!(info.is_named && info.errors == 0);
    assert_eq!((info.parent, &*info.parent_name), (None, "main"));
    let ended = runner.isolate().on_exit();
    ok(runner.close()).await;
    ok(ended).await;
    assert!(of(now::<P>().await, name).is_none());
}

/// An isolate that another has started names that one.
pub async fn inspect_names_the_parent<P: Inspect>() {
    async fn start_one<P: Platform>(gate: SendPort<P, SendPort<P, ()>>) {
        let child = named::<P>("inspect: child").await;
        let mut port = ReceivePort::new();
        let _ = gate.send(port.send_port());
        port.next().await;
        drop(child);
    }
    let parent = named::<P>("inspect: parent").await;
    let mut gate = ReceivePort::new();
    let task = parent.run_async(start_one::<P>, gate.send_port());
    let end = gate.next().await.unwrap();
    let (of_parent, of_child) = (
        of(now::<P>().await, "inspect: parent").unwrap(),
        of(now::<P>().await, "inspect: child").unwrap(),
    );
    assert_eq!(of_child.parent, Some(of_parent.id));
    assert_eq!(of_child.parent_name, "inspect: parent");
    assert!(of_child.id > of_parent.id);
    end.send(()).unwrap();
    ok(task).await;
}

/// Events, errors and what is open are counted.
pub async fn inspect_counts_what_is_open<P: Inspect>() {
    fn open<P: Platform>(_: ()) {
        for _ in 0..3 {
            ReceivePort::<P, ()>::new().detach();
        }
        for _ in 0..2 {
            drop(Timer::<P>::new(ms(3_600_000), || {}));
        }
        insula_core::spawn_local::<P>(async {
            ReceivePort::<P, ()>::new().next().await;
        });
    }
    let name = "inspect: open";
    let runner = named::<P>(name).await;
    let before = until::<P, _>(|now| of(now, name).filter(|info| info.ports > 0)).await;
    ok(runner.run(open::<P>, ())).await;
    let after = until::<P, _>(|now| of(now, name).filter(|info| info.timers == 2)).await;
    assert_eq!(after.ports, before.ports + 4);
    assert_eq!(after.futures, before.futures + 1);
    assert!(after.events > before.events, "{after:?}");
    runner.isolate().kill(insula_core::Priority::Immediate);
}

/// What waits at a paused isolate is told, with the number of pauses.
pub async fn inspect_finds_what_waits_for_a_resume<P: Inspect>() {
    let name = "inspect: paused";
    let runner = named::<P>(name).await;
    let pauses = [runner.isolate().pause(), runner.isolate().pause()];
    until::<P, _>(|now| of(now, name).filter(|info| info.pauses == 2)).await;
    let jobs: Vec<_> = (0..5).map(|n| runner.run(|n: u32| n, n)).collect();
    let find = |now: Inspection| {
        let mut findings = now.findings().into_iter();
        findings.find(|finding| {
            matches!(finding, Finding::Paused { name: of, queue: 5.., pauses: 2, .. } if of == name)
        })
    };
    let text = until::<P, _>(find).await.to_string();
    assert!(
        text.contains("`inspect: paused` is paused, and ")
            && text.ends_with(" events wait; 2 resumes are missing"),
        "{text}"
    );
    assert_eq!(of(now::<P>().await, name).unwrap().state, State::Paused);
    for pause in pauses {
        runner.isolate().resume(pause);
    }
    for job in jobs {
        ok(job).await;
    }
    let info = until::<P, _>(|now| of(now, name).filter(|info| info.state == State::Idle)).await;
    assert_eq!((info.pauses, info.queue), (0, Some(0)));
}

/// A port whose messages nobody reads is found, and one that is read is not.
pub async fn inspect_finds_a_port_that_nobody_reads<P: Inspect>() {
    type Ports<P> = (SendPort<P, u32>, SendPort<P, u32>);
    async fn listen<P: Platform>(to: SendPort<P, Ports<P>>) {
        let (deaf, mut keen) = (ReceivePort::new(), ReceivePort::new());
        let _ = to.send((deaf.send_port(), keen.send_port()));
        while keen.next().await != Some(0) {}
        drop(deaf);
    }
    now::<P>().await;
    let name = "inspect: deaf";
    let runner = named::<P>(name).await;
    let mut ready = ReceivePort::new();
    let task = runner.run_async(listen::<P>, ready.send_port());
    let (deaf, keen) = ready.next().await.unwrap();
    for n in 1..=3 {
        deaf.send(n).unwrap();
        keen.send(n).unwrap();
    }
    let patient = Thresholds {
        unread: ms(20),
        ..Thresholds::default()
    };
    let find = |now: Inspection| {
        let mut findings = now.findings_beyond(&patient).into_iter();
        findings.find(|finding| matches!(finding, Finding::Unread { name: of, .. } if of == name))
    };
    let found = until::<P, _>(find).await;
    let Finding::Unread {
        messages, lasting, ..
    } = &found
    else {
        unreachable!("it was matched above");
    };
    assert!(*messages == 3 && *lasting >= ms(20), "{found:?}");
    assert_eq!(of(now::<P>().await, name).unwrap().unread.len(), 1);
    keen.send(0).unwrap();
    ok(task).await;
    until::<P, _>(|now| of(now, name).filter(|info| info.unread.is_empty())).await;
}

/// A pool whose isolates have their jobs for long while others wait names these jobs, and how long they have run.
pub async fn inspect_names_the_jobs_of_a_stuck_pool<P: Inspect>() {
    let name = "inspect: stuck";
    let (pool, held, waits) = stuck::<P>(name).await;
    let patient = Thresholds {
        busy: ms(30),
        ..Thresholds::default()
    };
    let find = |now: Inspection| {
        let findings = now.findings_beyond(&patient).into_iter();
        let mut stuck = findings.filter_map(|finding| match finding {
            Finding::StuckPool { pool, .. } => Some(pool),
            _ => None,
        });
        stuck.find(|pool| pool.name == name)
    };
    let found = until::<P, _>(find).await;
    names_its_jobs(&found);
    for job in &found.jobs {
        let isolate = of(now::<P>().await, &job.isolate).unwrap();
        assert_eq!(isolate.job.unwrap().label, job.label);
    }
    drop(held);
    waits.await.unwrap();
    let is_idle = |now| listed(now, name).filter(|pool| pool.jobs.is_empty());
    let PoolStats { queued, idle, .. } = until::<P, _>(is_idle).await.stats;
    assert_eq!((queued, idle), (0, 2));
    ok(pool.close()).await;
    assert!(listed(now::<P>().await, name).is_none());
}

/// A pool tells by itself which jobs run, and whether it is stuck.
pub async fn worker_pool_names_the_jobs_that_run<P: Platform>() {
    let (pool, held, waits) = stuck::<P>("inspect: alone").await;
    while !pool.inspect().is_stuck(ms(20)) {
        sleep::<P>(ms(1)).await;
    }
    names_its_jobs(&pool.inspect());
    drop(held);
    waits.await.unwrap();
    // A job that was cancelled is there until it has noticed that.
    while !pool.inspect().jobs.is_empty() {
        sleep::<P>(ms(1)).await;
    }
    let now = pool.inspect();
    assert!(!now.is_stuck(ms(0)));
    assert!(now.to_string().ends_with("0 jobs wait, and none runs"));
}

/// An isolate that looks after the others finds what code outside isolates finds, itself included.
pub async fn inspect_answers_in_an_isolate<P: Inspect>() {
    let (name, other) = ("inspect: looks", "inspect: is looked at");
    let runners = [named::<P>(name).await, named::<P>(other).await];
    let found = ok(runners[0].run_async(|()| now::<P>(), ())).await;
    for name in [name, other] {
        let isolate = of(found.clone(), name).unwrap();
        assert!(isolate.silent.is_none() && isolate.id > 0, "{isolate:?}");
        assert_eq!(isolate.parent_name, "main");
    }
}

/// An isolate that runs one event for long is found, and that event keeps nobody else waiting.
pub async fn inspect_finds_an_isolate_that_is_busy<P: Inspect>() {
    fn spin<P: Platform>(milliseconds: u64) -> u32 {
        let end = P::now() + ms(milliseconds);
        while P::now() < end {
            std::hint::spin_loop();
        }
        7
    }
    let name = "inspect: busy";
    let runner = named::<P>(name).await;
    ok(runner.run(|n: u32| n, 1)).await;
    let before = until::<P, _>(|now| of(now, name).filter(|info| info.events > 0)).await;
    let job = runner.run(spin::<P>, 400);
    let soon = Thresholds {
        busy: ms(100),
        ..Thresholds::default()
    };
    let (busy, text) = loop {
        let now = within::<P>(ms(20)).await;
        let mut findings = now.findings_beyond(&soon).into_iter();
        let finding = findings
            .find(|finding| matches!(finding, Finding::Busy { name: of, .. } if of == name));
        if let Some(finding) = finding {
            break (of(now, name).unwrap(), finding.to_string());
        }
    };
    assert!(
        text.contains("`inspect: busy` has been busy for "),
        "{text}"
    );
    let event = busy.event.clone().unwrap();
    assert!(
        busy.state == State::Busy && event.lasting >= ms(100),
        "{busy:?}"
    );
    assert_eq!(busy.silent, event.is_longer.then_some(event.lasting));
    assert!(busy.events >= before.events && busy.ports == before.ports);
    assert_eq!(ok(job).await, 7);
    let after = until::<P, _>(|now| of(now, name).filter(|info| info.event.is_none())).await;
    assert!(
        after.silent.is_none() && after.busy_time >= ms(300),
        "{after:?}"
    );
}

/// A queue that grows between two inspections is found.
pub async fn inspect_finds_a_queue_that_grows<P: Inspect>() {
    let name = "inspect: growing";
    let runner = named::<P>(name).await;
    let pause = runner.isolate().pause();
    until::<P, _>(|now| of(now, name).filter(|info| info.pauses == 1)).await;
    let earlier = now::<P>().await;
    let jobs: Vec<_> = (0..200).map(|n| runner.run(|n: u32| n, n)).collect();
    let find = |now: Inspection| {
        let grown = now.growth_since(&earlier, &Thresholds::default());
        grown.into_iter().find(
            |finding| matches!(finding, Finding::GrowingQueue { name: of, to: 200.., .. } if of == name),
        )
    };
    let text = until::<P, _>(find).await.to_string();
    assert!(text.contains("has grown from "), "{text}");
    let few = Thresholds {
        queue: 199,
        ..Thresholds::default()
    };
    let findings = now::<P>().await.findings_beyond(&few);
    assert!(findings.iter().any(
        |finding| matches!(finding, Finding::LongQueue { name: of, queue: 200.., .. } if of == name)
    ));
    runner.isolate().resume(pause);
    for job in jobs {
        ok(job).await;
    }
}

/// The text has a line for each isolate and pool, in columns.
pub async fn inspect_prints_a_table<P: Inspect>() {
    let pool = WorkerPool::<P>::builder()
        .debug_name("inspect: table")
        .max(1)
        .build();
    ok(pool.run(|n: u32| n, 1)).await;
    let text = now::<P>().await.to_string();
    let mut lines = text.lines();
    let head = lines.next().unwrap();
    let row = lines
        .find(|line| line.contains("inspect: table 0"))
        .unwrap();
    assert_eq!(head.find("isolate"), row.find("inspect: table 0"), "{text}");
    assert!(text.contains("waited (median)"), "{text}");
}
