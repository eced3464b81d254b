//! [`RegistryManager`]: the keeper of a registry's values.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use super::{Registry, RegistryRequest, Request, TIMEOUT};
use crate::{Capability, Message, Platform, RawReceivePort, SendPort};

/// The keeper of the values. Dropping it closes it; its registries then time out.
///
/// ```
/// use insula::registry::RegistryManager;
/// use std::{sync::Arc, time::Duration};
/// # insula::main(async || {
/// let manager = RegistryManager::<u32>::with_timeout(Duration::from_millis(1));
/// let registry = manager.registry();
/// manager.close();
/// assert!(registry.add(Arc::new(7), &[]).await.is_err(), "no answer comes");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`RegistryManager`](https://pub.dev/documentation/isolate/latest/isolate.registry/RegistryManager-class.html).
pub struct RegistryManager<P: Platform, T: Message> {
    port: RawReceivePort<P, RegistryRequest<P, T>>,
    timeout: Duration,
}

struct Kept<P, T> {
    value: T,
    key: Capability<P>,
    tags: BTreeSet<String>,
}

impl<P: Platform, T: Message + Clone + Sync> RegistryManager<P, T> {
    /// Makes a manager in the calling isolate, which it keeps alive.
    #[must_use]
    pub fn new() -> Self {
        Self::with_timeout(TIMEOUT)
    }

    /// As [`new`](Self::new); its own registries wait for `timeout`.
    #[must_use]
    pub fn with_timeout(timeout: Duration) -> Self {
        let mut kept: BTreeMap<u64, Kept<P, T>> = BTreeMap::new();
        let mut next = 0;
        let port = RawReceivePort::new(move |RegistryRequest(request)| {
            // An answer to a dropped task is dropped.
            match request {
                Request::Add { value, tags, reply } => {
                    let (id, key) = (next, Capability::new());
                    next += 1;
                    kept.insert(id, Kept { value, key, tags });
                    let _ = reply.send((id, key));
                }
                Request::Remove { id, key, reply } => {
                    let known = kept.get(&id).is_some_and(|entry| entry.key == key);
                    if known {
                        kept.remove(&id);
                    }
                    let _ = reply.send(known);
                }
                Request::AddTags { ids, tags, reply } => {
                    for id in ids {
                        if let Some(entry) = kept.get_mut(&id) {
                            entry.tags.extend(tags.iter().cloned());
                        }
                    }
                    let _ = reply.send(());
                }
                Request::RemoveTags { ids, tags, reply } => {
                    for id in ids {
                        if let Some(entry) = kept.get_mut(&id) {
                            entry.tags.retain(|tag| !tags.contains(tag));
                        }
                    }
                    let _ = reply.send(());
                }
                Request::Lookup { tags, max, reply } => {
                    let matching = kept
                        .iter()
                        .filter(|(_, entry)| entry.tags.is_superset(&tags));
                    let found = matching.take(max.unwrap_or(usize::MAX));
                    let _ = reply.send(
                        found
                            .map(|(id, entry)| (*id, entry.value.clone()))
                            .collect(),
                    );
                }
            }
        });
        Self { port, timeout }
    }

    /// A registry for the calling isolate; each call makes one with identities of its own.
    #[must_use]
    pub fn registry(&self) -> Registry<P, T> {
        Registry::from_port(self.command_port()).with_timeout(self.timeout)
    }

    /// What other isolates make their registries from.
    ///
    /// ```
    /// use insula::{SendPort, registry::{Registry, RegistryManager, RegistryRequest}};
    /// # insula::main(async || {
    /// async fn publish(port: SendPort<RegistryRequest<u32>>) -> bool {
    ///     let registry = Registry::from_port(port);
    ///     registry.add(7.into(), &["lucky"]).await.is_ok()
    /// }
    ///
    /// let manager = RegistryManager::new();
    /// assert!(insula::compute_async(publish, manager.command_port()).await?);
    /// let found = manager.registry().lookup(&["lucky"], None).await?;
    /// assert_eq!(*found[0], 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # });
    /// ```
    #[must_use]
    pub fn command_port(&self) -> SendPort<P, RegistryRequest<P, T>> {
        self.port.send_port()
    }

    /// Forgets the values; every registry's operations time out from now on.
    pub fn close(self) {}
}

impl<P: Platform, T: Message + Clone + Sync> Default for RegistryManager<P, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Platform, T: Message> fmt::Debug for RegistryManager<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryManager")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
