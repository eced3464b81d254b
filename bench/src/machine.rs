//! The machine: its processors, its clocks of CPU time, its memory, what else runs on it.

use std::{
    collections::HashMap,
    fs, iter,
    process::{self, Command},
    sync::OnceLock,
    time::{Duration, Instant},
};

use rustix::{
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
    time::{ClockId, clock_gettime},
};

/// The CPU time of this process, of all its threads.
pub(crate) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(time.tv_nsec.unsigned_abs())
}

/// The bytes of memory that this process holds.
pub(crate) fn resident() -> f64 {
    let pages = read("/proc/self/statm");
    let pages = pages
        .split_whitespace()
        .nth(1)
        .and_then(|text| text.parse::<f64>().ok());
    pages.unwrap_or(f64::NAN) * rustix::param::page_size() as f64
}

/// How often threads of this process have gone to sleep by themselves, without its first thread.
pub(crate) fn sleeps() -> f64 {
    let own = process::id().to_string();
    let Ok(tasks) = fs::read_dir("/proc/self/task") else {
        return f64::NAN;
    };
    let others = tasks
        .flatten()
        .filter(|task| task.file_name().to_string_lossy() != own);
    let counts = others.filter_map(|task| {
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse::<f64>().ok()
    });
    counts.sum()
}

/// Where the two threads of a talk run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// Where the system puts them.
    Anywhere,
    OneCore,
    TwoCores,
}

impl Places {
    pub(crate) const ALL: [Self; 3] = [Self::TwoCores, Self::OneCore, Self::Anywhere];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Anywhere => "not pinned",
            Self::OneCore => "one core",
            Self::TwoCores => "two cores",
        }
    }

    /// Keeps the calling thread where the first (0) or second (1) belongs.
    pub(crate) fn pin(self, which: usize) {
        let at = match self {
            Self::Anywhere => return,
            Self::OneCore => 0,
            Self::TwoCores => which,
        };
        let cores = CORES.get_or_init(cores);
        if let Some(core) = cores.get(at).or_else(|| cores.last()) {
            let mut only = CpuSet::new();
            only.set(*core);
            // A system that refuses leaves the thread where it is.
            let _ = sched_setaffinity(None, &only);
        }
    }
}

/// What this process may use, before any thread is pinned: a thread has the place of the one that starts it.
static CORES: OnceLock<Vec<usize>> = OnceLock::new();

fn cores() -> Vec<usize> {
    let Ok(allowed) = sched_getaffinity(None) else {
        return Vec::new();
    };
    let cores = 0..CpuSet::MAX_CPU;
    cores.filter(|core| allowed.is_set(*core)).collect()
}

/// Looks at what else the machine does while a row runs.
#[derive(Debug)]
pub(crate) struct Calm {
    began: Instant,
    own: Duration,
    all: Duration,
    rounds: usize,
    crowded: usize,
}

/// More threads than this that could run, between two rounds, and another program is at work.
const RUNNABLE: u32 = 2;
/// The share of the machine that others may use.
const OTHERS: f64 = 0.05;

impl Calm {
    pub(crate) fn watch() -> Self {
        Self {
            began: Instant::now(),
            own: own_and_children() + descendants(),
            all: busy(),
            rounds: 0,
            crowded: 0,
        }
    }

    /// Between two rounds.
    pub(crate) fn look(&mut self) {
        self.rounds += 1;
        self.crowded += usize::from(runnable() > RUNNABLE);
    }

    /// Whether others were in the way.
    pub(crate) fn is_disturbed(&self) -> bool {
        let elapsed = self.began.elapsed().as_secs_f64() * insula::cores() as f64;
        let own = (own_and_children() + descendants()).saturating_sub(self.own);
        let others = busy().saturating_sub(self.all).saturating_sub(own);
        // The system counts in hundredths of a second.
        let others = (others.as_secs_f64() - 0.05).max(0.0);
        self.crowded * 5 > self.rounds || others > OTHERS * elapsed
    }
}

/// How many threads of the machine could run now.
fn runnable() -> u32 {
    let load = read("/proc/loadavg");
    let field = load
        .split_whitespace()
        .nth(3)
        .and_then(|field| field.split('/').next());
    field.and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// The CPU time of this process and of the children that it has waited for.
fn own_and_children() -> Duration {
    let stat = read("/proc/self/stat");
    // The name, in parentheses, may have blanks.
    let fields = stat
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split_whitespace();
    ticks(fields.skip(11).take(4))
}

/// The CPU time of all threads of the processes below this one, as a browser is. Threads that have ended do not count.
pub(crate) fn descendants() -> Duration {
    let parents: HashMap<u32, u32> = numbers_in("/proc").filter_map(with_parent).collect();
    let own = process::id();
    let is_below = |pid: u32| {
        let above = iter::successors(Some(pid), |pid| parents.get(pid).copied());
        above.skip(1).any(|pid| pid == own)
    };
    let below = parents.keys().copied().filter(|pid| is_below(*pid));
    below.map(threads_of).sum()
}

/// The entries of a folder that are numbers: processes, threads.
fn numbers_in(folder: &str) -> impl Iterator<Item = u32> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn with_parent(pid: u32) -> Option<(u32, u32)> {
    let stat = read(&format!("/proc/{pid}/stat"));
    // The name, in parentheses, may have blanks.
    let (_, fields) = stat.rsplit_once(") ")?;
    Some((pid, fields.split_whitespace().nth(1)?.parse().ok()?))
}

fn threads_of(pid: u32) -> Duration {
    let times = numbers_in(&format!("/proc/{pid}/task")).filter_map(|thread| {
        let times = read(&format!("/proc/{pid}/task/{thread}/schedstat"));
        let nanoseconds = times.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    });
    times.sum()
}

/// The CPU time that the machine has spent on anything.
fn busy() -> Duration {
    let stat = read("/proc/stat");
    let fields: Vec<_> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .collect();
    // user, nice, system; not idle and iowait; irq, softirq, steal.
    ticks(
        fields
            .iter()
            .take(3)
            .chain(fields.iter().skip(5).take(3))
            .copied(),
    )
}

fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> Duration {
    let count: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(count * 1000 / rustix::param::clock_ticks_per_second().max(1))
}

/// What the machine is, for those who read figures.
pub(crate) fn description() -> String {
    let processor = read("/proc/cpuinfo");
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let processor = processor.map_or("an unknown processor", |text| {
        text.trim_start_matches([' ', '\t', ':'])
    });
    let memory = read("/proc/meminfo");
    let memory = memory
        .split_whitespace()
        .nth(1)
        .and_then(|text| text.parse::<f64>().ok());
    format!(
        "{} cores of {processor}, {:.0} GB of memory, Linux {}, {}",
        insula::cores(),
        memory.unwrap_or(0.0) * 1024.0 / 1e9,
        read("/proc/sys/kernel/osrelease").trim(),
        said("rustc", &["--version"]),
    )
}

/// What a program says, on one line.
pub(crate) fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|error| format!("{program} can't be asked: {error}"))
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
