//! What an isolate starts with, as a frame: core's `Launch`, and what to run.
//!
//! The functions of the entry and of every registered program stand before those of the message, in pairs: what calls the
//! entry, and the entry.

use insula_core::{
    contract::{Entry, Launch},
    program,
};

use super::{
    frame::Frame,
    head::{Head, LaunchWire},
    parcel::{Parcel, ShippedFunction, pointer},
};
use crate::{
    Web,
    ids::{self, IsolateId},
};

/// What an isolate is to run.
pub(crate) struct Program {
    pub(crate) uri: String,
    /// `None` for a script.
    pub(crate) entry: Option<Entry<Web>>,
    pub(crate) args: Vec<String>,
    pub(crate) message: Parcel,
}

/// What a worker is to run, and with which options.
pub(crate) struct Launched {
    pub(crate) launch: Launch<Web>,
    pub(crate) entry: Entry<Web>,
    pub(crate) args: Vec<String>,
    pub(crate) message: Parcel,
    /// Every program that the spawner knows.
    pub(crate) programs: Vec<(String, Entry<Web>)>,
}

impl Frame {
    /// The frame that asks the root for an isolate. Exit listeners are not in it: the root has to know them.
    pub(crate) fn spawn(id: IsolateId, launch: &Launch<Web>, program: Program) -> Self {
        let Program {
            uri,
            entry,
            args,
            message,
        } = program;
        let mut programs = Vec::new();
        let mut functions = Vec::new();
        if let Some(entry) = &entry {
            push_entry(&mut functions, entry);
            programs = program::registered::<Web>();
            for (_, entry) in &programs {
                push_entry(&mut functions, entry);
            }
        }
        let launch = LaunchWire {
            debug_name: launch.debug_name.to_string(),
            is_named: launch.is_named,
            pause_capability: launch.pause_capability,
            terminate_capability: launch.terminate_capability,
            paused: launch.paused,
            errors_fatal: launch.errors_fatal,
            linked: launch.linked,
            on_error: launch.on_error.iter().map(Into::into).collect(),
            uri,
            args,
            programs: programs.into_iter().map(|(uri, _)| uri).collect(),
            is_script: entry.is_none(),
        };
        Self::carrying(message, functions, |parcel| Head::Spawn {
            id,
            from: ids::own(),
            launch,
            parcel,
        })
    }

    /// What a worker was started with.
    ///
    /// # Errors
    /// What is missing.
    pub(crate) fn into_launched(self) -> Result<Launched, &'static str> {
        let Head::Spawn { launch, parcel, .. } = self.head else {
            return Err("a worker was started without saying what to run");
        };
        let entries = 2 * (1 + launch.programs.len());
        let (entries, functions) = self
            .functions
            .split_at_checked(entries)
            .ok_or("a worker was started without an entry point")?;
        let mut entries = entries.chunks_exact(2).map(|pair| {
            // SAFETY: this frame came in the `boot` of the root, whose build the caller has compared with its own. The
            // root has made it, or has read it from a program of this build, as it reads no frame from a script. The first
            // function of each pair is put there by `push_entry` alone, from an `InvokeEntry<Web>`.
            let invoke = unsafe { pointer(pair[0].index) };
            Entry::<Web>::from_parts(invoke, pair[1])
        });
        let entry = entries
            .next()
            .ok_or("a worker was started without an entry point")?;
        let mut programs = Vec::new();
        for program in launch.programs.into_iter().zip(entries) {
            programs.push(program);
        }
        let message = Parcel::from_parts(parcel, self.bytes, functions, self.beside)?;
        let mut options = Launch::new(
            launch.debug_name.into(),
            launch.pause_capability,
            launch.terminate_capability,
        );
        options.paused = launch.paused;
        options.errors_fatal = launch.errors_fatal;
        options.has_outer_listeners = true;
        options.on_error = launch.on_error.into_iter().map(Into::into).collect();
        Ok(Launched {
            launch: options,
            entry,
            args: launch.args,
            message,
            programs,
        })
    }
}

fn push_entry(functions: &mut Vec<ShippedFunction>, entry: &Entry<Web>) {
    let (invoke, function) = entry.parts();
    functions.push(ShippedFunction::at(invoke as usize));
    functions.push(*function);
}
