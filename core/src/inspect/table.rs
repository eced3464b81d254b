//! What an inspection looks like in text.

use std::fmt;

use super::isolate::IsolateInfo;
use crate::{
    PoolInfo,
    inspection::text::{short, time},
};

pub(super) fn isolates(f: &mut fmt::Formatter<'_>, isolates: &[IsolateInfo]) -> fmt::Result {
    let head = [
        "#", "isolate", "parent", "state", "event", "for", "job", "paused", "queue", "events",
        "busy", "ports", "timers", "futures", "errors",
    ];
    let rows = isolates.iter().map(|isolate| {
        let event = isolate.event.as_ref();
        let lasting = event.map(|event| {
            let more = if event.is_longer { "≥ " } else { "" };
            format!("{more}{}", time(event.lasting))
        });
        let job = isolate.job.as_ref();
        [
            isolate.id.to_string(),
            short(&isolate.name),
            short(&isolate.parent_name),
            isolate.state.to_string(),
            event.map_or_else(String::new, |event| event.kind.to_owned()),
            lasting.unwrap_or_default(),
            job.map_or_else(String::new, |job| {
                short(job.label.as_deref().unwrap_or("?"))
            }),
            isolate.pauses.to_string(),
            isolate
                .queue
                .map_or_else(|| "?".to_owned(), |queue| queue.to_string()),
            isolate.events.to_string(),
            time(isolate.busy_time),
            isolate.ports.to_string(),
            isolate.timers.to_string(),
            isolate.futures.to_string(),
            isolate.errors.to_string(),
        ]
    });
    write(f, head, &[1, 2, 3, 4, 6], rows)
}

pub(super) fn pools(f: &mut fmt::Formatter<'_>, pools: &[PoolInfo]) -> fmt::Result {
    let head = [
        "pool",
        "isolates",
        "idle",
        "running",
        "queued",
        "answered",
        "failed",
        "lost",
        "killed",
        "waited (median)",
        "ran (median)",
    ];
    let rows = pools.iter().map(|pool| {
        let stats = &pool.stats;
        [
            short(&pool.name),
            stats.isolates.to_string(),
            stats.idle.to_string(),
            stats.running.to_string(),
            stats.queued.to_string(),
            stats.answered.to_string(),
            stats.failed.to_string(),
            stats.lost.to_string(),
            stats.killed.to_string(),
            time(stats.waiting_time.quantile(0.5)),
            time(stats.running_time.quantile(0.5)),
        ]
    });
    write(f, head, &[0], rows)
}

/// Writes rows under their heads. Those in the columns `texts` begin at the left, numbers end at the right.
fn write<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    head: [&str; N],
    texts: &[usize],
    rows: impl Iterator<Item = [String; N]>,
) -> fmt::Result {
    let rows: Vec<_> = std::iter::once(head.map(str::to_owned))
        .chain(rows)
        .collect();
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
