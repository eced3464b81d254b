//! [`Registry`]: values that isolates find by tags.
//!
//! The manager keeps the values, in its own isolate; registries anywhere ask it by its port. A value
//! has an identity in each registry: the `Arc` that `add` was given or `lookup` has made, the same one
//! for the same value each time.

mod manager;

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    Capability, Message, Platform, RegistryError, SendPort, Task, TaskError,
    ports::single_response, sync::Mutex,
};

pub use manager::RegistryManager;

/// How long a registry waits for its manager when it was not told otherwise.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What a registry asks its manager.
///
/// ```
/// use insula::{SendPort, registry::{RegistryManager, RegistryRequest}};
///
/// let manager = RegistryManager::new();
/// let port: SendPort<RegistryRequest<u32>> = manager.command_port(); // for other isolates
/// assert_eq!(port, manager.command_port());
/// ```
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "T: Message")]
pub struct RegistryRequest<P: Platform, T: Message>(Request<P, T>);

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "T: Message")]
enum Request<P: Platform, T: Message> {
    Add {
        value: T,
        tags: BTreeSet<String>,
        reply: SendPort<P, (u64, Capability<P>)>,
    },
    Remove {
        id: u64,
        key: Capability<P>,
        reply: SendPort<P, bool>,
    },
    AddTags {
        ids: Vec<u64>,
        tags: BTreeSet<String>,
        reply: SendPort<P, ()>,
    },
    RemoveTags {
        ids: Vec<u64>,
        tags: BTreeSet<String>,
        reply: SendPort<P, ()>,
    },
    Lookup {
        tags: BTreeSet<String>,
        max: Option<usize>,
        reply: SendPort<P, Vec<(u64, T)>>,
    },
}

/// An isolate's view of the values that a [`RegistryManager`] keeps.
///
/// ```
/// use insula::registry::{Registry, RegistryManager};
/// use std::{sync::Arc, time::Duration};
/// # insula::main(async || {
/// let manager = RegistryManager::new();
/// let registry = Registry::from_port(manager.command_port()).with_timeout(Duration::from_secs(60));
/// let seven = Arc::new(7);
/// let key = registry.add(seven.clone(), &["odd", "prime"]).await?;
///
/// let primes = registry.lookup(&["prime"], None).await?;
/// assert!(Arc::ptr_eq(&primes[0], &seven)); // the same object each time
/// assert!(registry.remove(&seven, key).await?);
/// assert!(registry.lookup(&[], None).await?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # });
/// ```
///
/// Source: [`Registry`](https://pub.dev/documentation/isolate/latest/isolate.registry/Registry-class.html).
pub struct Registry<P: Platform, T: Message> {
    manager: SendPort<P, RegistryRequest<P, T>>,
    timeout: Duration,
    known: Arc<Mutex<Known<T>>>,
}

/// A clone is the same view: it knows the same values.
impl<P: Platform, T: Message> Clone for Registry<P, T> {
    fn clone(&self) -> Self {
        Self {
            manager: self.manager.clone(),
            timeout: self.timeout,
            known: self.known.clone(),
        }
    }
}

/// What this registry has seen, both ways. A value is known by the address of its `Arc`, which does not
/// change while an `Arc` or a `Weak` of it exists, here included.
struct Known<T> {
    ids: HashMap<usize, (Option<u64>, Weak<T>)>,
    values: HashMap<u64, Weak<T>>,
    /// How many there may be before those are forgotten that no code holds any more.
    swept_at: usize,
}

impl<T> Known<T> {
    fn new() -> Self {
        Self {
            ids: HashMap::new(),
            values: HashMap::new(),
            swept_at: FIRST_SWEEP,
        }
    }

    fn id(&self, value: &Arc<T>) -> Option<u64> {
        self.ids.get(&address(value)).and_then(|(id, _)| *id)
    }

