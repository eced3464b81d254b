//! What the portable `main` takes.

use std::fmt::Display;

use crate::texts::text_of;

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl<E> Sealed for Result<(), E> {}
}

/// What an application may return: `()`, or a `Result` whose error people can read.
pub trait AppResult: sealed::Sealed {
    /// The failure as text.
    ///
    /// # Errors
    /// The application's own.
    fn into_result(self) -> Result<(), String>;
}

impl AppResult for () {
    fn into_result(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Display> AppResult for Result<(), E> {
    fn into_result(self) -> Result<(), String> {
        self.map_err(|error| text_of(&error))
    }
}
