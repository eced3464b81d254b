//! Drives this thread's event loop from the browser's: a turn whenever something arrived.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use insula_core::{
    Control, EventLoop, ExitReason, Turn,
    contract::{Event, Exit},
};
use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

use super::queues::{Inbox, Queues};
use crate::{Web, clock, guard::guarded, js, post::outbox};

/// How long the loop may hold the browser's own loop before it lets that go on: half a frame.
const SLICE: Duration = Duration::from_millis(8);

/// How long the loop works, all turns together, before it lets the browser's loop deliver what has arrived: so that control
/// which came during a long event is handled before the next one (M2). A timeout may take 4 ms, 4 % of this.
const LONG: Duration = Duration::from_millis(100);

/// What is called when a message has passed.
pub(crate) type Passed = Box<dyn FnOnce()>;

struct Driver {
    queues: Rc<RefCell<Queues>>,
    /// How many reasons there are to take no turn.
    holds: Cell<u32>,
    role: Cell<Role>,
    run: Callback,
    timed_out: Callback,
    /// A call of `run` as a microtask is on its way.
    scheduled: Cell<bool>,
    running: Cell<bool>,
    /// How long the loop has worked since the browser's loop has delivered what had arrived.
    worked: Cell<Duration>,
    /// How many seconds it has worked in all.
    busy: Cell<f64>,
    /// No turn is taken before that has happened again.
    resting: Cell<bool>,
    /// The timeout that is set, and for when.
    timeout: RefCell<Option<(JsValue, Duration)>>,
    /// On a page, what a message has to pass to run the loop again.
    turnstile: Option<MessageChannel>,
    /// What is to be called for each message that is on its way there; the first is the next to pass.
    passing: RefCell<Vec<Option<Passed>>>,
    _passed: Callback,
}

/// What an isolate adds to the turns of its event loop.
#[derive(Clone, Copy)]
pub(crate) struct Role {
    /// Called with the time before some turns: the browser's loop has let in what had arrived.
    pub(crate) rested: fn(Duration),
    /// Called when the event loop has ended, with how.
    pub(crate) ended: fn(Exit),
}

impl Role {
    /// That of code outside isolates.
    const HOST: Self = Self {
        rested: |_| {},
        ended: |_| {},
    };
}

/// What the browser calls.
struct Callback {
    function: Function,
    _closure: Closure<dyn FnMut()>,
}

impl Callback {
    fn new(call: fn()) -> Self {
        let closure = Closure::new(call);
        let function: &Function = closure.as_ref().unchecked_ref();
        Self {
            function: guarded(function),
            _closure: closure,
        }
    }
}

thread_local! {
    static DRIVER: Driver = Driver::new();
}

impl Driver {
    fn new() -> Self {
        let passed = Callback::new(passed);
        let turnstile = js::is_page().then(MessageChannel::new).and_then(Result::ok);
        if let Some(channel) = &turnstile {
            channel.port1().set_onmessage(Some(&passed.function));
        }
        Self {
            queues: Rc::default(),
            holds: Cell::new(0),
            role: Cell::new(Role::HOST),
            run: Callback::new(run),
            timed_out: Callback::new(timed_out),
            scheduled: Cell::new(false),
            running: Cell::new(false),
            worked: Cell::new(Duration::ZERO),
            busy: Cell::new(0.0),
            resting: Cell::new(false),
            timeout: RefCell::new(None),
            turnstile,
            passing: RefCell::default(),
            _passed: passed,
        }
    }
}

/// Adds an event that has arrived. The caller runs the loop afterwards: a microtask that does would come after a trap too,
/// and what it throws be told before the trap is (WebKit).
pub(crate) fn add_event(event: Event<Web>) {
    DRIVER.with(|driver| driver.queues.borrow_mut().events.push_back(event));
}

/// Adds control that has arrived, as [`add_event`].
pub(crate) fn add_control(control: Control<Web>) {
    DRIVER.with(|driver| driver.queues.borrow_mut().control.push_back(control));
}

/// Adds an event of this isolate's own, and runs the loop in a microtask.
pub(crate) fn push_event(event: Event<Web>) {
    add_event(event);
    schedule();
}

/// Adds control of this isolate's own, as [`push_event`].
pub(crate) fn push_control(control: Control<Web>) {
    add_control(control);
    schedule();
}

/// Takes no turn until [`release`] was called as often.
pub(crate) fn hold() {
    DRIVER.with(|driver| driver.holds.set(driver.holds.get() + 1));
}

/// Takes back a [`hold`]. The caller runs the loop afterwards.
pub(crate) fn release() {
    DRIVER.with(|driver| driver.holds.set(driver.holds.get().saturating_sub(1)));
}

fn schedule() {
    DRIVER.with(|driver| {
        if !driver.running.get() && !driver.scheduled.replace(true) {
            js::queue_microtask(&driver.run.function);
        }
    });
}

/// A timeout may come before its time: clocks are coarse, and Gecko's timers do not ask this one. The loop is then
/// idle until the same moment as before, and the next timeout must not be taken for this one.
fn timed_out() {
    DRIVER.with(|driver| {
        driver.timeout.take();
        driver.has_rested();
    });
    run();
}

/// A message has passed the turnstile.
fn passed() {
    let passed = DRIVER.with(|driver| {
        driver.has_rested();
        let mut passing = driver.passing.borrow_mut();
        (!passing.is_empty()).then(|| passing.remove(0))
    });
    if let Some(passed) = passed.flatten() {
        passed();
    }
    run();
}

