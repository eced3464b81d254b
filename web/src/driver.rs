//! Drives this thread's event loop from the browser's: a turn whenever something arrived.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use insula_core::{EventLoop, Host, Turn};
use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

use crate::{Web, checkpoint, clock, js, link, mailbox::Queues, outbox};

/// How long the loop may hold the browser's own loop before it lets that go on: half a frame.
const SLICE: Duration = Duration::from_millis(8);

struct Driver {
    queues: Rc<RefCell<Queues>>,
    run: Callback,
    timed_out: Callback,
    /// A call of `run` as a microtask is on its way.
    scheduled: Cell<bool>,
    running: Cell<bool>,
    /// The timeout that is set, and for when.
    timeout: RefCell<Option<(JsValue, Duration)>>,
    /// On a page, what a message has to pass to run the loop again; and whether one is on its way.
    turnstile: Option<MessageChannel>,
    passing: Cell<bool>,
    _passed: Callback,
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
        #[cfg(feature = "gloo")]
        let function = &js::guard(function);
        Self {
            function: function.clone(),
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
            run: Callback::new(run),
            timed_out: Callback::new(timed_out),
            scheduled: Cell::new(false),
            running: Cell::new(false),
            timeout: RefCell::new(None),
            turnstile,
            passing: Cell::new(false),
            _passed: passed,
        }
    }
}

/// The queues of this thread's isolate.
pub(crate) fn queues() -> Rc<RefCell<Queues>> {
    DRIVER.with(|driver| driver.queues.clone())
}

/// Adds to the queues. The caller runs the loop afterwards: a microtask that does would come after a trap too, and
/// what it throws be told before the trap is (WebKit).
pub(crate) fn add(add: impl FnOnce(&mut Queues)) {
    DRIVER.with(|driver| add(&mut driver.queues.borrow_mut()));
}

/// Adds to the queues and makes sure that they are looked at.
pub(crate) fn push(add: impl FnOnce(&mut Queues)) {
    DRIVER.with(|driver| {
        add(&mut driver.queues.borrow_mut());
        if !driver.running.get() && !driver.scheduled.replace(true) {
            js::queue_microtask(&driver.run.function);
        }
    });
}

/// A timeout may come before its time: clocks are coarse, and Gecko's timers do not ask this one. The loop is then
/// idle until the same moment as before, and the next timeout must not be taken for this one.
fn timed_out() {
    DRIVER.with(|driver| driver.timeout.take());
    run();
}

/// A message has passed the turnstile.
fn passed() {
    DRIVER.with(|driver| driver.passing.set(false));
    run();
}

/// Takes turns until the loop is idle or the slice is over.
pub(crate) fn run() {
    DRIVER.with(|driver| driver.scheduled.set(false));
    if checkpoint::awaits_control() {
        // What it waits for runs it again.
        return;
    }
    if DRIVER.with(|driver| driver.has_nothing() || driver.running.replace(true)) {
        return;
    }
    let event_loop = EventLoop::<Web>::current();
    let now = clock::now();
    checkpoint::rested(now);
    let end = now + SLICE;
    let next = loop {
        let turn = event_loop.turn();
        outbox::end_row();
        match turn {
            Turn::Worked if checkpoint::awaits_control() => break Next::Wait(None),
            Turn::Worked if clock::now() < end => {}
            Turn::Worked => break Next::GoOn,
            Turn::Idle { deadline } => break Next::Wait(deadline),
            Turn::Ended => {
                link::ended();
                break Next::Wait(None);
            }
        }
    };
    DRIVER.with(|driver| {
        driver.running.set(false);
        match next {
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
}

/// Forgets what was to be done for an isolate that is over; another may take its place.
#[cfg(feature = "gloo")]
pub(crate) fn reset() {
    drop(EventLoop::<Web>::set_current(None));
    DRIVER.with(|driver| {
        driver.running.set(false);
        driver.set_timeout(None);
        *driver.queues.borrow_mut() = Queues::default();
    });
}

impl Driver {
    /// Whether there is neither a loop nor anything for one.
    fn has_nothing(&self) -> bool {
        let queues = self.queues.borrow();
        queues.events.is_empty()
            && queues.control.is_empty()
            && EventLoop::<Web>::try_current().is_none()
    }

    /// Runs the loop again behind the tasks that the browser has now.
    ///
    /// A page does not wait for a timeout: in a tab in the background that takes a second. In a worker it takes 4 ms, and
    /// a channel would pass the page in WebKit, which may be busy.
    fn go_on(&self) {
        match &self.turnstile {
            None => self.set_timeout(Some(Duration::ZERO)),
            Some(channel) if !self.passing.replace(true) => {
                self.set_timeout(None);
                // Nothing is easier to clone.
                let _ = channel.port2().post_message(&JsValue::UNDEFINED);
            }
            Some(_) => {}
        }
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

/// What the event loop of the code that belongs to no isolate is made of.
pub(crate) fn host() -> (Arc<Host<Web>>, crate::Mailbox, crate::Inbox) {
    let inbox = crate::mailbox::Inbox::new(queues());
    let mailbox = crate::mailbox::Mailbox::new(link::own_isolate());
    (Host::new(mailbox), mailbox, inbox)
}

/// Puts an isolate's loop in the place of this thread's.
pub(crate) fn install(event_loop: Rc<EventLoop<Web>>) {
    drop(EventLoop::set_current(Some(event_loop)));
}
