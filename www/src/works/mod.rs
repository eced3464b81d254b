//! [`WORKS`]: the programs of examples/ on whatever [`Place`] a reader chooses.
//!
//! The page shows the code of each from its own file, with the same in TypeScript beside it.

mod digest;
mod images;
mod live_tracking;
mod long_running_isolate;
mod primes;
mod products;
mod restart;
mod send_and_receive;
mod sort;
mod users;

use std::pin::Pin;

use insula_examples::{images::COUNT, programs::Outcome};
use web_sys::Element;

use crate::{
    gallery::Gallery,
    route::Route,
    way::{Place, Way},
};

type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// A program of the page.
pub(crate) struct Work {
    /// As in [`PROGRAMS`](insula_examples::programs::PROGRAMS).
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Where it makes sense.
    pub(crate) ways: &'static [Way],
    rust: &'static str,
    pub(crate) typescript: &'static str,
    /// Runs it; it may draw into the card of the page that it is given.
    pub(crate) start: for<'a> fn(&'a Place, &'a Element) -> Running<'a>,
}

impl Work {
    /// The function that runs it, as it stands in its file.
    pub(crate) fn rust(&self) -> &'static str {
        let from = self.rust.find("async fn program").unwrap_or_default();
        self.rust[from..].trim_end()
    }
}

macro_rules! work {
    ($module:ident, $about:literal, $ways:expr, $start:expr) => {
        Work {
            name: stringify!($module),
            about: $about,
            ways: $ways,
            rust: include_str!(concat!(stringify!($module), ".rs")),
            typescript: include_str!(concat!(stringify!($module), ".ts")),
            start: $start,
        }
    };
    ($module:ident, $about:literal) => {
        work!($module, $about, &Way::ALL, |on, _| Box::pin(
            $module::program(on)
        ))
    };
}

/// All of them.
pub(crate) const WORKS: [Work; 10] = [
    work!(
        live_tracking,
        "50,000 points a second go in, and the way they make comes back. The line grows by what came back.",
        &Way::ALL,
        |on, card| Box::pin(async move {
            let mut route = Route::new(card).map_err(|fault| fault.to_string())?;
            live_tracking::program(on, |sent, legs| route.show(sent, legs)).await
        })
    ),
    work!(
        primes,
        "How many primes there are below 1,000,000, in 64 ranges."
    ),
    work!(sort, "A sorter that replies to a port in each message."),
    work!(
        users,
        "20 lists of 2,000 users, and a person with each, decoded from JSON."
    ),
    work!(
        products,
        "5 MB of JSON parsed where the reader chose; small JSON at once."
    ),
    work!(send_and_receive, "Four JSON documents, a job for each."),
    work!(
        long_running_isolate,
        "The same documents, all to one function that goes on."
    ),
    work!(digest, "The MD5 of 1,000 pieces of 16 KiB, in their order."),
    work!(
        images,
        "24 pictures decoded, made 1,080 pixels wide, and encoded as JPEG. They are shown in their order.",
        &Way::ALL,
        |on, card| Box::pin(async move {
            let gallery = Gallery::new(card, COUNT);
            let mut gallery = gallery.map_err(|fault| fault.to_string())?;
            images::program(on, |jpeg| gallery.show(jpeg)).await
        })
    ),
    work!(
        restart,
        "Each third job kills its isolate, and no job is lost. A page can't replace itself, so there is no run on its own loop.",
        &[Way::Worker, Way::Pool],
        |on, _| Box::pin(restart::program(on))
    ),
];
