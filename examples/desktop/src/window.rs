//! [`Window`]: what a person sees and presses.

use insula::WorkerPool;

use crate::{
    repaint::Repaint,
    work::{Ended, Search},
};

/// Two buttons, a bar, and what the last search came to.
#[derive(Debug)]
pub struct Window {
    pool: WorkerPool,
    search: Option<Search>,
    last: Option<Ended>,
}

impl Window {
    /// A window in which nothing was searched yet.
    #[must_use]
    pub fn open() -> Self {
        Self {
            pool: WorkerPool::new(),
            search: None,
            last: None,
        }
    }

    /// Draws a frame.
    pub fn update(&mut self, window: &egui::Context) {
        if let Some(search) = &mut self.search
            && let Some(ended) = search.look(&Repaint::waker(window))
        {
            self.last = Some(ended);
            self.search = None;
        }
        egui::CentralPanel::default().show(window, |ui| self.draw(ui));
    }

    fn draw(&mut self, ui: &mut egui::Ui) {
        match &self.search {
            None if ui.button("Search").clicked() => {
                self.search = Some(Search::start(&self.pool, 2_000_000));
                // The next frame looks at it for the first time.
                ui.ctx().request_repaint();
            }
            None => {}
            Some(search) => {
                let (share, found) = search.progress();
                ui.add(egui::ProgressBar::new(share).text(format!("{found} primes so far")));
                if ui.button("Stop").clicked() {
                    self.search = None; // and the job is cancelled
                }
            }
        }
        match &self.last {
            None => {}
            Some(Ok(found)) => {
                ui.label(format!("{found} primes"));
            }
            Some(Err(error)) => {
                ui.label(error.to_string());
            }
        }
    }
}
