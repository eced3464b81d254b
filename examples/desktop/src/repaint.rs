//! [`Repaint`]: a waker that asks for the next frame.

use std::{
    sync::Arc,
    task::{Wake, Waker},
};

/// Asks for a frame when there is something new to show, from whichever thread brings it.
pub(crate) struct Repaint(egui::Context);

impl Repaint {
    /// A waker for what the next frames poll.
    pub(crate) fn waker(window: &egui::Context) -> Waker {
        Arc::new(Self(window.clone())).into()
    }
}

impl Wake for Repaint {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}
