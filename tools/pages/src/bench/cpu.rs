//! The CPU time of the browser, where the system tells it.

use std::{collections::HashMap, fs, path::Path, process, time::Duration};

/// The CPU time of all threads of all processes below this one. Threads that have ended do not count.
pub(super) fn of_descendants() -> Option<Duration> {
    let mut parents = HashMap::new();
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        if let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
            && let Some(parent) = parent_of(&entry.path())
        {
            parents.insert(pid, parent);
        }
    }
    let own = process::id();
    let is_below = |mut pid: u32| {
        while let Some(parent) = parents.get(&pid) {
            if *parent == own {
                return true;
            }
            pid = *parent;
        }
        false
    };
    let below = parents.keys().copied().filter(|pid| is_below(*pid));
    Some(below.map(of_process).sum())
}

/// The second number after the program's name, which stands in brackets and may have any character.
fn parent_of(process: &Path) -> Option<u32> {
    let text = fs::read_to_string(process.join("stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

fn of_process(pid: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"));
    let times = tasks.into_iter().flatten().flatten().filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    });
    times.sum()
}
