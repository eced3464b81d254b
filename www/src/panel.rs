//! [`Panel`]: a pool at work, and what its reader does to its isolates.

mod row;
mod shift;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use insula::{
    ExitReason, Isolate, Priority, ReceivePort, SendPort, TaskError, WorkerPool, inspect, ports,
};
use web_sys::Element;

use self::{
    row::{Act, Row},
    shift::{Note, Shift, shift},
};
use crate::{
    js::{self, Fault},
    page::{self, Page, add, milliseconds, thousands},
    way::pool_size,
};

/// The isolates are `isolate 0`, `isolate 1`, …
const NAME: &str = "isolate";
/// How many lines the log keeps.
const LINES: u32 = 8;
/// How long a ping may take; a paused isolate answers too.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the isolates are looked at, and how long one that is busy is waited for.
const LOOK: Duration = Duration::from_millis(200);
const ANSWER: Duration = Duration::from_millis(50);
/// How long a job that is told to end may go on. Counting primes hears nothing, so this is how long a stop takes.
const GRACE: Duration = Duration::from_millis(100);
/// More often than a reader has patience to kill the same job.
const RETRIES: u32 = 100;

/// The panel. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Panel {
    state: Rc<State>,
}

struct State {
    rows: Vec<RefCell<Row>>,
    pool: RefCell<Option<WorkerPool>>,
    /// Closed when the pool is.
    notes: RefCell<Option<SendPort<Note>>>,
    /// How many pools there were.
    pools: Cell<u32>,
    last_job: Cell<u32>,
    failed_jobs: Cell<u32>,
    log: Element,
}

impl Panel {
    /// Makes a row for each isolate.
    pub(crate) fn new() -> Result<Self, Fault> {
        let rows = (0..pool_size()).map(|number| Row::new(&format!("{NAME} {number}")));
        let state = State {
            rows: rows
                .map(|row| row.map(RefCell::new))
                .collect::<Result<_, Fault>>()?,
            pool: RefCell::default(),
            notes: RefCell::default(),
            pools: Cell::default(),
            last_job: Cell::default(),
            failed_jobs: Cell::default(),
            log: page::find("#isolates-log")?,
        };
        let panel = Self {
            state: Rc::new(state),
        };
        for number in 0..panel.state.rows.len() {
            for act in Act::ALL {
                let (button, clicked) = (
                    panel.state.rows[number].borrow().button(act)?,
                    panel.clone(),
                );
                js::listen(&button, "click", move || clicked.act(number, act))?;
            }
        }
        let (stop, stopped) = (page::find::<Element>("#stop-isolates")?, panel.clone());
        js::listen(&stop, "click", move || {
            let panel = stopped.clone();
            insula::spawn_local(async move { show(panel.stop().await) });
        })?;
        Ok(panel)
    }

    /// Starts the pool, and gives it more work than it has isolates, until it is stopped.
    pub(crate) async fn start(&self) -> Result<(), Fault> {
        let size = pool_size();
        let pool = WorkerPool::builder()
            .debug_name(NAME)
            .min(size)
            .max(size)
            .grace(GRACE)
            .build();
        pool.ready().await?;
        let mut notes = ReceivePort::new();
        let to = notes.send_port();
        *self.state.notes.borrow_mut() = Some(to.clone());
        *self.state.pool.borrow_mut() = Some(pool.clone());
        self.say("The pool is at work.")?;

        let panel = self.clone();
        insula::spawn_local(async move {
            while let Some(note) = notes.next().await {
                if let Note::Over = note {
                    break;
                }
                show(panel.hear(note));
            }
        });
        let panel = self.clone();
        let number = self.state.pools.get() + 1;
        self.state.pools.set(number);
        insula::spawn_local(async move { panel.watch(number).await });
        // An isolate may hold two jobs, and a paused one keeps them.
        for _ in 0..2 * size {
            let (panel, pool, to) = (self.clone(), pool.clone(), to.clone());
            insula::spawn_local(async move { panel.feed(pool, to).await });
        }
        Ok(())
    }

    /// Ends the pool, and waits until it has.
    pub(crate) async fn stop(&self) -> Result<(), Fault> {
        let Some(pool) = self.state.pool.borrow_mut().take() else {
            return Ok(());
        };
        drop(pool.close_within(Duration::ZERO).await?);
        if let Some(notes) = self.state.notes.borrow_mut().take() {
            // It is at this page, which is here.
            let _ = notes.send(Note::Over);
        }
        for row in &self.state.rows {
            row.borrow_mut().stop()?;
        }
        self.say("The pool is closed.")
    }

    /// Looks at the isolates, until their pool is stopped.
    async fn watch(&self, pool: u32) {
        while self.state.pools.get() == pool && self.state.pool.borrow().is_some() {
            let now = inspect::within(ANSWER).await;
            for isolate in &now.isolates {
                if let Some(row) = self.row_of(&isolate.name) {
                    show(row.borrow_mut().see(isolate));
                }
            }
            insula::sleep(LOOK).await;
        }
    }

