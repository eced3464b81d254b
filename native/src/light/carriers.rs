//! The threads of light isolates: how many there are, and which takes a new isolate.

use std::{
    cell::RefCell,
    io,
    sync::{
        Arc, LazyLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use insula_core::Platform;

use super::{
    carrier::{Carrier, Others, Schedule},
    fiber::Stack,
    ready,
    unbegun::Unbegun,
};
use crate::Native;

type Carriers = Vec<Arc<Carrier>>;

static CARRIERS: RwLock<Carriers> = RwLock::new(Vec::new());

/// How many there may be: more could not run at the same time.
static MOST: LazyLock<usize> = LazyLock::new(Native::cores);

/// Which gets the next isolate from elsewhere.
static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// What the calling thread is.
    static OWN: RefCell<Option<Arc<Carrier>>> = const { RefCell::new(None) };
}

fn carriers() -> RwLockReadGuard<'static, Carriers> {
    CARRIERS.read().unwrap_or_else(PoisonError::into_inner)
}

fn carriers_mut() -> RwLockWriteGuard<'static, Carriers> {
    CARRIERS.write().unwrap_or_else(PoisonError::into_inner)
}

/// Gives an isolate to a thread of light isolates. One that a light isolate starts stays on its thread, unless another has
/// nothing to do.
///
/// # Errors
/// There is no such thread, and the system gives none.
pub(crate) fn start(unbegun: Unbegun) -> io::Result<()> {
    let unbegun = Box::new(unbegun);
    let own = OWN.try_with(|own| own.borrow().clone()).ok().flatten();
    if let Some(own) = own {
        own.add(unbegun);
        get_help();
        return Ok(());
    }
    let known = carriers();
    if known.is_empty() {
        drop(known);
        return start_first(unbegun);
    }
    let next = NEXT.fetch_add(1, Relaxed) % known.len();
    let slept = known[next].add(unbegun);
    drop(known);
    if !slept {
        get_help();
    }
    Ok(())
}

fn start_first(unbegun: Box<Unbegun>) -> io::Result<()> {
    let mut known = carriers_mut();
    if known.is_empty() {
        start_another(&mut known)?;
    }
    known[0].add(unbegun);
    Ok(())
}

/// Has a thread that has nothing to do look for isolates that have not begun, or starts one.
fn get_help() {
    let known = carriers();
    if ready::any_sleeps() {
        let sleeping = known.iter().find(|carrier| carrier.is_asleep());
        if let Some(sleeping) = sleeping {
            sleeping.notify();
        }
    } else if known.len() < *MOST {
        drop(known);
        let mut known = carriers_mut();
        if known.len() < *MOST {
            // Where the system gives no more threads, those that there are do it.
            let _ = start_another(&mut known);
        }
    }
}

fn start_another(known: &mut Carriers) -> io::Result<()> {
    let first_stack = Stack::new()?;
    let carrier = Arc::new(Carrier::new());
    let own = carrier.clone();
    thread::Builder::new()
        .name("light isolates".to_owned())
        .spawn(move || {
            first_stack.keep();
            OWN.set(Some(own.clone()));
            Schedule::new(own.clone(), OthersOf(own)).run();
        })?;
    known.push(carrier);
    Ok(())
}

/// All threads of light isolates but one.
struct OthersOf(Arc<Carrier>);

impl Others for OthersOf {
    fn take_unbegun(&self) -> Option<Box<Unbegun>> {
        carriers().iter().find_map(|other| other.take_oldest())
    }

    fn have_unbegun(&self) -> bool {
        carriers().iter().any(|other| other.has_unbegun())
    }

    fn leave(&self) -> bool {
        let mut known = carriers_mut();
        // Under this lock nobody adds anything.
        if self.0.has_unbegun() {
            return false;
        }
        known.retain(|other| !Arc::ptr_eq(other, &self.0));
        true
    }
}
