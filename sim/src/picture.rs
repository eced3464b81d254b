//! Where the picture of a run is kept.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process,
};

use insula_core::trace::Trace;

use crate::tell::tell;

/// The variable that names the file for the picture of a run.
const FILE: &str = "INSULA_TRACE";

/// Writes the picture of a run that has failed, and says where it is.
pub(crate) fn keep(seed: u64, recorded: &Trace) {
    let file = asked().unwrap_or_else(|| {
        let name = format!("insula-sim-{}-seed-{seed}.json", process::id());
        env::temp_dir().join(name)
    });
    write(&file, recorded);
}

/// Writes the picture of a run that has ended well, where it was asked for.
pub(crate) fn keep_if_asked(recorded: &Trace) {
    if let Some(file) = asked() {
        write(&file, recorded);
    }
}

fn asked() -> Option<PathBuf> {
    env::var_os(FILE).map(PathBuf::from)
}

fn write(file: &Path, recorded: &Trace) {
    match try_write(file, recorded) {
        Ok(()) => tell(format_args!(
            "A picture of the run, for https://ui.perfetto.dev: {}",
            file.display()
        )),
        Err(error) => tell(format_args!(
            "The picture of the run could not be written to {}: {error}",
            file.display()
        )),
    }
}

fn try_write(file: &Path, recorded: &Trace) -> io::Result<()> {
    recorded.write(fs::File::create(file)?)
}
