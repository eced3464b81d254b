//! What an inspection looks like in text.

use std::fmt;

use super::isolate::IsolateInfo;
use crate::{
    Histogram, PoolInfo,
    inspection::text::{short, time},
};

impl IsolateInfo {
    /// What the table says of it: each text with the head of its column.
    ///
    /// ```
    /// # insula::main(async || {
    /// let runner = insula::IsolateRunner::builder().debug_name("mail").spawn().await?;
    /// let now = insula::inspect::within(std::time::Duration::from_millis(500)).await;
    /// let mail = now.isolates.iter().find(|isolate| isolate.name == "mail").expect("it lives");
    /// assert!(mail.cells().contains(&("isolate", "mail".to_owned())));
    /// # drop(runner);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn cells(&self) -> [(&'static str, String); 15] {
        let event = self.event.as_ref();
        let lasting = event.map(|event| {
            let more = if event.is_longer { "≥ " } else { "" };
            format!("{more}{}", time(event.lasting))
        });
        let job = self.job.as_ref();
        let job = job.map(|job| short(job.label.as_deref().unwrap_or("?")));
        let least = if self.silent.is_some() { "≥ " } else { "" };
        let queue = self.queue.map(|queue| format!("{least}{queue}"));
        [
            ("#", self.id.to_string()),
            ("isolate", short(&self.name)),
            ("parent", short(&self.parent_name)),
            ("state", self.state.to_string()),
            ("event", event.map_or("", |event| event.kind).to_owned()),
            ("for", lasting.unwrap_or_default()),
            ("job", job.unwrap_or_default()),
            ("paused", self.pauses.to_string()),
            ("queue", queue.unwrap_or_else(|| "?".to_owned())),
            ("events", self.events.to_string()),
            ("busy", time(self.busy_time)),
            ("ports", self.ports.to_string()),
            ("timers", self.timers.to_string()),
            ("futures", self.futures.to_string()),
            ("errors", self.errors.to_string()),
        ]
    }
}

impl PoolInfo {
    /// What the table says of it: each text with the head of its column.
    ///
    /// ```
    /// # insula::main(async || {
    /// let pool = insula::WorkerPool::builder().debug_name("thumbnails").build();
    /// assert_eq!(pool.inspect().cells()[0], ("pool", "thumbnails".to_owned()));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn cells(&self) -> [(&'static str, String); 11] {
        let stats = &self.stats;
        let median = |times: &Histogram| time(times.quantile(0.5));
        [
            ("pool", short(&self.name)),
            ("isolates", stats.isolates.to_string()),
            ("idle", stats.idle.to_string()),
            ("running", stats.running.to_string()),
            ("queued", stats.queued.to_string()),
            ("answered", stats.answered.to_string()),
            ("failed", stats.failed.to_string()),
            ("lost", stats.lost.to_string()),
            ("killed", stats.killed.to_string()),
            ("waited (median)", median(&stats.waiting_time)),
            ("ran (median)", median(&stats.running_time)),
        ]
    }
}

pub(super) fn isolates(f: &mut fmt::Formatter<'_>, isolates: &[IsolateInfo]) -> fmt::Result {
    write(f, &[1, 2, 3, 4, 6], isolates.iter().map(IsolateInfo::cells))
}

pub(super) fn pools(f: &mut fmt::Formatter<'_>, pools: &[PoolInfo]) -> fmt::Result {
    write(f, &[0], pools.iter().map(PoolInfo::cells))
}

/// Writes rows under the heads of their columns. Those in the columns `texts` begin at the left, numbers end at the right.
fn write<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    texts: &[usize],
    rows: impl Iterator<Item = [(&'static str, String); N]>,
) -> fmt::Result {
    let rows: Vec<_> = rows.collect();
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let heads = first.each_ref().map(|(head, _)| (*head).to_owned());
    let rows = rows.into_iter().map(|row| row.map(|(_, cell)| cell));
    let rows: Vec<_> = std::iter::once(heads).chain(rows).collect();
    let widths: [usize; N] = std::array::from_fn(|column| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    });
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            if texts.contains(&column) {
                line += &format!("{cell:<width$}  ");
            } else {
                line += &format!("{cell:>width$}  ");
            }
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}