    fn ids(&self, values: &[Arc<T>]) -> Result<Vec<u64>, RegistryError> {
        values
            .iter()
            .map(|value| self.id(value).ok_or(RegistryError::Unknown))
            .collect()
    }

    /// The one value of an `id`: the known one, or `value` from now on.
    fn value(&mut self, id: u64, value: T) -> Arc<T> {
        if let Some(known) = self.values.get(&id).and_then(Weak::upgrade) {
            return known;
        }
        let value = Arc::new(value);
        self.know(id, &value);
        value
    }

    fn know(&mut self, id: u64, value: &Arc<T>) {
        self.forget(id);
        let weak = Arc::downgrade(value);
        self.ids.insert(address(value), (Some(id), weak.clone()));
        self.values.insert(id, weak);
        if self.ids.len() > self.swept_at {
            self.ids.retain(|_, (_, value)| value.strong_count() > 0);
            self.values.retain(|_, value| value.strong_count() > 0);
            self.swept_at = FIRST_SWEEP.max(2 * self.ids.len());
        }
    }

    fn forget(&mut self, id: u64) {
        if let Some(value) = self.values.remove(&id) {
            self.ids.remove(&value.as_ptr().addr());
        }
    }
}

/// So many values are known before the first look for those that are gone.
const FIRST_SWEEP: usize = 64;

fn address<T>(value: &Arc<T>) -> usize {
    Arc::as_ptr(value).addr()
}

impl<P: Platform, T: Message + Clone + Sync> Registry<P, T> {
    /// A registry that asks the manager behind `port`, with identities of its own.
    #[must_use]
    pub fn from_port(port: SendPort<P, RegistryRequest<P, T>>) -> Self {
        Self {
            manager: port,
            timeout: TIMEOUT,
            known: Arc::new(Mutex::new(Known::new())),
        }
    }

    /// Sets how long to wait for the manager; 5 seconds otherwise.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Adds a value, with tags; gives what removing it needs.
    ///
    /// ```
    /// use insula::{error::RegistryError, registry::RegistryManager};
    /// use std::sync::Arc;
    /// # insula::main(async || {
    /// let manager = RegistryManager::new();
    /// let registry = manager.registry();
    /// let seven = Arc::new(7);
    /// registry.add(seven.clone(), &["odd"]).await?;
    /// assert_eq!(registry.add(seven, &[]).await, Err(RegistryError::AlreadyAdded));
    /// registry.add(Arc::new(7), &[]).await?; // an equal value is another one
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `AlreadyAdded` when this very `Arc` is in this registry; `Manager` when that does not answer.
    pub fn add(&self, value: Arc<T>, tags: &[&str]) -> Task<P, Capability<P>, RegistryError> {
        let place = address(&value);
        match self.known.lock().ids.entry(place) {
            Entry::Occupied(_) => return Task::ready(Err(RegistryError::AlreadyAdded)),
            // Known from now on, without an id before the manager has given one.
            Entry::Vacant(entry) => entry.insert((None, Arc::downgrade(&value))),
        };
        let (known, copy) = (self.known.clone(), T::clone(&value));
        let asked = self.ask(|reply| Request::Add {
            value: copy,
            tags: owned(tags),
            reply,
        });
        asked.map(move |outcome| {
            let mut known = known.lock();
            match outcome {
                Ok((id, key)) => {
                    known.know(id, &value);
                    Ok(key)
                }
                Err(error) => {
                    known.ids.remove(&place);
                    Err(RegistryError::Manager(error))
                }
            }
        })
    }

    /// Removes a value; false when it is unknown or the capability is another's.
    ///
    /// # Errors
    /// `Manager` when that does not answer.
    pub fn remove(&self, value: &Arc<T>, key: Capability<P>) -> Task<P, bool, RegistryError> {
        let Some(id) = self.known.lock().id(value) else {
            return Task::ready(Ok(false));
        };
        let known = self.known.clone();
        let asked = self.ask(|reply| Request::Remove { id, key, reply });
        asked.map(move |outcome| {
            if outcome == Ok(true) {
                known.lock().forget(id);
            }
            outcome.map_err(RegistryError::Manager)
        })
    }