/// On a page: has `passed` called behind the tasks that the browser has now. Otherwise gives it back.
pub(crate) fn call_behind(passed: Passed) -> Result<(), Passed> {
    DRIVER.with(|driver| match &driver.turnstile {
        Some(channel) => {
            driver.pass(channel, Some(passed));
            Ok(())
        }
        None => Err(passed),
    })
}

/// Takes turns until the loop is idle or the slice is over.
pub(crate) fn run() {
    DRIVER.with(|driver| driver.scheduled.set(false));
    if DRIVER.with(Driver::is_held) {
        // What it waits for runs it again.
        return;
    }
    if DRIVER.with(|driver| driver.has_nothing() || driver.running.replace(true)) {
        return;
    }
    let event_loop = EventLoop::<Web>::current();
    let now = clock::now();
    (role().rested)(now);
    let end = now + SLICE;
    let next = loop {
        let turn = event_loop.turn();
        outbox::end_burst();
        match turn {
            Turn::Worked if DRIVER.with(Driver::is_held) => break Next::Wait(None),
            Turn::Worked if clock::now() < end => {}
            Turn::Worked => break Next::GoOn,
            Turn::Idle { deadline } => break Next::Wait(deadline),
            Turn::Ended => {
                (role().ended)(event_loop.exit());
                break Next::Over;
            }
        }
    };
    DRIVER.with(|driver| {
        driver.running.set(false);
        match next {
            Next::Over => driver.set_timeout(None),
            _ if driver.is_to_rest(clock::now().saturating_sub(now)) => driver.go_on(),
            Next::GoOn => driver.go_on(),
            Next::Wait(deadline) => driver.set_timeout(deadline),
        }
    });
}

/// When the loop is to run again.
enum Next {
    /// As soon as the browser has done what it has to.
    GoOn,
    /// When something comes, or at this time.
    Wait(Option<Duration>),
    /// Never: the isolate has ended.
    Over,
}

fn role() -> Role {
    DRIVER.with(|driver| driver.role.get())
}

impl Driver {
    fn is_held(&self) -> bool {
        self.holds.get() > 0 || self.resting.get()
    }

    /// Adds to the work since the last rest, and says whether another rest begins.
    fn is_to_rest(&self, worked: Duration) -> bool {
        self.worked.set(self.worked.get() + worked);
        self.busy.set(self.busy.get() + worked.as_secs_f64());
        self.resting.set(self.worked.get() >= LONG);
        self.resting.get()
    }

    fn has_rested(&self) {
        self.worked.set(Duration::ZERO);
        self.resting.set(false);
    }

    /// Whether there is neither a loop nor anything for one.
    fn has_nothing(&self) -> bool {
        let queues = self.queues.borrow();
        queues.events.is_empty() && queues.control.is_empty() && event_loop().is_none()
    }

    /// Runs the loop again behind the tasks that the browser has now.
    ///
    /// A page does not wait for a timeout: in a tab in the background that takes a second. In a worker it takes 4 ms, and
    /// a channel would pass the page in WebKit, which may be busy.
    fn go_on(&self) {
        match &self.turnstile {
            None => self.set_timeout(Some(Duration::ZERO)),
            // Each message that passes runs the loop.
            Some(channel) if self.passing.borrow().is_empty() => {
                self.set_timeout(None);
                self.pass(channel, None);
            }
            Some(_) => {}
        }
    }

    /// Sends a message through the turnstile.
    fn pass(&self, channel: &MessageChannel, passed: Option<Passed>) {
        self.passing.borrow_mut().push(passed);
        // Nothing is easier to clone.
        let _ = channel.port2().post_message(&JsValue::UNDEFINED);
    }

    fn set_timeout(&self, deadline: Option<Duration>) {
        let mut timeout = self.timeout.borrow_mut();
        if timeout.as_ref().map(|(_, due)| *due) == deadline
            && deadline.is_some_and(|due| due > clock::now())
        {
            return;
        }
        if let Some((handle, _)) = timeout.take() {
            js::clear_timeout(&handle);
        }
        if let Some(due) = deadline {
            let handle = js::set_timeout(&self.timed_out.function, clock::ms_until(due));
            *timeout = Some((handle, due));
        }
    }
}

/// How long the events of this isolate have taken that have ended.
pub(crate) fn busy_time() -> Duration {
    Duration::from_secs_f64(DRIVER.with(|driver| driver.busy.get()))
}

/// Where this thread's event loop finds what has arrived.
pub(crate) fn inbox() -> Inbox {
    let queues = DRIVER.with(|driver| driver.queues.clone());
    Inbox { queues }
}

/// This thread's event loop, if it has one.
pub(crate) fn event_loop() -> Option<Rc<EventLoop<Web>>> {
    EventLoop::try_current()
}

/// How this thread's isolate comes to its end.
pub(crate) fn exit() -> Exit {
    event_loop().map_or_else(
        || Exit::new("", ExitReason::Unknown, true),
        |event_loop| event_loop.exit(),
    )
}

/// Puts an isolate's event loop, which `make` makes for its inbox, in the place of this thread's.
pub(crate) fn install(role: Role, make: impl FnOnce(Inbox) -> Rc<EventLoop<Web>>) {
    let event_loop = make(inbox());
    drop(EventLoop::set_current(Some(event_loop)));
    DRIVER.with(|driver| driver.role.set(role));
}

/// Forgets what was to be done for an isolate that is over; another may take its place.
pub(crate) fn uninstall() {
    drop(EventLoop::<Web>::set_current(None));
    DRIVER.with(|driver| {
        driver.running.set(false);
        driver.holds.set(0);
        driver.has_rested();
        driver.busy.set(0.0);
        driver.role.set(Role::HOST);
        driver.set_timeout(None);
        *driver.queues.borrow_mut() = Queues::default();
    });
}
