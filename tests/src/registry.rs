//! `Registry`: values that isolates find by tags.

use std::sync::Arc;

use insula_core::{
    Capability, Platform, ReceivePort, RegistryError, SendPort, Start,
    registry::{Registry, RegistryManager, RegistryRequest},
};

use crate::{
    starting::start,
    support::{ms, ok},
};

type Manager<P> = RegistryManager<P, String>;

fn value(text: &str) -> Arc<String> {
    Arc::new(text.to_owned())
}

fn texts(found: &[Arc<String>]) -> Vec<&str> {
    let mut texts: Vec<_> = found.iter().map(|value| value.as_str()).collect();
    texts.sort_unstable();
    texts
}

/// A value that was added is found, as the same object each time.
pub async fn registry_finds_what_was_added<P: Platform>() {
    let manager = Manager::<P>::new();
    let registry = manager.registry();
    let one = value("one");
    ok(registry.add(one.clone(), &["a"])).await;
    let found = ok(registry.lookup(&["a"], None)).await;
    assert!(found.len() == 1 && Arc::ptr_eq(&found[0], &one));
}

/// A look-up finds the values that have all of its tags.
pub async fn registry_lookup_needs_all_tags<P: Platform>() {
    let manager = Manager::<P>::new();
    let registry = manager.registry();
    for (text, tags) in [
        ("1", &["x"][..]),
        ("2", &["x", "y"]),
        ("3", &["y"]),
        ("4", &[]),
    ] {
        ok(registry.add(value(text), tags)).await;
    }
    assert_eq!(texts(&ok(registry.lookup(&["x"], None)).await), ["1", "2"]);
    assert_eq!(texts(&ok(registry.lookup(&["y", "x"], None)).await), ["2"]);
    assert_eq!(
        texts(&ok(registry.lookup(&[], None)).await),
        ["1", "2", "3", "4"]
    );
    assert_eq!(texts(&ok(registry.lookup(&["z"], None)).await), [""; 0]);
}

/// A look-up finds at most as many as it is asked for, which is at least one.
pub async fn registry_lookup_has_a_maximum<P: Platform>() {
    let manager = Manager::<P>::new();
    let registry = manager.registry();
    for text in ["1", "2", "3"] {
        ok(registry.add(value(text), &["x"])).await;
    }
    assert_eq!(ok(registry.lookup(&["x"], Some(2))).await.len(), 2);
    assert_eq!(ok(registry.lookup(&["x"], Some(9))).await.len(), 3);
    assert!(matches!(
        registry.lookup(&["x"], Some(0)).await,
        Err(RegistryError::NoMaximum)
    ));
}

/// The same object can't be added twice to one registry; an equal one can.
pub async fn registry_refuses_an_object_twice<P: Platform>() {
    let manager = Manager::<P>::new();
    let registry = manager.registry();
    let one = value("one");
    ok(registry.add(one.clone(), &[])).await;
    assert!(matches!(
        registry.add(one, &[]).await,
        Err(RegistryError::AlreadyAdded)
    ));
    ok(registry.add(value("one"), &[])).await;
    assert_eq!(ok(registry.lookup(&[], None)).await.len(), 2);
}

/// A value is removed with the capability that adding it gave, once, and with no other.
pub async fn registry_removes_with_its_capability<P: Platform>() {
    let manager = Manager::<P>::new();
    let registry = manager.registry();
    let one = value("one");
    let key = ok(registry.add(one.clone(), &["a"])).await;
    assert!(!ok(registry.remove(&one, Capability::new())).await);
    assert!(ok(registry.remove(&one, key)).await);
    assert!(!ok(registry.remove(&one, key)).await);
    assert_eq!(ok(registry.lookup(&["a"], None)).await.len(), 0);
}

/// Tags can be added and removed; they are a set.
pub async fn registry_tags_come_and_go<P: Platform>() {
    let manager = Manager::<P>::new();
    let registry = manager.registry();
    let (one, other) = (value("one"), value("other"));
    ok(registry.add(one.clone(), &["a"])).await;
    ok(registry.add(other.clone(), &["a"])).await;
    ok(registry
        .add_tags(std::slice::from_ref(&one), &["b", "a"])
        .unwrap())
    .await;
    assert_eq!(texts(&ok(registry.lookup(&["b"], None)).await), ["one"]);
    ok(registry.remove_tags(&[one, other], &["a"]).unwrap()).await;
    assert_eq!(texts(&ok(registry.lookup(&["a"], None)).await), [""; 0]);
    assert_eq!(texts(&ok(registry.lookup(&["b"], None)).await), ["one"]);
}

