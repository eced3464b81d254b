//! Frames as a window would ask for them: a search is started by a click, goes on beside the frames, and can be stopped.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use egui::{Context, Event, Modifiers, PointerButton, Pos2, RawInput, Shape, pos2};
use insula_example_desktop::Window;

/// A window without a screen.
struct Screen {
    context: Context,
    window: Window,
    /// A frame was asked for.
    asked: Receiver<()>,
    texts: Vec<(String, Pos2)>,
}

impl Screen {
    fn open() -> Self {
        let (context, (ask, asked)) = (Context::default(), channel());
        context.set_request_repaint_callback(move |_| {
            let _ = ask.send(());
        });
        Self {
            context,
            window: Window::open(),
            asked,
            texts: Vec::new(),
        }
    }

    fn frame(&mut self, events: Vec<Event>) {
        let input = RawInput {
            events,
            ..RawInput::default()
        };
        let drawn = self
            .context
            .run(input, |context| self.window.update(context));
        let texts = drawn
            .shapes
            .into_iter()
            .filter_map(|clipped| match clipped.shape {
                Shape::Text(text) => Some((
                    text.galley.text().to_owned(),
                    text.visual_bounding_rect().center(),
                )),
                _ => None,
            });
        self.texts = texts.collect();
    }

    /// Waits until a frame is asked for, as a window does, and draws it.
    fn next(&mut self) {
        self.asked
            .recv_timeout(Duration::from_secs(20))
            .expect("something is to be shown");
        self.frame(Vec::new());
    }

    /// Where exactly this text stands.
    fn place(&self, text: &str) -> Option<Pos2> {
        let found = self.texts.iter().find(|(shown, _)| shown == text);
        found.map(|(_, place)| *place)
    }

    fn speaks_of(&self, word: &str) -> bool {
        self.texts.iter().any(|(shown, _)| shown.contains(word))
    }

    fn click(&mut self, text: &str) {
        let pos = self.place(text).unwrap();
        let button = |pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.frame(vec![Event::PointerMoved(pos)]);
        self.frame(vec![button(true)]);
        self.frame(vec![button(false)]);
        self.frame(vec![Event::PointerMoved(pos2(0.0, 0.0))]);
    }
}

#[test]
fn a_search_goes_on_beside_the_frames() {
    let mut screen = Screen::open();
    screen.frame(Vec::new());
    screen.frame(Vec::new());
    screen.click("Search");
    let mut frames = 0;
    while screen.place("148933 primes").is_none() {
        screen.next();
        frames += 1;
    }
    assert!(frames > 1, "the bar was seen to move");
    assert!(screen.place("Search").is_some());
}

#[test]
fn a_search_can_be_stopped() {
    let mut screen = Screen::open();
    screen.frame(Vec::new());
    screen.frame(Vec::new());
    screen.click("Search");
    screen.next();
    screen.click("Stop");
    assert!(screen.place("Search").is_some());
    assert!(!screen.speaks_of("primes"));
}