    /// One job after the other.
    async fn feed(&self, pool: WorkerPool, to: SendPort<Note>) {
        loop {
            let job = self.state.last_job.get() + 1;
            self.state.last_job.set(job);
            let to = to.clone();
            let work = pool.job(shift, Shift { job, to }).retry(RETRIES);
            let task = work.label(format!("job {job}")).start();
            match task.await {
                Ok(_) => {}
                Err(error) if matches!(error.error, TaskError::Closed | TaskError::Cancelled) => {
                    return;
                }
                Err(error) => {
                    self.state.failed_jobs.set(self.state.failed_jobs.get() + 1);
                    show(self.say(&format!("Job {job} failed: {error}")));
                }
            }
            show(self.count());
        }
    }

    /// Says what the pool has done.
    fn count(&self) -> Result<(), Fault> {
        let pool = self.state.pool.borrow();
        let Some(pool) = &*pool else { return Ok(()) };
        let stats = pool.stats();
        page::set_text(
            "#isolates-count",
            &format!(
                "Jobs done: {}. Isolates lost and replaced: {}. Jobs lost: {}.",
                thousands(stats.answered as usize),
                stats.lost,
                self.state.failed_jobs.get()
            ),
        )
    }

    fn hear(&self, note: Note) -> Result<(), Fault> {
        let Note::Begun { isolate, job } = note else {
            if let Note::Done { name, job } = note
                && let Some(row) = self.row_of(&name)
            {
                row.borrow_mut().done(job)?;
            }
            return Ok(());
        };
        let name = isolate.debug_name().unwrap_or_default().to_owned();
        let Some(row) = self.row_of(&name) else {
            return Ok(());
        };
        let healed = row.borrow_mut().begun(&isolate, job, js::now_ms())?;
        let Some(healed) = healed else { return Ok(()) };
        if let Some(took_ms) = healed.after_ms {
            self.say(&format!("{name} is back after {}.", milliseconds(took_ms)))?;
        }
        let panel = self.clone();
        insula::spawn_local(async move {
            let reason = isolate.on_exit().await;
            show(panel.ended(&name, &isolate, reason));
        });
        Ok(())
    }

    fn ended(
        &self,
        name: &str,
        isolate: &Isolate,
        reason: Result<ExitReason, TaskError>,
    ) -> Result<(), Fault> {
        let is_closing = self.state.pool.borrow().is_none();
        let Some(row) = self.row_of(name).filter(|_| !is_closing) else {
            return Ok(());
        };
        let Some(job) = row.borrow_mut().ended(isolate, js::now_ms())? else {
            return Ok(());
        };
        let how = match reason {
            Ok(ExitReason::Killed) => "was killed".to_owned(),
            Ok(other) => format!("ended: {other}"),
            Err(error) => format!("ended: {error}"),
        };
        self.say(&match job.number {
            Some(job) => format!("{name} {how} at job {job}, which begins again elsewhere."),
            None => format!("{name} {how}."),
        })
    }

    fn act(&self, number: usize, act: Act) {
        let row = &self.state.rows[number];
        let Some(isolate) = row.borrow().isolate() else {
            return;
        };
        match act {
            Act::Pause => show(row.borrow_mut().pause()),
            Act::Resume => show(row.borrow_mut().resume()),
            Act::Kill => isolate.kill(Priority::Immediate),
            Act::Ping => {
                let panel = self.clone();
                insula::spawn_local(async move { show(panel.ping(number, isolate).await) });
            }
        }
    }

    async fn ping(&self, number: usize, isolate: Isolate) -> Result<(), Fault> {
        let asked_ms = js::now_ms();
        let answer = ports::single_response(|port| {
            // An empty answer always encodes.
            let _ = isolate.ping(&port, (), Priority::BeforeNextEvent);
        });
        let said = match answer.timeout(PATIENCE).await {
            Ok(()) => milliseconds(js::now_ms() - asked_ms),
            Err(_) => "no answer".to_owned(),
        };
        self.state.rows[number].borrow().answered(&said)?;
        let name = isolate.debug_name().unwrap_or_default();
        self.say(&format!("{name} answered the ping: {said}."))
    }

    fn row_of(&self, name: &str) -> Option<&RefCell<Row>> {
        self.state
            .rows
            .iter()
            .find(|row| row.borrow().name() == name)
    }

    /// Adds a line to the log.
    fn say(&self, text: &str) -> Result<(), Fault> {
        add(&self.state.log, "li", text)?;
        while self.state.log.child_element_count() > LINES {
            if let Some(first) = self.state.log.first_element_child() {
                first.remove();
            }
        }
        Ok(())
    }
}

/// Shows what went wrong, if something did. The panel goes on.
fn show(outcome: Result<(), Fault>) {
    if let Err(fault) = outcome {
        // Where even that fails there is no page left to tell it on.
        let _ = Page::set_error(Some(&fault.to_string()));
    }
}
