//! Programs: named entry points that [`spawn_uri`](crate::Isolate::spawn_uri) can start everywhere.

use std::{
    any::{Any, TypeId},
    future::Future,
    sync::LazyLock,
};

use crate::{
    Message, Platform, RemoteError, SpawnError,
    contract::{Carrier, Entry, FunctionOf},
    event_loop::EventLoop,
    sync::Mutex,
    unpack::unpack,
};

/// The scheme of programs of this build.
const SCHEME: &str = "insula:";

impl<P: Platform> Entry<P> {
    /// An entry point that takes the message alone.
    pub fn new<M: Message, F: Future<Output = ()> + 'static>(entry: fn(M) -> F) -> Self {
        Self {
            invoke: |function, _, message| {
                invoke::<P, M, M, F>(function, message, |message| message);
            },
            function: P::Carrier::ship(entry),
        }
    }
}

/// A platform's type, a URI, and the entry. An application has few.
type Programs = Vec<(TypeId, String, Box<dyn Any + Send>)>;

static PROGRAMS: LazyLock<Mutex<Programs>> = LazyLock::new(Mutex::default);

/// Registers `entry` as the program `insula:name`. A second registration of a name replaces the first.
///
/// ```
/// use insula::{Isolate, ReceivePort, SendPort, Start};
/// # insula::main(async || {
/// async fn greeter(start: Start<SendPort<String>>) {
///     let _ = start.message.send(format!("hello, {}", start.args.join(" and ")));
/// }
///
/// insula::register_program("greeter", greeter);
/// let mut port = ReceivePort::<String>::new();
/// Isolate::spawn_uri("insula:greeter", ["Ann", "Ben"], port.send_port()).await?;
/// assert_eq!(port.next().await.as_deref(), Some("hello, Ann and Ben"));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
pub fn register<P: Platform, M: Message, F: Future<Output = ()> + 'static>(
    name: &str,
    entry: fn(Start<M>) -> F,
) {
    let entry = Entry::<P> {
        invoke: |function, args, message| {
            invoke::<P, M, Start<M>, F>(function, message, |message| Start { args, message });
        },
        function: P::Carrier::ship(entry),
    };
    let uri = format!("{SCHEME}{name}");
    let mut programs = PROGRAMS.lock();
    match place::<P>(&programs, &uri) {
        Some(place) => programs[place].2 = Box::new(entry),
        None => programs.push((TypeId::of::<P>(), uri, Box::new(entry))),
    }
}

/// Every program that was registered, by URI.
pub fn registered<P: Platform>() -> Vec<(String, Entry<P>)> {
    let programs = PROGRAMS.lock();
    let own = programs
        .iter()
        .filter(|(platform, ..)| *platform == TypeId::of::<P>());
    own.filter_map(|(_, uri, entry)| Some((uri.clone(), entry.downcast_ref::<Entry<P>>()?.clone())))
        .collect()
}

/// Takes over programs that another instance of this build has registered.
pub fn adopt<P: Platform>(programs: Vec<(String, Entry<P>)>) {
    let mut known = PROGRAMS.lock();
    for (uri, entry) in programs {
        if place::<P>(&known, &uri).is_none() {
            known.push((TypeId::of::<P>(), uri, Box::new(entry)));
        }
    }
}

/// What a program is started with.
///
/// ```
/// use insula::Start;
///
/// async fn program(Start { args, message }: Start<u32>) {
///     assert_eq!(args.len() as u32, message);
/// }
/// # let args = vec!["a".to_owned()];
/// # insula::block_on(program(Start { args, message: 1 }));
/// ```
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "Dart's `main(args, message)` has these two"
)]
pub struct Start<M> {
    /// The arguments, possibly none.
    pub args: Vec<String>,
    /// The message.
    pub message: M,
}

/// The entry point of a program of this build; `None` for the URI of a script.
pub(crate) fn resolve<P: Platform>(uri: &str) -> Result<Option<Entry<P>>, SpawnError> {
    let not_found = |reason: &str| SpawnError::NotFound {
        uri: uri.to_owned(),
        reason: reason.to_owned(),
    };
    if uri.is_empty() {
        return Err(not_found("the URI is empty"));
    }
    if !uri.starts_with(SCHEME) {
        return Ok(None);
    }
    let programs = PROGRAMS.lock();
    let entry = place::<P>(&programs, uri).map(|place| &programs[place].2);
    let entry = entry.and_then(|entry| entry.downcast_ref::<Entry<P>>());
    entry
        .map(|entry| Some(entry.clone()))
        .ok_or_else(|| not_found("`insula::register_program` was not called with this name"))
}

fn place<P: Platform>(programs: &Programs, uri: &str) -> Option<usize> {
    let is_it =
        |(platform, known, _): &(TypeId, String, _)| *platform == TypeId::of::<P>() && known == uri;
    programs.iter().position(is_it)
}

fn invoke<P: Platform, M: Message, A: 'static, F: Future<Output = ()> + 'static>(
    function: &FunctionOf<P>,
    message: P::Parcel,
    argument: impl FnOnce(M) -> A,
) {
    let here = EventLoop::<P>::current();
    let Some(entry) = P::Carrier::resolve::<fn(A) -> F>(function) else {
        return here.uncaught(&RemoteError::new(
            "the program's entry point is of another build",
            "",
        ));
    };
    match unpack::<P, M>(message) {
        Ok(message) => here.spawn_local(entry(argument(message))),
        Err(error) => here.uncaught(&RemoteError::new(error.to_string(), "")),
    }
}