    /// Adds tags to values.
    ///
    /// ```
    /// use insula::registry::RegistryManager;
    /// use std::sync::Arc;
    /// # insula::main(async || {
    /// let manager = RegistryManager::new();
    /// let registry = manager.registry();
    /// let (two, three) = (Arc::new(2), Arc::new(3));
    /// registry.add(two.clone(), &["even"]).await?;
    /// registry.add(three.clone(), &[]).await?;
    /// registry.add_tags(&[two.clone(), three], &["prime", "small"])?.await?;
    /// registry.remove_tags(&[two], &["small"])?.await?;
    /// assert_eq!(registry.lookup(&["prime"], None).await?.len(), 2);
    /// assert_eq!(*registry.lookup(&["prime", "small"], None).await?[0], 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `Unknown`, at once, when one of the values is not in this registry; the task fails when the
    /// manager does not answer.
    pub fn add_tags(&self, values: &[Arc<T>], tags: &[&str]) -> Result<Task<P, ()>, RegistryError> {
        let ids = self.known.lock().ids(values)?;
        Ok(self.ask(|reply| Request::AddTags {
            ids,
            tags: owned(tags),
            reply,
        }))
    }

    /// Removes tags from values.
    ///
    /// # Errors
    /// As [`add_tags`](Self::add_tags).
    pub fn remove_tags(
        &self,
        values: &[Arc<T>],
        tags: &[&str],
    ) -> Result<Task<P, ()>, RegistryError> {
        let ids = self.known.lock().ids(values)?;
        Ok(self.ask(|reply| Request::RemoveTags {
            ids,
            tags: owned(tags),
            reply,
        }))
    }

    /// The values that have all of `tags`, at most `max`, in no particular order.
    ///
    /// ```
    /// use insula::registry::RegistryManager;
    /// use std::sync::Arc;
    /// # insula::main(async || {
    /// let manager = RegistryManager::new();
    /// let registry = manager.registry();
    /// for n in 1..=5 {
    ///     registry.add(Arc::new(n), &["number"]).await?;
    /// }
    /// assert_eq!(registry.lookup(&["number"], Some(3)).await?.len(), 3);
    /// assert!(registry.lookup(&["number", "green"], None).await?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `NoMaximum` when `max` is 0; `Manager` when that does not answer.
    pub fn lookup(&self, tags: &[&str], max: Option<usize>) -> Task<P, Vec<Arc<T>>, RegistryError> {
        if max == Some(0) {
            return Task::ready(Err(RegistryError::NoMaximum));
        }
        let known = self.known.clone();
        let asked = self.ask(|reply| Request::Lookup {
            tags: owned(tags),
            max,
            reply,
        });
        asked.map(move |outcome| {
            let found: Vec<(u64, T)> = outcome.map_err(RegistryError::Manager)?;
            let mut known = known.lock();
            Ok(found
                .into_iter()
                .map(|(id, value)| known.value(id, value))
                .collect())
        })
    }

    fn ask<R: Message>(&self, request: impl FnOnce(SendPort<P, R>) -> Request<P, T>) -> Task<P, R> {
        let mut unsent = None;
        let task = single_response(|reply| {
            unsent = self.manager.send(RegistryRequest(request(reply))).err();
        });
        match unsent {
            None => task.timeout(self.timeout),
            Some(error) => {
                task.cancel();
                Task::ready(Err(TaskError::Encode(error.error)))
            }
        }
    }
}

fn owned(tags: &[&str]) -> BTreeSet<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

impl<P: Platform, T: Message> fmt::Debug for Registry<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("manager", &self.manager)
            .finish_non_exhaustive()
    }
}
