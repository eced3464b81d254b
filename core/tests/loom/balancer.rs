//! A balancer's count: where the next job goes says what each runner is taken to be loaded with.
//!
//! No runner runs anything. Its jobs stay in its queue, and a model answers or gives them up.

use std::{collections::VecDeque, mem, sync::Arc};

use insula_core::{
    Capability, EventLoop, Isolate, IsolateRunner, LoadBalancer, RunnerRemote, Task,
    contract::{Event, Launch},
};
use loom::thread;

use crate::{
    check,
    model::{Guarded, Mailbox, Model, Queues, queues},
};

/// A runner that has a queue and no thread.
struct Still {
    runner: IsolateRunner<Model>,
    queues: Arc<Guarded<Queues>>,
}

impl Still {
    fn new() -> Self {
        let (mailbox, inbox) = queues();
        let Mailbox::Queues(queues) = mailbox.clone() else {
            unreachable!("they are queues")
        };
        let key = Capability::<Model>::new;
        let launch = Launch::new("still".into(), key(), key());
        let event_loop = EventLoop::<Model>::isolate(launch, mailbox, inbox, Box::new(|| {}));
        let (isolate, port) = event_loop.within(|| {
            let remote = RunnerRemote::<Model>::new();
            let port = remote.port();
            mem::forget(remote);
            (Isolate::current(), port)
        });
        Self {
            runner: IsolateRunner::attach(isolate, port),
            queues,
        }
    }

    fn end(&self) {
        self.queues.change(|queues| queues.is_gone = true);
    }

    fn take(&self) -> VecDeque<Event<Model>> {
        self.queues.change(|queues| mem::take(&mut queues.events))
    }

    fn jobs(&self) -> usize {
        self.queues.change(|queues| queues.events.len())
    }

    /// Answers the oldest job.
    fn answer(&self) {
        let event = self.queues.change(|queues| queues.events.pop_front());
        if let Some(Event::Job { invoke, reply, .. }) = event {
            invoke(None, reply);
        }
    }
}

/// What the second runner of a bench has to do.
const BUSY: u64 = 6;

/// A balancer of two, of which the second is busy.
struct Bench {
    balancer: LoadBalancer<Model>,
    first: Still,
    second: Still,
    _busy: Task<Model, ()>,
}

fn job(balancer: &LoadBalancer<Model>, load: u64) -> Task<Model, ()> {
    balancer.with_load(load).run(|()| (), ())
}

impl Bench {
    fn new() -> Self {
        let (first, second) = (Still::new(), Still::new());
        let balancer = LoadBalancer::of([first.runner.clone(), second.runner.clone()]);
        // The first of equals gets it, and then the second is the first.
        let light = job(&balancer, 1);
        let _busy = job(&balancer, BUSY);
        light.cancel();
        drop(first.take());
        assert_eq!(second.jobs(), 1);
        Self {
            balancer,
            first,
            second,
            _busy,
        }
    }

    /// How many jobs of load 1 the first runner gets before it is as loaded as the second.
    fn room(&self) -> u64 {
        let before = self.second.jobs();
        let mut probes = Vec::new();
        loop {
            probes.push(job(&self.balancer, 1));
            if self.second.jobs() > before {
                break;
            }
        }
        let room = probes.len() as u64 - 1;
        probes.into_iter().for_each(Task::cancel);
        room
    }
}

/// The load that is to be counted, whatever the order of the threads.
#[track_caller]
fn expect_load(bench: &Bench, load: u64) {
    // Of equals the first runner stays the first.
    assert_eq!(bench.room(), BUSY - load + 1, "a load of {load}");
}

/// Two jobs find the same runner lost: both count for its successor.
#[test]
fn both_jobs_that_find_a_runner_lost_are_counted() {
    check(3, || {
        let bench = Bench::new();
        bench.first.end();
        let balancer = bench.balancer.clone();
        let other = thread::spawn(move || job(&balancer, 1));
        let own = job(&bench.balancer, 2);
        let other = other.join().unwrap();
        expect_load(&bench, 3);
        drop((own, other));
    });
}

/// A job of a lost runner does not lighten the successor.
#[test]
fn a_job_of_a_lost_runner_is_not_counted_for_its_successor() {
    check(3, || {
        let bench = Bench::new();
        let old = job(&bench.balancer, 1);
        bench.first.end();
        let giving_up = thread::spawn(move || old.cancel());
        let new = job(&bench.balancer, 2);
        giving_up.join().unwrap();
        expect_load(&bench, 2);
        drop(new);
    });
}

/// A job that is answered and given up at the same time gives its load back once, while the next job is counted.
#[test]
fn a_load_is_given_back_once() {
    check(3, || {
        let bench = Bench::new();
        let (one, two) = (job(&bench.balancer, 1), job(&bench.balancer, 3));
        let giving_up = thread::spawn(move || one.cancel());
        bench.first.answer();
        let next = job(&bench.balancer, 1);
        giving_up.join().unwrap();
        expect_load(&bench, 4);
        drop((two, next));
    });
}

/// A job that is given while its runner is replaced counts where it is: with the old one it has failed.
#[test]
fn a_job_given_while_its_runner_is_replaced_is_counted_or_has_failed() {
    check(2, || {
        let bench = Bench::new();
        let balancer = bench.balancer.clone();
        let given = thread::spawn(move || job(&balancer, 2));
        let replaced = bench.balancer.replace(&bench.first.runner);
        let given = given.join().unwrap();
        expect_load(&bench, if given.is_finished() { 0 } else { 2 });
        drop((replaced, given));
    });
}
