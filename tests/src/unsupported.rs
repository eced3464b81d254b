//! Where memory is not shared, `spawn`, `run` and `Moved` are refused with a reason.

use insula_core::{Isolate, Moved, Platform, ReceivePort, SpawnError, TaskError};

/// `spawn` is refused through its task, and the reason names the portable way.
pub async fn spawn_is_refused_with_a_way_out<P: Platform>() {
    let Err(SpawnError::Unsupported(unsupported)) = Isolate::<P>::spawn(|_: u32| {}, 1).await
    else {
        panic!("spawning is unsupported")
    };
    assert_eq!(unsupported.operation, "Isolate::spawn");
    assert!(unsupported.reason.contains("spawn_uri"), "{unsupported}");
    assert!(
        unsupported.reason.contains("IsolateRunner"),
        "{unsupported}"
    );
}

/// `run` is refused through its task, and the reason names the portable way.
pub async fn run_is_refused_with_a_way_out<P: Platform>() {
    let Err(TaskError::Unsupported(unsupported)) = Isolate::<P>::run(|| 1).await else {
        panic!("running is unsupported")
    };
    assert_eq!(unsupported.operation, "Isolate::run");
    assert!(unsupported.reason.contains("spawn_uri"), "{unsupported}");
    assert!(
        unsupported.reason.contains("IsolateRunner"),
        "{unsupported}"
    );
}

/// A `Moved` value is refused when it is sent, and comes back whole.
pub async fn moved_value_is_refused_and_comes_back<P: Platform>() {
    let port = ReceivePort::<P, Moved<P, String>>::new();
    let error = port
        .send_port()
        .send(Moved::new("kept".to_owned()))
        .unwrap_err();
    assert_eq!(error.message.into_inner(), "kept");
}
