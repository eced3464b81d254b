//! House rules that a reader can check by eye, checked with every build.

mod code;
mod examples;
mod files;
mod floors;
mod modules;
mod suite;
mod texts;
