//! How many stacks the system bears.

use std::{
    fs, io,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// How many stacks there are: of isolates with a thread of their own, and of light ones.
static STACKS: AtomicUsize = AtomicUsize::new(0);

/// How many there may be. Past the operating system's own limit the standard library aborts the process.
static MOST: LazyLock<usize> = LazyLock::new(|| {
    let mappings = fs::read_to_string("/proc/sys/vm/max_map_count").ok();
    most(mappings.as_deref())
});

/// A thread takes four mappings: its stack, another for signals, and a guard before each. A fifth is the program's.
fn most(max_map_count: Option<&str>) -> usize {
    let mappings = max_map_count.and_then(|text| text.trim().parse::<usize>().ok());
    mappings.map_or(usize::MAX, |mappings| mappings / 5)
}

/// The place that a stack takes while there is one.
pub(crate) struct Room;

impl Room {
    /// # Errors
    /// There are as many as the system bears.
    pub(crate) fn take() -> io::Result<Self> {
        let room = Self;
        let before = STACKS.fetch_add(1, Ordering::Relaxed);
        if before < *MOST {
            return Ok(room);
        }
        Err(io::Error::other(format!(
            "there are {before} isolates that run or wait, which are as many stacks as this system bears: let some end, \
             or use a `LoadBalancer`"
        )))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        STACKS.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::most;

    #[test]
    fn the_limit_is_below_the_systems() {
        assert_eq!(most(Some("65530\n")), 13_106);
        assert_eq!(most(Some("many")), usize::MAX);
        assert_eq!(most(None), usize::MAX);
    }
}
