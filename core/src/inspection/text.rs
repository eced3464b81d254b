//! Times, numbers and names in text that people read.

use std::{fmt, time::Duration};

/// The longest name that is written in full.
const WIDEST: usize = 32;

/// A time with two to four digits.
pub(crate) fn time(time: Duration) -> String {
    match time.as_nanos() {
        0 => "0 s".to_owned(),
        1..1_000_000 => format!("{:.3} ms", time.as_secs_f64() * 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// A name that fits into a table. Its end tells more than its beginning, which is that of a module.
pub(crate) fn short(name: &str) -> String {
    let surplus = name.chars().count().saturating_sub(WIDEST);
    if surplus == 0 {
        return name.to_owned();
    }
    let end: String = name.chars().skip(surplus + 1).collect();
    format!("…{end}")
}

/// How many of what.
pub(crate) struct Count(pub(crate) usize, pub(crate) &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, of) = self;
        let many = if *count == 1 { "" } else { "s" };
        write!(f, "{count} {of}{many}")
    }
}

/// How many of what wait.
pub(crate) struct Wait(pub(crate) usize, pub(crate) &'static str);

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = if self.0 == 1 { "s" } else { "" };
        write!(f, "{} wait{one}", Count(self.0, self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_that_suits_them() {
        let texts =
            [0, 1_500, 2_345_678, 2_345_678_901].map(|nanos| time(Duration::from_nanos(nanos)));
        assert_eq!(texts, ["0 s", "0.002 ms", "2.3 ms", "2.3 s"]);
    }

    #[test]
    fn long_names_lose_their_beginning() {
        assert_eq!(short("pool 0"), "pool 0");
        let name = format!("{}::entry", "module".repeat(10));
        let name = short(&name);
        assert!(name.starts_with('…') && name.ends_with("module::entry"));
        assert_eq!(name.chars().count(), WIDEST);
    }

    #[test]
    fn one_waits_and_two_wait() {
        let [one, two] = [1, 2].map(|count| Wait(count, "job").to_string());
        assert_eq!((&*one, &*two), ("1 job waits", "2 jobs wait"));
    }
}