/// A registry refuses at once to tag a value that it does not know.
pub async fn registry_tags_only_what_it_knows<P: Platform>() {
    let manager = Manager::<P>::new();
    let registry = manager.registry();
    assert!(matches!(
        registry.add_tags(&[value("?")], &["a"]),
        Err(RegistryError::Unknown)
    ));
    assert!(matches!(
        registry.remove_tags(&[value("?")], &["a"]),
        Err(RegistryError::Unknown)
    ));
}

/// Two registries of one manager share values, not identities.
pub async fn registry_identities_are_its_own<P: Platform>() {
    let manager = Manager::<P>::new();
    let (first, second) = (manager.registry(), manager.registry());
    let one = value("one");
    ok(first.add(one.clone(), &["a"])).await;
    let theirs = ok(second.lookup(&["a"], None)).await.remove(0);
    assert!(theirs == one && !Arc::ptr_eq(&theirs, &one));
    let again = ok(second.lookup(&["a"], None)).await.remove(0);
    assert!(Arc::ptr_eq(&again, &theirs));
    assert!(matches!(
        second.add_tags(&[one], &["b"]),
        Err(RegistryError::Unknown)
    ));
    ok(second.add_tags(&[theirs], &["b"]).unwrap()).await;
    assert_eq!(texts(&ok(first.lookup(&["b"], None)).await), ["one"]);
}

/// A registry works in another isolate, by the manager's port.
pub async fn registry_works_in_another_isolate<P: Platform>() {
    async fn find<P: Platform>(
        start: Start<(SendPort<P, RegistryRequest<P, String>>, SendPort<P, String>)>,
    ) {
        let (port, said) = start.message;
        let registry = Registry::<P, String>::from_port(port);
        let found = ok(registry.lookup(&["a"], None)).await.remove(0);
        ok(registry.add(value("theirs"), &["b"])).await;
        said.send(String::clone(&found)).unwrap();
    }
    let (manager, mut said) = (Manager::<P>::new(), ReceivePort::<P, String>::new());
    let registry = manager.registry();
    ok(registry.add(value("ours"), &["a"])).await;
    start::<P, _, _>(find::<P>, (manager.command_port(), said.send_port())).await;
    assert_eq!(said.next().await.as_deref(), Some("ours"));
    assert_eq!(texts(&ok(registry.lookup(&["b"], None)).await), ["theirs"]);
}

/// When the manager is closed its registries time out.
pub async fn registry_times_out_when_its_manager_is_closed<P: Platform>() {
    let manager = Manager::<P>::with_timeout(ms(20));
    let registry = manager.registry();
    manager.close();
    assert!(matches!(
        registry.lookup(&[], None).await,
        Err(RegistryError::Manager(_))
    ));
    assert!(matches!(
        registry.add(value("late"), &[]).await,
        Err(RegistryError::Manager(_))
    ));
}

/// A clone of a registry knows the same objects.
pub async fn registry_clone_knows_the_same_values<P: Platform>() {
    let manager = RegistryManager::<P, u32>::new();
    let registry = manager.registry();
    let one = Arc::new(1);
    let copy = registry.clone();
    ok(registry.add(one.clone(), &["first"])).await;
    assert!(Arc::ptr_eq(
        &ok(copy.lookup(&["first"], None)).await[0],
        &one
    ));
    assert_eq!(copy.add(one, &[]).await, Err(RegistryError::AlreadyAdded));
}

/// A registry does not keep what it has found: that goes when no code holds it any more.
pub async fn registry_lets_go_of_what_it_found<P: Platform>() {
    let manager = Manager::<P>::new();
    let (adding, finding) = (manager.registry(), manager.registry());
    let one = value("one");
    ok(adding.add(one.clone(), &[])).await;
    let found = ok(finding.lookup(&[], None)).await;
    let (added, seen) = (Arc::downgrade(&one), Arc::downgrade(&found[0]));
    drop((one, found));
    assert!(added.upgrade().is_none() && seen.upgrade().is_none());
    assert_eq!(texts(&ok(finding.lookup(&[], None)).await), ["one"]);
    assert_eq!(texts(&ok(adding.lookup(&[], None)).await), ["one"]);
}

/// While any code holds it, it is the same object each time, and can be added once.
pub async fn registry_knows_what_it_found<P: Platform>() {
    let manager = Manager::<P>::new();
    let registry = manager.registry();
    for number in 0..100 {
        ok(registry.add(value(&number.to_string()), &["number"])).await;
    }
    let found = ok(registry.lookup(&["number"], None)).await;
    let again = ok(registry.lookup(&["number"], None)).await;
    assert_eq!((found.len(), again.len()), (100, 100));
    assert!(found.iter().zip(&again).all(|(a, b)| Arc::ptr_eq(a, b)));
    let twice = registry.add(found[7].clone(), &[]).await;
    assert_eq!(twice, Err(RegistryError::AlreadyAdded));
    for number in 0..100 {
        ok(registry.add(value(&number.to_string()), &[])).await;
    }
}
